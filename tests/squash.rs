//! `squash`: one layer instead of several, and the same file system.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use proptest::prelude::*;

use crate::support::{Files, Image, Index, Layer, Layout, Store, TestEnv, readers, shapes, testdata};
use crate::unpack::{image_of, layered, tree};

/// What `export` gives of an image: the same bytes for the same files.
fn exported(env: &TestEnv, image: &str, platform: &str) -> Vec<u8> {
    let run = env.ocikit(&["export", image, "--platform", platform, "-o", "root.tar"]);
    assert!(run.code < 2, "{run}");
    env.read("root.tar")
}

fn layers(env: &TestEnv, image: &str) -> usize {
    let report = env.ocikit(&["files", image, "--format", "json"]).json();
    report["layers"].as_array().unwrap().len()
}

#[test]
fn the_file_system_stays() {
    let env = TestEnv::new();
    env.write_tar("app.tar", &image_of(layered()));
    env.write_tar("base.tar", &image_of(layered()[..1].to_vec()));
    let before = exported(&env, "app.tar", "linux/amd64");
    for (options, left) in [
        (&[][..], 1),
        (&["--all"], 1),
        (&["--last", "2"], 2),
        (&["--last", "3"], 1),
        (&["--base", "base.tar"], 2),
        (&["--above-base", "--base", "base.tar:1.0"], 2),
    ] {
        let _ = env.ocikit(&[&["squash", "app.tar", "-o", "one.tar"], options].concat()).expect_code(0);
        assert!(exported(&env, "one.tar", "linux/amd64") == before, "{options:?}");
        assert_eq!(layers(&env, "one.tar"), left, "{options:?}");
        let _ = env.ocikit(&["verify", "--deep", "one.tar"]).expect_code(0);
        let first = env.read("one.tar");
        let _ = env.ocikit(&[&["squash", "app.tar", "-o", "one.tar", "--jobs", "1"], options].concat()).expect_code(0);
        assert!(env.read("one.tar") == first, "{options:?}");
    }
}

