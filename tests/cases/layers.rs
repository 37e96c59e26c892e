//! Layers are read as engines read them, and never without their digest.

use super::env_with;
use crate::support::builder::Dialect;
use crate::support::builder::{docker_old, dual};
use crate::support::hash::sha256;
use crate::support::{Files, Image, Layer, Layout, Store, TestEnv, arr, blob_name, obj};

/// The commands that read an image.
const READERS: [&[&str]; 7] = [
    &["files", "FILE"],
    &["cat", "FILE", "who"],
    &["unpack", "FILE", "-o", "tree"],
    &["diff", "--files", "FILE", "FILE"],
    &["diff", "--files", "sound.tar", "FILE"],
    &["diff", "FILE", "FILE"],
    &["inspect", "--config", "FILE"],
];

/// Those of them that read documents and no layers.
fn reads_layers(command: &[&str]) -> bool {
    command[0] != "inspect" && (command[0] != "diff" || command[1] == "--files")
}

fn of_file<'w>(command: &[&'w str], file: &'w str) -> Vec<&'w str> {
    command.iter().map(|word| if *word == "FILE" { file } else { word }).collect()
}

fn assert_refused(env: &TestEnv, file: &str, commands: impl Iterator<Item = &'static [&'static str]>) {
    for command in commands {
        let arguments = of_file(command, file);
        let run = env.ocikit(&arguments);
        assert!(matches!(run.code, 1 | 2), "{arguments:?}: {}\n{}{}", run.code, run.stdout, run.stderr);
        assert!(!env.path("tree").exists(), "{arguments:?}");
    }
}

#[test]
fn every_command_that_reads_asks_the_digest() {
    for (file, sound, of_documents) in [
        ("c1-damaged-layer.tar", "c1-sound.tar", false),
        ("c2-other-diff-id.tar", "c1-sound.tar", false),
        ("c2-other-manifest.tar", "c1-sound.tar", true),
    ] {
        let env = env_with(&[file, sound]);
        std::fs::copy(env.path(sound), env.path("sound.tar")).unwrap();
        assert_refused(&env, file, READERS.into_iter().filter(|command| of_documents || reads_layers(command)));
    }
}

/// An image in each kind of file, with the documents that say what it is and the layer.
fn kinds_of_files() -> Vec<(&'static str, Files, Vec<String>, String)> {
    let mut store = Store::new();
    let image = Image::new("linux/amd64").layer(Layer::of(&[("who", "good")])).put(&mut store);
    let [manifest, config, layer] =
        [&image.desc, &image.config, &image.layers[0].desc].map(|part| blob_name(&part.digest));
    let layout = Layout::new(&store).root(&image.desc.tagged("1.0")).files();
    let tagged = [image.tagged(&["app:1.0"])];
    let docker = docker_old::podman(&tagged);
    let member = |is_it: fn(&str) -> bool| docker.names().into_iter().find(|name| is_it(name)).unwrap().to_owned();
    let docker_layer = member(|name| name.ends_with(".tar") && !name.contains('/'));
    let docker_config = member(|name| name.ends_with(".json") && name != "manifest.json");
    vec![
        ("oci.tar", layout, vec![manifest, config.clone()], layer.clone()),
        ("dual.tar", dual::containerd(&store, &[image.desc.tagged("1.0")], &tagged), vec![config], layer),
        ("docker.tar", docker, vec![docker_config], docker_layer),
    ]
}

/// The same with one byte more or less, that no parser of documents minds.
fn damaged(files: &Files, member: &str) -> Files {
    let mut files = files.clone();
    let bytes = files.bytes(member).to_vec();
    if bytes.starts_with(b"{") {
        files.replace(member, [&bytes[..], b"\n"].concat());
    } else {
        files.flip_byte(member, bytes.len() / 2);
    }
    files
}

