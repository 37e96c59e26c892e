//! `repack`: what is written, what is refused, and what the receipt says of it.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::collections::BTreeSet;

use crate::support;
use crate::support::{Compression, Files, Sample, TestEnv, check, readers, shapes};
use insta::assert_snapshot;

#[test]
fn a_receipt_says_what_became_of_everything() {
    let env = TestEnv::new();
    env.write_tar("app.tar", &shapes::attested());
    let run = env.ocikit(&["repack", "app.tar", "--platform", "linux/arm64", "-o", "arm.tar"]);
    assert_snapshot!(run.snapshot(), @r#"
    success: true
    exit_code: 0
    ----- stdout -----
    example.com/team/app:1.0  index sha256:9760d7a5efaa6e6512c73114ec5feb6126f419cb3a4723d68e614115ee48e7ff  linux/arm64
      changed  index sha256:7ff8a9fb3ebbdbcd593f9494c71c59cd1bf61d2ec90b55cb812a88543bbca3ea -> sha256:9760d7a5efaa6e6512c73114ec5feb6126f419cb3a4723d68e614115ee48e7ff
      left     image linux/amd64 sha256:7f8df3f7eb9404bf0bc33a68c01fe804be40902d56babe9f8bcf7dadca3ecc75: not selected
      left     attestation sha256:95c337fba1f785fb25d0984fde55e81e538bb4eb8e76b07f6e6bff19ee5b8387: not selected
    arm.tar: OCI archive, 9 blobs, 12.5 KiB; 24.0 KiB written
    ----- stderr -----
    "#);
    env.ocikit(&["verify", "arm.tar"]).expect_code(0);
    let run = env.ocikit(&["repack", "app.tar", "--to", "docker-archive", "-o", "docker.tar"]);
    assert_snapshot!(run.snapshot(), @r#"
    success: false
    exit_code: 2
    ----- stdout -----
    ----- stderr -----
    error: app.tar: a docker archive holds one image per name, and `example.com/team/app:1.0` has more than one image; select one of `--platform linux/amd64`, `--platform linux/arm64`
    "#);
    let run = env.ocikit(&["repack", "app.tar", "--compression", "zstd", "-o", "zstd.tar"]);
    assert_snapshot!(run.snapshot(), @r#"
    success: false
    exit_code: 2
    ----- stdout -----
    ----- stderr -----
    error: app.tar: the digest of image sha256:78fc9b1f9d95c1f56de855034d1603cd5d9c0bc0c795207e26c00734da12d00a would change, but these refer to it
      attestation sha256:95c337fba1f785fb25d0984fde55e81e538bb4eb8e76b07f6e6bff19ee5b8387
      attestation sha256:aa0fa706774b72aa6e25f2bf377ac724d162671bdfcf81f7e48f53bdafd83155
      `--attestations drop` removes them
      `--attestations relink` moves them to the new digest, and does not change their statements
    "#);
    env.write_tar("old.tar", &shapes::docker20());
    let run = env.ocikit(&["repack", "old.tar", "-o", "new", "--dry-run"]);
    assert_snapshot!(run.snapshot(), @r#"
    success: true
    exit_code: 0
    ----- stdout -----
    docker.io/library/app:1.0  image sha256:93a58f8135e0fc708ea00a0059fd31281ab3e822fc98256d3d9e9ad65aa46b28  linux/amd64
      made     manifest sha256:93a58f8135e0fc708ea00a0059fd31281ab3e822fc98256d3d9e9ad65aa46b28 for the config sha256:79234518cdaf5899ebebbe7796e0c821b53e3258332fde3fd536aedd9d724466
    would write: image layout, 4 blobs, 9.4 KiB
    ----- stderr -----
    "#);
    assert_eq!(env.listing(), ["app.tar", "arm.tar", "old.tar"]);
}

#[test]
fn several_files_become_one_layout() {
    let env = TestEnv::new();
    env.write_tar("one.tar", &shapes::oci_archive());
    env.write_tar("two.tar", &shapes::two_names());
    env.write_tar("nested.tar", &shapes::nested());
    env.write_tar("old.tar", &shapes::docker20());
    let run = env.ocikit(&["repack", "two.tar", "nested.tar", "old.tar", "two.tar", "-o", "all.tar"]).expect_code(0);
    let files = Files::from_tar_bytes(&env.read("all.tar"));
    check::assert_sound(&files);
    let names = files.names();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
    assert_eq!(run.stdout.lines().filter(|line| !line.starts_with(' ')).count(), 4, "{run}");
    env.ocikit(&["verify", "all.tar"]).expect_code(0);
}

#[test]
fn one_name_for_two_images_is_refused() {
    let env = TestEnv::new();
    env.write_tar("gzip.tar", &Sample::single().layout());
    env.write_tar("zstd.tar", &Sample::single_with(Compression::ZstdFrames(1)).layout());
    let run = env.ocikit(&["repack", "gzip.tar", "zstd.tar", "-o", "all.tar"]).expect_code(2);
    assert!(run.stderr.contains("cannot merge it into one layout") && run.stderr.contains("ref rename"), "{run}");
    assert_eq!(env.listing(), ["gzip.tar", "zstd.tar"]);
}

#[test]
fn layers_change_their_compression_and_nothing_else() {
    let env = TestEnv::new();
    let original = shapes::multi();
    env.write_tar("app.tar", &original);
    let tars = |files: &Files| -> BTreeSet<Vec<u8>> {
        let blobs = files.members().iter().filter(|member| member.name.starts_with("blobs/sha256/"));
        blobs
            .filter_map(|member| match &member.kind {
                support::Kind::File(bytes) if bytes.first() != Some(&b'{') => Some(check::inflated(bytes)),
                _ => None,
            })
            .collect()
    };
    for (compression, magic) in [("zstd", &[0x28, 0xb5][..]), ("gzip:9", &[0x1f, 0x8b]), ("none", &b"b"[..])] {
        let out = format!("{}.tar", compression.replace(':', "-"));
        env.ocikit(&["repack", "app.tar", "--compression", compression, "-o", &out]).expect_code(0);
        env.ocikit(&["verify", "--deep", &out]).expect_code(0);
        let files = Files::from_tar_bytes(&env.read(&out));
        check::assert_sound(&files);
        assert_eq!(tars(&files), tars(&original), "{compression}");
        if compression != "none" {
            let manifest =
                files.digest_in(&files.digest_at("index.json", "/manifests/0/digest"), "/manifests/0/digest");
            let layer = files.digest_in(&manifest, "/layers/0/digest");
            assert!(files.bytes(&support::blob_name(&layer)).starts_with(magic), "{compression}");
        }
        env.ocikit(&["repack", "app.tar", "--compression", compression, "-o", "again.tar"]).expect_code(0);
        assert!(env.read(&out) == env.read("again.tar"), "{compression}");
    }
    let run = env.ocikit(&["repack", "app.tar", "--compression", "gzip", "-o", "same.tar"]).expect_code(0);
    assert!(!run.stdout.contains("changed"), "gzip layers stay as they are\n{run}");
}

#[test]
fn layers_of_a_docker_archive_are_plain_or_in_gzip() {
    let env = TestEnv::new();
    for (number, original) in [shapes::oci_archive(), shapes::docker20(), shapes::zstd()].iter().enumerate() {
        let input = format!("app-{number}.tar");
        env.write_tar(&input, original);
        let repack = |compression: &[&str], input: &str, out: &str| {
            let shape = ["repack", input, "--platform", "linux/amd64", "--to", "docker-archive", "-o", out];
            env.ocikit(&[&shape[..], compression].concat())
        };
        let names = |out: &str, end: &str| -> usize {
            Files::from_tar_bytes(&env.read(out)).names().iter().filter(|name| name.ends_with(end)).count()
        };
        let _ = repack(&[], &input, "plain.tar").expect_code(0);
        let _ = repack(&["--compression", "none"], &input, "none.tar").expect_code(0);
        assert!(env.read("plain.tar") == env.read("none.tar"), "{input}");
        assert!(names("plain.tar", "/layer.tar") > 0 && names("plain.tar", ".tar.gz") == 0, "{input}");
        for compression in ["gzip", "gzip:9"] {
            let _ = repack(&["--compression", compression], &input, "gzip.tar").expect_code(0);
            assert!(names("gzip.tar", "/layer.tar") == 0 && names("gzip.tar", ".tar.gz") > 0, "{input}");
            let _ = env.ocikit(&["verify", "--deep", "gzip.tar"]).expect_code(0);
            let _ = env.ocikit(&["doctor", "gzip.tar", "--for", "docker-classic"]).expect_code(0);
            let _ = repack(&["--compression", "keep"], "gzip.tar", "kept.tar").expect_code(0);
            assert!(env.read("gzip.tar") == env.read("kept.tar"), "{input}");
            let _ = repack(&[], "gzip.tar", "again.tar").expect_code(0);
            assert!(env.read("plain.tar") == env.read("again.tar"), "{input}");
        }
        let run = repack(&["--compression", "zstd"], &input, "zstd.tar").expect_code(2);
        assert!(run.stderr.contains("docker before 25 reads uncompressed and gzip layers"), "{run}");
        assert!(!env.path("zstd.tar").exists());
    }
    let run = env.ocikit(&["repack", "app-2.tar", "--to", "docker-archive", "--compression", "keep", "-o", "x.tar"]);
    assert!(run.expect_code(2).stderr.contains("`--compression gzip` or `none`"));
}

#[test]
fn options_that_contradict_each_other_are_refused() {
    let env = TestEnv::new();
    env.write_tar("app.tar", &shapes::attested());
    let before = env.listing();
    for (arguments, reason) in [
        (&["app.tar:1.0", "--ref", "2.0", "-o", "x.tar"][..], "selects `1.0`, but `--ref` selects `2.0`"),
        (&["app.tar", "-o", "x.tar.xz"], "gzip (.tar.gz) or zstd (.tar.zst)"),
        (&["app.tar", "-o", "x.tar", "--to", "docker-archive", "--attestations", "relink"], "`relink` has no effect"),
        (&["app.tar", "-o", "x.tar", "--format", "sarif"], "the formats of this command are text and json"),
        (&["app.tar", "-o", "x.tar", "--in-place"], "cannot be used with"),
        (&["app.tar", "app.tar", "--in-place"], "only one image file"),
        (&["-", "--in-place"], "standard input cannot be changed in place"),
        (&["app.tar", "--in-place", "--to", "oci-dir"], "cannot replace an archive"),
        (&["app.tar", "-o", "-", "--for", "umoci"], "a directory cannot be written to standard output"),
        (&["app.tar"], "required"),
    ] {
        let run = env.ocikit(&[&["repack"], arguments].concat()).expect_code(2);
        assert!(run.stderr.contains(reason), "{arguments:?}\n{run}");
        assert_eq!(env.listing(), before, "{arguments:?}");
    }
}

#[test]
fn in_place() {
    let env = TestEnv::new();
    env.write_tar("oci.tar", &shapes::multi());
    env.write("packed.tar.gz", shapes::multi().to_tar_gz());
    env.write_tar("dual.tar", &shapes::docker25());
    env.write_tar("old.tar", &shapes::docker20());
    env.write_dir("dir", &shapes::multi());
    env.write("dir/mine", "not the image's");
    let before = env.listing();
    for (input, like) in [
        ("oci.tar", "new.tar"),
        ("packed.tar.gz", "new.tar.gz"),
        ("dual.tar", "new.tar"),
        ("old.tar", "new.tar"),
        ("dir", "new"),
    ] {
        let to: &[&str] = match input {
            "dual.tar" => &["--to", "dual"],
            "old.tar" => &["--to", "docker-archive"],
            _ => &[],
        };
        for change in [&["--compression", "gzip:1"][..], &["--platform", "linux/amd64"], &[]] {
            let _ = env.ocikit(&[&["repack", input, "-o", like], to, change].concat()).expect_code(0);
            let plan = env.ocikit(&[&["repack", input, "--in-place", "--dry-run"], change].concat()).expect_code(0);
            let run = env.ocikit(&[&["repack", input, "--in-place"], change].concat()).expect_code(0);
            let images = |run: &support::Run| run.stdout.lines().filter(|line| !line.contains(": ")).count();
            assert_eq!(images(&plan), images(&run), "{plan}\n{run}");
            let _ = env.ocikit(&["verify", "--deep", input]).expect_code(0);
            if like == "new" {
                let blobs = |name: &str| {
                    let files = Files::from_dir(env.path(name));
                    let names = files.names().into_iter().filter(|name| name.starts_with("blobs/"));
                    (names.map(ToOwned::to_owned).collect::<BTreeSet<_>>(), files.text("index.json").to_owned())
                };
                assert_eq!(blobs(input), blobs(like), "{change:?}");
                assert_eq!(env.read("dir/mine"), b"not the image's");
                std::fs::remove_dir_all(env.path(like)).unwrap();
            } else {
                assert!(env.read(input) == env.read(like), "{input} {change:?}");
                std::fs::remove_file(env.path(like)).unwrap();
            }
            assert_eq!(env.listing(), before);
        }
    }
    let _ = env.ocikit(&["repack", "oci.tar", "--in-place", "--to", "docker-archive"]).expect_code(0);
    assert!(Files::from_tar_bytes(&env.read("oci.tar")).names().contains(&"manifest.json"));
    // What is broken stops it, and the old is there.
    let mut broken = shapes::multi();
    let manifest = broken.digest_in(&broken.digest_at("index.json", "/manifests/0/digest"), "/manifests/0/digest");
    let layer = broken.digest_in(&manifest, "/layers/0/digest");
    broken.flip_byte(&support::blob_name(&layer), 30);
    env.write_tar("broken.tar", &broken);
    let old = env.read("broken.tar");
    let _ = env.ocikit(&["repack", "broken.tar", "--in-place", "--compression", "zstd"]).expect_code(2);
    assert!(env.read("broken.tar") == old);
}

#[test]
fn what_is_broken_stops_the_write() {
    let env = TestEnv::new();
    let mut broken = shapes::oci_archive();
    let layer = broken.digest_in(&broken.digest_at("index.json", "/manifests/0/digest"), "/layers/0/digest");
    broken.flip_byte(&support::blob_name(&layer), 10);
    env.write_tar("flipped.tar", &broken);
    let mut absent = shapes::oci_archive();
    absent.remove(&support::blob_name(&layer));
    env.write_tar("absent.tar", &absent);
    for name in ["flipped.tar", "absent.tar"] {
        for out in [
            ["-o", "new.tar", "--to", "oci-archive"],
            ["-o", "new", "--to", "oci-dir"],
            ["-o", "new.tar", "--to", "docker-archive"],
        ] {
            let run = env.ocikit(&[&["repack", name][..], &out].concat()).expect_code(2);
            assert!(run.stderr.contains(&layer[..19]), "{run}");
            assert_eq!(env.listing(), ["absent.tar", "flipped.tar"]);
        }
        let run = env.ocikit(&["repack", name, "-o", "kept.tar", "--allow-broken"]).expect_code(1);
        assert!(run.stdout.starts_with("broken") && run.stdout.contains(&layer), "{run}");
        let kept = Files::from_tar_bytes(&env.read("kept.tar"));
        assert_eq!(check::faults(&kept).len(), 1);
        std::fs::remove_file(env.path("kept.tar")).unwrap();
    }
}

#[test]
fn targets_that_cannot_be_written_stay_as_they_are() {
    let env = TestEnv::new();
    env.write_tar("app.tar", &shapes::oci_archive());
    std::fs::create_dir(env.path("full")).unwrap();
    env.write("full/x", "mine");
    let run = env.ocikit(&["repack", "app.tar", "-o", "full"]).expect_code(2);
    assert!(run.stderr.contains("full: cannot write: directory not empty"), "{run}");
    let run = env.ocikit(&["repack", "app.tar", "-o", "gone/new.tar"]).expect_code(2);
    assert!(run.stderr.contains("gone/new.tar: cannot write"), "{run}");
    let run = env.ocikit(&["repack", "app.tar", "-o", "-", "--to", "oci-dir"]).expect_code(2);
    assert!(run.stderr.contains("a directory cannot be written to standard output"), "{run}");
    let run = env.command(&["repack", "app.tar", "-o", "x.tar"]).env("SOURCE_DATE_EPOCH", "soon").run().expect_code(2);
    assert!(run.stderr.contains("SOURCE_DATE_EPOCH"), "{run}");
    assert_eq!(env.listing(), ["app.tar", "full"]);
    if std::path::Path::new("/dev/full").exists() {
        let run = env.ocikit(&["repack", "app.tar", "-o", "/dev/full"]).expect_code(2);
        assert!(run.stderr.contains("/dev/full: cannot write"), "{run}");
    }
}

#[test]
fn the_output_may_be_the_input() {
    let env = TestEnv::new();
    env.write("app.tar", shapes::gzip_members().to_tar_gz());
    env.ocikit(&["repack", "app.tar", "-o", "new.tar"]).expect_code(0);
    env.ocikit(&["repack", "app.tar", "-o", "app.tar"]).expect_code(0);
    assert!(env.read("app.tar") == env.read("new.tar"));
}

#[test]
fn streams_on_both_sides() {
    let env = TestEnv::new();
    let tar = shapes::attested().to_tar();
    env.write("app.tar", &tar);
    env.ocikit(&["repack", "app.tar", "-o", "new.tar"]).expect_code(0);
    let run = env.command(&["repack", "-", "-o", "-"]).stdin(tar.clone()).run().expect_code(0);
    assert!(run.stdout_bytes == env.read("new.tar"));
    assert!(run.stderr.contains("OCI archive"), "the receipt stands beside the archive\n{run}");
    let run = env.command(&["repack", "app.tar", "-o", "-"]).close_stdout_after(100).run();
    assert_eq!(run.code, 0, "{run}");
    assert!(!run.stderr.contains("error"), "{run}");
    let run =
        env.command(&["repack", "app.tar", "-o", "dated.tar"]).env("SOURCE_DATE_EPOCH", "86400").run().expect_code(0);
    assert!(run.stdout.contains("dated.tar"), "{run}");
    let dated = Files::from_tar_bytes(&env.read("dated.tar"));
    assert!(dated.members().iter().all(|member| member.mtime == 86400 && member.uid == 0));
}

#[test]
fn what_is_written_for_a_program_is_what_doctor_says_it_accepts() {
    let env = TestEnv::new();
    env.write_tar("app.tar", &shapes::attested());
    for target in [
        "docker-classic",
        "docker",
        "docker-containerd",
        "podman",
        "skopeo-docker-archive",
        "ctr",
        "kind",
        "k3s",
        "crane",
    ] {
        let out = format!("{target}.tar");
        let _ =
            env.ocikit(&["repack", "app.tar", "--platform", "linux/amd64", "--for", target, "-o", &out]).expect_code(0);
        env.ocikit(&["doctor", &out, "--for", target, "--platform", "linux/amd64"]).expect_code(0);
    }
    let run = env.ocikit(&["repack", "app.tar", "--platform", "linux/amd64", "--for", "ctr", "-o", "ctr.tar.gz"]);
    assert_snapshot!(run.snapshot(), @r#"
    success: false
    exit_code: 2
    ----- stdout -----
    ----- stderr -----
    error: ctr.tar.gz: cannot write it for this target: ctr (containerd) would refuse it: the whole file is compressed with gzip
    "#);
    assert!(!env.path("ctr.tar.gz").exists());
    if let Some(podman) = readers::podman() {
        podman.load(env.path("podman.tar")).accepted();
        assert_eq!(podman.names(), ["example.com/team/app:1.0"]);
    }
}

#[test]
fn other_programs_read_what_is_written() {
    let env = TestEnv::new();
    env.write_tar("app.tar", &shapes::oci_archive());
    for (to, out) in
        [("oci-archive", "oci.tar"), ("oci-dir", "dir"), ("docker-archive", "docker.tar"), ("dual", "dual.tar")]
    {
        env.ocikit(&["repack", "app.tar", "--platform", "linux/amd64", "--to", to, "-o", out]).expect_code(0);
    }
    let row = |out: &str| {
        let run = env.ocikit(&["repack", out, "--dry-run", "--format", "json"]).expect_code(0);
        run.json()["images"][0].clone()
    };
    let shown = |bytes: &str| support::hash::same_algorithm("sha256:", bytes.as_bytes());
    let path = |name: &str| env.path(name).display().to_string();
    let config = {
        let files = Files::from_tar_bytes(&env.read("docker.tar"));
        let name = files.value_at("manifest.json", "/0/Config").as_str().unwrap().to_owned();
        format!("sha256:{}", name.trim_end_matches(".json"))
    };
    if let Some(skopeo) = readers::skopeo() {
        for (transport, out) in [("oci-archive", "oci.tar"), ("oci", "dir"), ("oci-archive", "dual.tar")] {
            let raw = skopeo.inspect_raw(&format!("{transport}:{}", path(out))).accepted();
            assert_eq!(row(out)["digest"], shown(&raw), "{out}");
            skopeo
                .copy(&format!("{transport}:{}", path(out)), &format!("dir:{}", path(&format!("{out}.copy"))))
                .accepted();
        }
        for out in ["docker.tar", "dual.tar"] {
            let raw = skopeo.inspect_raw(&format!("docker-archive:{}", path(out))).accepted();
            assert!(raw.contains(&config), "{raw}");
            skopeo
                .copy(&format!("docker-archive:{}", path(out)), &format!("dir:{}", path(&format!("{out}.docker"))))
                .accepted();
        }
    }
    if let Some(podman) = readers::podman() {
        for out in ["docker.tar", "oci.tar", "dual.tar"] {
            podman.load(path(out)).accepted();
            assert_eq!(podman.ids(), std::slice::from_ref(&config), "{out}");
        }
    }
    if let Some(umoci) = readers::umoci() {
        let name = row("dir")["names"][0].as_str().unwrap().to_owned();
        let tag = name.rsplit(':').next().unwrap();
        umoci.stat(path("dir"), tag).accepted();
    }
}

#[test]
fn a_disk_that_is_full_leaves_nothing_behind() {
    use std::process::Command;
    let env = TestEnv::new();
    env.write_tar("app.tar", &shapes::multi());
    // A shell's limit on the size of files stands in for a full disk: no rights are needed for it.
    for out in ["out.tar", "out"] {
        let script = format!("ulimit -f 4; exec '{}' repack app.tar -o {out}", env!("CARGO_BIN_EXE_ocikit"));
        let run = Command::new("bash").args(["-c", &script]).current_dir(env.root()).output().unwrap();
        let stderr = String::from_utf8_lossy(&run.stderr);
        if out == "out" && run.status.success() {
            // No single file of the directory is over the limit.
            std::fs::remove_dir_all(env.path("out")).unwrap();
            continue;
        }
        assert_eq!(run.status.code(), Some(2), "{out}: {stderr}");
        assert!(stderr.contains("cannot write") && stderr.contains(out), "{stderr}");
        assert_eq!(env.listing(), ["app.tar"], "{out}");
    }
}
