//! `doctor` and the programs that inspect files: its predictions, compared with what trivy, dive and crane did with every
//! real file.
#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use crate::support::*;

/// What trivy 0.59 (`trivy image --input`), dive 0.13 (`dive --source docker-archive`) and crane 0.20 (`crane push`) did
/// with the testdata: `+` accepted, `-` refused.
///
/// Not here: `retar/gnu-dot-prefix.tar`. dive does not find files whose names begin with `./`, and `doctor` does not see
/// that they do.
const DID: [(&str, &str); 62] = [
    ("buildkit/annotated-multi.oci.tar", "-+-"),
    ("buildkit/cache-small-imfalse-ocitrue", "---"),
    ("buildkit/cache-small-imtrue-ocitrue", "+-+"),
    ("buildkit/comp-estargz.oci.tar", "-+-"),
    ("buildkit/comp-zstd-prov.oci.tar", "-+-"),
    ("buildkit/docker-multiname.docker.tar", "+++"),
    ("buildkit/docker-prov.docker.tar", "-+-"),
    ("buildkit/dockermt-multi.oci.tar", "-+-"),
    ("buildkit/multi-provmax-named.oci.tar", "-+-"),
    ("buildkit/ociartifact-false-prov.oci.tar", "-+-"),
    ("buildkit/ociartifact-true-multi.oci.tar", "-+-"),
    ("buildkit/ocidir-sametag-twice", "+-+"),
    ("buildx/default.oci.tar", "-+-"),
    ("buildx/history.dockerbuild", "---"),
    ("buildx/multi-default.oci.tar", "-+-"),
    ("buildx/multi-default.ocidir", "+-+"),
    ("buildx/noprov.oci.tar", "-+-"),
    ("buildx/sbom-provmax-multi.oci.tar", "-+-"),
    ("buildx/two-tags.oci.tar", "-+-"),
    ("buildx/type-docker.tar", "+++"),
    ("cosign/bundle-referrers-crane", "+--"),
    ("cosign/save-dir", "+--"),
    ("crane/pull-legacy.tar", "+++"),
    ("crane/pull-oci-multi", "+-+"),
    ("crane/pull-tarball-2images.tar", "-+-"),
    ("ctr/ctr16-export-default.tar", "+++"),
    ("ctr/ctr23-export-allplat.tar", "+++"),
    ("docker/d20-save-1tag.tar", "+++"),
    ("docker/d20-save-duplayers.tar", "+++"),
    ("docker/d26-save-2tags.tar", "+++"),
    ("docker/d28c-save-2tags.tar", "+++"),
    ("docker/d28c-save-multi.tar", "+++"),
    ("docker/d28c-save-pipe.tar.zst", "---"),
    ("docker/d28g-save-1tag.tar", "+++"),
    ("docker/d28g-save-pipe.tar.gz", "+--"),
    ("docker/d29c-save-bx-prov.tar", "+++"),
    ("oras/attach-layout", "+--"),
    ("oras/backup.tar", "---"),
    ("podman5/manifest-artifact-oci", "+-+"),
    ("podman5/manifest-push-all-oci", "+-+"),
    ("podman5/save-docker-archive.tar", "+++"),
    ("podman5/save-multi-tags.tar", "+++"),
    ("podman5/save-oci-archive.tar", "-+-"),
    ("regctl/artifact-subject", "+--"),
    ("regctl/data-field", "+--"),
    ("regctl/export-docker.tar", "+++"),
    ("regctl/sha512", "---"),
    ("regctl/to-oci-referrers", "+--"),
    ("retar/gnu-appended-dup.tar", "-+-"),
    ("retar/gnu-pax.tar", "-+-"),
    ("retar/gnu-subdir.tar", "---"),
    ("retar/hardlinks.tar", "---"),
    ("retar/symlinks.tar", "---"),
    ("skopeo/oci-all-multi", "+-+"),
    ("skopeo/oci-encrypted", "--+"),
    ("skopeo/oci-multi-index-only", "---"),
    ("skopeo/oci-multi-single-platform", "+-+"),
    ("skopeo/oci-multiref", "+--"),
    ("skopeo/oci-retag-leftover", "+--"),
    ("skopeo/ociarchive-zstdchunked.tar", "-+-"),
    ("umoci/new-tags", "+--"),
    ("umoci/new-whiteout", "+-+"),
];

const BY: [&str; 3] = ["trivy", "dive", "crane"];

/// What `doctor` says of a file to one target.
fn asked(file: &str, target: &str) -> serde_json::Value {
    let env = TestEnv::new();
    let run = env.ocikit(&["doctor", file, "--platform", "linux/amd64", "--for", target, "--format", "json"]);
    run.json()["targets"][0].clone()
}

fn unmet(answer: &serde_json::Value) -> Vec<String> {
    let reasons = answer["reasons"].as_array().into_iter().flatten();
    reasons.map(|reason| reason["requirement"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn they_did_what_is_predicted() {
    for (item, did) in DID {
        let file = testdata(item).display().to_string();
        for (target, did) in BY.into_iter().zip(did.chars()) {
            let answer = asked(&file, target);
            let predicted = if answer["verdict"] == "refuses" { '-' } else { '+' };
            assert_eq!(predicted, did, "{target} and {item}: {answer}");
        }
    }
}

/// Without `manifest.json`, dive 0.13 showed the four layers of this file in another order each time.
#[test]
fn dive_shows_the_layers_of_an_oci_archive_in_any_order() {
    let answer = asked(&testdata("buildx/noprov.oci.tar").display().to_string(), "dive");
    assert_eq!((answer["verdict"].as_str(), unmet(&answer)), (Some("accepts-but"), vec!["manifest.json".to_owned()]));
    assert!(answer["loads"].is_null(), "{answer}");
}

/// dive knows layers by their names: `.tar` is not compressed, `.tar.gz` with gzip. A linked layer it showed as empty.
#[test]
fn dive_goes_by_the_names_of_layers() {
    let env = TestEnv::new();
    let mut files = shapes::docker20();
    let name = files.digest_at("manifest.json", "/0/Layers/0");
    assert!(name.ends_with(".tar"), "{name}");
    let packed = builder::compress(files.bytes(&name), Compression::GzipDeflate(6));
    files.replace(&name, packed);
    let path = env.write_tar("packed.tar", &files).display().to_string();
    assert_eq!(unmet(&asked(&path, "dive")), ["names-of-layers"]);
    let linked = testdata("docker/d20-save-duplayers.tar").display().to_string();
    assert_eq!(unmet(&asked(&linked, "dive")), ["no-symbolic-links"]);
    let two = testdata("crane/pull-tarball-2images.tar").display().to_string();
    let answer = asked(&two, "dive");
    assert_eq!((unmet(&answer), answer["loads"].as_array().unwrap().len()), (vec!["one-image".to_owned()], 1));
}

/// trivy 0.59 scanned the arm64 image of such a directory on an amd64 machine.
#[test]
fn trivy_takes_the_first_image_of_a_directory() {
    let env = TestEnv::new();
    let arm_first = Sample::multi(&["linux/arm64", "linux/amd64"]);
    let path = env.write_dir("layout", &arm_first.layout()).display().to_string();
    let answer = asked(&path, "trivy");
    assert_eq!(unmet(&answer), ["one-platform"]);
    assert_eq!(answer["loads"][0]["platforms"][0]["architecture"], "arm64", "{answer}");
}
