//! `delta`: made of every fixture and applied again, and what is wrong with it or its bases.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use crate::support;
use crate::support::{Files, TestEnv, check, shapes, testdata};

/// The archive in a file: what a whole-file compression holds.
fn plain(bytes: &[u8]) -> Vec<u8> {
    check::inflated(bytes)
}

#[test]
fn every_file_comes_back_byte_for_byte() {
    let env = TestEnv::new();
    env.write_tar("base.tar", &shapes::oci_archive());
    let mut inputs: Vec<(String, Vec<u8>)> = Vec::new();
    for shape in shapes::all() {
        let name = format!("{}.built", shape.name);
        env.write(&name, shape.bytes());
        inputs.push((name, shape.bytes()));
    }
    for item in [
        "buildx/multi-default.oci.tar",
        "docker/d20-save-duplayers.tar",
        "docker/d28c-save-multi.tar",
        "docker/d28g-save-pipe.tar.gz",
        "docker/d28c-save-pipe.tar.zst",
        "podman5/save-oci-archive.tar",
        "crane/pull-legacy.tar",
        "retar/gnu-appended-dup.tar",
        "retar/gnu-dot-prefix.tar",
        "retar/gnu-pax.tar",
        "retar/gnu-subdir.tar",
        "retar/hardlinks.tar",
        "retar/symlinks.tar",
        "oras/backup.tar",
    ] {
        let path = testdata(item);
        inputs.push((path.to_str().unwrap().to_owned(), std::fs::read(&path).unwrap()));
    }
    let mut seen = 0;
    for (input, bytes) in &inputs {
        let run = env.ocikit(&["delta", "create", input, "--base", "base.tar", "-o", "delta.tar"]);
        if run.code == 2 {
            continue;
        }
        seen += 1;
        env.ocikit(&["delta", "apply", "delta.tar", "--base", "base.tar", "-o", "new.tar"]).expect_code(0);
        assert!(env.read("new.tar") == plain(bytes), "{input}");
        env.ocikit(&["delta", "show", "delta.tar"]).expect_code(0);
        env.ocikit(&["inspect", "delta.tar"]).expect_code(0);
    }
    assert!(seen > 40, "{seen}");
}

#[test]
fn directories_come_back_with_their_digests() {
    let env = TestEnv::new();
    env.write_tar("base.tar", &shapes::oci_archive());
    env.write_dir("new", &shapes::attested());
    env.ocikit(&["delta", "create", "new", "--base", "base.tar", "-o", "delta.tar"]).expect_code(0);
    env.ocikit(&["delta", "apply", "delta.tar", "--base", "base.tar", "-o", "again"]).expect_code(0);
    let (new, again) = (Files::from_dir(env.path("new")), Files::from_dir(env.path("again")));
    for name in again.names().into_iter().filter(|name| name.contains("/sha256/") || *name == "index.json") {
        assert_eq!(again.bytes(name), new.bytes(name));
    }
    check::assert_sound(&again);
}

#[test]
fn bases_of_another_shape_and_several() {
    let env = TestEnv::new();
    env.write_tar("old.tar", &shapes::docker25());
    env.write_tar("other.tar", &shapes::podman());
    env.write_tar("new.tar", &shapes::containerd());
    env.write_tar("plain.tar", &shapes::uncompressed());
    let run = env.ocikit(&[
        "delta",
        "create",
        "plain.tar",
        "--base",
        "old.tar",
        "other.tar",
        "-o",
        "delta.tar",
        "--format",
        "json",
    ]);
    let report = run.expect_code(0).json();
    assert!(report["base"]["count"].as_u64().unwrap() >= 2, "layers of docker archives are found: {report}");
    env.ocikit(&["delta", "apply", "delta.tar", "--base", "other.tar", "--base", "old.tar", "-o", "again.tar"])
        .expect_code(0);
    assert!(env.read("again.tar") == env.read("plain.tar"));
    let run = env.ocikit(&["delta", "apply", "delta.tar", "--base", "new.tar", "-o", "no.tar"]).expect_code(2);
    assert!(run.stderr.contains("is missing in the base files"), "{run}");
    assert!(!env.path("no.tar").exists());
}

#[test]
fn the_same_file_needs_next_to_nothing() {
    let env = TestEnv::new();
    env.write_tar("app.tar", &shapes::multi());
    let create = ["delta", "create", "app.tar", "--base", "app.tar", "-o", "delta.tar", "--format", "json"];
    let report = env.ocikit(&create).expect_code(0).json();
    assert_eq!(report["carried"]["count"], 0);
    let first = env.read("delta.tar");
    env.ocikit(&create).expect_code(0);
    assert!(first == env.read("delta.tar"), "the same bytes each time");
}