#[test]
fn what_the_new_layer_says() {
    let env = TestEnv::new();
    env.write_tar("app.tar", &image_of(layered()));
    let run = env.ocikit(&["squash", "app.tar", "--last", "2", "-o", "two.tar"]).expect_code(0);
    insta::assert_snapshot!(run.stdout, @"
    changed image example.com/team/app:1.0 linux/amd64
      sha256:6ad02cafba3d595e47b35b782bffa0dbc0f81191aaa1b974e5a00e5dba76147b -> sha256:4aafd1482afe4d0ca8f535f60e1d7175960668cf6fc94f27d2aa05f8808ec042
    changed config
      sha256:5ab57ed59400bb17229ebd86ab4c8687de443d2ddaa5dd927071a351227debb2 -> sha256:04c1c3eba671cc80b91a05a6ab8eb9095a7c9c2c9c36d5dd772788abc10d8b77
    new blobs: 3 blobs, 13.6 KiB
    dropped blobs: 4 blobs, 12.2 KiB
    documents: index.json
    note: layers 2 to 3 of the image for linux/amd64 are one layer now
    two.tar: 35.0 KiB written
    ");
    let run = env.ocikit(&["files", "two.tar", "--layer", "2"]);
    insta::assert_snapshot!(run.stdout, @"
    drwxr-xr-x 0:0  0 2020-09-13 12:26 2 bin/
    -rw------- 0:0  0 1970-01-01 00:00 2 bin/kept (hidden)
    -rwxr-xr-x 0:0  3 2020-09-13 12:26 2 bin/tool
    hrwxr-xr-x 0:0  0 2020-09-13 12:26 2 bin/tool2 same file as bin/tool
    drwxr-xr-x 0:0  0 1970-01-01 00:00 2 cache/
    -rw------- 0:0  0 1970-01-01 00:00 2 cache/ (all hidden)
    -rw-r--r-- 0:0  1 1970-01-01 00:00 2 cache/c
    drwxr-x--- 0:0  0 2022-04-15 05:20 2 etc/
    -rw------- 0:0  0 1970-01-01 00:00 2 etc/gone (hidden)
    -rw-r--r-- 0:0  3 1970-01-01 00:00 2 etc/motd
    hrwxr-xr-x 0:0  0 2020-09-13 12:26 2 linked same file as bin/tool
    drwxr-xr-x 0:0  0 1970-01-01 00:00 2 usr/
    drwxr-xr-x 0:0  0 1970-01-01 00:00 2 usr/lib/
    -rw-r--r-- 0:0  3 1970-01-01 00:00 2 usr/lib/libc.so
    -rw-r--r-- 0:0  6 1970-01-01 00:00 2 was-dir
    drwxr-xr-x 0:0  0 1970-01-01 00:00 2 was-file/
    -rw-r--r-- 0:0 11 1970-01-01 00:00 2 was-file/now
    7 files, 41 B in 2 layers; 7 files (14 B, 25.4 %) hidden by higher layers
    ");
    let config = env.ocikit(&["inspect", "two.tar", "--raw", "--config"]).expect_code(0).stdout;
    let history = &serde_json::from_str::<serde_json::Value>(&config).unwrap()["history"];
    insta::assert_snapshot!(serde_json::to_string_pretty(history).unwrap(), @r#"
    [
      {
        "created": "1970-01-01T00:00:00Z",
        "created_by": "COPY layer 1"
      },
      {
        "created": "1970-01-01T00:00:00Z",
        "created_by": "COPY layer 2",
        "empty_layer": true
      },
      {
        "created": "1970-01-01T00:00:00Z",
        "created_by": "COPY layer 3",
        "empty_layer": true
      },
      {
        "comment": "ocikit",
        "created": "1970-01-01T00:00:00Z",
        "created_by": "squash layers 2 to 3"
      }
    ]
    "#);
}

/// Every image of every real file and of every shape.
#[test]
fn every_real_file_and_every_shape() {
    let env = TestEnv::new();
    let mut inputs = Vec::new();
    for group in std::fs::read_dir(testdata("")).unwrap().flatten().filter(|entry| entry.path().is_dir()) {
        inputs.extend(std::fs::read_dir(group.path()).unwrap().flatten().map(|item| item.path()));
    }
    for shape in shapes::all() {
        inputs.push(env.write(&format!("{}.tar", shape.name), shape.bytes()));
    }
    let mut seen = 0;
    for input in inputs {
        let input = input.display().to_string();
        let run = env.ocikit(&["export", &input, "--platform", "linux/amd64", "-o", "root.tar"]);
        let squash = ["squash", &input, "--attestations", "drop", "-o", "out.tar"];
        let squashed = env.ocikit(&squash);
        let is_there = env.path("out.tar").exists();
        assert_eq!(is_there, squashed.code < 2, "{squashed}");
        if run.code == 2 || !is_there {
            let _ = std::fs::remove_file(env.path("out.tar"));
            continue;
        }
        let before = env.read("root.tar");
        assert!(exported(&env, "out.tar", "linux/amd64") == before, "{input}");
        let _ = env.ocikit(&["verify", "--deep", "out.tar"]);
        seen += 1;
        std::fs::remove_file(env.path("out.tar")).unwrap();
    }
    assert!(seen > 40, "{seen}");
}

#[test]
fn all_platforms_or_one() {
    let env = TestEnv::new();
    let mut store = Store::new();
    let images: Vec<_> = ["linux/amd64", "linux/arm64"]
        .iter()
        .map(|platform| layered().into_iter().fold(Image::new(platform), Image::layer).put(&mut store))
        .collect();
    let root = Index::of(images.iter().map(|image| &image.desc)).put(&mut store);
    env.write_tar("multi.tar", &Layout::new(&store).root(&root.named("example.com/team/app:1.0")).files());
    let _ = env.ocikit(&["squash", "multi.tar", "-o", "all.tar"]).expect_code(0);
    let one = ["squash", "multi.tar", "--platform", "linux/arm64", "-o", "arm.tar"];
    let _ = env.ocikit(&one).expect_code(0);
    for (file, platform, left) in [
        ("all.tar", "linux/amd64", 1),
        ("all.tar", "linux/arm64", 1),
        ("arm.tar", "linux/amd64", 3),
        ("arm.tar", "linux/arm64", 1),
    ] {
        assert!(exported(&env, file, platform) == exported(&env, "multi.tar", platform), "{file} {platform}");
        let report = env.ocikit(&["files", file, "--platform", platform, "--format", "json"]).json();
        assert_eq!(report["layers"].as_array().unwrap().len(), left, "{file} {platform}");
    }
}

#[test]
fn a_base_that_the_annotations_name() {
    let env = TestEnv::new();
    let mut store = Store::new();
    let base = Image::new("linux/amd64").layer(layered()[0].clone()).put(&mut store);
    let put = |store: &mut Store, digest: &str| {
        let image = layered().into_iter().fold(Image::new("linux/amd64"), Image::layer);
        image.annotation("org.opencontainers.image.base.digest", digest).put(store)
    };
    let app = put(&mut store, &base.desc.digest);
    let lost = put(&mut store, &format!("sha256:{}", "0".repeat(64)));
    let layout =
        Layout::new(&store).root(&app.desc.named("example.com/app:1.0")).root(&base.desc.named("example.com/base:1.0"));
    env.write_tar("app.tar", &layout.root(&lost.desc.named("example.com/lost:1.0")).files());
    let _ = env.ocikit(&["squash", "app.tar:example.com/app:1.0", "--above-base", "-o", "one.tar"]).expect_code(0);
    assert_eq!(layers(&env, "one.tar:example.com/app:1.0"), 2);
    let run = env.ocikit(&["squash", "app.tar:example.com/lost:1.0", "--above-base", "--dry-run"]).expect_code(2);
    insta::assert_snapshot!(run.stderr, @"error: app.tar: cannot squash: its base sha256:0000000000000000000000000000000000000000000000000000000000000000 is not in the file; select it with `--base IMAGE`");
}

#[test]
fn what_is_refused() {
    let env = TestEnv::new();
    env.write_tar("app.tar", &image_of(layered()));
    env.write_tar("other.tar", &shapes::oci_archive());
    let mut refused = String::new();
    for options in [
        &["--last", "4"][..],
        &["--last", "1"],
        &["--all", "--last", "2"],
        &["--above-base"],
        &["--base", "other.tar"],
        &["--base", "app.tar", "--platform", "linux/arm64"],
    ] {
        let run = env.ocikit(&[&["squash", "app.tar", "-o", "one.tar"], options].concat()).expect_code(2);
        refused += run.stderr.lines().next().unwrap();
        refused.push('\n');
    }
    insta::assert_snapshot!(refused, @"
    error: app.tar: cannot squash: it has only 3 layers
    error: invalid value '1' for '--last <N>': 1 is not in 2..=4294967295
    error: the argument '--all' cannot be used with '--last <N>'
    error: app.tar: cannot squash: it has no annotation `org.opencontainers.image.base.digest`; select the base with `--base IMAGE`
    error: app.tar: cannot squash: its layer 1 is not layer 1 of the base in other.tar: the diff_ids differ
    error: app.tar: platform linux/arm64 is not in the file; it contains `linux/amd64`
    ");
    // There is nothing above it.
    let run = env.ocikit(&["squash", "app.tar", "--base", "app.tar", "--dry-run", "--format", "json"]).expect_code(0);
    assert!(run.stdout.contains("has fewer than two layers to squash"), "{run}");
    let mut damaged = image_of(layered());
    let layer = damaged.names().into_iter().rfind(|name| name.starts_with("blobs/")).unwrap().to_owned();
    damaged.flip_byte(&layer, 40);
    env.write_tar("damaged.tar", &damaged);
    let _ = env.ocikit(&["squash", "damaged.tar", "-o", "one.tar"]).expect_code(2);
    assert_eq!(env.listing(), ["app.tar", "damaged.tar", "other.tar"]);
}

#[test]
fn readers_accept_it() {
    let env = TestEnv::new();
    env.write_tar("app.tar", &image_of(layered()));
    let _ = env.ocikit(&["squash", "app.tar", "--last", "2", "-o", "two.tar"]).expect_code(0);
    let path = env.path("two.tar");
    if let Some(skopeo) = readers::skopeo() {
        let from = format!("oci-archive:{}", path.display());
        let _ = skopeo.copy(&from, &format!("dir:{}", env.path("copy").display())).accepted();
    }
    if let Some(podman) = readers::podman() {
        let _ = podman.load(&path).accepted();
    }
    if let Some(umoci) = readers::umoci() {
        let _ = env.ocikit(&["repack", "two.tar", "-o", "two"]).expect_code(0);
        let _ = umoci.unpack(env.path("two"), "1.0", env.path("bundle")).accepted();
        let _ = env.ocikit(&["unpack", "two.tar", "-o", "root", "--no-owners"]).expect_code(0);
        assert_eq!(tree(&env.path("bundle/rootfs")), tree(&env.path("root")));
    }
}

/// One line of a layer.
fn entry() -> impl Strategy<Value = (u8, &'static str, &'static str, u32)> {
    let name = || prop::sample::select(vec!["a", "b", "a/b", "a/c", "b/a", "a/b/c", "a/b/a", "c", "c/a", "b/c/a"]);
    (0..8_u8, name(), name(), 0..0o1000_u32)
}

fn layer_of(entries: &[(u8, &'static str, &'static str, u32)]) -> Layer {
    entries.iter().fold(Layer::new(), |layer, (kind, name, target, mode)| match kind {
        0 => layer.dir(name).mode(*mode).mtime(u64::from(*mode)),
        1 | 2 => layer.file(name, format!("{name} {mode}")).mode(*mode).owner(u64::from(*mode), 1),
        3 => layer.symlink(name, target),
        4 => layer.hardlink(name, target),
        5 => layer.opaque(name),
        6 => layer.fifo(name).mode(*mode),
        _ => layer.whiteout(name),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn every_file_system_stays(
        layers in prop::collection::vec(prop::collection::vec(entry(), 0..7), 2..5),
        last in 2..5_usize,
    ) {
        let env = TestEnv::new();
        let files: Files = image_of(layers.iter().map(|entries| layer_of(entries)).collect());
        env.write_tar("app.tar", &files);
        let last = last.min(layers.len()).to_string();
        let run = env.ocikit(&["squash", "app.tar", "--last", &last, "-o", "one.tar"]);
        prop_assert!(run.code == 0, "{run}");
        prop_assert!(exported(&env, "app.tar", "linux/amd64") == exported(&env, "one.tar", "linux/amd64"));
        let run = env.ocikit(&["verify", "one.tar"]);
        prop_assert!(run.code == 0, "{run}");
    }
}

#[test]
fn one_layer_stays_and_the_receipt_says_why() {
    let env = TestEnv::new();
    env.write_tar("app.tar", &shapes::oci_archive());
    let _ = env.ocikit(&["squash", "app.tar", "-o", "one.tar"]).expect_code(0);
    let run = env.ocikit(&["squash", "one.tar", "-o", "again.tar"]).expect_code(0);
    assert!(run.stdout.contains("has fewer than two layers to squash"), "{run}");
    assert!(run.stdout.contains("one.tar: nothing to change"), "{run}");
}
