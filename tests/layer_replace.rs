//! `layer replace`: another layer in the place of one, and the same one changes nothing.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use crate::support::*;

/// An image of each format, with a layer that files can take the place of.
const IMAGES: [(&str, &str, &str); 5] = [
    ("image.tar", "buildx/default.oci.tar", "2"),
    ("bare.tar.gz", "buildx/noprov.oci.tar", "1"),
    ("dual.tar", "docker/d28g-save-1tag.tar", "1"),
    ("docker.tar", "docker/d20-save-duplayers.tar", "2"),
    ("layout", "umoci/new-whiteout", "1"),
];

fn env() -> TestEnv {
    let env = TestEnv::new();
    for (name, item, _) in IMAGES {
        if name == "layout" {
            Files::from_dir(testdata(item)).to_dir(env.path(name));
        } else {
            let bytes = std::fs::read(testdata(item)).unwrap();
            env.write(name, if name.ends_with(".gz") { builder::compress(&bytes, Compression::Gzip) } else { bytes });
        }
    }
    env.write("multi.tar", std::fs::read(testdata("buildx/sbom-provmax-multi.oci.tar")).unwrap());
    std::fs::create_dir_all(env.path("app/bin")).unwrap();
    env.write("app/bin/run", "#!/bin/sh\n");
    env
}

/// The layers of the only image of a file: digest and the command that created each.
fn layers(env: &TestEnv, image: &str) -> Vec<(String, String)> {
    let report = env.ocikit(&["layer", "list", image, "--format", "json"]).json();
    let text = serde_json::to_string(&report).unwrap();
    let mut layers = Vec::new();
    collect(&serde_json::from_str(&text).unwrap(), &mut layers);
    layers
}

fn collect(value: &serde_json::Value, layers: &mut Vec<(String, String)>) {
    match value {
        serde_json::Value::Object(members) => {
            if let (Some(digest), Some(created_by)) = (members.get("digest"), members.get("created_by")) {
                layers.push((digest.as_str().unwrap().into(), created_by.as_str().unwrap_or_default().into()));
            }
            members.values().for_each(|value| collect(value, layers));
        }
        serde_json::Value::Array(items) => items.iter().for_each(|value| collect(value, layers)),
        _ => {}
    }
}

#[test]
fn a_layer_is_replaced_in_every_format() {
    let env = env();
    for (image, _, number) in IMAGES {
        let words = ["layer", "replace", image, number, "--dir", "app", "--to", "/opt", "-o", "out.tar"];
        let _ = env.ocikit(&words).expect_code(0);
        let _ = env.ocikit(&["verify", "--deep", "out.tar"]).expect_code(0);
        assert_eq!(env.ocikit(&["cat", "out.tar", "opt/bin/run"]).expect_code(0).stdout, "#!/bin/sh\n");
        let gc = env.ocikit(&["gc", "out.tar", "--dry-run", "--format", "json"]).expect_code(0).json();
        assert!(gc["blobs_dropped"].as_array().is_none_or(Vec::is_empty), "{image}: {gc}");
        // Once more with the same files: nothing changes.
        let again = ["layer", "replace", "out.tar", number, "--dir", "app", "--to", "/opt", "-o", "again.tar"];
        let run = env.ocikit(&again).expect_code(0);
        assert!(run.stdout.contains("out.tar: nothing to change"), "{image}: {run}");
        assert!(env.read("out.tar") == env.read("again.tar"), "{image}");
    }
}

#[test]
fn its_entry_in_the_history_is_where_that_of_the_old_one_was() {
    let env = env();
    let words = ["layer", "replace", "image.tar", "--created-by", "random.bin", "--dir", "app", "-o", "out.tar"];
    let _ = env.ocikit(&[&words[..], &["--history", "put app"]].concat()).expect_code(0);
    let (before, after) = (layers(&env, "image.tar"), layers(&env, "out.tar"));
    assert_eq!(before.len(), after.len());
    for (number, (old, new)) in before.iter().zip(&after).enumerate() {
        assert_eq!(old == new, number != 1, "{number}: {old:?} {new:?}");
    }
    assert_eq!(after[1].1, "put app");
    let config = |image: &str| env.ocikit(&["inspect", image, "--raw", "--config"]).expect_code(0).json();
    let (before, after) = (config("image.tar"), config("out.tar"));
    let histories = [&before, &after].map(|config| config["history"].as_array().unwrap().clone());
    let differ: Vec<usize> =
        (0..histories[0].len()).filter(|&number| histories[0][number] != histories[1][number]).collect();
    assert_eq!((differ.len(), histories[0].len()), (1, histories[1].len()));
    assert_eq!(histories[1][differ[0]]["created_by"], "put app");
}