#[test]
fn what_is_damaged_writes_nothing() {
    let env = TestEnv::new();
    let base = shapes::oci_archive();
    env.write_tar("base.tar", &base);
    env.write_tar("new.tar", &shapes::multi());
    env.ocikit(&["delta", "create", "new.tar", "--base", "base.tar", "-o", "delta.tar"]).expect_code(0);
    let delta = Files::from_tar_bytes(&env.read("delta.tar"));
    let document = delta.value_at("ocikit-delta.json", "");
    let needed = document["base"][0]["digest"].as_str().unwrap().to_owned();
    let carried = document["carried"][0]["digest"].as_str().unwrap().to_owned();
    let mut changed = base.clone();
    changed.flip_byte(&support::blob_name(&needed), 3);
    env.write_tar("changed.tar", &changed);
    let run = env.ocikit(&["delta", "apply", "delta.tar", "--base", "changed.tar", "-o", "out.tar"]).expect_code(2);
    assert!(run.stderr.contains(&needed) && run.stderr.contains("changed in changed.tar"), "{run}");

    let recipe = |lines: &str| zstd::encode_all(lines.as_bytes(), 1).unwrap();
    let with_recipe = |files: &mut Files, bytes: Vec<u8>, size: &str| {
        let digest = support::hash::sha256(&bytes);
        files.replace("ocikit-delta.recipe.zst", bytes);
        let old = document["recipe"]["digest"].as_str().unwrap().to_owned();
        let old_size = format!("\"size\":{}", document["target"]["size"]);
        files.edit_json("ocikit-delta.json", |text| {
            text.replace(&old, &digest).replacen(&old_size, &format!("\"size\":{size}"), 1)
        });
    };
    let many = format!("{{\"content\":\"{carried}\"}}\n").repeat(100_000);
    type Harm<'a> = Box<dyn Fn(&mut Files) + 'a>;
    let harms: Vec<(&str, Harm<'_>)> = vec![
        (
            "carried blob",
            Box::new(|files| {
                files.flip_byte(&support::blob_name(&carried), 0);
            }),
        ),
        (
            "carried blob gone",
            Box::new(|files| {
                files.remove(&support::blob_name(&carried));
            }),
        ),
        (
            "recipe",
            Box::new(|files| {
                files.flip_byte("ocikit-delta.recipe.zst", 20);
            }),
        ),
        (
            "recipe gone",
            Box::new(|files| {
                files.remove("ocikit-delta.recipe.zst");
            }),
        ),
        (
            "no JSON",
            Box::new(|files| {
                files.replace("ocikit-delta.json", "{");
            }),
        ),
        (
            "another version",
            Box::new(|files| {
                files.edit_json("ocikit-delta.json", |text| text.replace("\"ocikitDelta\":1", "\"ocikitDelta\":2"));
            }),
        ),
        (
            "a path",
            Box::new(|files| {
                files.edit_json("ocikit-delta.json", |text| text.replace(&needed, "sha256:../../etc/passwd"));
            }),
        ),
        (
            "a size",
            Box::new(|files| {
                files.edit_json("ocikit-delta.json", |text| text.replacen("\"size\":", "\"size\":9999999999999999", 1));
            }),
        ),
        (
            "a negative size",
            Box::new(|files| {
                files.edit_json("ocikit-delta.json", |text| text.replacen("\"size\":", "\"size\":-", 1));
            }),
        ),
        (
            "a foreign content",
            Box::new(|files| {
                with_recipe(files, recipe(&format!("{{\"content\":\"sha256:{}\"}}\n", "0".repeat(64))), "5")
            }),
        ),
        ("a content again and again", Box::new(|files| with_recipe(files, recipe(&many), "5"))),
        ("other bytes", Box::new(|files| with_recipe(files, recipe("{\"bytes\":\"YWJjZGU=\"}\n"), "5"))),
        ("a bomb", Box::new(|files| with_recipe(files, recipe(&"1".repeat(64 << 20)), "5"))),
    ];
    for (what, harm) in harms {
        let mut files = delta.clone();
        harm(&mut files);
        env.write_tar("harmed.tar", &files);
        let run = env.ocikit(&["delta", "apply", "harmed.tar", "--base", "base.tar", "-o", "out.tar"]).expect_code(2);
        assert!(run.stderr.starts_with("error: harmed.tar: "), "{what}\n{run}");
        assert!(!env.path("out.tar").exists(), "{what}");
        assert!(env.listing().iter().all(|name| !name.starts_with(".ocikit-tmp")), "{what}");
    }
    let run = env.ocikit(&["delta", "show", "new.tar"]).expect_code(2);
    assert!(run.stderr.contains("it has no ocikit-delta.json"), "{run}");
}

