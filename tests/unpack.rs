//! `unpack`: the root file system in a directory, and nothing outside it.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

use crate::support;
use crate::support::{Files, Image, Layer, Layout, Sample, Store, TestEnv, blob_name, readers, shapes};

pub(crate) fn image_of(layers: Vec<Layer>) -> Files {
    let mut store = Store::new();
    let image = layers.into_iter().fold(Image::new("linux/amd64"), Image::layer).put(&mut store);
    Layout::new(&store).root(&image.desc.named("example.com/team/app:1.0")).files()
}

/// What a directory holds, by name: kind and mode, names of the same file, time, content or link.
pub(crate) fn tree(root: &Path) -> BTreeMap<String, String> {
    let mut tree = BTreeMap::new();
    for entry in walkdir::WalkDir::new(root).min_depth(1) {
        let entry = entry.unwrap();
        let metadata = entry.path().symlink_metadata().unwrap();
        let content = match metadata.file_type() {
            kind if kind.is_file() => String::from_utf8_lossy(&fs::read(entry.path()).unwrap()).into_owned(),
            kind if kind.is_symlink() => format!("-> {}", fs::read_link(entry.path()).unwrap().display()),
            kind if kind.is_fifo() => "fifo".to_owned(),
            _ => String::new(),
        };
        let links = if metadata.is_file() { metadata.nlink() } else { 1 };
        let name = entry.path().strip_prefix(root).unwrap().display().to_string();
        tree.insert(name, format!("{:o} {links} {} {content}", metadata.mode(), metadata.mtime()));
    }
    tree
}

fn names(root: &Path) -> Vec<String> {
    tree(root).into_keys().collect()
}

pub(crate) fn layered() -> Vec<Layer> {
    vec![
        Layer::new()
            .dir("bin")
            .mtime(1_600_000_000)
            .file("bin/tool", "one")
            .mode(0o755)
            .mtime(1_600_000_001)
            .hardlink("bin/tool2", "bin/tool")
            .mode(0o755)
            .file("bin/kept", "through a link")
            .hardlink("bin/other-name", "bin/kept")
            .dir("etc")
            .mode(0o700)
            .file("etc/gone", "x")
            .file("etc/motd", "old")
            .dir("cache")
            .file("cache/a", "a")
            .file("cache/b", "b")
            .dir("usr")
            .dir("usr/lib")
            .symlink("lib", "usr/lib")
            .mtime(1_600_000_002)
            .symlink("dangling", "/nowhere/at/all")
            .file("was-file", "file")
            .dir("was-dir")
            .file("was-dir/x", "x")
            .gzip(),
        Layer::new()
            .dir("etc")
            .mode(0o750)
            .mtime(1_650_000_000)
            .file("etc/motd", "new")
            .whiteout("etc/gone")
            .dir("cache")
            .opaque("cache")
            .file("cache/c", "c")
            .file("lib/libc.so", "elf")
            .whiteout("bin/kept")
            .gzip(),
        Layer::new()
            .dir("was-file")
            .file("was-file/now", "a directory")
            .whiteout("was-dir")
            .file("was-dir", "a file")
            .hardlink("linked", "bin/tool"),
    ]
}

