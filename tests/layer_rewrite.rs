//! `layer rewrite`: what is stripped is gone, what is not named keeps its bytes, and what cannot be is refused.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use proptest::prelude::*;

use crate::support::*;

/// The names of the root file system.
fn names(env: &TestEnv, image: &str) -> Vec<String> {
    let words = ["files", image, "--platform", "linux/amd64", "--format", "json"];
    let report = env.ocikit(&words).expect_code(0).json();
    report["files"].as_array().unwrap().iter().map(|row| row["path"].as_str().unwrap().to_owned()).collect()
}

/// The digests of the layers.
fn layers(env: &TestEnv, image: &str) -> Vec<String> {
    let report = env.ocikit(&["files", image, "--platform", "linux/amd64", "--format", "json"]).json();
    let layers = report["layers"].as_array().unwrap().iter();
    layers.map(|layer| layer["name"].as_str().unwrap().to_owned()).collect()
}

/// A base, a layer with secrets, and one that hides something.
fn secrets() -> Vec<Layer> {
    vec![
        Layer::new().dir("etc").file("etc/passwd", "root\n").dir("srv").file("srv/copy", "s3cret").gzip(),
        Layer::new()
            .dir("etc")
            .file("etc/secret", "s3cret")
            .mode(0o600)
            .hardlink("etc/secret.link", "etc/secret")
            .mode(0o600)
            .hardlink("etc/secret.other", "etc/secret")
            .mode(0o600)
            .dir("root")
            .dir("root/.ssh")
            .file("root/.ssh/id", "key")
            .file("deep/er/only", "deep")
            .gzip(),
        Layer::new().dir("etc").file("etc/app", "app").mtime(2_000_000_000).whiteout("etc/secret.other").gzip(),
    ]
}

fn env() -> TestEnv {
    let env = TestEnv::new();
    env.write_tar("app.tar", &image_of(secrets()));
    env
}

fn image_of(layers: Vec<Layer>) -> Files {
    crate::unpack::image_of(layers)
}

