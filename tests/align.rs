//! Edits of dual archives whose views disagree: one view is taken as the truth, afterwards both say the same.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failure here is a failed test")]

use crate::support;
use crate::support::disagree::{Change, DOCKER25, EVERYWHERE, add_blob, containerd, docker25, edit, swap, two_images};
use crate::support::*;
use serde_json::{Value, json};

/// What `manifest.json` says is what docker would refuse, so nothing can follow it.
const NOT_FOR_DOCKER: [(&str, &str); 3] = [
    ("layer", "/Layers/0: `blobs/sha256/"),
    ("order", "/Layers/0: `blobs/sha256/"),
    ("fewer layers", "/Layers: 1 layers, but the config has 2 diff_ids"),
];

/// The codes of what `verify --deep` calls an error.
fn errors(env: &TestEnv, name: &str) -> Vec<String> {
    let report = env.ocikit(&["verify", "--deep", name, "--format", "json"]).json();
    let findings = report["findings"].as_array().unwrap().clone();
    let errors = findings.iter().filter(|finding| finding["severity"] == "error");
    errors.map(|finding| finding["code"].as_str().unwrap().to_owned()).collect()
}

/// Makes one view follow the other with an edit that itself changes nothing.
#[track_caller]
fn align(env: &TestEnv, what: &str, files: &Files, view: &str) -> Result<(Files, Value), String> {
    env.write_tar("in.tar", files);
    let stopped = env.ocikit(&["platform", "prune", "in.tar", "-o", "out.tar"]);
    let before = errors(env, "in.tar");
    if before.iter().any(|code| code.starts_with("view-")) {
        let stopped = stopped.expect_code(2);
        assert!(stopped.stderr.contains("`--view docker`"), "{what}\n{stopped}");
    }
    let run = env.ocikit(&[
        "platform",
        "prune",
        "in.tar",
        "--view",
        view,
        "--attestations",
        "drop",
        "-o",
        "out.tar",
        "--format",
        "json",
    ]);
    if run.code != 0 {
        return Err(run.expect_code(2).stderr);
    }
    let agree =
        env.ocikit(&["compare", "out.tar", "--require-both", "--format", "json"]).expect_code(0).json()["agree"]
            .clone();
    assert_eq!(agree, true, "{what}, {view}");
    let kept: Vec<String> =
        before.into_iter().filter(|code| !code.starts_with("view-") && code != "ref-conflict").collect();
    let after = errors(env, "out.tar");
    assert!(after.iter().all(|code| kept.contains(code)), "{what}, {view}: {after:?}");
    // In a directory that is changed in its place the same comes out.
    let _ = std::fs::remove_dir_all(env.path("dir"));
    env.write_dir("dir", files);
    let _ = env
        .ocikit(&["platform", "prune", "dir", "--view", view, "--attestations", "drop", "--in-place"])
        .expect_code(0);
    let (archive, directory) = (Files::from_tar(env.path("out.tar")), Files::from_dir(env.path("dir")));
    assert_eq!(contents(&directory), contents(&archive), "{what}, {view}");
    Ok((archive, run.json()))
}

fn contents(files: &Files) -> Vec<(String, Vec<u8>)> {
    let files = files.members().iter().filter_map(|member| match &member.kind {
        support::Kind::File(content) => Some((member.name.clone(), content.clone())),
        _ => None,
    });
    let mut contents: Vec<_> = files.collect();
    contents.sort();
    contents
}

#[test]
fn every_disagreement_ends_in_either_way() {
    let env = TestEnv::new();
    for (base, original) in [("docker25", docker25()), ("containerd", containerd())] {
        for (what, change, _) in EVERYWHERE.into_iter().chain(CONSISTENT) {
            let mut files = original.clone();
            change(&mut files);
            let shown = format!("{what}, {base}");
            let followed = align(&env, &shown, &files, "index");
            let (after, receipt) = followed.unwrap_or_else(|message| panic!("{shown}: {message}"));
            assert_eq!(after.text("index.json"), files.text("index.json"), "{shown}");
            assert_eq!(receipt["aligned"]["followed"], "index.json", "{shown}");
            match NOT_FOR_DOCKER.iter().find(|(own, _)| *own == what) {
                Some((_, reason)) => {
                    let message = align(&env, &shown, &files, "docker").unwrap_err();
                    assert!(message.contains(reason), "{shown}: {message}");
                    assert!(message.contains("docker would refuse this image; with `--view index`"), "{message}");
                }
                None => {
                    let (after, receipt) = align(&env, &shown, &files, "docker").unwrap();
                    assert_eq!(after.text("manifest.json"), files.text("manifest.json"), "{shown}");
                    assert_eq!(receipt["aligned"]["followed"], "manifest.json", "{shown}");
                    assert!(!receipt["aligned"]["differences"].as_array().unwrap().is_empty(), "{shown}");
                }
            }
        }
    }
}

#[test]
fn layer_sources_and_repositories_follow_either_way() {
    let env = TestEnv::new();
    for (what, change, _) in DOCKER25 {
        for view in ["index", "docker"] {
            let mut files = docker25();
            change(&mut files);
            let _ = align(&env, what, &files, view).unwrap();
        }
    }
}