#[test]
fn a_tree() {
    if !readers::require_root("keep owners") {
        return;
    }
    let env = TestEnv::new();
    env.write_tar("app.tar", &image_of(layered()));
    // A hard link into a lower layer is an error, since some readers refuse it; the tree is there all the same.
    let run = env.ocikit(&["unpack", "app.tar", "-o", "root"]).expect_code(1);
    assert!(run.stdout.ends_with("root: 7 files, 41 B; 6 directories, 2 symbolic links, 2 hard links\n"), "{run}");
    // Of a hard link into a lower layer it says who refuses that, and of nothing else.
    assert_eq!(run.stdout.matches("[layer-entry-doubtful]").count(), 1, "{run}");
    let listing: Vec<String> =
        tree(&env.path("root")).into_iter().map(|(name, facts)| format!("{name}: {facts}")).collect();
    insta::assert_snapshot!(listing.join("\n"), @r#"
    bin: 40755 1 1600000000 
    bin/other-name: 100644 1 0 through a link
    bin/tool: 100755 3 1600000001 one
    bin/tool2: 100755 3 1600000001 one
    cache: 40755 1 0 
    cache/c: 100644 1 0 c
    dangling: 120777 1 0 -> /nowhere/at/all
    etc: 40750 1 1650000000 
    etc/motd: 100644 1 0 new
    lib: 120777 1 1600000002 -> usr/lib
    linked: 100755 3 1600000001 one
    usr: 40755 1 0 
    usr/lib: 40755 1 0 
    usr/lib/libc.so: 100644 1 0 elf
    was-dir: 100644 1 0 a file
    was-file: 40755 1 0 
    was-file/now: 100644 1 0 a directory
    "#);
    assert_eq!(env.listing(), ["app.tar", "root"]);
    let again = env.ocikit(&["unpack", "app.tar", "-o", "root"]).expect_code(2);
    assert!(again.stderr.contains("directory not empty"), "{again}");
}

#[test]
fn the_same_tree_as_umoci() {
    let Some(umoci) = readers::umoci() else { return };
    let env = TestEnv::new();
    let directory = env.write_dir("app", &image_of(layered()));
    let _ = umoci.unpack(&directory, "1.0", env.path("bundle")).accepted();
    let _ = env.ocikit(&["unpack", "app:1.0", "-o", "root", "--no-owners"]).expect_code(1);
    assert_eq!(tree(&env.path("root")), tree(&env.path("bundle/rootfs")));
}

/// Every real file, as skopeo, BuildKit, docker and the others wrote it, repacked into a directory.
#[test]
fn the_same_tree_as_umoci_of_every_real_file() {
    let Some(umoci) = readers::umoci() else { return };
    let (mut seen, mut as_root, mut refused) = (0, 0, Vec::new());
    for group in fs::read_dir(support::testdata("")).unwrap().flatten().filter(|entry| entry.path().is_dir()) {
        for item in fs::read_dir(group.path()).unwrap().flatten() {
            let env = TestEnv::new();
            let item = item.path().display().to_string();
            let quiet = |arguments: &[&str]| env.ocikit(arguments).code == 0;
            if !quiet(&["repack", &item, "--platform", "linux/amd64", "-o", "image"]) {
                continue;
            }
            // umoci knows neither indexes of one image nor names with a colon.
            let _ = quiet(&["unwrap", "image", "--in-place", "--attestations", "drop"]);
            if !quiet(&["ref", "add", "image", "for-umoci", "--in-place"]) {
                continue;
            }
            let answer = umoci.unpack(env.path("image"), "for-umoci", env.path("bundle"));
            if !answer.ok {
                refused.push(item);
                continue;
            }
            let _ = env.ocikit(&["unpack", "image:for-umoci", "-o", "root", "--no-owners"]).expect_code(0);
            assert_eq!(tree(&env.path("root")), tree(&env.path("bundle/rootfs")), "{item}");
            seen += 1;
            let is_root = env.path("root").metadata().unwrap().uid() == 0;
            if is_root && umoci.unpack_as_root(env.path("image"), "for-umoci", env.path("owned")).ok {
                let _ = env.ocikit(&["unpack", "image:for-umoci", "-o", "all"]).expect_code(0);
                assert_eq!(tree(&env.path("all")), tree(&env.path("owned/rootfs")), "{item}");
                assert_eq!(owners(&env.path("all")), owners(&env.path("owned/rootfs")), "{item}");
                as_root += 1;
            }
        }
    }
    assert!(seen > 15 && refused.len() < 10, "{seen}, and refused: {refused:?}");
    eprintln!("{seen} trees are the same, {as_root} of them with owners; umoci refuses {refused:?}");
}

fn owners(root: &Path) -> BTreeMap<String, (u32, u32)> {
    let entries = walkdir::WalkDir::new(root).into_iter().map(|entry| {
        let entry = entry.unwrap();
        let metadata = entry.path().symlink_metadata().unwrap();
        let name = entry.path().strip_prefix(root).unwrap().display().to_string();
        (name, (metadata.uid(), metadata.gid()))
    });
    entries.collect()
}

#[test]
fn every_shape() {
    let env = TestEnv::new();
    for shape in shapes::all() {
        if ["cache-index", "cache-manifest", "imgpkg", "oci-archive-urls", "pack", "docker-20-repeated-layer"]
            .contains(&shape.name)
        {
            continue;
        }
        let path = env.write("shape.tar", shape.bytes());
        let args = ["unpack", path.to_str().unwrap(), "-o", shape.name, "--platform", "linux/amd64"];
        let run = env.ocikit(&args);
        assert_eq!(run.code, 0, "{}: {run}", shape.name);
        assert_eq!(
            names(&env.path(shape.name)),
            ["bin", "bin/hello", "bin/hi", "etc", "etc/platform"],
            "{}",
            shape.name
        );
    }
}

/// Each attack on what is beside the directory; after each, the canary is as it was and nothing is beside it.
#[test]
fn nothing_lands_outside() {
    let deep = vec!["d"; 300].join("/");
    let attacks: Vec<(&str, Vec<Layer>, bool)> = vec![
        ("climbs", vec![Layer::new().file("../canary", "x").file("a/../../canary", "x")], true),
        ("absolute", vec![Layer::new().file("/canary", "x").file("//../canary", "x")], true),
        ("a link up, then through it", vec![Layer::new().symlink("up", "..").file("up/canary", "x")], true),
        (
            "an absolute link, then through it",
            vec![Layer::new().symlink("abs", "[CANARY-DIR]").file("abs/canary", "x")],
            true,
        ),
        (
            "links through links",
            vec![Layer::new().symlink("a", "b/..").symlink("b", "../..").file("a/canary", "x")],
            true,
        ),
        (
            "a link in a lower layer",
            vec![Layer::new().symlink("up", "../.."), Layer::new().file("up/canary", "x")],
            true,
        ),
        (
            "a file over a link",
            vec![Layer::new().symlink("canary", "../canary"), Layer::new().file("canary", "x")],
            true,
        ),
        (
            "a directory over a link",
            vec![Layer::new().symlink("d", ".."), Layer::new().dir("d").file("d/canary", "x")],
            true,
        ),
        ("a mode through a link", vec![Layer::new().symlink("d", "../canary").dir("d").mode(0o777)], true),
        ("a hard link outside", vec![Layer::new().hardlink("h", "../canary").file("h", "x")], true),
        ("an absolute hard link", vec![Layer::new().hardlink("h", "[CANARY-DIR]/canary")], true),
        ("a hard link through a link", vec![Layer::new().symlink("up", "..").hardlink("h", "up/canary")], true),
        (
            "a hard link to a link outside",
            vec![Layer::new().symlink("l", "../canary").hardlink("h", "l").file("h", "x")],
            true,
        ),
        ("a whiteout outside", vec![Layer::new().whiteout("../canary").file(".wh...", "").file("a/.wh..", "")], true),
        ("a whiteout through a link", vec![Layer::new().symlink("up", ".."), Layer::new().whiteout("up/canary")], true),
        ("opaque through a link", vec![Layer::new().symlink("up", ".."), Layer::new().opaque("up")], true),
        ("a circle", vec![Layer::new().symlink("a", "b").symlink("b", "a").file("a/x", "x")], true),
        ("devices", vec![Layer::new().char_device("null", 1, 3).block_device("sda", 8, 0).fifo("pipe")], true),
        (
            "PAX names",
            vec![Layer::new().file("x", "x").pax("path", "../canary").symlink("y", "z").pax("linkpath", "../canary")],
            true,
        ),
        ("the root a file", vec![Layer::new().file("./", "x").symlink("/", "..")], true),
        (
            "names of what waits",
            vec![Layer::new().file("0", "x").file("1/0", "x").file("stage", "x").file("root", "x")],
            true,
        ),
        ("deeper than descriptors", vec![Layer::new().file(&deep, "x")], true),
        (
            "a directory replaced by a link in a later layer",
            vec![
                Layer::new().dir("d").file("d/x", "x"),
                Layer::new().symlink("d", ".."),
                Layer::new().file("d/canary", "x"),
            ],
            true,
        ),
        (
            "a link replaced by a directory, and back",
            vec![
                Layer::new().symlink("d", ".."),
                Layer::new().dir("d").file("d/x", "x"),
                Layer::new().symlink("d", "../..").file("d/canary", "x").whiteout("d/canary"),
            ],
            true,
        ),
        (
            "a hard link to a link, then through it",
            vec![Layer::new().symlink("l", "..").hardlink("h", "l").file("h/canary", "x")],
            true,
        ),
        (
            "hard links to what is hidden or comes later",
            vec![
                Layer::new().file("f", "x"),
                Layer::new().whiteout("f").hardlink("h", "f").hardlink("i", "j").file("j", "x"),
            ],
            true,
        ),
        ("setuid through a link", vec![Layer::new().symlink("s", "../canary").file("s", "x").mode(0o6777)], true),
        (
            "odd whiteouts",
            vec![
                Layer::new().file("a/x", "x"),
                Layer::new()
                    .file(".wh.", "")
                    .file("a/.wh.", "")
                    .file(".wh...", "")
                    .file("a/.wh...", "")
                    .file(".wh.../canary", "x")
                    .file(".wh./canary", "x")
                    .file(".wh..wh..opq/canary", "x")
                    .dir(".wh..wh.plnk")
                    .symlink(".wh.x", "../canary"),
            ],
            true,
        ),
        (
            "names that another system would split",
            vec![Layer::new().file("..\\canary", "x").file("C:\\canary", "x").file("a\n/../../canary", "x")],
            true,
        ),
        ("a name with a NUL", vec![Layer::new().file("short", "x").pax("path", "n\0/../../canary")], true),
        (
            "names that differ in case",
            vec![Layer::new().file("Name", "x").symlink("name", "..").file("NAME/x", "x")],
            true,
        ),
        (
            "the root again and again",
            vec![
                Layer::new().dir("/").mode(0).dir("./").mode(0o6777).dir("..").mode(0o777),
                Layer::new().whiteout(".").file("./.wh..", "").file("x", "x"),
            ],
            true,
        ),
        ("a name too long", vec![Layer::new().file(&"n".repeat(300), "x")], false),
        ("a link too long", vec![Layer::new().symlink("l", &"n".repeat(5000))], false),
    ];
    for (what, layers, is_made) in attacks {
        let env = TestEnv::new();
        env.write("canary", "as it was");
        let mode = env.path("canary").metadata().unwrap().mode();
        let outside = env.root().canonicalize().unwrap().display().to_string();
        let mut files = Vec::new();
        for layer in layers {
            files.push(layer.with_links(|link| link.replace("[CANARY-DIR]", &outside)));
        }
        env.write_tar("app.tar", &image_of(files));
        let run = env.ocikit(&["unpack", "app.tar", "-o", "root"]);
        // What is left out of the tree is an error in some.
        assert!(if is_made { run.code < 2 } else { run.code == 2 }, "{what}: {run}");
        let left = if is_made { &["app.tar", "canary", "root"][..] } else { &["app.tar", "canary"] };
        // Who is not root gets a record of what should be.
        let listing: Vec<String> = env.listing().into_iter().filter(|name| name != "root.mtree").collect();
        assert_eq!(listing, left, "{what}: {run}");
        assert_eq!(env.read("canary"), b"as it was", "{what}");
        assert_eq!(env.path("canary").metadata().unwrap().mode(), mode, "{what}");
        assert_eq!(env.path("canary").metadata().unwrap().nlink(), 1, "{what}");
    }
}

#[test]
fn a_damaged_layer_leaves_nothing() {
    for (what, files) in shapes::damaged_layers() {
        let env = TestEnv::new();
        env.write_tar("app.tar", &files);
        let run = env.ocikit(&["unpack", "app.tar", "-o", "root"]).expect_code(2);
        assert_eq!(env.listing(), ["app.tar"], "{what}: {run}");
    }
    // A diff_id that is not the layer's: the config is as its digest says, and lies.
    let env = TestEnv::new();
    let mut store = Store::new();
    let image = Image::new("linux/amd64").layer(Layer::of(&[("a", "a")])).put(&mut store);
    let diff_id = &image.layers[0].diff_id;
    let mut archive = shapes::podman();
    let config =
        archive.names().into_iter().find(|name| name.ends_with(".json") && name.len() > 64).unwrap().to_owned();
    let old = archive.digest_at(&config, "/rootfs/diff_ids/0");
    archive.edit_json(&config, |text| text.replace(&old, diff_id)).rename(&config, "config.json");
    archive.edit_json("manifest.json", |text| text.replace(&config, "config.json"));
    env.write_tar("lies.tar", &archive);
    let run = env.ocikit(&["unpack", "lies.tar", "-o", "root"]).expect_code(2);
    assert!(run.stderr.contains("layer 1"), "{run}");
    assert_eq!(env.listing(), ["lies.tar"]);
}

/// As somebody who is not root: no setuid bit, and a record of what should be.
#[test]
fn what_cannot_be_kept_is_recorded() {
    let env = TestEnv::new();
    let layer = Layer::new()
        .file("su", "su")
        .mode(0o6755)
        .owner(12345, 12345)
        .mtime(7)
        .char_device("null", 1, 3)
        .file("a b", "x")
        .pax("SCHILY.xattr.security.capability", "no such thing");
    env.write_tar("app.tar", &image_of(vec![layer]));
    let report =
        env.ocikit(&["unpack", "app.tar", "-o", "root/", "--no-owners", "--format", "json"]).expect_code(0).json();
    let lost = &report["lost"];
    assert_eq!((&lost["set_id_bits"], &lost["devices"], &lost["xattrs"]), (&1.into(), &1.into(), &1.into()));
    assert!(lost["owners"].as_u64().unwrap() >= 1);
    assert_eq!(env.path("root/su").metadata().unwrap().mode() & 0o7777, 0o755);
    let record = String::from_utf8(env.read("root.mtree")).unwrap();
    assert!(record.contains("./su type=file mode=6755 uid=12345 gid=12345 time=7.000000000 size=2\n"), "{record}");
    assert!(record.contains("./null type=char ") && record.contains("device=native,1,3"), "{record}");
    assert!(record.contains("./a\\040b type=file"), "{record}");
    let again = env.ocikit(&["unpack", "app.tar", "-o", "other", "--record", "root.mtree"]).expect_code(2);
    assert!(again.stderr.starts_with("error: root.mtree: cannot write"), "{again}");
    assert_eq!(env.listing(), ["app.tar", "root", "root.mtree"]);
}

#[test]
fn an_empty_directory_is_taken() {
    let env = TestEnv::new();
    env.write_tar("app.tar", &shapes::oci_archive());
    fs::create_dir(env.path("root")).unwrap();
    let _ = env.ocikit(&["unpack", "app.tar", "-o", "root"]).expect_code(0);
    assert_eq!(names(&env.path("root")).len(), 5);
    env.write("file", "x");
    let _ = env.ocikit(&["unpack", "app.tar", "-o", "file"]).expect_code(2);
    assert_eq!(env.read("file"), b"x");
    let _ = env.ocikit(&["unpack", "app.tar", "-o", "no/such/folder"]).expect_code(2);
}

#[test]
fn a_manifest_that_cannot_be_trusted_leaves_nothing() {
    let sample = Sample::single();
    let manifest = blob_name(&sample.root.digest);
    let mut altered = sample.layout();
    altered.edit_json(&manifest, |text| text.replacen("layer.v1", "layer.v2", 1));
    let mut store = Store::new();
    let no_json = store.put(&sample.root.media_type, "{\"layers\":");
    let no_json = Layout::new(&store).root(&no_json.tagged("1.0")).files();
    for (files, complaint) in
        [(altered, "the content has the digest sha256:"), (no_json, "cannot be read as a manifest")]
    {
        let env = TestEnv::new();
        env.write_tar("app.tar", &files);
        for command in [&["unpack", "app.tar", "-o", "root"][..], &["cat", "app.tar", "bin/hello"]] {
            let run = env.ocikit(command).expect_code(2);
            assert!(run.stderr.contains(complaint), "{run}");
            assert_eq!(env.listing(), ["app.tar"], "{run}");
        }
    }
}

/// Files are named after what a statement says of itself, and stand in the directory whatever that is.
#[test]
fn statements_do_not_say_where_they_go() {
    let text = |text: &str| support::Json::from(text);
    for evil in ["../canary", "/canary", "..", ".", "a/../../canary", "..\\canary", "n\u{0}l", "\n", ""] {
        let env = TestEnv::new();
        env.write("canary", "as it was");
        let mut store = Store::new();
        let image = Image::new("linux/amd64").layer(Layer::of(&[("a", "a")])).put(&mut store);
        let platform = support::obj([("os", text(evil)), ("architecture", text(evil)), ("variant", text(evil))]);
        let child = image.desc.clone().without_platform().extra("platform", platform);
        let about =
            support::Attestation::of(&image.desc).statement(evil, support::obj([])).provenance().put(&mut store);
        let root = support::Index::of([&child, &about]).put(&mut store);
        env.write_tar("app.tar", &Layout::new(&store).root(&root.tagged(evil)).files());
        let run = env.ocikit(&["attestation", "extract", "app.tar", "-o", "out"]);
        assert!(run.code <= 2, "{evil:?}: {run}");
        assert_eq!(env.read("canary"), b"as it was", "{evil:?}");
        let beside: Vec<String> = env.listing().into_iter().filter(|name| name != "out").collect();
        assert_eq!(beside, ["app.tar", "canary"], "{evil:?}: {run}");
        if run.code == 0 {
            assert_eq!(names(&env.path("out")).len(), 2, "{evil:?}: {run}");
        }
    }
}

/// Files wait in one folder for their places, whatever number of layers they are from.
#[test]
fn more_layers_than_files_may_be_open() {
    let env = TestEnv::new();
    let layers = (0..200).map(|number| Layer::of(&[(&*format!("f{number}"), "x")])).collect();
    env.write_tar("app.tar", &image_of(layers));
    let run = env.bash("ulimit -n 64; ocikit unpack app.tar -o root").expect_code(0);
    assert!(run.stdout.contains("root: 200 files"), "{run}");
}