#[test]
fn damage_of_any_part_is_seen_in_every_kind_of_file() {
    for (name, files, documents, layer) in kinds_of_files() {
        let env = TestEnv::new();
        env.write_tar("sound.tar", &files);
        for command in READERS {
            let arguments = of_file(command, "sound.tar");
            env.ocikit(&arguments).expect_code(0);
        }
        std::fs::remove_dir_all(env.path("tree")).unwrap();
        for document in &documents {
            env.write_tar(name, &damaged(&files, document));
            assert_refused(&env, name, READERS.into_iter());
        }
        env.write_tar(name, &damaged(&files, &layer));
        assert_refused(&env, name, READERS.into_iter().filter(|command| reads_layers(command)));
    }
}

/// What `verify --deep` says of one file: the code of each error and warning, and the last name of its place.
fn told(file: &str) -> (i32, Vec<String>) {
    let env = env_with(&[file]);
    let run = env.ocikit(&["verify", "--deep", "--format", "json", file]);
    let report = run.json();
    let findings = report["findings"].as_array().unwrap().iter().filter(|finding| finding["severity"] != "note");
    let text = |finding: &serde_json::Value| {
        let place = finding["at"].as_str().unwrap().rsplit(" -> ").next().unwrap();
        format!("{} {place}", finding["code"].as_str().unwrap())
    };
    (run.code, findings.map(text).collect())
}

#[test]
fn entries_that_engines_refuse_or_put_elsewhere_are_errors() {
    for (file, expected) in [
        ("a15-below-a-file.tar", (1, vec!["layer-entry-doubtful a"])),
        ("f01-entry-in-removed-folder.tar", (1, vec!["layer-entry-doubtful d/e"])),
        ("f01-folder-became-a-file.tar", (1, vec!["layer-entry-doubtful root/dirA"])),
        ("f06-aufs-hard-links.tar", (0, vec!["layer-entry-doubtful .wh..wh.plnk/292.1436735"])),
        ("f12-whiteout-twice.tar", (1, vec!["layer-entries-conflict usr/.wh.a"])),
    ] {
        let (code, told) = told(file);
        assert_eq!((code, told.iter().map(String::as_str).collect()), expected, "{file}");
    }
}

#[test]
fn hard_links_to_what_aufs_kept_are_files() {
    let file = "f06-aufs-hard-links.tar";
    let env = env_with(&[file]);
    let run = env.ocikit(&["files", file]).expect_code(0);
    assert_eq!(run.stdout.lines().filter(|line| line.contains("bin/")).count(), 4, "{run}");
    for name in ["bin/b", "bin/c"] {
        let run = env.ocikit(&["cat", file, name]).expect_code(0);
        assert_eq!(run.stdout.len(), 6, "{run}");
    }
    let _ = env.ocikit(&["unpack", file, "-o", "tree"]).expect_code(0);
    assert_eq!(env.read("tree/bin/b"), env.read("tree/bin/c"));
    assert!(!env.path("tree/.wh..wh.plnk").exists());
}

#[test]
fn sparse_files_are_expanded() {
    let file = "a8-sparse-member.tar";
    let env = env_with(&[file]);
    let run = env.ocikit(&["cat", file, "etc/hello"]).expect_code(0);
    assert_eq!(run.stdout, "EVIL\n");
    let _ = env.ocikit(&["unpack", file, "-o", "tree"]).expect_code(0);
    assert_eq!(env.read("tree/etc/hello"), b"EVIL\n");
    let run = env.ocikit(&["diff", "--files", file, file]).expect_code(0);
    assert!(run.stdout.contains("equal") || run.stdout.contains("same"), "{run}");
}

#[test]
fn layers_of_an_image_are_looked_into_whatever_their_media_type() {
    let expected = vec![
        "diff-id-mismatch sha256:2c5a1997f0bc61d6343f0b44319c560278061a500e98d5a3f676786bee381bf4".to_owned(),
        "layer-media-type sha256:2952fac18afee2e8503f4b9b245f8cb33a47620236647ce44f2e4ac4c1ae3368#/layers/0/mediaType"
            .to_owned(),
    ];
    assert_eq!(told("a16-layer-of-other-media-type.tar"), (1, expected));
}

