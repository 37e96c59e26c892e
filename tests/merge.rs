//! Several images become one: of every shape, and with the very digest that the builder gives it.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use crate::support::*;

fn fixture(item: &str) -> String {
    testdata(item).to_str().unwrap().to_owned()
}

/// Splits a file of two platforms into `amd.tar` and `arm.tar`: what two builders export.
fn split(env: &TestEnv, item: &str) {
    let path = fixture(item);
    for (platform, output) in [("linux/amd64", "amd.tar"), ("linux/arm64", "arm.tar")] {
        let _ = env.ocikit(&["platform", "keep", &path, platform, "-o", output]).expect_code(0);
    }
}

/// BuildKit, building both platforms at once, writes the same index to the byte.
#[test]
fn two_exports_become_what_one_build_of_both_writes() {
    for item in [
        "buildkit/multi-provmax-named.oci.tar",
        "buildkit/ociartifact-true-multi.oci.tar",
        "buildkit/dockermt-multi.oci.tar",
    ] {
        let env = TestEnv::new();
        split(&env, item);
        let run = env.ocikit(&["merge", "amd.tar", "arm.tar", "--ref", "example.com/app:1.0", "-o", "both.tar"]);
        let _ = run.expect_code(0);
        let (merged, whole) = (Files::from_tar(env.path("both.tar")), Files::from_tar(testdata(item)));
        check::assert_sound(&merged);
        let root = |files: &Files| files.digest_at("index.json", "/manifests/0/digest");
        assert_eq!(root(&merged), root(&whole), "{item}");
        let media_type = |files: &Files| files.value_at("index.json", "/manifests/0/mediaType");
        assert_eq!(media_type(&merged), media_type(&whole), "{item}");
        let name = merged.value_at("index.json", "/manifests/0/annotations/io.containerd.image.name");
        assert_eq!(name, "example.com/app:1.0");
        assert_eq!(merged.value_at("index.json", "/manifests/0/annotations/org.opencontainers.image.ref.name"), "1.0");
        let _ = env.ocikit(&["verify", "--deep", "both.tar"]).expect_code(0);
    }
}

#[test]
fn the_order_is_that_of_the_arguments_and_attestations_come_last() {
    let env = TestEnv::new();
    split(&env, "buildx/sbom-provmax-multi.oci.tar");
    let run = env.ocikit(&["merge", "arm.tar", "amd.tar", "--ref", "1.0", "-o", "both/", "--format", "json"]);
    let receipt = run.expect_code(0).json();
    let added: Vec<String> = receipt["added"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| format!("{} {}/{}", row["kind"], row["platform"]["os"], row["platform"]["architecture"]))
        .map(|row| row.replace('"', ""))
        .collect();
    let expected =
        ["index null/null", "image linux/arm64", "image linux/amd64", "attestation null/null", "attestation null/null"];
    assert_eq!(added, expected);
    let merged = Files::from_dir(env.path("both"));
    check::assert_sound(&merged);
    assert_eq!(merged.text("index.json").matches("ref.name\":\"1.0\"").count(), 1);
    let _ = env.ocikit(&["verify", "--deep", "--require-attestation", "sbom", "both"]).expect_code(0);
    let run = env.ocikit(&["merge", "arm.tar", "amd.tar", "--ref", "1.0", "--attestations", "drop", "-o", "bare.tar"]);
    let _ = run.expect_code(0);
    let bare = Files::from_tar(env.path("bare.tar"));
    let index = bare.digest_at("index.json", "/manifests/0/digest");
    assert!(!bare.text(&blob_name(&index)).contains("attestation"));
    check::assert_sound(&bare);
}

/// Each shape that holds an image for linux/amd64, with one for arm64 beside it.
#[test]
fn every_shape_can_be_merged() {
    let env = TestEnv::new();
    split(&env, "buildx/multi-default.oci.tar");
    let mut merged = 0;
    for shape in shapes::all() {
        let _ = env.write("shape", shape.bytes());
        let run = env.ocikit(&["merge", "arm.tar", "shape", "--replace", "--ref", "a/b:1", "-o", "out.tar"]);
        if run.code != 0 {
            // No images in them; an image with a layer that is not there; digests of docker archives need the layers.
            let refused = ["cache-index", "cache-manifest", "imgpkg", "pack"];
            assert!(refused.contains(&shape.name), "{}: {run}", shape.name);
            continue;
        }
        let _ = env.ocikit(&["verify", "--deep", "out.tar"]).expect_code(0);
        let files = Files::from_tar(env.path("out.tar"));
        let faults = check::faults(&files);
        assert!(faults.is_empty() || shape.name == "oci-archive-urls", "{}: {faults:?}", shape.name);
        merged += 1;
    }
    assert!(merged > 25, "{merged} shapes");
}

#[test]
fn two_images_for_one_platform() {
    let env = TestEnv::new();
    split(&env, "buildx/multi-default.oci.tar");
    let other = fixture("docker/d20-save-1tag.tar");
    let run = env.ocikit(&["merge", "amd.tar", &other, "--ref", "1.0", "-o", "out.tar"]);
    insta::assert_snapshot!(run, @r"
    success: false
    exit_code: 2
    ----- stdout -----
    ----- stderr -----
    error: amd.tar: has an image for linux/amd64 ([TESTDATA]/docker/d20-save-1tag.tar has another) already; replace it with `--replace`
    ");
    assert_eq!(env.listing(), ["amd.tar", "arm.tar"]);
    let run = env.ocikit(&["merge", "amd.tar", "arm.tar", &other, "--replace", "--ref", "1.0", "-o", "out.tar"]);
    let _ = run.expect_code(0);
    let files = Files::from_tar(env.path("out.tar"));
    let index = files.digest_at("index.json", "/manifests/0/digest");
    let platform = files.value_at(&blob_name(&index), "/manifests/0/platform/architecture");
    assert_eq!(platform, "amd64", "it takes the place of the former");
    let _ = env.ocikit(&["verify", "--deep", "out.tar"]).expect_code(0);
    // The same image twice is no conflict.
    let run = env.ocikit(&["merge", "amd.tar", "amd.tar", "--ref", "1.0", "--dry-run"]);
    let _ = run.expect_code(0);
    // Several images in one file: one has to be chosen.
    let several = fixture("skopeo/oci-multiref");
    let run = env.ocikit(&["merge", &several, "arm.tar", "--ref", "1.0", "--dry-run"]).expect_code(2);
    assert!(run.stderr.contains("zstd"), "{run}");
    let run = env.ocikit(&["merge", &format!("{several}:zstd"), "arm.tar", "--ref", "1.0", "--dry-run"]);
    let _ = run.expect_code(0);
}
