//! doctor knows what readers make of documents that are not what they should be: each file has one fault, and the readers
//! that refuse it for that.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use crate::support::builder::descriptor::{DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST};
use crate::support::builder::{docker_old, shapes};
use crate::support::{Files, Image, Layer, Layout, Store, TestEnv, blob_name};
use std::collections::BTreeSet;

use ocikit::image;
use ocikit::ops::doctor::{DoctorOptions, Verdict, doctor};

/// Targets whose rules are from documentation.
const NOT_TRIED: [&str; 3] = ["diffoci", "zarf", "imagetools"];

/// The targets that refuse a file, among other things for this requirement.
fn refused_for(files: &Files, requirement: &str) -> BTreeSet<&'static str> {
    let env = TestEnv::new();
    let image = image::Image::open(env.write_tar("image.tar", files)).unwrap();
    let report = doctor(&image, &DoctorOptions::default()).unwrap();
    let predictions = report.targets.iter().map(|target| &target.prediction);
    let refused = predictions.filter(|prediction| {
        let is_unmet = prediction.reasons.iter().any(|reason| reason.requirement == requirement);
        prediction.verdict == Verdict::Refuses && is_unmet
    });
    let names = refused.map(|prediction| prediction.target.target.name());
    names.filter(|name| !NOT_TRIED.contains(name)).collect()
}

fn set<'n>(names: &[&'n str]) -> BTreeSet<&'n str> {
    names.iter().copied().collect()
}

fn oci() -> (Files, String) {
    let mut store = Store::new();
    let image = Image::new("linux/amd64").layer(Layer::of(&[("a", "1\n")]).gzip()).put(&mut store);
    (Layout::new(&store).root(&image.desc.named("example.com/app:1")).files(), image.desc.digest)
}

const CONTAINERD: [&str; 4] = ["docker-containerd", "ctr", "kind", "k3s"];
const INDEX_READERS: [&str; 9] =
    ["docker-containerd", "podman", "skopeo-oci-archive", "skopeo-oci", "skopeo-push", "ctr", "kind", "k3s", "umoci"];
/// Those that decode what `index.json` references.
const DECODERS: [&str; 10] = [
    "docker-containerd",
    "podman",
    "skopeo-oci-archive",
    "skopeo-oci",
    "skopeo-push",
    "ctr",
    "kind",
    "k3s",
    "umoci",
    "oras",
];

