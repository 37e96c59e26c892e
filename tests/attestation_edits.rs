//! Adding, removing, extracting and converting attestations: the statements stay to the byte, the images keep their digests,
//! and what BuildKit itself would have written comes out.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::collections::BTreeMap;
use std::fs;

use crate::support::builder::attestation::{PROVENANCE_V1, SPDX};
use crate::support::*;

/// One image, then an attestation in some style: what BuildKit writes for one platform.
fn attested(change: impl Fn(Attestation) -> Attestation) -> Files {
    Sample::attested(&["linux/amd64"], change).layout()
}

fn styles() -> [(&'static str, Files); 2] {
    [("artifact", shapes::attested()), ("index", shapes::attested_image_config_style())]
}

/// The bytes of every blob of a media type that the layers of any manifest name.
fn statements(files: &Files) -> BTreeMap<String, Vec<u8>> {
    let mut statements = BTreeMap::new();
    for (name, bytes) in files_of(files) {
        if bytes.windows(10).any(|window| window == b"in-toto.io") && bytes.starts_with(b"{\"_type\"") {
            statements.insert(name, bytes);
        }
    }
    statements
}

fn files_of(files: &Files) -> BTreeMap<String, Vec<u8>> {
    let contents = files.members().iter().filter_map(|member| match &member.kind {
        Kind::File(content) => Some((member.name.clone(), content.clone())),
        _ => None,
    });
    contents.collect()
}

fn root(files: &Files) -> String {
    files.digest_at("index.json", "/manifests/0/digest")
}

#[test]
fn one_style_becomes_the_other_as_the_builder_writes_it() {
    let env = TestEnv::new();
    for (from, files) in styles() {
        for (to, expected) in styles() {
            env.write_tar("x.tar", &files);
            let _ = env.ocikit(&["attestation", "convert", "x.tar", "--to", to, "-o", "y.tar"]).expect_code(0);
            let converted = Files::from_tar(env.path("y.tar"));
            check::assert_sound(&converted);
            assert_eq!(root(&converted), root(&expected), "{from} to {to}");
            assert_eq!(statements(&converted), statements(&files), "{from} to {to}");
        }
    }
}

#[test]
fn referrers_and_back() {
    let env = TestEnv::new();
    for (style, files) in styles() {
        env.write_dir("x", &files);
        let _ = env.ocikit(&["attestation", "convert", "x", "--to", "referrer", "-o", "y"]).expect_code(0);
        let _ = env.ocikit(&["verify", "--deep", "--require-attestation", "provenance", "y"]).expect_code(0);
        let plain = Files::from_dir(env.path("y"));
        check::assert_sound(&plain);
        assert_eq!(plain.value_at("index.json", "/manifests/1/artifactType"), "application/vnd.in-toto+json");
        let index = root(&plain);
        assert!(!plain.text(&blob_name(&index)).contains("attestation"), "{style}");
        assert_eq!(statements(&plain), statements(&files));
        let _ = env.ocikit(&["attestation", "convert", "y", "--to", style, "--in-place"]).expect_code(0);
        assert_eq!(files_of(&Files::from_dir(env.path("y"))), files_of(&files), "{style}");
        fs::remove_dir_all(env.path("x")).unwrap();
        fs::remove_dir_all(env.path("y")).unwrap();
    }
}

/// The fixtures of BuildKit 0.32 in its two styles: converting one gives the structure of the other.
#[test]
fn real_exports_convert_both_ways() {
    let env = TestEnv::new();
    for (item, other, own) in [
        ("buildkit/ociartifact-false-prov.oci.tar", "artifact", "index"),
        ("buildkit/ociartifact-true-multi.oci.tar", "index", "artifact"),
        ("buildx/sbom-provmax-multi.oci.tar", "index", "artifact"),
        ("docker/d28c-save-multi.tar", "artifact", "index"),
    ] {
        let path = testdata(item);
        let path = path.to_str().unwrap();
        for via in [other, "referrer"] {
            let _ = env.ocikit(&["attestation", "convert", path, "--to", via, "-o", "y.tar"]).expect_code(0);
            let _ = env.ocikit(&["verify", "--deep", "y.tar"]).expect_code(0);
            let _ = env.ocikit(&["attestation", "convert", "y.tar", "--to", own, "-o", "z.tar"]).expect_code(0);
            let (before, after) = (Files::from_tar(testdata(item)), Files::from_tar(env.path("z.tar")));
            assert_eq!(root(&after), root(&before), "{item} via {via}");
        }
    }
    // Two images whose statements name no subject share one manifest.
    let path = testdata("buildkit/ociartifact-true-multi.oci.tar");
    let run = env.ocikit(&["attestation", "convert", path.to_str().unwrap(), "--to", "index", "-o", "y.tar"]);
    let _ = run.expect_code(0);
    let run = env.ocikit(&["attestation", "remove", "y.tar", "--platform", "linux/arm64", "-o", "z.tar"]);
    let _ = run.expect_code(0);
    let files = Files::from_tar(env.path("z.tar"));
    let index = files.text(&blob_name(&root(&files)));
    assert_eq!(index.matches("attestation-manifest").count(), 1, "{index}");
    let _ = env.ocikit(&["verify", "--deep", "z.tar"]).expect_code(0);
}

#[test]
fn one_statement_goes_and_its_sibling_stays() {
    let env = TestEnv::new();
    for (style, files) in styles() {
        env.write_tar("x.tar", &files);
        let run = env.ocikit(&["attestation", "remove", "x.tar", "--type", "sbom", "-o", "y.tar"]);
        let _ = run.expect_code(0);
        let _ = env.ocikit(&["verify", "--deep", "--require-attestation", "provenance", "y.tar"]).expect_code(0);
        let _ = env.ocikit(&["verify", "--require-attestation", "sbom", "y.tar"]).expect_code(1);
        let left = Files::from_tar(env.path("y.tar"));
        check::assert_sound(&left);
        let change = |attestation: Attestation| {
            if style == "index" { attestation.image_config_style() } else { attestation }
        };
        // As if the builder had never written it.
        let mut expected = Sample::multi(&shapes::PLATFORMS);
        let old = expected.root.digest.clone();
        expected.store.remove(&old);
        let images = expected.images.clone();
        let about: Vec<Desc> = images
            .iter()
            .map(|image| change(Attestation::of(&image.desc).provenance()).put(&mut expected.store))
            .collect();
        let index = Index::of(images.iter().map(|image| &image.desc).chain(&about)).put(&mut expected.store);
        assert_eq!(root(&left), index.digest, "{style}");
        let _ = env.ocikit(&["attestation", "remove", "x.tar", "-o", "none.tar"]).expect_code(0);
        let bare = Files::from_tar(env.path("none.tar"));
        assert_eq!(root(&bare), Sample::multi(&shapes::PLATFORMS).root.digest, "{style}");
        let again = env.ocikit(&["attestation", "remove", "none.tar", "--dry-run"]).expect_code(0);
        assert!(again.stdout.contains("nothing to change"), "{again}");
    }
}

#[test]
fn add_then_remove_gives_the_same_documents() {
    let env = TestEnv::new();
    env.write("p.json", "{\"quality\": [1E5, \"ü\"]}\n");
    let uri = "https://example.com/quality/v1";
    let files = [
        ("plain", shapes::multi()),
        ("index", shapes::attested_image_config_style()),
        ("artifact", shapes::attested()),
        ("dual", shapes::containerd()),
        ("sha512", shapes::sha512()),
    ];
    for (name, files) in files {
        for style in [None, Some("index"), Some("artifact"), Some("referrer")] {
            env.write_tar("x.tar", &files);
            env.write_dir("x", &files);
            let add =
                ["attestation", "add", "x.tar", "--platform", "linux/arm64", "--predicate", "p.json", "--type", uri];
            let style: Vec<&str> = style.map_or(Vec::new(), |style| vec!["--style", style]);
            let _ = env.ocikit(&[&add[..], &style, &["-o", "y.tar"]].concat()).expect_code(0);
            let _ = env.ocikit(&["verify", "--deep", "y.tar"]).expect_code(0);
            let _ = env.ocikit(&["verify", "--require-attestation", uri, "y.tar"]).expect_code(1);
            let added = Files::from_tar(env.path("y.tar"));
            check::assert_sound(&added);
            for (member, bytes) in files_of(&files) {
                let is_statement = statements(&files).contains_key(&member);
                assert!(!is_statement || files_of(&added)[&member] == bytes, "{name}");
            }
            // A directory changes in the same way.
            let in_dir: Vec<&str> = add.iter().map(|word| if *word == "x.tar" { "x" } else { *word }).collect();
            let _ = env.ocikit(&[&in_dir[..], &style, &["--in-place"]].concat()).expect_code(0);
            let place = Files::from_dir(env.path("x"));
            assert_eq!(place.text("index.json"), added.text("index.json"), "{name}");
            let _ = env.ocikit(&["attestation", "remove", "y.tar", "--type", uri, "-o", "z.tar"]).expect_code(0);
            let back = Files::from_tar(env.path("z.tar"));
            assert_eq!(files_of(&back), files_of(&files), "{name} {style:?}");
            fs::remove_dir_all(env.path("x")).unwrap();
        }
    }
}

/// What the specification requires of an SPDX document.
const SBOM: &str = r#"{"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-DOCUMENT","dataLicense":"CC0-1.0","name":"sbom","documentNamespace":"https://sbom.example/1","creationInfo":{"created":"2026-01-02T03:04:05Z","creators":["Tool: none-1"]}}"#;

#[test]
fn a_lone_manifest_gets_an_index_and_a_statement_must_name_its_image() {
    let env = TestEnv::new();
    let files = shapes::oci_archive();
    let digest = root(&files);
    env.write_tar("x.tar", &files);
    let statement = |digest: &str| {
        format!(
            r#"{{"_type":"https://in-toto.io/Statement/v1","subject":[{{"name":"x","digest":{{"sha256":"{}"}}}}],"predicateType":"{SPDX}","predicate":{}}}"#,
            &digest[7..],
            SBOM
        )
    };
    env.write("good.json", statement(&digest));
    env.write("other.json", statement(&format!("sha256:{}", "0".repeat(64))));
    env.write("none.json", r#"{"predicate":1}"#);
    let _ = env.ocikit(&["attestation", "add", "x.tar", "--statement", "good.json", "-o", "y.tar"]).expect_code(0);
    let _ = env.ocikit(&["verify", "--deep", "--require-attestation", "sbom", "y.tar"]).expect_code(0);
    let added = Files::from_tar(env.path("y.tar"));
    let index = root(&added);
    assert_eq!(added.digest_in(&index, "/manifests/0/digest"), digest);
    assert!(statements(&added).values().any(|bytes| *bytes == statement(&digest).into_bytes()), "to the byte");
    let run = env.ocikit(&["attestation", "add", "x.tar", "--statement", "other.json", "-o", "no.tar"]).expect_code(2);
    assert!(run.stderr.contains("--force"), "{run}");
    let _ = env.ocikit(&["attestation", "add", "x.tar", "--statement", "none.json", "-o", "no.tar"]).expect_code(2);
    let forced = ["attestation", "add", "x.tar", "--statement", "other.json", "--force", "-o", "forced.tar"];
    let _ = env.ocikit(&forced).expect_code(0);
    let run = env.ocikit(&["verify", "forced.tar"]).expect_code(1);
    assert!(run.stdout.contains("attestation-subject-mismatch"), "{run}");
    // Without attestations the index has no use any more.
    let _ = env.ocikit(&["attestation", "remove", "y.tar", "-o", "z.tar"]).expect_code(0);
    let _ = env.ocikit(&["unwrap", "z.tar", "-o", "flat.tar"]).expect_code(0);
    assert_eq!(files_of(&Files::from_tar(env.path("flat.tar"))), files_of(&files));
    let run = env.ocikit(&["attestation", "add", "x.tar", "--predicate", "good.json", "-o", "no.tar"]).expect_code(2);
    assert!(run.stderr.contains("--type"), "{run}");
}

#[test]
fn statements_as_files() {
    let env = TestEnv::new();
    let files = shapes::attested();
    env.write_tar("x.tar", &files);
    let run = env.ocikit(&["attestation", "extract", "x.tar", "-o", "out"]);
    insta::assert_snapshot!(run, @r"
    success: true
    exit_code: 0
    ----- stdout -----
    linux-amd64.provenance.json  provenance (SLSA v1)  603 B
    linux-amd64.sbom.json        SBOM (SPDX)  459 B
    linux-arm64.provenance.json  provenance (SLSA v1)  603 B
    linux-arm64.sbom.json        SBOM (SPDX)  459 B
    ----- stderr -----
    ");
    let written: Vec<Vec<u8>> = files_of(&Files::from_dir(env.path("out"))).into_values().collect();
    let mut stored: Vec<Vec<u8>> = statements(&files).into_values().collect();
    let mut sorted = written;
    sorted.sort();
    stored.sort();
    assert_eq!(sorted, stored);
    let _ = env.ocikit(&["attestation", "extract", "x.tar", "-o", "out"]).expect_code(2);
    let run = ["attestation", "extract", "x.tar", "--platform", "linux/arm64", "--type", PROVENANCE_V1, "-o", "one"];
    let _ = env.ocikit(&run).expect_code(0);
    assert_eq!(files_of(&Files::from_dir(env.path("one"))).len(), 1);
    // A predicate type cannot lead out of the directory.
    let hostile = attested(|attestation| attestation.statement("../../../../evil/../..", obj([])));
    env.write_tar("hostile.tar", &hostile);
    let before = env.listing();
    let _ = env.ocikit(&["attestation", "extract", "hostile.tar", "-o", "h"]).expect_code(0);
    let mut after = env.listing();
    after.retain(|name| name != "h");
    assert_eq!(after, before);
    assert_eq!(files_of(&Files::from_dir(env.path("h"))).len(), 3);
}

/// A statement that is selected by its digest goes alone, as `attestation list` names it.
#[test]
fn one_statement_by_its_digest() {
    let env = TestEnv::new();
    let path = testdata("buildx/sbom-provmax-multi.oci.tar");
    let listed = |path: &str| {
        let report = env.ocikit(&["attestation", "list", path, "--format", "json"]).json();
        let entries = report["attestations"].as_array().unwrap().clone();
        entries.iter().map(|entry| entry["statement"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let before = listed(path.to_str().unwrap());
    let image = format!("{}@{}", path.display(), before[0]);
    let _ = env.ocikit(&["attestation", "remove", &image, "-o", "out.tar"]).expect_code(0);
    assert_eq!(listed("out.tar"), before[1..]);
    check::assert_sound(&Files::from_tar(env.path("out.tar")));
    let _ = env.ocikit(&["attestation", "extract", &image, "-o", "one"]).expect_code(0);
    assert_eq!(std::fs::read_dir(env.path("one")).unwrap().count(), 1);
}
