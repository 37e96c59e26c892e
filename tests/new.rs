//! `new`: images from root file systems.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use crate::support::*;

fn env() -> TestEnv {
    let env = TestEnv::new();
    env.write_tar("rootfs.tar", Files::new().dir("bin").file("bin/sh", "#!").symlink("sh", "bin/sh"));
    std::fs::create_dir_all(env.path("rootfs/bin")).unwrap();
    env.write("rootfs/bin/sh", "#!");
    env
}

#[test]
fn a_root_file_system_is_an_image() {
    let env = env();
    let words = [
        "new",
        "--rootfs",
        "rootfs.tar",
        "--platform",
        "linux/arm/v7",
        "--cmd",
        "/bin/sh",
        "--env",
        "A=b",
        "-t",
        "base:1.0",
    ];
    let _ = env.ocikit(&[&words[..], &["-o", "out.tar"]].concat()).expect_code(0);
    let _ = env.ocikit(&["verify", "--deep", "out.tar"]).expect_code(0);
    let config = env.ocikit(&["inspect", "out.tar:1.0", "--raw", "--config"]).expect_code(0).stdout;
    let diff_id = hash::sha256(&env.read("rootfs.tar"));
    assert_eq!(
        config,
        format!(
            r#"{{"architecture":"arm","os":"linux","config":{{"Env":["A=b"],"Cmd":["/bin/sh"]}},"rootfs":{{"type":"layers","diff_ids":["{diff_id}"]}},"history":[{{"created_by":"ocikit new --rootfs"}}],"variant":"v7"}}"#
        )
    );
    let _ = env.ocikit(&[&words[..], &["-o", "again.tar"]].concat()).expect_code(0);
    assert!(env.read("out.tar") == env.read("again.tar"));
    let piped = ["new", "--rootfs", "-", "--compression", "none", "-o", "layout"];
    let _ = env.command(&piped).stdin(env.read("rootfs.tar")).run().expect_code(0);
    let _ = env.ocikit(&["verify", "--deep", "layout"]).expect_code(0);
    assert!(Files::from_dir(env.path("layout")).contains(&blob_name(&diff_id)));
    let _ = env.ocikit(&["new", "--rootfs", "rootfs", "-o", "dir.tar.zst"]).expect_code(0);
    let run = env.ocikit(&["cat", "dir.tar.zst", "bin/sh"]).expect_code(0);
    assert_eq!(run.stdout, "#!");
}

#[test]
fn an_image_from_nothing_gets_its_layers_later() {
    let env = env();
    let _ = env.ocikit(&["new", "--platform", "linux/amd64", "-t", "1.0", "-o", "out.tar"]).expect_code(0);
    let _ = env.ocikit(&["layer", "add", "out.tar", "--dir", "rootfs", "--in-place"]).expect_code(0);
    let _ = env.ocikit(&["verify", "--deep", "out.tar"]).expect_code(0);
    let run = env.ocikit(&["cat", "out.tar:1.0", "bin/sh"]).expect_code(0);
    assert_eq!(run.stdout, "#!");
}

#[test]
fn what_is_no_root_file_system_is_refused() {
    let env = env();
    env.write("text", "no archive");
    env.write("file", "x");
    let before = env.listing();
    for (words, expected) in [
        (&["--rootfs", "text"][..], "not a tar archive"),
        (&["--rootfs", "absent"], "cannot open"),
        (&["file"], "--artifact-type"),
        (&["--artifact-type", "a/b"], "FILE"),
        (&["--artifact-type", "a/b", "--rootfs", "rootfs", "file"], "cannot be used with"),
        (&["--created", "yesterday"], "is not a time"),
    ] {
        let run = env.ocikit(&[&["new", "-o", "out.tar"], words].concat()).expect_code(2);
        assert!(run.stderr.contains(expected), "{words:?}\n{run}");
        assert_eq!(env.listing(), before);
    }
}

