//! Media types in other words, and cache exports: what the builder itself writes in those words comes out, to the digest.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use crate::support::*;

fn fixture(item: &str) -> String {
    testdata(item).to_str().unwrap().to_owned()
}

fn names_and_bytes(files: &Files) -> Vec<(String, Vec<u8>)> {
    let contents = files.members().iter().filter_map(|member| match &member.kind {
        Kind::File(content) => Some((member.name.clone(), content.clone())),
        _ => None,
    });
    let mut contents: Vec<_> = contents.collect();
    contents.sort();
    contents
}

/// BuildKit exported one build in both forms.
#[test]
fn a_cache_export_becomes_what_buildkit_writes() {
    let env = TestEnv::new();
    let input = fixture("buildkit/cache-small-imfalse-ocitrue");
    let _ = env.ocikit(&["convert", &input, "--cache", "-o", "cache"]).expect_code(0);
    let expected = Files::from_dir(testdata("buildkit/cache-small-imtrue-ocitrue"));
    assert_eq!(names_and_bytes(&Files::from_dir(env.path("cache"))), names_and_bytes(&expected));
    let again = env.ocikit(&["convert", "cache", "--cache", "--dry-run"]).expect_code(0);
    assert!(again.stdout.contains("nothing to change"), "{again}");
    env.write_tar("built.tar", &shapes::cache_index());
    let _ = env.ocikit(&["convert", "built.tar", "--cache", "-o", "out.tar"]).expect_code(0);
    assert_eq!(names_and_bytes(&Files::from_tar(env.path("out.tar"))), names_and_bytes(&shapes::cache_manifest()));
    env.write_tar("image.tar", &shapes::multi());
    let _ = env.ocikit(&["convert", "image.tar", "--cache", "-o", "no.tar"]).expect_code(2);
}

/// The same build, exported in both dialects.
#[test]
fn the_dialects_of_one_build() {
    let env = TestEnv::new();
    let docker = fixture("buildkit/dockermt-multi.oci.tar");
    let _ = env.ocikit(&["convert", &docker, "--to", "oci", "-o", "oci.tar"]).expect_code(0);
    let oci = Files::from_tar(env.path("oci.tar"));
    let index = oci.digest_at("index.json", "/manifests/0/digest");
    let whole = Files::from_tar(testdata("buildx/multi-default.oci.tar"));
    let theirs = whole.digest_at("index.json", "/manifests/0/digest");
    for number in 0..2 {
        let pointer = format!("/manifests/{number}/digest");
        assert_eq!(oci.digest_in(&index, &pointer), whole.digest_in(&theirs, &pointer));
    }
    let _ = env.ocikit(&["convert", "oci.tar", "--to", "docker", "-o", "docker.tar"]).expect_code(0);
    let back = Files::from_tar(env.path("docker.tar"));
    let before = Files::from_tar(testdata("buildkit/dockermt-multi.oci.tar"));
    assert_eq!(names_and_bytes(&back), names_and_bytes(&before));
}

/// Every shape: in docker's words and back, sound each time, with the layers and configs that it had.
#[test]
fn there_and_back() {
    let env = TestEnv::new();
    let mut done = 0;
    for shape in shapes::all() {
        env.write("x", shape.bytes());
        let run = env.ocikit(&["convert", "x", "--to", "docker", "--attestations", "drop", "-o", "y.tar"]);
        if run.code != 0 {
            assert!(run.stderr.to_lowercase().contains("docker"), "{}: {run}", shape.name);
            continue;
        }
        let _ = env.ocikit(&["verify", "--deep", "y.tar"]).expect_code(0);
        let files = Files::from_tar(env.path("y.tar"));
        for (name, bytes) in names_and_bytes(&files) {
            let text = String::from_utf8_lossy(&bytes);
            let is_document = name.starts_with("blobs/") && text.contains("\"schemaVersion\"");
            assert!(!is_document || !text.contains("vnd.oci."), "{}: {name}: {text}", shape.name);
        }
        let _ = env.ocikit(&["convert", "y.tar", "--to", "oci", "-o", "z.tar"]).expect_code(0);
        let _ = env.ocikit(&["verify", "--deep", "z.tar"]).expect_code(0);
        done += 1;
    }
    assert!(done > 15, "{done} shapes");
}

#[test]
fn what_docker_has_no_types_for() {
    let env = TestEnv::new();
    for (item, word) in [
        ("buildkit/comp-zstd-prov.oci.tar", "zstd"),
        ("skopeo/oci-encrypted", "encrypted"),
        ("buildx/multi-default.oci.tar", "--attestations drop"),
        ("podman5/manifest-artifact-oci", "artifact"),
        ("buildkit/cache-small-imtrue-ocitrue", "BuildKit cache"),
        ("docker/d20-save-1tag.tar", "ocikit repack"),
    ] {
        let run = env.ocikit(&["convert", &fixture(item), "--to", "docker", "-o", "no.tar"]).expect_code(2);
        assert!(run.stderr.contains(word), "{item}: {run}");
    }
    // Signatures in index.json speak about a manifest that gets another digest.
    let signed = fixture("regctl/artifact-subject");
    let run = env.ocikit(&["convert", &signed, "--to", "docker", "-o", "no"]);
    assert!(run.code == 2 || run.stdout.contains("nothing to change"), "{run}");
    assert_eq!(env.listing(), [""; 0]);
}
