//! What a blob is: everything that any reference says it is, and what an engine would run.

use super::env_with;
use crate::support::{Files, Image, Index, Layer, Layout, Store, TestEnv};

/// The codes of the errors and warnings of `verify --deep`, sorted, each once.
fn codes(env: &TestEnv, arguments: &[&str]) -> (i32, Vec<String>) {
    let mut all = vec!["verify", "--deep", "--format", "json"];
    all.extend(arguments);
    let run = env.ocikit(&all);
    let code = run.code;
    let report = run.json();
    let findings = report["findings"].as_array().unwrap().iter();
    let mut codes: Vec<String> = findings
        .filter(|finding| finding["severity"] != "note")
        .map(|finding| finding["code"].as_str().unwrap().to_owned())
        .collect();
    codes.sort();
    codes.dedup();
    (code, codes)
}

#[test]
fn what_hides_an_image_from_a_list_does_not_hide_it_from_an_engine() {
    for (file, expected) in [
        ("a1-image-under-other-media-type.tar", vec!["media-type-mismatch", "platform-duplicate"]),
        ("a3-image-as-att.tar", vec!["kind-contradiction", "platform-duplicate"]),
        ("a3-image-as-ref-type.tar", vec!["kind-contradiction", "platform-duplicate"]),
        ("a3-image-as-sig.tar", vec!["kind-contradiction", "platform-duplicate"]),
        ("a3-image-as-tag.tar", vec!["kind-contradiction", "platform-duplicate"]),
        ("a13-two-images-os-features.tar", vec!["platform-duplicate"]),
    ] {
        let env = env_with(&[file]);
        for arguments in
            [&[file][..], &[file, "--platform", "linux/amd64"], &[file, "--require-platform", "linux/amd64"]]
        {
            let (code, codes) = codes(&env, arguments);
            assert_eq!((code, codes), (1, expected.iter().map(ToString::to_string).collect()), "{arguments:?}");
        }
    }
}

#[test]
fn gc_removes_nothing_that_a_reader_reaches() {
    for file in ["a1-image-under-other-media-type.tar", "a2-first-descriptor-decides.tar"] {
        let env = env_with(&[file]);
        // Where readers differ, what is garbage to one is none to another.
        let run = env.ocikit(&["gc", file, "-o", "kept.tar"]).expect_code(2);
        assert!(run.stderr.contains("cannot determine which blobs are referenced"), "{}", run.stderr);
        assert!(!env.path("kept.tar").exists());
    }
}

#[test]
fn one_manifest_under_two_media_types_is_reported() {
    let file = "a2-first-descriptor-decides.tar";
    let env = env_with(&[file]);
    assert_eq!(codes(&env, &[file]), (1, vec!["media-type-mismatch".to_owned()]));
}

#[test]
fn an_image_that_is_also_a_layer_of_an_artifact_is_followed() {
    // Its config and layer are not in the file.
    let file = "a2-artifact-layer-is-a-manifest.tar";
    let env = env_with(&[file]);
    let run = env.ocikit(&["verify", file]).expect_code(1);
    assert!(run.stdout.contains("#/manifests/0 -> sha256:aed9464ce238#/config"), "{}", run.stdout);
    assert_eq!(codes(&env, &[file]), (1, vec!["blob-missing".to_owned()]));
}

/// A list with one image listed as `linux/amd64` and one as `linux/amd64/v2`, whose configs both name `linux/amd64`.
fn with_a_variant() -> (Files, String) {
    let mut store = Store::new();
    let built =
        ["plain", "variant"].map(|own| Image::new("linux/amd64").layer(Layer::of(&[("who", own)])).put(&mut store));
    let [plain, variant] = built.map(|image| image.desc);
    let digest = plain.digest.clone();
    let root = Index::of(&[variant.platform("linux/amd64/v2"), plain]).put(&mut store);
    (Layout::new(&store).root(&root.tagged("1.0")).files(), digest)
}

#[test]
fn a_platform_selects_the_entry_that_engines_take() {
    let env = TestEnv::new();
    let (files, digest) = with_a_variant();
    env.write_tar("image.tar", &files);
    // skopeo, podman, containerd and docker run the one that is listed without a variant.
    let run = env.ocikit(&["cat", "image.tar", "who", "--platform", "linux/amd64"]).expect_code(0);
    assert_eq!(run.stdout, "plain");
    let run = env.ocikit(&["cat", "image.tar", "who", "--platform", "linux/amd64/v2"]).expect_code(0);
    assert_eq!(run.stdout, "variant");
    let run = env.ocikit(&["verify", "image.tar", "--platform", "linux/amd64", "--expect", &digest]);
    assert!(!run.stdout.contains("platform-duplicate"), "{}", run.stdout);
}