#[test]
fn readers_load_it() {
    let env = env();
    let words = ["new", "--rootfs", "rootfs.tar", "--platform", "linux/amd64", "-t", "example.com/base:1.0", "-o"];
    let _ = env.ocikit(&[&words[..], &["out.tar"]].concat()).expect_code(0);
    let _ = env.ocikit(&[&words[..], &["layout-out/"]].concat()).expect_code(0);
    if let Some(podman) = readers::podman() {
        let _ = podman.load(env.path("out.tar")).accepted();
    }
    if let Some(umoci) = readers::umoci() {
        let _ = umoci.unpack(env.path("layout-out"), "1.0", env.path("bundle")).accepted();
        assert_eq!(env.read("bundle/rootfs/bin/sh"), b"#!");
    }
}

#[test]
fn every_format_is_written() {
    let env = env();
    let words = ["new", "--rootfs", "rootfs.tar", "--cmd", "/bin/sh", "-t", "base:1.0", "--compression", "gzip"];
    for format in ["oci-dir", "oci-archive", "docker-archive", "dual"] {
        let _ = env.ocikit(&[&words[..], &["--to", format, "-o", format]].concat()).expect_code(0);
        let _ = env.ocikit(&["verify", "--deep", format]).expect_code(0);
        let run = env.ocikit(&["cat", &format!("{format}:base:1.0"), "bin/sh"]).expect_code(0);
        assert_eq!(run.stdout, "#!", "{format}");
    }
    // What `repack` writes of the same image, to the byte.
    for format in ["docker-archive", "dual"] {
        let _ = env.ocikit(&["repack", "oci-archive", "--to", format, "-o", "repacked"]).expect_code(0);
        assert!(env.read("repacked") == env.read(format), "{format}");
    }
    let piped = env.ocikit(&[&words[..], &["--to", "docker-archive", "-o", "-"]].concat()).expect_code(0);
    assert!(piped.stdout_bytes == env.read("docker-archive"));
    let run = env.ocikit(&[&words[..], &["--to", "oci-dir", "-o", "-"]].concat()).expect_code(2);
    assert!(run.stderr.contains("a directory cannot be written to standard output"), "{}", run.stderr);
    let plan = env.ocikit(&[&words[..], &["--to", "dual", "--dry-run"]].concat()).expect_code(0);
    assert!(plan.stdout.contains("would write: docker + OCI archive"), "{}", plan.stdout);
    let artifact = ["new", "--artifact-type", "text/plain", "rootfs.tar", "--to", "docker-archive", "-o", "none.tar"];
    let run = env.ocikit(&artifact).expect_code(2);
    assert!(run.stderr.contains("contains no image"), "{}", run.stderr);
    assert!(!env.path("none.tar").exists());
}

#[test]
fn names_that_readers_do_not_accept_are_noted() {
    let env = env();
    for (name, note) in [
        ("Team/app:1.0", "note: docker and podman do not accept the name `Team/app:1.0`; they accept `team/app:1.0`\n"),
        ("example.com/app:1.0", ""),
    ] {
        let run = env.ocikit(&["new", "--rootfs", "rootfs.tar", "-t", name, "--dry-run"]).expect_code(0);
        let notes: String = run.stdout.split_inclusive('\n').filter(|line| line.starts_with("note:")).collect();
        assert_eq!(notes, note);
        let run =
            env.ocikit(&["new", "--rootfs", "rootfs.tar", "-t", name, "--to", "dual", "--dry-run"]).expect_code(0);
        assert!(run.stdout.contains(note), "{}", run.stdout);
    }
    for name in ["", "a b", "-x", "a\u{1b}[m"] {
        let run = env.ocikit(&["new", "--rootfs", "rootfs.tar", &format!("--name={name}"), "--dry-run"]).expect_code(2);
        assert!(run.stderr.contains("not a name"), "{}", run.stderr);
    }
}
