//! A name is its bytes: what is shown in its place is no key.

use super::env_with;
use crate::support::{Image, Layer, Store, TestEnv, builder::docker_old};

#[test]
fn a_name_that_spells_a_byte_out_is_another_name() {
    let file = "a7-member-name-like-an-escape.tar";
    let env = env_with(&[file]);
    let run = env.ocikit(&["inspect", "--config", file]).expect_code(0);
    assert!(run.stdout.contains("[EVIL]"), "as skopeo reads it: {run}");
    assert!(run.stdout.contains(r"warning[member-name-unsafe] c\u{0}ff.json"), "{run}");
}

#[test]
fn a_backslash_in_a_name_is_a_character() {
    let file = "f02-backslash-in-names.tar";
    let env = env_with(&[file]);
    let _ = env.ocikit(&["verify", "--deep", file]).expect_code(0);
}

/// A docker archive whose layer has this name.
fn named(name: &str) -> crate::support::Files {
    let mut store = Store::new();
    let image = Image::new("linux/amd64").layer(Layer::of(&[("who", "good")])).put(&mut store);
    let mut files = docker_old::podman(&[image.tagged(&["app:1.0"])]);
    let old = files.names().into_iter().find(|old| old.ends_with(".tar") && !old.contains('/')).unwrap().to_owned();
    files.rename(&old, name);
    files.edit_json("manifest.json", |text| text.replace(&old, &name.replace('\\', "\\\\")));
    files
}

#[test]
fn names_that_look_like_escapes_survive_every_command() {
    for name in ["a\\b.tar", "a\\xff.tar", "a\\\\b.tar", "\\.tar", "%2e.tar"] {
        let env = TestEnv::new();
        let files = named(name);
        env.write_tar("a.tar", &files);
        files.to_dir(env.path("dir"));
        for input in ["a.tar", "dir"] {
            let _ = env.ocikit(&["verify", "--deep", input]).expect_code(0);
            let run = env.ocikit(&["cat", input, "who"]).expect_code(0);
            assert_eq!(run.stdout, "good", "{name}");
            let output = format!("edited-{input}");
            let _ = env.ocikit(&["ref", "add", input, "app:2.0", "-o", &output]).expect_code(0);
            let _ = env.ocikit(&["verify", "--deep", &output]).expect_code(0);
            let edited = env.ocikit(&["cat", &output, "who"]).expect_code(0);
            assert_eq!(edited.stdout, "good", "{name}");
            let repacked = format!("repacked-{input}");
            let _ = env.ocikit(&["repack", input, "-o", &repacked]).expect_code(0);
            let _ = env.ocikit(&["verify", "--deep", &repacked]).expect_code(0);
        }
    }
}

#[test]
fn blobs_without_the_folder_of_their_algorithm_are_read_and_told() {
    let file = "f11-blobs-without-algorithm.tar";
    let env = env_with(&[file]);
    let run = env.ocikit(&["verify", "--deep", file]).expect_code(1);
    assert_eq!(run.stdout.matches("error[").count(), 1, "{run}");
    assert!(run.stdout.contains("error[blob-misplaced] blobs/") && run.stdout.contains("(and 2 more)"), "{run}");
    let piped = env.command(&["verify", "--deep", "-"]).stdin(env.read(file)).run().expect_code(1);
    assert!(piped.stdout.contains("error[blob-misplaced]") && piped.stdout.contains("1 layer decompressed"), "{piped}");
    let _ = env.ocikit(&["doctor", "--for", "podman", file]).expect_code(1);
    let _ = env.ocikit(&["repack", file, "-o", "fixed.tar"]).expect_code(0);
    let _ = env.ocikit(&["verify", "--deep", "fixed.tar"]).expect_code(0);
}