/// Disagreements whose docker view is an image that docker takes.
const CONSISTENT: [(&str, Change, &str); 9] = [
    (
        "config and layer",
        |files| {
            other_image(files, |config, layers| {
                layers[0] = Layer::of(&[("evil", "x\n")]).put(&mut Store::new(), Dialect::Oci).tar;
                config["config"]["Env"] = json!(["PATH=/evil"]);
            })
        },
        "",
    ),
    ("layers and diff_ids in another order", |files| other_image(files, |_, layers| layers.swap(0, 1)), ""),
    (
        "a layer more",
        |files| {
            other_image(files, |config, layers| {
                layers.push(Layer::of(&[("more", "x\n")]).put(&mut Store::new(), Dialect::Oci).tar);
                config["history"] = Value::Null;
            })
        },
        "",
    ),
    ("another platform", |files| other_image(files, |config, _| config["architecture"] = json!("arm64")), ""),
    (
        "a name more",
        |files| {
            edit(files, "manifest.json", |list| {
                list[0]["RepoTags"] = json!(["example.com/team/app:1.0", "example.com/team/app:2.0"]);
            })
        },
        "",
    ),
    ("no name", |files| edit(files, "manifest.json", |list| list[0]["RepoTags"] = Value::Null), ""),
    (
        "names swapped",
        |files| {
            edit(files, "manifest.json", |list| {
                let (one, other) = (list[0]["RepoTags"].clone(), list[1]["RepoTags"].clone());
                list[0]["RepoTags"] = other;
                list[1]["RepoTags"] = one;
            })
        },
        "",
    ),
    (
        "order of images",
        |files| {
            edit(files, "manifest.json", |list| {
                swap(list);
                list[0]["RepoTags"] = json!(["example.com/x:9"]);
            })
        },
        "",
    ),
    (
        "files of the old format",
        |files| {
            edit(files, "index.json", |index| drop(index["manifests"].as_array_mut().unwrap().pop()));
            let (config, layer) =
                (files.digest_at("manifest.json", "/1/Config"), files.digest_at("manifest.json", "/1/Layers/0"));
            let name = format!("{}.json", config.rsplit('/').next().unwrap());
            files.file(&name, files.bytes(&config).to_vec());
            let plain = two_images().1[1].image.layers[0].tar.clone();
            assert!(files.contains(&layer));
            files.file("old/layer.tar", plain);
            edit(files, "manifest.json", |list| {
                list[1]["Config"] = json!(name);
                list[1]["Layers"] = json!(["old/layer.tar"]);
            });
        },
        "",
    ),
];

/// Gives the first image of `manifest.json` another config and other, uncompressed layers, in step with each other.
fn other_image(files: &mut Files, change: impl FnOnce(&mut Value, &mut Vec<Vec<u8>>)) {
    let config = files.digest_at("manifest.json", "/0/Config");
    let mut config: Value = serde_json::from_str(files.text(&config)).unwrap();
    let mut layers: Vec<Vec<u8>> = two_images().1[0].image.layers.iter().map(|layer| layer.tar.clone()).collect();
    change(&mut config, &mut layers);
    let digests: Vec<String> = layers.into_iter().map(|layer| add_blob(files, layer)).collect();
    config["rootfs"]["diff_ids"] = json!(digests);
    let config = add_blob(files, config.to_string());
    edit(files, "manifest.json", |list| {
        list[0]["Config"] = json!(blob_name(&config));
        list[0]["Layers"] = digests.iter().map(|digest| blob_name(digest)).collect();
        list[0].as_object_mut().unwrap().remove("LayerSources");
    });
    if files.contains("repositories") {
        let top = digests.last().unwrap().rsplit(':').next().unwrap().to_owned();
        let mut map: Value = serde_json::from_str(files.text("repositories")).unwrap();
        map["example.com/team/app"]["1.0"] = json!(top);
        files.replace("repositories", map.to_string());
    }
}

