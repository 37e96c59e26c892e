//! `repack`: every fixture into every shape and back, and what becomes of it.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod support;

use std::collections::BTreeSet;

use insta::assert_snapshot;
use support::{Compression, Files, Sample, TestEnv, check, readers, shapes, testdata};

/// Every real file, and every built shape that is an image file.
fn every_input(env: &TestEnv) -> Vec<String> {
    let mut inputs = Vec::new();
    let root = testdata("");
    for group in std::fs::read_dir(&root).unwrap().flatten().filter(|entry| entry.path().is_dir()) {
        for item in std::fs::read_dir(group.path()).unwrap().flatten() {
            inputs.push(item.path().to_str().unwrap().to_owned());
        }
    }
    for shape in shapes::all().into_iter().filter(|shape| !["imgpkg", "pack"].contains(&shape.name)) {
        let name = format!("{}.built", shape.name);
        env.write(&name, shape.bytes());
        inputs.push(name);
    }
    inputs.sort();
    assert!(inputs.len() > 90, "{}", inputs.len());
    inputs
}

/// The digests of the blobs of a layout, and the text of its index.
fn layout(files: &Files) -> (BTreeSet<String>, String) {
    let blobs = files.names().into_iter().filter(|name| name.starts_with("blobs/") && name.matches('/').count() == 2);
    (blobs.map(ToOwned::to_owned).collect(), files.text("index.json").to_owned())
}

#[test]
fn oci_shapes_are_the_same_bytes_whatever_they_come_from() {
    let env = TestEnv::new();
    for (number, input) in every_input(&env).iter().enumerate() {
        let [first, dir, second, dual, third] =
            ["1.tar", "2", "3.tar.zst", "4.tar", "5.tar"].map(|end| format!("out-{number}-{end}"));
        let packed = env.ocikit(&["repack", input, "-o", &first]);
        if packed.code == 2 {
            assert!(packed.stderr.contains("is no") || packed.stderr.contains("layer"), "{input}\n{packed}");
            continue;
        }
        let packed = packed.expect_code(0);
        env.ocikit(&["repack", &first, "-o", &dir]).expect_code(0);
        env.ocikit(&["repack", &dir, "-o", &second]).expect_code(0);
        env.ocikit(&["repack", &second, "-o", &third]).expect_code(0);
        assert!(env.read(&first) == env.read(&third), "{input}");
        let files = Files::from_tar_bytes(&env.read(&first));
        let (blobs, index) = layout(&files);
        assert_eq!(layout(&Files::from_dir(env.path(&dir))), (blobs.clone(), index.clone()), "{input}");
        // What was a layout before keeps its index and all of its blobs.
        if !packed.stdout.contains("  made ") {
            let before = env.ocikit(&["ref", "list", input, "--format", "json"]).json();
            let after = env.ocikit(&["ref", "list", &first, "--format", "json"]).json();
            let of_index = |value: &serde_json::Value| {
                let refs = value["refs"].as_array().unwrap().iter().filter(|row| row["view"] == "index.json");
                refs.cloned().collect::<Vec<_>>()
            };
            assert_eq!(of_index(&before), of_index(&after), "{input}");
        }
        let run = env.ocikit(&["repack", &first, "--to", "dual", "-o", &dual]);
        if run.code == 0 {
            let back = format!("out-{number}-6.tar");
            env.ocikit(&["repack", &dual, "-o", &back]).expect_code(0);
            assert!(env.read(&first) == env.read(&back), "{input}");
        }
    }
}

#[test]
fn docker_archives_keep_configs_and_diff_ids() {
    let env = TestEnv::new();
    let mut seen = 0;
    for (number, input) in every_input(&env).iter().enumerate() {
        let [docker, oci, again] = ["1.tar", "2.tar", "3.tar"].map(|end| format!("docker-{number}-{end}"));
        let run = env.ocikit(&["repack", input, "--to", "docker-archive", "--platform", "linux/amd64", "-o", &docker]);
        if run.code != 0 {
            continue;
        }
        seen += 1;
        env.ocikit(&["verify", "--deep", &docker]).expect_code(0);
        env.ocikit(&["repack", &docker, "-o", &oci]).expect_code(0);
        env.ocikit(&["verify", "--deep", &oci]).expect_code(0);
        check::assert_sound(&Files::from_tar_bytes(&env.read(&oci)));
        env.ocikit(&["repack", &oci, "--to", "docker-archive", "-o", &again]).expect_code(0);
        assert!(env.read(&docker) == env.read(&again), "{input}");
    }
    assert!(seen > 60, "{seen}");
}

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
      left     image linux/amd64 sha256:7f8df3f7eb9404bf0bc33a68c01fe804be40902d56babe9f8bcf7dadca3ecc75: not asked for
      left     attestation sha256:95c337fba1f785fb25d0984fde55e81e538bb4eb8e76b07f6e6bff19ee5b8387: not asked for
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
    error: app.tar: a docker archive holds one image for each name (`--platform`), and `example.com/team/app:1.0` has more than one image; choose one of `linux/amd64`, `linux/arm64`
    "#);
    let run = env.ocikit(&["repack", "app.tar", "--compression", "zstd", "-o", "zstd.tar"]);
    assert_snapshot!(run.snapshot(), @r#"
    success: false
    exit_code: 2
    ----- stdout -----
    ----- stderr -----
    error: app.tar: image sha256:78fc9b1f9d95c1f56de855034d1603cd5d9c0bc0c795207e26c00734da12d00a would get another digest, and these speak about it: `attestation sha256:95c337fba1f785fb25d0984fde55e81e538bb4eb8e76b07f6e6bff19ee5b8387`, `attestation sha256:aa0fa706774b72aa6e25f2bf377ac724d162671bdfcf81f7e48f53bdafd83155`; `--attestations drop` removes them, `--attestations relink` points them at the new digest and leaves what they state
    "#);
    env.write_tar("old.tar", &shapes::docker20());
    let run = env.ocikit(&["repack", "old.tar", "-o", "new", "--dry-run"]);
    assert_snapshot!(run.snapshot(), @r#"
    success: true
    exit_code: 0
    ----- stdout -----
    docker.io/library/app:1.0  image sha256:93a58f8135e0fc708ea00a0059fd31281ab3e822fc98256d3d9e9ad65aa46b28  linux/amd64
      made     manifest sha256:93a58f8135e0fc708ea00a0059fd31281ab3e822fc98256d3d9e9ad65aa46b28 for the config sha256:79234518cdaf5899ebebbe7796e0c821b53e3258332fde3fd536aedd9d724466
    would write: layout directory, 4 blobs, 9.4 KiB
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
    assert!(run.stderr.contains("cannot put it into one layout") && run.stderr.contains("ref rename"), "{run}");
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
    error: ctr.tar.gz: cannot write it for this target: ctr (containerd) would refuse it: the file as a whole is compressed with gzip
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
        let script =
            format!("trap '' XFSZ; ulimit -f 4; exec {} repack app.tar -o {out}", env!("CARGO_BIN_EXE_ocikit"));
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
