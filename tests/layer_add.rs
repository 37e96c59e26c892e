//! `layer add`: what comes in, that removing it gives the bytes of before, and what is refused.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use crate::support::*;

fn env() -> TestEnv {
    let env = TestEnv::new();
    for (name, item) in [
        ("image.tar", "buildx/default.oci.tar"),
        ("multi.tar", "buildx/sbom-provmax-multi.oci.tar"),
        ("dual.tar", "docker/d28g-save-1tag.tar"),
        ("docker.tar", "docker/d20-save-duplayers.tar"),
        ("convert.tar", "buildkit/dockermt-multi.oci.tar"),
    ] {
        env.write(name, std::fs::read(testdata(item)).unwrap());
    }
    Files::from_dir(testdata("umoci/new-whiteout")).to_dir(env.path("layout"));
    env.write("ca.crt", "certificate\n");
    std::fs::create_dir_all(env.path("app/bin")).unwrap();
    env.write("app/bin/run", "#!/bin/sh\n");
    env.write("app/data", vec![0; 300_000]);
    env
}

fn names(env: &TestEnv, image: &[&str]) -> Vec<String> {
    let report = env.ocikit(&[&["files", "--format", "json"], image].concat()).expect_code(0).json();
    let rows = report["files"].as_array().unwrap().iter();
    rows.map(|row| row["path"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_certificate_is_in_the_image_of_each_platform() {
    let env = env();
    let words = [
        "--file",
        "ca.crt:/etc/ssl/certs/",
        "--time",
        "2024-02-03T04:05:06Z",
        "--mode",
        "644",
        "--attestations",
        "drop",
    ];
    let run = env.ocikit(&[&["layer", "add", "multi.tar"], &words[..], &["-o", "out.tar"]].concat());
    insta::assert_snapshot!(run, @r"
    success: true
    exit_code: 0
    ----- stdout -----
    changed index example.com/team/multi:1.0
      sha256:c72194999dfa4cb018c51e2a949c4d38ad761fe31a9dea4b1e7f300bdbffa4ad -> sha256:c5565b2ba2902141d5e7ef7e50cd71a7d8c813c424e82e2b14177518dfdaab6d
    changed image linux/amd64
      sha256:c70c67f34b8817cab7887f7ac7794688943241f6f86dc7db3b58edd4a85c0043 -> sha256:b10aa41ca80872320fe6d8b7b6d61db139dddcbf000347ec9c42e42a209ba849
    changed image linux/arm64
      sha256:445ee80c487d7bad11e31127f4faaef8c2962d7169ba79084cf5a94ad4ec6ae0 -> sha256:026141671bf8cb0aec1f6713b483881d630425b2e7fa11dc4d4424f465ca987f
    changed config
      sha256:fe6698f7052625a0b689293de08e29062f9ea52525836c2dd88d1ae70fcd1f4d -> sha256:213268d80fcbee995026d11d1c7ac20ed9414a22eb9881ac3c75c5f4c04a6818
    changed config
      sha256:a9216691bdf0dd58b5d8ddd6dbbc84ccf1fb2649db05d1c5cf76b0bbf30a6ff3 -> sha256:2b75799781f1f844c8b897feefdf7d8622f07cb5fc9d3ad49c7df7481cfb0c26
    removed attestation sha256:8ed494c4e88d998dae39c44b4f1e4c0b131d58f662766148cedc89d9cebad832
    removed attestation sha256:89ee9a9245645b8cfd8e668992bcbe6ff14379e76f06d2ab00b624c4c0192bd1
    new blobs: 6 blobs, 5.0 KiB
    dropped blobs: 12 blobs, 16.9 KiB
    documents: index.json
    out.tar: 24.5 KiB written
    ----- stderr -----
    ");
    let _ = env.ocikit(&["verify", "--deep", "out.tar"]).expect_code(0);
    for platform in ["linux/amd64", "linux/arm64"] {
        let run = env.ocikit(&["cat", "out.tar", "--platform", platform, "etc/ssl/certs/ca.crt"]).expect_code(0);
        assert_eq!(run.stdout, "certificate\n");
    }
    let run = env.ocikit(&["files", "out.tar", "--platform", "linux/arm64", "--layer", "3"]).expect_code(0);
    insta::assert_snapshot!(run.stdout, @r"
    drwxr-xr-x 0:0  0 2024-02-03 04:05 3 etc/
    drwxr-xr-x 0:0  0 2024-02-03 04:05 3 etc/ssl/
    drwxr-xr-x 0:0  0 2024-02-03 04:05 3 etc/ssl/certs/
    -rw-r--r-- 0:0 12 2024-02-03 04:05 3 etc/ssl/certs/ca.crt
    3 files, 4.0 KiB in 3 layers; no files hidden by higher layers
    ");
    let again = env.ocikit(&[&["layer", "add", "multi.tar"], &words[..], &["-o", "again.tar"]].concat());
    let _ = again.expect_code(0);
    assert!(env.read("out.tar") == env.read("again.tar"));
    let one = ["layer", "add", "multi.tar", "--platform", "linux/arm64", "-o", "one.tar"];
    let _ = env.ocikit(&[&one, &words[..]].concat()).expect_code(0);
    assert!(!names(&env, &["one.tar", "--platform", "linux/amd64"]).iter().any(|name| name.contains("ca.crt")));
}

/// The manifest or index; of a docker archive the config.
fn top(env: &TestEnv, image: &str, is_docker: bool) -> String {
    let config: &[&str] = if is_docker { &["--config"] } else { &[] };
    env.ocikit(&[&["inspect", image, "--raw"], config].concat()).expect_code(0).stdout
}

#[test]
fn what_is_added_and_removed_leaves_the_bytes_of_before() {
    let env = env();
    let _ = env.ocikit(&["attestation", "remove", "multi.tar", "-o", "bare.tar"]).expect_code(0);
    for (image, output) in [
        ("image.tar", "a.tar"),
        ("bare.tar", "b.tar.gz"),
        ("dual.tar", "c.tar"),
        ("docker.tar", "d.tar"),
        ("layout", "e/"),
    ] {
        let is_docker = image == "docker.tar";
        for at in [&[][..], &["--at", "1"]] {
            let _ = std::fs::remove_dir_all(env.path("e"));
            let add = ["layer", "add", image, "--dir", "app", "--to", "/opt/app", "-o", output];
            let _ = env.ocikit(&[&add, at].concat()).expect_code(0);
            let _ = env.ocikit(&["verify", "--deep", output]).expect_code(0);
            let remove = ["layer", "remove", output, "--created-by", "ocikit layer add", "-o", "removed.tar"];
            let _ = env.ocikit(&remove).expect_code(0);
            assert_eq!(top(&env, "removed.tar", is_docker), top(&env, image, is_docker), "{image} {at:?}");
        }
    }
}

/// An image whose `lib` is a link to `usr/lib`, with a file `bin` and a directory of its own mode.
fn linked(env: &TestEnv) {
    std::fs::create_dir_all(env.path("root/usr/lib")).unwrap();
    env.write("root/bin", "x");
    env.write("root/usr/lib/libc.so", "x");
    std::os::unix::fs::symlink("usr/lib", env.path("root/lib")).unwrap();
    std::fs::create_dir_all(env.path("root/tmp")).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o1777);
    std::fs::set_permissions(env.path("root/tmp"), mode).unwrap();
    let _ = env.ocikit(&["layer", "add", "image.tar", "--dir", "root", "-o", "linked.tar"]).expect_code(0);
}

#[cfg(unix)]
#[test]
fn what_readers_would_unpack_differently_is_refused() {
    let env = env();
    linked(&env);
    std::fs::create_dir_all(env.path("overlay/lib/x")).unwrap();
    env.write("overlay/lib/x/f", "x");
    std::fs::create_dir_all(env.path("wh")).unwrap();
    env.write("wh/.wh.bin", "");
    env.write_tar("below.tar", Files::new().file("lib/x", "x"));
    env.write_tar("twice.tar", Files::new().file("a", "x").append_duplicate("a", "y"));
    env.write("text.tar", "no archive");
    let before = env.listing();
    let table: &[(&[&str], &str)] = &[
        (&["--dir", "overlay"], "use `/usr/lib`"),
        (&["--file", "ca.crt:/lib/ca.crt"], "`lib` is a symbolic link to `usr/lib`"),
        (&["--file", "ca.crt:/bin/ca.crt"], "`bin` is not a directory in the lower layers"),
        (&["--file", "ca.crt:/usr/lib"], "end the destination with a slash"),
        (&["--dir", "wh"], "use `--whiteout`"),
        (&["--file", "ca.crt:/.wh.a"], "use `--whiteout`"),
        (&["--file", "ca.crt:/a/../../b"], "contains `..`"),
        (&["--file", "ca.crt:/x", "--file", "ca.crt:x"], "two files have this name"),
        (&["--file", "ca.crt:/x", "--file", "ca.crt:/x/y"], "in the same layer is not a directory"),
        (&["--whiteout", "/absent"], "no lower layer has it"),
        (&["--whiteout", "/lib/libc.so"], "use `/usr/lib/.wh.libc.so`"),
        (&["--whiteout", "/usr", "--file", "ca.crt:/usr/a"], "both adds it and hides it"),
        (&["--whiteout", "/"], "the root cannot be removed"),
        (&["--tar", "below.tar"], "below.tar: lib/x: cannot add it to a layer"),
        (&["--tar", "twice.tar"], "twice"),
        (&["--tar", "text.tar"], "not a tar archive"),
        (&["--tar", "absent.tar"], "cannot open"),
        (&["--tar", "app"], "cannot open"),
        (&["--dir", "app", "--at", "9"], "can be number 1 to 6"),
        (&["--dir", "app", "--at", "0"], "can be number 1 to 6"),
        (&[], "nothing to add"),
        (&["--tar", "below.tar", "--owner", "0:0"], "cannot be used with"),
        (&["--dir", "app", "--owner", "root:root"], "not two numbers"),
        (&["--dir", "app", "--mode", "u+x"], "in octal"),
        (&["--dir", "app", "--time", "now"], "not a time of RFC 3339"),
        (&["--dir", "app", "--time", "SOURCE_DATE_EPOCH"], "SOURCE_DATE_EPOCH is not set"),
    ];
    for (options, expected) in table {
        let run = env.ocikit(&[&["layer", "add", "linked.tar", "-o", "out.tar"], *options].concat()).expect_code(2);
        assert!(run.stderr.contains(expected), "{options:?}\n{run}");
        assert_eq!(env.listing(), before, "{options:?}");
    }
}

#[cfg(unix)]
#[test]
fn directories_of_the_image_keep_their_attributes() {
    let env = env();
    linked(&env);
    let words = [
        "layer",
        "add",
        "linked.tar",
        "--file",
        "ca.crt:/tmp/new/",
        "--owner",
        "7:8",
        "--mode",
        "600",
        "-o",
        "out.tar",
    ];
    let _ = env.ocikit(&words).expect_code(0);
    let layer = env.ocikit(&["files", "out.tar", "--layer", "6", "--format", "json"]).expect_code(0).json();
    let rows = layer["files"].as_array().unwrap().iter();
    let rows: Vec<String> =
        rows.map(|row| format!("{} {} {}:{}", row["path"], row["mode"], row["uid"], row["gid"])).collect();
    assert_eq!(rows, [r#""tmp" "1777" 0:0"#, r#""tmp/new" "0755" 7:8"#, r#""tmp/new/ca.crt" "0600" 7:8"#]);
    // What a directory of the image becomes is said.
    std::fs::create_dir_all(env.path("over/tmp")).unwrap();
    let run = env.ocikit(&["layer", "add", "linked.tar", "--dir", "over", "-o", "over.tar"]).expect_code(0);
    assert!(run.stdout.contains("the directory tmp was 1777 0:0 and is 0755 0:0"), "{run}");
}

#[test]
fn files_are_hidden() {
    let env = env();
    let words = ["layer", "add", "image.tar", "--whiteout", "/hello.txt", "--opaque", "/etc", "--file", "ca.crt:/etc/"];
    let _ = env.ocikit(&[&words[..], &["-o", "out.tar"]].concat()).expect_code(0);
    let _ = env.ocikit(&["verify", "--deep", "out.tar"]).expect_code(0);
    let names = names(&env, &["out.tar"]);
    assert!(!names.iter().any(|name| name == "hello.txt" || name.starts_with("etc/app")), "{names:?}");
    assert!(names.iter().any(|name| name == "etc/ca.crt"), "{names:?}");
}

#[test]
fn archives_keep_their_bytes_and_the_image_its_compression() {
    let env = env();
    env.write_tar("layer.tar", Files::new().dir("opt").file("opt/a", "a"));
    let stored = |image: &str, compression: &str, input: &str| {
        let words = ["layer", "add", image, "--tar", input, "--attestations", "drop", "-o", "out.tar"];
        let more: &[&str] = if compression.is_empty() { &[] } else { &["--compression", compression] };
        let _ = env.command(&[&words, more].concat()).stdin(env.read("layer.tar")).run().expect_code(0);
        let _ = env.ocikit(&["verify", "--deep", "out.tar"]).expect_code(0);
        let report = env.ocikit(&["inspect", "out.tar", "--layers", "--format", "json"]).expect_code(0).stdout;
        let blob = blob_name(&hash::sha256(&env.read("layer.tar")));
        (Files::from_tar(env.path("out.tar")).contains(&blob), report.contains("tar+zstd"))
    };
    assert_eq!(stored("image.tar", "", "layer.tar"), (false, false));
    assert_eq!(stored("image.tar", "none", "layer.tar"), (true, false));
    assert_eq!(stored("image.tar", "zstd:7", "-"), (false, true));
    assert!(stored("docker.tar", "", "layer.tar").0);
    let run = env.ocikit(&["layer", "add", "-", "--tar", "-", "-o", "x.tar"]).expect_code(2);
    assert!(run.stderr.contains("cannot both be standard input"), "{run}");
    let words = ["layer", "add", "convert.tar", "--tar", "layer.tar", "--compression", "zstd", "-o", "x.tar"];
    let run = env.ocikit(&[&words[..], &["--attestations", "drop"]].concat()).expect_code(2);
    assert!(run.stderr.contains("use gzip"), "{run}");
    assert!(!env.path("x.tar").exists());
}

#[test]
fn readers_see_the_files() {
    let env = env();
    let words = ["layer", "add", "image.tar", "--dir", "app", "--to", "/opt", "--whiteout", "/hello.txt", "-o"];
    let _ = env.ocikit(&[&words[..], &["out.tar"]].concat()).expect_code(0);
    let _ = env.ocikit(&[&words[..], &["layout-out/"]].concat()).expect_code(0);
    if let Some(umoci) = readers::umoci() {
        let _ = umoci.unpack(env.path("layout-out"), "1.0", env.path("bundle")).accepted();
        assert_eq!(env.read("bundle/rootfs/opt/data").len(), 300_000);
        assert!(!env.path("bundle/rootfs/hello.txt").exists() && env.path("bundle/rootfs/words.txt").exists());
    }
    if let Some(podman) = readers::podman() {
        let _ = podman.load(env.path("out.tar")).accepted();
    }
    if let Some(skopeo) = readers::skopeo() {
        let (from, to) = (env.path("out.tar"), env.path("copy"));
        let _ = skopeo.copy(&format!("oci-archive:{}", from.display()), &format!("dir:{}", to.display())).accepted();
    }
}