/// An edit that has something to do as well: one receipt tells both, each digest once.
#[test]
fn the_receipt_tells_what_was_aligned() {
    let env = TestEnv::new();
    let mut files = containerd();
    (CONSISTENT[0].1)(&mut files);
    env.write_tar("in.tar", &files);
    let run = env.ocikit(&[
        "annotate",
        "in.tar:example.com/team/app:1.0",
        "--on",
        "manifest",
        "a=b",
        "--view",
        "docker",
        "-o",
        "out.tar",
    ]);
    insta::assert_snapshot!(run, @r"
    success: true
    exit_code: 0
    ----- stdout -----
    aligned index.json changed to match manifest.json, where they disagreed:
      view-config-differs manifest.json#/0/Config: `index.json` gives another config for this image
     expected: sha256:d471dd18c0e2711346781844794c4a90b56b9be536d7cffbed75d07b9d273128
     found:    sha256:9e08923c968bc82ee30f42d5becaa24ce6ede66265019cb360d7e9309b6e4791
      view-layers-differ manifest.json#/0/Layers/0: `index.json` lists another layer in this position
     expected: sha256:397893f6cb7afe90e68624d4eb0e72529c9e506e6fc1826ebf1d988eb02524da
     found:    blobs/sha256/d87b382fb3dd0ced27af8c1bfe6bd7b42214cf2dce4956b11f1b52f99a5ffb3a
    changed image example.com/team/app:1.0 linux/amd64
      sha256:cce5fa738d8d8f85e69e2d7f22caff1ae103319135dc8150305a5a722e815bb3 -> sha256:ce8ef989f9c59d8144e7e6f79db6b221be77bfa29e05fee381c13d2ff7ff7f43
    new blobs: 1 blob, 576 B
    dropped blobs: 3 blobs, 3.0 KiB
    documents: index.json
    out.tar: 21.5 KiB written
    ----- stderr -----
    ");
    let name = &blob_name(&Files::from_tar(env.path("out.tar")).digest_at("index.json", "/manifests/0/digest"));
    assert_eq!(Files::from_tar(env.path("out.tar")).value_at(name, "/annotations/a"), "b");
}

/// Two images of one name in `manifest.json`: docker loads both, and the later takes the name.
#[test]
fn the_later_of_two_images_keeps_the_name() {
    let env = TestEnv::new();
    let mut files = docker25();
    edit(&mut files, "manifest.json", |list| list[0]["RepoTags"] = list[1]["RepoTags"].clone());
    let (after, _) = align(&env, "twice", &files, "docker").unwrap();
    let list: Value = serde_json::from_str(after.text("manifest.json")).unwrap();
    assert_eq!((&list[0]["RepoTags"], &list[1]["RepoTags"]), (&json!([]), &json!(["example.com/team/other:2.0"])));
    let (after, _) = align(&env, "twice", &files, "index").unwrap();
    let list: Value = serde_json::from_str(after.text("manifest.json")).unwrap();
    assert_eq!(list[0]["RepoTags"], json!(["example.com/team/app:1.0"]));
}

#[test]
fn images_of_an_index_without_a_list() {
    let env = TestEnv::new();
    for null in [Value::Null, json!([])] {
        let mut files = docker25();
        edit(&mut files, "index.json", |index| index["manifests"] = null);
        let message = align(&env, "null", &files, "index").unwrap_err();
        assert!(
            message.contains("index.json lists no image, so the result would have none; use `--view docker`"),
            "{message}"
        );
        let (after, _) = align(&env, "null", &files, "docker").unwrap();
        let index: Value = serde_json::from_str(after.text("index.json")).unwrap();
        assert_eq!(index["manifests"].as_array().unwrap().len(), 2);
    }
}

/// What the index says of the image beside config and layers stays: the attestation about it is the person's to decide.
#[test]
fn attestations_about_what_changes_stop_it() {
    let env = TestEnv::new();
    let mut files = Files::from_tar(testdata("ctr/ctr23-export-allplat.tar"));
    relabel(&mut files);
    env.write_tar("in.tar", &files);
    let stopped = env.ocikit(&["platform", "prune", "in.tar", "--view", "docker", "--dry-run"]).expect_code(2);
    assert!(stopped.stderr.contains("attestation sha256:8d9c775fb1cf"), "{stopped}");
    let _ = env
        .ocikit(&["platform", "prune", "in.tar", "--view", "docker", "--attestations", "relink", "-o", "out.tar"])
        .expect_code(0);
    assert_eq!(errors(&env, "out.tar"), ["attestation-subject-mismatch"]);
}

/// Another config for the first image of `manifest.json`, with the same layers.
fn relabel(files: &mut Files) {
    let config = files.digest_at("manifest.json", "/0/Config");
    let mut config: Value = serde_json::from_str(files.text(&config)).unwrap();
    config["config"]["Labels"] = json!({"a": "b"});
    let new = add_blob(files, config.to_string());
    edit(files, "manifest.json", |list| list[0]["Config"] = json!(blob_name(&new)));
}

/// Real archives of every tool that writes both views.
#[test]
fn archives_of_real_tools() {
    let env = TestEnv::new();
    for item in [
        "buildkit/docker-multiname.docker.tar",
        "buildx/type-docker.tar",
        "ctr/ctr23-export-allplat.tar",
        "docker/d26-save-2tags.tar",
        "docker/d28c-save-2tags.tar",
        "docker/d28c-save-multi.tar",
        "docker/d28g-save-1tag.tar",
        "regctl/export-docker.tar",
    ] {
        let names: Change = |files| {
            edit(files, "manifest.json", |list| list[0]["RepoTags"] = json!(["example.com/x:9", "example.com/y:1"]));
        };
        let changes: [(&str, Change); 2] = [("config", relabel), ("names", names)];
        for (what, change) in changes {
            let mut files = Files::from_tar(testdata(item));
            change(&mut files);
            for view in ["index", "docker"] {
                let shown = format!("{what} in {item}");
                let (after, _) = align(&env, &shown, &files, view).unwrap();
                let document = if view == "index" { "index.json" } else { "manifest.json" };
                assert_eq!(after.text(document), files.text(document), "{shown}, {view}");
            }
        }
    }
}