/// An image whose layer stands in `data` alone; with `lie`, its diff_id is another.
fn inline(lie: bool) -> Files {
    let mut store = Store::new();
    let image = Image::new("linux/amd64").layer(Layer::of(&[("who", "good")])).put(&mut store);
    let layer = &image.layers[0];
    let config = match lie {
        false => image.config_text.clone(),
        true => image.config_text.replace(&layer.diff_id, &sha256(b"another")),
    };
    let config = store.put(Dialect::Oci.config(), config);
    let layers = arr([layer.desc.clone().inline(&layer.blob()).json()]);
    let manifest = obj([
        ("schemaVersion", 2.into()),
        ("mediaType", Dialect::Oci.manifest().into()),
        ("config", config.json()),
        ("layers", layers),
    ]);
    let manifest = store.put_json(Dialect::Oci.manifest(), &manifest).platform("linux/amd64");
    store.remove(&layer.desc.digest);
    Layout::new(&store).root(&manifest.tagged("1.0")).files()
}

#[test]
fn layers_in_data_are_looked_into() {
    let env = TestEnv::new();
    env.write_tar("good.tar", &inline(false));
    env.write_tar("lie.tar", &inline(true));
    let run = env.ocikit(&["verify", "--deep", "good.tar"]).expect_code(0);
    assert!(run.stdout.contains("warning[blob-inline]") && run.stdout.contains("1 layer decompressed"), "{run}");
    let run = env.ocikit(&["verify", "--deep", "lie.tar"]).expect_code(1);
    assert!(run.stdout.contains("error[diff-id-mismatch]"), "{run}");
    assert_eq!(env.ocikit(&["cat", "good.tar", "who"]).expect_code(0).stdout, "good");
    assert_refused(
        &env,
        "lie.tar",
        READERS.into_iter().filter(|command| reads_layers(command) && !command.contains(&"sound.tar")),
    );
}

#[test]
fn a_file_of_an_artifact_may_be_text_under_the_media_type_of_a_layer() {
    let mut store = Store::new();
    let text = store.put("application/vnd.oci.image.layer.v1.tar+gzip", "no archive");
    let config = store.put("application/vnd.oci.empty.v1+json", "{}");
    let manifest = obj([
        ("schemaVersion", 2.into()),
        ("mediaType", Dialect::Oci.manifest().into()),
        ("artifactType", "application/vnd.example".into()),
        ("config", config.json()),
        ("layers", arr([text.json()])),
    ]);
    let manifest = store.put_json(Dialect::Oci.manifest(), &manifest);
    let env = TestEnv::new();
    env.write_tar("artifact.tar", &Layout::new(&store).root(&manifest.tagged("1.0")).files());
    let run = env.ocikit(&["verify", "--deep", "artifact.tar"]);
    assert!(!run.stdout.contains("layer-not-tar") && !run.stdout.contains("layer-compression"), "{run}");
}

#[test]
fn sparse_files_are_what_engines_make_of_them() {
    for (file, code) in [
        // docker, podman, containerd and umoci refuse type `S` and expand the others.
        ("sparse-of-gnu.tar", 1),
        ("sparse-of-pax-00.tar", 0),
        ("sparse-of-pax-01.tar", 0),
        ("sparse-of-pax-10.tar", 0),
    ] {
        let env = env_with(&[file]);
        let _ = env.ocikit(&["verify", "--deep", file]).expect_code(code);
        let run = env.ocikit(&["cat", file, "hole"]).expect_code(0);
        assert_eq!((run.stdout_bytes.len(), &run.stdout_bytes[50_000..50_004]), (100 << 10, &b"EVIL"[..]), "{file}");
    }
}