#[test]
fn the_archive_of_a_layer_in_its_place_changes_nothing() {
    let env = env();
    for (image, item, number) in IMAGES {
        let from = testdata(item);
        let files = if from.is_dir() { Files::from_dir(&from) } else { Files::from_tar(&from) };
        let (digest, _) = &layers(&env, image)[number.parse::<usize>().unwrap() - 1];
        env.write("layer.tar", files.bytes(&digest.replace("sha256:", "blobs/sha256/")));
        let _ = env.bash("gzip -dc layer.tar > plain.tar 2> /dev/null || cp layer.tar plain.tar").expect_code(0);
        for tar in ["layer.tar", "plain.tar"] {
            let run = env.ocikit(&["layer", "replace", image, number, "--tar", tar, "--in-place"]).expect_code(0);
            assert!(run.stdout.contains("nothing to change"), "{image} {tar}: {run}");
        }
    }
    // Another compression changes the blob, and neither the history nor the diff_id.
    let layer = format!("@{}", layers(&env, "image.tar")[0].0);
    let _ = env.bash(&format!("ocikit cat image.tar {layer} > layer.tar")).expect_code(0);
    let words = ["layer", "replace", "image.tar", "1", "--tar", "layer.tar", "--compression", "zstd", "-o", "out.tar"];
    let _ = env.ocikit(&words).expect_code(0);
    let config = |image: &str| env.ocikit(&["inspect", image, "--raw", "--config"]).expect_code(0).stdout;
    assert_eq!(config("image.tar"), config("out.tar"));
    assert_ne!(layers(&env, "image.tar")[0].0, layers(&env, "out.tar")[0].0);
    let _ = env.ocikit(&["verify", "--deep", "out.tar"]).expect_code(0);
}

#[test]
fn all_platforms_or_one() {
    let env = env();
    let replace = ["layer", "replace", "multi.tar", "1", "--dir", "app", "--attestations", "drop"];
    let _ = env.ocikit(&[&replace[..], &["-o", "all.tar"]].concat()).expect_code(0);
    let _ = env.ocikit(&[&replace[..], &["--platform", "linux/arm64", "-o", "one.tar"]].concat()).expect_code(0);
    for (file, platform, is_new) in [
        ("all.tar", "linux/amd64", true),
        ("all.tar", "linux/arm64", true),
        ("one.tar", "linux/amd64", false),
        ("one.tar", "linux/arm64", true),
    ] {
        let run = env.ocikit(&["cat", file, "--platform", platform, "bin/run"]);
        assert_eq!(run.code == 0, is_new, "{file} {platform}: {run}");
        let _ = env.ocikit(&["verify", "--deep", file]).expect_code(0);
    }
}

#[test]
fn what_is_refused() {
    let env = env();
    env.write_tar("twice.tar", Files::new().file("a", "x").append_duplicate("a", "y"));
    let mut damaged = Files::from_tar(env.path("image.tar"));
    let lowest = format!("blobs/sha256/{}", &layers(&env, "image.tar")[0].0[7..]);
    damaged.flip_byte(&lowest, 40);
    env.write_tar("damaged.tar", &damaged);
    let before = env.listing();
    let table: &[(&[&str], &str)] = &[
        (&["image.tar", "9", "--dir", "app"], "it has 4 layers, and no layer 9"),
        (&["image.tar", "sha256:0000", "--dir", "app"], "no layer has the digest sha256:0000"),
        (&["image.tar", "--created-by", "nothing", "--dir", "app"], "no layer was created by `nothing`"),
        (&["image.tar", "--created-by", "COPY", "--dir", "app"], "`COPY` fits the layers 1, 2, 3; select one"),
        (&["image.tar", "0", "--dir", "app"], "not the number of a layer"),
        (&["image.tar", "1", "--created-by", "COPY", "--dir", "app"], "cannot be used with"),
        (&["image.tar", "--dir", "app"], "<LAYER>"),
        (&["image.tar", "1"], "nothing to add"),
        (&["image.tar", "1", "--tar", "twice.tar"], "twice"),
        (&["image.tar", "1", "--whiteout", "/hello.txt"], "no lower layer has it"),
        (&["damaged.tar", "2", "--dir", "app"], "the file is damaged"),
        (&["multi.tar", "1", "--dir", "app"], "--attestations"),
    ];
    for (options, expected) in table {
        let run = env.ocikit(&[&["layer", "replace", "-o", "out.tar"], *options].concat()).expect_code(2);
        assert!(run.stderr.contains(expected), "{options:?}\n{run}");
        assert_eq!(env.listing(), before, "{options:?}");
    }
}

#[test]
fn a_stream_comes_and_goes() {
    let env = env();
    let _ = env.bash("ocikit layer replace - 1 --dir app -o - < bare.tar.gz > out.tar").expect_code(0);
    assert_eq!(env.ocikit(&["cat", "out.tar", "bin/run"]).expect_code(0).stdout, "#!/bin/sh\n");
    let run = env.ocikit(&["layer", "replace", "-", "1", "--tar", "-", "-o", "x.tar"]).expect_code(2);
    assert!(run.stderr.contains("cannot both be standard input"), "{run}");
}

#[test]
fn archives_without_their_directories_are_reported() {
    let env = env();
    env.write_tar("bare-files.tar", Files::new().file("opt/a/b", "x").file("opt/c", "x"));
    let words = ["layer", "add", "image.tar", "--tar", "bare-files.tar", "-o", "out.tar"];
    let run = env.ocikit(&words).expect_code(0);
    let expected = "bare-files.tar: no entry for the directories opt, opt/a, which readers create as 0755 0:0";
    assert!(run.stdout.contains(expected), "{run}");
}