#[test]
fn a_directory_is_verified_as_an_archive_is() {
    let env = TestEnv::new();
    let mut new = shapes::attested();
    let empty = support::blob_name(&support::hash::sha256(b""));
    new.file(&empty, "");
    env.write_tar("base.tar", &shapes::oci_archive());
    env.write_dir("new", &new);
    env.ocikit(&["delta", "create", "new", "--base", "base.tar", "-o", "delta.tar"]).expect_code(0);
    let delta = Files::from_tar_bytes(&env.read("delta.tar"));
    let document = delta.value_at("ocikit-delta.json", "");
    let text = delta.text("ocikit-delta.json").to_owned();
    let listed = |list: &str, at: usize| document[list][at].to_string();
    let size = &document["carried"][0]["size"];
    let mut texts = vec![("no digest", text.replace(&format!(",{}", &document["target"].to_string()[1..40]), ""))];
    for list in ["base", "carried"] {
        let first = listed(list, 0);
        texts.push(("an entry less", text.replace(&format!("{first},"), "")));
        texts.push(("another size", text.replace(&first, &first.replace("\"size\":", "\"size\":1"))));
        texts.push(("another digest", text.replace(&first, &first.replace("sha256:", "sha512:"))));
    }
    texts.push(("an archive", text.replace("\"base\"", &format!("\"recipe\":{},\"base\"", listed("carried", 0)))));
    texts.push(("a size", text.replace("\"digest\":\"sha256", &format!("\"size\":{size},\"digest\":\"sha256"))));
    let mut harmed: Vec<(&str, Files)> = Vec::new();
    for (what, changed) in texts {
        assert!(changed != text, "{what}");
        let mut files = delta.clone();
        files.replace("ocikit-delta.json", changed);
        harmed.push((what, files));
    }
    let mut other = delta.clone();
    other.edit_json("index.json", |text| text.replacen("manifests\":[", "manifests\": [", 1));
    harmed.push(("another index", other));
    let mut extra = delta.clone();
    let name = support::blob_name(&support::hash::sha256(b"extra"));
    extra.file(&name, "extra");
    for output in ["out", "out.tar", "-"] {
        for (what, files) in &harmed {
            env.write_tar("harmed.tar", files);
            let run = env.ocikit(&["delta", "apply", "harmed.tar", "--base", "base.tar", "-o", output]).expect_code(2);
            assert!(run.stderr.starts_with("error: harmed.tar: ") && run.stdout.is_empty(), "{what}\n{run}");
            assert!(!env.path(output).exists(), "{what}");
        }
    }
    // What the document does not list is not taken over.
    env.write_tar("extra.tar", &extra);
    for (delta, output) in [("delta.tar", "sound"), ("extra.tar", "again")] {
        env.ocikit(&["delta", "apply", delta, "--base", "base.tar", "-o", output]).expect_code(0);
        let made = Files::from_dir(env.path(output));
        assert!(made.contains(&empty) && !made.contains(&name));
        assert!(new.names().iter().all(|name| !name.contains("/sha256/") || made.contains(name)));
    }
}

#[test]
fn a_stream_and_a_plan_are_verified_before_anything_is_written() {
    let env = TestEnv::new();
    env.write_tar("base.tar", &shapes::oci_archive());
    env.write_tar("new.tar", &shapes::multi());
    env.ocikit(&["delta", "create", "new.tar", "--base", "base.tar", "-o", "delta.tar"]).expect_code(0);
    let mut files = Files::from_tar_bytes(&env.read("delta.tar"));
    let digest = files.value_at("ocikit-delta.json", "/target/digest").as_str().unwrap().to_owned();
    let other = support::hash::sha256(b"other");
    files.edit_json("ocikit-delta.json", |text| text.replacen(&digest, &other, 1));
    env.write_tar("harmed.tar", &files);
    for more in [&["-o", "-"][..], &["-o", "out.tar", "--dry-run"], &["-o", "out.tar"]] {
        let args = [&["delta", "apply", "harmed.tar", "--base", "base.tar"], more].concat();
        let run = env.ocikit(&args).expect_code(2);
        assert!(run.stdout.is_empty() && run.stderr.contains(&other), "{run}");
        assert!(!env.path("out.tar").exists());
    }
}

#[test]
fn a_delta_never_takes_the_place_of_what_it_is_made_of() {
    let env = TestEnv::new();
    env.write_tar("new.tar", &shapes::attested());
    env.write_tar("old.tar", &shapes::oci_archive());
    env.write_dir("old", &shapes::oci_archive());
    for (base, output) in [("old.tar", "old.tar"), ("old.tar", "new.tar"), ("old", "old/index.json")] {
        let before = env.read(output);
        let run = env.ocikit(&["delta", "create", "new.tar", "--base", base, "-o", output]).expect_code(2);
        assert!(run.stderr.contains("is one of the input files"), "{run}");
        assert_eq!(env.read(output), before);
    }
}
