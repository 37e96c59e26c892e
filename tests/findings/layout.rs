//! Defects of `oci-layout`, `index.json` and the names in it.

use ocikit::finding::Code;

use crate::findings::ground::{Case, Input, case};
use crate::support::builder::{sample, shapes};
use crate::support::{Compression, Files, Index, Layout, Sample, Store};

/// A sound layout whose `oci-layout` holds this text.
fn version(text: &str) -> Input {
    let sample = Sample::single();
    Input::Files(Layout::new(&sample.store).root(&sample.root.tagged("1.0")).version_text(text).files())
}

fn without(name: &str) -> Files {
    let mut files = shapes::oci_archive();
    files.remove(name);
    files
}

/// Two images of the same or of different platforms in `index.json`, under one name each.
fn two_roots(platforms: [&str; 2], names: [&str; 2], with_platform: bool) -> Input {
    let mut store = Store::new();
    let roots = [Compression::Gzip, Compression::None].into_iter().zip(platforms).zip(names);
    let roots: Vec<_> = roots
        .map(|((compression, platform), name)| {
            let desc = sample::image(platform, compression).put(&mut store).desc;
            if with_platform { desc.annotate("org.opencontainers.image.ref.name", name) } else { desc.tagged(name) }
        })
        .collect();
    Input::Files(roots.iter().fold(Layout::new(&store), |layout, root| layout.root(root)).files())
}

pub(crate) fn cases() -> Vec<Case> {
    const ONE: [&str; 2] = ["linux/amd64", "linux/amd64"];
    const CONFLICT: &str = "error[ref-conflict] index.json#/manifests/1 (expected @, found @)";
    let mut cases = vec![
        case("no oci-layout", Input::Files(without("oci-layout")), &["warning[layout-file-missing] oci-layout"]),
        case("no index.json", Input::Files(without("index.json")), &["error[index-missing] index.json"])
            .beside(&[Code::BlobUnreferenced]),
        case(
            "an index.json that lists nothing",
            Input::Files(Layout::new(&Store::new()).files()),
            &["error[layout-empty] index.json#/manifests"],
        ),
        case("one name for two images", two_roots(ONE, ["1.0", "1.0"], false), &[CONFLICT]),
        case("one name for two images of one platform", two_roots(ONE, ["1.0", "1.0"], true), &[CONFLICT]),
        case(
            "two annotations with two names",
            Input::Files({
                let mut files = shapes::oci_archive();
                files.edit_json("index.json", |text| text.replacen("ref.name\":\"1.0\"", "ref.name\":\"2.0\"", 1));
                files
            }),
            &[
                "error[ref-names-differ] index.json#/manifests/0/annotations (expected example.com/team/app:1.0, found 2.0)",
            ],
        ),
        case(
            "a name with a blank",
            two_roots(ONE, ["1.0", "1.0 "], true),
            &["warning[ref-name-invalid] index.json#/manifests/1/annotations (found 1.0 )"],
        ),
        case(
            "two names for two images, and an orphan",
            with_orphan(two_roots(ONE, ["1.0", "2.0"], false)),
            &["note[blob-unreferenced] blobs/sha256/*"],
        ),
        case(
            "one name for two platforms, and an orphan",
            with_orphan(two_roots(["linux/amd64", "linux/arm64"], ["1.0", "1.0"], true)),
            &["note[blob-unreferenced] blobs/sha256/*"],
        ),
    ];
    let versions = [
        (
            r#"{"imageLayoutVersion":"1.0.1"}"#,
            "warning[layout-version] oci-layout#/imageLayoutVersion (expected 1.0.0, found 1.0.1)",
        ),
        (
            r#"{"imageLayoutVersion":"1.1.0"}"#,
            "warning[layout-version] oci-layout#/imageLayoutVersion (expected 1.0.0, found 1.1.0)",
        ),
        ("{}", "warning[layout-version] oci-layout"),
        (r#"{"imageLayoutVersion":null}"#, "warning[layout-version] oci-layout"),
        (
            r#"{"imageLayoutVersion":"2.0.0"}"#,
            "error[layout-major-version] oci-layout#/imageLayoutVersion (expected 1.0.0, found 2.0.0)",
        ),
        (
            r#"{"imageLayoutVersion":"10.0.0"}"#,
            "error[layout-major-version] oci-layout#/imageLayoutVersion (expected 1.0.0, found 10.0.0)",
        ),
        (
            r#"{"imageLayoutVersion":""}"#,
            "warning[layout-version] oci-layout#/imageLayoutVersion (expected 1.0.0, found )",
        ),
        (
            r#"{"imageLayoutVersion":"1"}"#,
            "warning[layout-version] oci-layout#/imageLayoutVersion (expected 1.0.0, found 1)",
        ),
        (
            r#"{"imageLayoutVersion":"v1.0.0"}"#,
            "warning[layout-version] oci-layout#/imageLayoutVersion (expected 1.0.0, found v1.0.0)",
        ),
        (
            r#"{"imageLayoutVersion":1}"#,
            "error[field-type] oci-layout#/imageLayoutVersion (expected a string, found 1)",
        ),
        (r#"{"ImageLayoutVersion":"1.0.0"}"#, "error[json-key-case] oci-layout"),
        ("[]", "error[field-type] oci-layout (expected an object, found [])"),
        ("", "error[json-syntax] oci-layout"),
    ];
    for (text, finding) in versions {
        let mut findings = vec![finding];
        if finding.contains("json-key-case") {
            findings.push("warning[layout-version] oci-layout");
        }
        cases.push(case("a version in oci-layout", version(text), &findings));
    }
    cases
}

fn with_orphan(input: Input) -> Input {
    let Input::Files(mut files) = input else { panic!("members are expected") };
    let mut store = Store::new();
    let orphan = Index::new().put(&mut store);
    files.file(&crate::support::blob_name(&orphan.digest), store.get(&orphan.digest));
    Input::Files(files)
}