#[test]
fn faults_of_manifests() {
    let first = r#"{"schemaVersion":2"#;
    let cases: [(&str, &str, &str, &[&str]); 6] = [
        (first, r#"{"manifests":[],"schemaVersion":2"#, "one-kind-of-document", &INDEX_READERS),
        (first, r#"{"fsLayers":[],"schemaVersion":2"#, "one-kind-of-document", &INDEX_READERS[..8]),
        (
            first,
            r#"{"history":[],"schemaVersion":2"#,
            "one-kind-of-document",
            &["podman", "skopeo-oci-archive", "skopeo-oci", "skopeo-push"],
        ),
        (first, r#"{"schemaVersion":"2""#, "decodable", &DECODERS),
        (OCI_MANIFEST, OCI_INDEX, "type-as-listed", &["docker-containerd", "podman", "ctr", "kind", "k3s", "umoci"]),
        (OCI_MANIFEST, DOCKER_MANIFEST, "type-as-listed", &["podman", "umoci"]),
    ];
    for (before, after, requirement, expected) in cases {
        let (mut files, manifest) = oci();
        files.rewrite_document(&manifest, |text| text.replacen(before, after, 1));
        assert_eq!(refused_for(&files, requirement), set(expected), "{after}");
    }
}

#[test]
fn documents_of_other_digests() {
    let by_digest = ["ctr", "kind", "k3s", "umoci", "oras"];
    let (mut files, manifest) = oci();
    let config = files.digest_in(&manifest, "/config/digest");
    let sound = files.clone();
    files.edit_json(&blob_name(&manifest), |text| format!("{text}\n"));
    assert_eq!(refused_for(&files, "digests-of-content"), set(&by_digest));
    files = sound;
    files.edit_json(&blob_name(&config), |text| format!("{text}\n"));
    let all = ["podman", "skopeo-oci-archive", "skopeo-oci", "skopeo-push", "ctr", "kind", "k3s", "umoci", "oras"];
    assert_eq!(refused_for(&files, "digests-of-content"), set(&all));
}

#[test]
fn diff_ids_of_another_algorithm() {
    let other = format!("sha512:{}", "0".repeat(128));
    let (mut files, manifest) = oci();
    let config = files.digest_in(&manifest, "/config/digest");
    let diff_id = files.digest_in(&config, "/rootfs/diff_ids/0");
    files.rewrite_document(&config, |text| text.replace(&diff_id, &other));
    assert_eq!(refused_for(&files, "diff-ids-of-sha256"), set(&["podman", "ctr", "kind", "k3s", "umoci"]));
}

#[test]
fn faults_of_entries() {
    let own = format!(r#""mediaType":"{OCI_MANIFEST}""#);
    let cases: [(&str, &str, &str, &[&str]); 7] = [
        (r#""size":"#, r#""size":0,"x":"#, "listed-sizes", &["oras"]),
        (
            &own,
            r#""mediaType":"application/octet-stream""#,
            "known-types",
            &["podman", "skopeo-oci-archive", "skopeo-oci", "skopeo-push", "kind", "k3s"],
        ),
        (&own, r#""x":"""#, "whole-descriptors", &CONTAINERD),
        (r#""size":"#, r#""size":0,"x":"#, "whole-descriptors", &CONTAINERD),
        (
            r#""digest":"sha256:"#,
            r#""digest":"sha256:0"#,
            "digests",
            &["docker-containerd", "ctr", "kind", "k3s", "skopeo-push", "oras"],
        ),
        (
            r#""annotations":"#,
            r#""platform":{"architecture":"arm64","os":"linux"},"annotations":"#,
            "platform-of-the-entry",
            &["ctr"],
        ),
        (r#""annotations":"#, r#""urls":"x","annotations":"#, "decodable", &DECODERS),
    ];
    for (before, after, requirement, expected) in cases {
        let (mut files, _) = oci();
        files.edit_json("index.json", |text| text.replacen(before, after, 1));
        assert_eq!(refused_for(&files, requirement), set(expected), "{after}");
    }
}

#[test]
fn faults_of_configs() {
    type Targets = &'static [&'static str];
    let cases: [(&str, &str, &str, Targets, Targets); 3] = [
        (
            r#""created":""#,
            r#""created":"about "#,
            "decodable-config",
            &["podman", "kind", "umoci"],
            &["docker-classic", "docker", "podman", "skopeo-docker-archive", "skopeo-push", "kind", "crane", "trivy"],
        ),
        (
            r#""diff_ids":["#,
            r#""diff_ids":["sha256:0000000000000000000000000000000000000000000000000000000000000000","#,
            "diff-ids",
            &["ctr", "kind", "k3s"],
            &[
                "docker-classic",
                "docker",
                "podman",
                "skopeo-docker-archive",
                "skopeo-push",
                "ctr",
                "kind",
                "k3s",
                "crane",
                "trivy",
            ],
        ),
        (r#""os":"linux""#, r#""os":"windows""#, "os-of-the-machine", &[], &["docker-classic", "docker"]),
    ];
    for (before, after, requirement, in_layouts, in_docker_archives) in cases {
        let edit = |text: &str| text.replacen(before, after, 1);
        let (mut files, manifest) = oci();
        let config = files.digest_in(&manifest, "/config/digest");
        files.rewrite_document(&config, edit);
        assert_eq!(refused_for(&files, requirement), set(in_layouts), "{after}");
        let mut files = docker();
        let config = files.digest_at("manifest.json", "/0/Config").replace(".json", "");
        files.rewrite_document(&format!("sha256:{config}"), edit);
        assert_eq!(refused_for(&files, requirement), set(in_docker_archives), "{after}");
    }
}

/// containerd takes any config with `diff_ids` for that of an image; the others go by its media type.
#[test]
fn configs_of_other_media_types() {
    let config = "application/vnd.oci.image.config.v1+json";
    for after in ["application/vnd.example.config.v1+json", "application/vnd.buildkit.cacheconfig.v0"] {
        let (mut files, manifest) = oci();
        files.rewrite_document(&manifest, |text| text.replacen(config, after, 1));
        assert_eq!(refused_for(&files, "image-to-run"), set(&["podman", "umoci"]), "{after}");
        let manifest = files.digest_at("index.json", "/manifests/0/digest");
        let config = files.digest_in(&manifest, "/config/digest");
        files.rewrite_document(&config, |text| text.replacen(r#""diff_ids":["#, r#""diff_ids":[],"x":["#, 1));
        assert_eq!(refused_for(&files, "image-to-run"), set(&["podman", "ctr", "kind", "k3s", "umoci"]), "{after}");
    }
}

fn docker() -> Files {
    let mut store = Store::new();
    let image = Image::new("linux/amd64").layer(Layer::of(&[("a", "1\n")])).put(&mut store);
    docker_old::podman(&[image.tagged(&["example.com/app:1"])])
}

#[test]
fn names_and_links() {
    let mut dotted = docker();
    dotted.edit_json("manifest.json", |text| text.replacen(r#""Config":""#, r#""Config":"./"#, 1));
    assert_eq!(
        refused_for(&dotted, "exact-names"),
        set(&["docker-containerd", "ctr", "kind", "k3s", "crane", "trivy", "dive"])
    );
    let (mut linked, _) = oci();
    linked.rename("index.json", "elsewhere").symlink("index.json", "elsewhere");
    assert_eq!(refused_for(&linked, "documents-as-files"), set(&CONTAINERD));
    // With the file there as well, it is the file that is read.
    linked.file("index.json", "{}").move_first("index.json");
    assert_eq!(refused_for(&linked, "documents-as-files"), set(&[]));
    assert!(refused_for(&shapes::docker25(), "exact-names").is_empty());
    let absolute = |mut files: Files| {
        files.prefixed("/");
        refused_for(&files, "relative-names")
    };
    let but_index_readers =
        ["docker-containerd", "skopeo-docker-archive", "ctr", "kind", "k3s", "crane", "trivy", "dive", "oras"];
    assert_eq!(absolute(oci().0), set(&but_index_readers));
    let all = [&but_index_readers[..], &["podman", "skopeo-push"]].concat();
    assert_eq!(absolute(docker()), set(&all));
}