#[test]
fn a_secret_is_gone() {
    let env = env();
    let run = env.ocikit(&["layer", "rewrite", "app.tar", "--strip", "root/.ssh", "-o", "out.tar"]).expect_code(0);
    insta::assert_snapshot!(run.stdout, @"
    changed image example.com/team/app:1.0 linux/amd64
      sha256:170084466bf119da8cb6dd4b999d297917b61a315fab397d4d9fe5e0473c38d9 -> sha256:05840e1d9ab436d835fe810145c0c98f8c1d8ffd9d2d6287c82b568d5ec038db
    changed config
      sha256:a0fd22172e280eff733e7f5af67c971220024c6dbc10fed6707e38fa2b8ad025 -> sha256:cd0fbe7d695895c82bd4229e8987b175085d8dfd97438c5828bafe7384d8db3e
    new blobs: 3 blobs, 1.4 KiB
    dropped blobs: 3 blobs, 7.7 KiB
    documents: index.json
    note: linux/amd64: stripped from layer 2: root/.ssh
    out.tar: 17.0 KiB written
    ");
    let _ = env.ocikit(&["verify", "--deep", "out.tar"]).expect_code(0);
    let (before, after) = (layers(&env, "app.tar"), layers(&env, "out.tar"));
    assert_eq!((&before[0], &before[2]), (&after[0], &after[2]));
    assert_ne!(before[1], after[1]);
    let names = names(&env, "out.tar");
    assert!(names.iter().any(|name| name == "root") && !names.iter().any(|name| name.contains("ssh")), "{names:?}");
    let config = |image: &str| env.ocikit(&["inspect", image, "--raw", "--config"]).expect_code(0).json();
    assert_eq!(config("app.tar")["history"], config("out.tar")["history"]);
}

#[test]
fn hard_links_to_a_stripped_file_keep_its_content() {
    let env = env();
    let run = env.ocikit(&["layer", "rewrite", "app.tar", "--strip", "/etc/secret", "-o", "out.tar"]).expect_code(0);
    for expected in [
        "note: linux/amd64: stripped from layer 2: etc/secret\n",
        "note: linux/amd64: the content of etc/secret is still in layer 2 as its hard link etc/secret.link\n",
        "note: linux/amd64: the content of etc/secret is still in layer 1 as srv/copy\n",
    ] {
        assert!(run.stdout.contains(expected), "{run}");
    }
    let _ = env.ocikit(&["verify", "--deep", "out.tar"]).expect_code(0);
    assert_eq!(env.ocikit(&["cat", "out.tar", "etc/secret.link"]).expect_code(0).stdout, "s3cret");
    let all = ["layer", "rewrite", "app.tar", "--strip", "etc/secret*", "--strip", "srv/copy", "-o", "all.tar"];
    let run = env.ocikit(&all).expect_code(0);
    assert!(!run.stdout.contains("still"), "{run}");
    let _ = env.ocikit(&["verify", "--deep", "all.tar"]).expect_code(0);
    let archive = Files::from_tar(env.path("all.tar"));
    for blob in archive.names().into_iter().filter(|name| name.len() == 13 + 64) {
        env.write("blob", archive.bytes(blob));
        let plain = env.bash("gzip -dc blob 2> /dev/null || cat blob").stdout;
        assert!(!plain.contains("s3cret"), "{blob}");
    }
}

#[test]
fn directories_that_no_entry_describes_stay() {
    let env = env();
    let _ = env.ocikit(&["layer", "rewrite", "app.tar", "--strip", "deep/er/only", "-o", "out.tar"]).expect_code(0);
    let mut expected = names(&env, "app.tar");
    expected.retain(|name| name != "deep/er/only");
    assert_eq!(names(&env, "out.tar"), expected);
    let _ = env.ocikit(&["layer", "rewrite", "app.tar", "--strip", "deep", "-o", "none.tar"]).expect_code(0);
    assert!(!names(&env, "none.tar").iter().any(|name| name.starts_with("deep")));
}

#[test]
fn every_layer_or_none() {
    let env = TestEnv::new();
    let layer = |text: &str| Layer::new().dir("etc").file("etc/secret", text).gzip();
    env.write_tar("app.tar", &image_of(vec![layer("old"), Layer::of(&[("a", "b")]), layer("new")]));
    let strip = ["layer", "rewrite", "app.tar", "--strip", "etc/secret", "-o", "out.tar"];
    let run = env.ocikit(&strip).expect_code(2);
    insta::assert_snapshot!(run.stderr, @"error: app.tar: cannot rewrite a layer: the content of etc/secret would still be in the lower layer 1; `--every-layer` strips it from every layer");
    let run = env.ocikit(&[&strip[..], &["3"]].concat()).expect_code(2);
    insta::assert_snapshot!(run.stderr, @"error: app.tar: cannot rewrite a layer: the content of etc/secret would still be in layer 1, which is not selected; `--every-layer` strips it from every layer");
    assert!(!env.path("out.tar").exists());
    let _ = env.ocikit(&[&strip[..], &["--every-layer"]].concat()).expect_code(0);
    assert_eq!(names(&env, "out.tar"), ["a", "etc"]);
    let _ = env.ocikit(&["verify", "--deep", "out.tar"]).expect_code(0);
    assert_eq!(layers(&env, "app.tar")[1], layers(&env, "out.tar")[1]);
}

#[test]
fn only_above_the_base() {
    let env = TestEnv::new();
    env.write_tar("app.tar", &image_of(secrets()));
    env.write_tar("base.tar", &image_of(secrets()[..1].to_vec()));
    let clamp = ["layer", "rewrite", "app.tar", "--base", "base.tar", "--owner", "5:6", "-o", "out.tar"];
    let _ = env.ocikit(&clamp).expect_code(0);
    let (before, after) = (layers(&env, "app.tar"), layers(&env, "out.tar"));
    assert_eq!(before[0], after[0]);
    assert!(before[1] != after[1] && before[2] != after[2]);
    let strip = ["layer", "rewrite", "app.tar", "--base", "base.tar", "--strip", "etc/passwd", "--dry-run"];
    let run = env.ocikit(&strip).expect_code(2);
    assert!(run.stderr.contains("would still be in layer 1, which is not selected"), "{run}");
    let run = env.ocikit(&["layer", "rewrite", "app.tar", "--above-base", "--owner", "5", "--dry-run"]).expect_code(2);
    assert!(run.stderr.contains("select the base with `--base IMAGE`"), "{run}");
}

#[test]
fn times_and_owners() {
    let env = env();
    let clamp = ["layer", "rewrite", "app.tar", "--clamp-time", "2020-01-01T00:00:00Z", "-o", "out.tar"];
    let run = env.ocikit(&clamp).expect_code(0);
    assert!(run.stdout.contains("note: linux/amd64: layer 3: the headers of 1 entry changed"), "{run}");
    let (before, after) = (layers(&env, "app.tar"), layers(&env, "out.tar"));
    assert_eq!((&before[..2], before[2] == after[2]), (&after[..2], false));
    let run = env.ocikit(&["files", "out.tar", "--layer", "3"]).expect_code(0);
    assert!(run.stdout.contains("2020-01-01 00:00 3 etc/app"), "{run}");
    let epoch = ["layer", "rewrite", "app.tar", "--clamp-time", "SOURCE_DATE_EPOCH", "-o", "epoch.tar"];
    let run = env.ocikit(&epoch).expect_code(2);
    assert!(run.stderr.contains("SOURCE_DATE_EPOCH is not set"), "{run}");
    let _ = env.command(&epoch).env("SOURCE_DATE_EPOCH", "1577836800").run().expect_code(0);
    assert_eq!(layers(&env, "epoch.tar"), after);
    let _ = env.ocikit(&["layer", "rewrite", "app.tar", "--owner", "1000", "2", "-o", "owned.tar"]).expect_code(0);
    let run = env.ocikit(&["files", "owned.tar", "--layer", "2"]).expect_code(0);
    assert!(run.stdout.lines().filter(|line| line.contains(" 1000:1000 ")).count() >= 7, "{run}");
    for image in ["out.tar", "owned.tar"] {
        let _ = env.ocikit(&["verify", "--deep", image]).expect_code(0);
    }
}

#[test]
fn another_compression_keeps_the_diff_ids() {
    let env = env();
    let words = ["layer", "rewrite", "app.tar", "2", "--compression", "zstd:3", "-o", "out.tar"];
    let _ = env.ocikit(&words).expect_code(0);
    let config = |image: &str| env.ocikit(&["inspect", image, "--raw", "--config"]).expect_code(0).stdout;
    assert_eq!(config("app.tar"), config("out.tar"));
    let manifest = env.ocikit(&["inspect", "out.tar", "--raw", "--platform", "linux/amd64"]).expect_code(0).json();
    let media_types: Vec<&str> =
        manifest["layers"].as_array().unwrap().iter().map(|layer| layer["mediaType"].as_str().unwrap()).collect();
    let is_zstd: Vec<bool> = media_types.iter().map(|text| text.ends_with("+zstd")).collect();
    assert_eq!(is_zstd, [false, true, false]);
    let _ = env.ocikit(&["verify", "--deep", "out.tar"]).expect_code(0);
}

#[test]
fn what_is_refused() {
    let env = env();
    let foreign = Layer::of(&[("a", "b")]).url("https://example.com/layer");
    let foreign = foreign.media_type("application/vnd.oci.image.layer.nondistributable.v1.tar");
    env.write_tar("foreign.tar", &image_of(vec![foreign]));
    let linked = Layer::new().dir("usr").dir("usr/lib").symlink("lib", "usr/lib").file("lib/secret", "x");
    env.write_tar("linked.tar", &image_of(vec![linked]));
    let below = vec![Layer::of(&[("secret", "x")]), Layer::new().hardlink("other", "secret")];
    env.write_tar("below.tar", &image_of(below));
    for (name, files) in shapes::damaged_layers() {
        env.write_tar(&format!("damaged-{name}.tar"), &files);
    }
    let damaged: Vec<String> = env.listing().into_iter().filter(|name| name.starts_with("damaged-")).collect();
    assert!(damaged.len() > 2, "{damaged:?}");
    let before = env.listing();
    for image in &damaged {
        for change in [["--strip", "**"], ["--owner", "7"], ["--clamp-time", "now"]] {
            let run = env.ocikit(&[&["layer", "rewrite", image, "-o", "out.tar"], &change[..]].concat());
            assert_eq!(run.code, 2, "{image} {change:?}: {run}");
            assert_eq!(run.stderr.lines().count(), 1, "{image} {change:?}: {run}");
            assert_eq!(env.listing(), before, "{image} {change:?}");
        }
    }
    let table: &[(&[&str], &str)] = &[
        (&["app.tar"], "nothing to change"),
        (&["app.tar", "--strip", "etc/none"], "no layer has a file that fits `etc/none`"),
        (&["app.tar", "--strip", "/"], "the root cannot be stripped"),
        (&["app.tar", "--strip", "a/../b"], "contains `..`"),
        (&["app.tar", "--strip", "[a"], "has no `]`"),
        (&["app.tar", "--owner", "root"], "not two numbers"),
        (&["app.tar", "--owner", "keep"], "not two numbers"),
        (&["app.tar", "--clamp-time", "yesterday"], "not a time of RFC 3339"),
        (&["app.tar", "--clamp-time", "1969-12-31T23:59:59Z"], "before 1970"),
        (&["app.tar", "--compression", "xz"], "not one of none, gzip"),
        (&["app.tar", "--owner", "0", "9"], "it has 3 layers, and no layer 9"),
        (&["app.tar", "--owner", "7", "--created-by", "nothing"], "no layer was created by `nothing`"),
        (&["app.tar", "--every-layer", "--owner", "0"], "--strip"),
        (&["app.tar", "--every-layer", "--strip", "etc/app", "2"], "cannot be used with"),
        (&["foreign.tar", "--owner", "7"], "a foreign layer"),
        (&["linked.tar", "--strip", "usr/lib/secret"], "has usr/lib/secret under the name lib/secret"),
        (&["below.tar", "--strip", "secret"], "other in layer 2 is a hard link to secret, which is not before it"),
    ];
    for (options, expected) in table {
        let run = env.ocikit(&[&["layer", "rewrite", "-o", "out.tar"], *options].concat()).expect_code(2);
        assert!(run.stderr.contains(expected), "{options:?}\n{run}");
        assert_eq!(env.listing(), before, "{options:?}");
    }
}

/// Every image of every real file and of every format: no effect gives the same bytes, and any effect a sound file.
#[test]
fn every_real_file_and_every_format() {
    let env = TestEnv::new();
    let mut inputs = Vec::new();
    for group in std::fs::read_dir(testdata("")).unwrap().flatten().filter(|entry| entry.path().is_dir()) {
        inputs.extend(std::fs::read_dir(group.path()).unwrap().flatten().map(|item| item.path()));
    }
    for shape in shapes::all() {
        inputs.push(env.write(&format!("{}.tar", shape.name), shape.bytes()));
    }
    inputs.sort();
    let mut seen = 0;
    for (number, input) in inputs.iter().enumerate() {
        let input = input.display().to_string();
        if !amount::is_turn(&input, number, 2) {
            continue;
        }
        let later = ["layer", "rewrite", &input, "--clamp-time", "2200-01-01T00:00:00Z", "--dry-run"];
        let run = env.ocikit(&later);
        if run.code != 0 {
            continue;
        }
        assert!(run.stdout.contains("nothing to change"), "{input}: {run}");
        let owner = ["layer", "rewrite", &input, "--owner", "77:78", "--attestations", "drop", "-o", "out.tar"];
        let run = env.ocikit(&owner);
        if run.code == 0 {
            let was_sound = env.ocikit(&["verify", "--deep", &input]).code == 0;
            let run = env.ocikit(&["verify", "--deep", "out.tar"]);
            assert!(run.code == 0 || !was_sound, "{input}: {run}");
            seen += 1;
        }
        let _ = std::fs::remove_file(env.path("out.tar"));
        let _ = std::fs::remove_dir_all(env.path("out.tar"));
    }
    assert!(seen > 15, "{seen}");
}

#[test]
fn all_platforms_and_shared_layers() {
    let env = TestEnv::new();
    let mut store = Store::new();
    let images: Vec<_> = ["linux/amd64", "linux/arm64"]
        .iter()
        .map(|platform| secrets().into_iter().fold(Image::new(platform), Image::layer).put(&mut store))
        .collect();
    let root = Index::of(images.iter().map(|image| &image.desc)).put(&mut store);
    env.write_tar("multi.tar", &Layout::new(&store).root(&root.named("example.com/team/app:1.0")).files());
    let strip = ["layer", "rewrite", "multi.tar", "--strip", "root/.ssh/id"];
    let run = env.ocikit(&[&strip[..], &["-o", "all.tar", "--format", "json"]].concat()).expect_code(0).json();
    let added = run["blobs_added"].as_array().unwrap().len();
    // One layer, and for each platform its config and manifest; and the index.
    assert_eq!(added, 1 + 2 * 2 + 1, "{run}");
    let _ = env.ocikit(&[&strip[..], &["--platform", "linux/arm64", "-o", "arm.tar"]].concat()).expect_code(0);
    for (file, platform, is_there) in [
        ("all.tar", "linux/amd64", false),
        ("all.tar", "linux/arm64", false),
        ("arm.tar", "linux/amd64", true),
        ("arm.tar", "linux/arm64", false),
    ] {
        let run = env.ocikit(&["cat", file, "--platform", platform, "root/.ssh/id"]);
        assert_eq!(run.code == 0, is_there, "{file} {platform}: {run}");
        let _ = env.ocikit(&["verify", "--deep", file]).expect_code(0);
    }
}

#[test]
fn readers_see_the_rest() {
    let env = env();
    let words = ["layer", "rewrite", "app.tar", "--strip", "etc/secret", "--owner", "7:8", "-o"];
    let _ = env.ocikit(&[&words[..], &["out.tar"]].concat()).expect_code(0);
    let _ = env.ocikit(&[&words[..], &["layout-out/"]].concat()).expect_code(0);
    if let Some(skopeo) = readers::skopeo() {
        let from = format!("oci-archive:{}", env.path("out.tar").display());
        let _ = skopeo.copy(&from, &format!("dir:{}", env.path("copy").display())).accepted();
    }
    if let Some(podman) = readers::podman() {
        let _ = podman.load(env.path("out.tar")).accepted();
    }
    if let Some(umoci) = readers::umoci() {
        let _ = umoci.unpack(env.path("layout-out"), "1.0", env.path("bundle")).accepted();
        assert!(!env.path("bundle/rootfs/etc/secret").exists());
        assert_eq!(env.read("bundle/rootfs/etc/secret.link"), b"s3cret");
        assert!(!env.path("bundle/rootfs/etc/secret.other").exists());
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
        3 => layer.fifo(name).mode(*mode),
        4 => layer.hardlink(name, target),
        5 => layer.opaque(name),
        6 => layer.file(name, "same").mode(0o644),
        _ => layer.whiteout(name),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// What is left of the root file system is what was there without the files that are stripped.
    #[test]
    fn the_rest_stays(
        layers in prop::collection::vec(prop::collection::vec(entry(), 0..7), 1..4),
        pattern in prop::sample::select(vec!["a", "a/b", "**/c", "b/*", "c", "*/a", "a/b/c"]),
    ) {
        let env = TestEnv::new();
        env.write_tar("app.tar", &image_of(layers.iter().map(|entries| layer_of(entries)).collect()));
        if env.ocikit(&["verify", "--deep", "app.tar"]).code != 0 {
            return Ok(());
        }
        let strip = ["layer", "rewrite", "app.tar", "--strip", pattern, "--every-layer", "-o", "out.tar"];
        let run = env.ocikit(&strip);
        if run.code != 0 {
            let is_known = ["no layer has a file", "is a hard link to"].iter().any(|text| run.stderr.contains(text));
            prop_assert!(is_known, "{run}");
            return Ok(());
        }
        let rows = |image: &str| -> Vec<String> {
            let report = env.ocikit(&["files", image, "--format", "json"]).json();
            let rows = report["files"].as_array().unwrap().iter();
            rows.map(|row| format!("{} {} {} {} {}", row["path"], row["kind"], row["mode"], row["size"], row["uid"])).collect()
        };
        let glob = |path: &str| -> bool {
            let parts: Vec<&str> = path.split('/').collect();
            (1..=parts.len()).any(|end| {
                let parts = &parts[..end];
                match pattern {
                    "**/c" => parts[end - 1] == "c",
                    "b/*" => end == 2 && parts[0] == "b",
                    "*/a" => end == 2 && parts[1] == "a",
                    exact => parts.join("/") == exact,
                }
            })
        };
        let before: Vec<String> = rows("app.tar");
        let expected: Vec<String> =
            before.into_iter().filter(|row| !glob(row.split('"').nth(1).unwrap())).collect();
        prop_assert_eq!(rows("out.tar"), expected);
        let run = env.ocikit(&["verify", "--deep", "out.tar"]);
        prop_assert!(run.code == 0, "{}", run);
    }
}
