//! Attestations, and what refers to what.

use ocikit::finding::Code;

use crate::findings::ground::{Case, Input, case};
use crate::support::builder::{attestation, shapes};
use crate::support::hash::sha256;
use crate::support::{Artifact, Attestation, Desc, Files, Index, Layout, Sample, blob_name};

const ROOT: &str = "index.json#/manifests/0 -> @";
const PLATFORMS: [&str; 2] = ["linux/amd64", "linux/arm64"];

/// Two platforms and an attestation of the first; `change` sets what is wrong with it.
fn attested(change: impl Fn(Attestation) -> Attestation) -> Sample {
    attested_about(|sample| sample.images[0].desc.clone(), change)
}

fn attested_about(subject: impl Fn(&Sample) -> Desc, change: impl Fn(Attestation) -> Attestation) -> Sample {
    let mut sample = Sample::multi(&PLATFORMS);
    let old = sample.root.digest.clone();
    sample.store.remove(&old);
    let about = subject(&sample);
    let built = change(Attestation::of(&about).provenance()).put(&mut sample.store);
    let children: Vec<Desc> = sample.images.iter().map(|image| image.desc.clone()).chain([built]).collect();
    sample.root = Index::of(&children).put(&mut sample.store);
    sample
}

fn stranger() -> Desc {
    Desc::new("application/vnd.oci.image.manifest.v1+json", &sha256(b"nowhere"), 7).platform("linux/amd64")
}

/// The statement of the one attestation, replaced.
fn statement(change: impl Fn(&str) -> String) -> Input {
    let mut files = attested(|attestation| attestation).layout();
    let index = files.digest_at("index.json", "/manifests/0/digest");
    let attestation = files.digest_in(&index, "/manifests/2/digest");
    let statement = files.digest_in(&attestation, "/layers/0/digest");
    files.rewrite_document(&statement, change);
    Input::Files(files)
}

fn manifest(change: impl Fn(&str) -> String) -> Input {
    let mut files = attested(|attestation| attestation).layout();
    let index = files.digest_at("index.json", "/manifests/0/digest");
    let attestation = files.digest_in(&index, "/manifests/2/digest");
    files.rewrite_document(&attestation, change);
    Input::Files(files)
}

/// The index of an attested image with the entry of the attestation changed.
fn index_entry(change: impl Fn(&mut serde_json::Value)) -> Input {
    let mut files = attested(|attestation| attestation.image_config_style()).layout();
    let index = files.digest_at("index.json", "/manifests/0/digest");
    files.rewrite_document(&index, |text| {
        let mut document: serde_json::Value = serde_json::from_str(text).unwrap();
        change(&mut document["manifests"][2]);
        document.to_string()
    });
    Input::Files(files)
}

/// What an entry says that it refers to.
fn with_reference(entry: &mut serde_json::Value, digest: Option<&str>) {
    let annotations = entry["annotations"].as_object_mut().unwrap();
    match digest {
        Some(digest) => drop(annotations.insert("vnd.docker.reference.digest".to_owned(), digest.into())),
        None => drop(annotations.remove("vnd.docker.reference.digest")),
    }
}

pub(crate) fn cases() -> Vec<Case> {
    let layer = format!("{ROOT}#/manifests/2 -> @#/layers/0 -> @");
    let of = |sample: Sample| Input::Files(sample.layout());
    let other = sha256(b"another image");
    let v02 = attestation::PROVENANCE_V02;
    let v1 = attestation::PROVENANCE_V1;
    let mut cases = vec![
        case(
            "an attestation of an image that is not in the file",
            of(attested_about(|_| stranger(), Attestation::image_config_style)),
            &[&format!("warning[attestation-subject-absent] {ROOT}#/manifests/2 -> @ (found @)")],
        ),
        case(
            "an attestation with a subject that is not in the file",
            of(attested_about(|_| stranger(), |a| a)),
            &[
                &format!("warning[attestation-subject-absent] {ROOT}#/manifests/2 -> @ (found @)"),
                &format!("warning[subject-absent] {ROOT}#/manifests/2 -> @#/subject -> @"),
            ],
        ),
        case(
            "an attestation that has no digest",
            index_entry(|entry| with_reference(entry, Some("none"))),
            &[&format!("warning[attestation-subject-absent] {ROOT}#/manifests/2 -> @ (found none)")],
        ),
        case(
            "an attestation that names nothing",
            index_entry(|entry| with_reference(entry, None)),
            &[&format!("warning[attestation-subject-absent] {ROOT}#/manifests/2 -> @")],
        ),
        case(
            "a statement about another image",
            of(attested(|a| a.stating(&other))),
            &[&format!("error[attestation-subject-mismatch] {layer} (expected @, found @)")],
        ),
        case(
            "a statement that names its subject's digest twice",
            Input::Files({
                let mut files = attested(|a| a).layout();
                let index = files.digest_at("index.json", "/manifests/0/digest");
                let attestation = files.digest_in(&index, "/manifests/2/digest");
                let statement = files.digest_in(&attestation, "/layers/0/digest");
                files.rewrite_document(&statement, |text| {
                    text.replacen("\"sha256\":", &format!("\"sha256\":\"{}\",\"sha256\":", "0".repeat(64)), 1)
                });
                files
            }),
            &[&format!("error[json-duplicate-key] {layer}#/subject/0/digest")],
        ),
        case(
            "an older attestation about another image",
            of(attested(|a| a.image_config_style().stating(&other))),
            &[&format!("error[attestation-subject-mismatch] {layer} (expected @, found @)")],
        ),
        case(
            "a statement about nothing",
            of(attested(Attestation::unnamed)),
            &[&format!("note[attestation-subject-empty] {layer}")],
        ),
        case(
            "a predicate type that the annotation does not name",
            manifest(|text| text.replace(v1, v02)),
            &[&format!("error[attestation-predicate-type] {layer} (expected {v02}, found {v1})")],
        ),
        case(
            "an annotation that names another image than `subject`",
            Input::Files(annotated_wrongly()),
            &[&format!("error[subject-annotation] {ROOT}#/manifests/2 -> @#/subject (expected @, found @)")],
        ),
        case(
            "a referrer of nothing",
            Input::Files(referrer(&stranger(), true)),
            &["warning[subject-absent] index.json#/manifests/1 -> @#/subject -> @"],
        ),
        case("a referrer that index.json does not list", Input::Files(unlisted()), &["note[referrer-unlisted] @"]),
    ];
    for text in
        ["", r#"{"a":1}"#, "not json", "[]", r#"{"_type":5}"#, r#"{"payload":"*"}"#, r#"{"_type":"x","_type":"y"}"#]
    {
        let mut findings = vec![format!("error[attestation-statement] {layer}")];
        if text.matches("_type").count() > 1 {
            findings.push(format!("error[json-duplicate-key] {layer}"));
        }
        let broken = statement(move |_| text.to_owned());
        let findings: Vec<&str> = findings.iter().map(String::as_str).collect();
        cases.push(case("a statement that is none", broken, &findings));
    }
    cases
}

/// The descriptor in the index names the second image, the manifest the first.
fn annotated_wrongly() -> Files {
    let mut files = attested(|attestation| attestation).layout();
    let index = files.digest_at("index.json", "/manifests/0/digest");
    let second = files.digest_in(&index, "/manifests/1/digest");
    let named = files.value_at(&blob_name(&index), "/manifests/2/annotations/vnd.docker.reference.digest");
    let named = named.as_str().unwrap().to_owned();
    files.rewrite_document(&index, |text| {
        let at = text.rfind(&named).unwrap();
        format!("{}{second}{}", &text[..at], &text[at + named.len()..])
    });
    files
}

fn referrer(subject: &Desc, listed: bool) -> Files {
    let mut sample = Sample::single();
    let artifact = Artifact::new("application/vnd.example.thing").subject(subject).put(&mut sample.store);
    let layout = Layout::new(&sample.store).root(&sample.root.tagged("1.0"));
    if listed { layout.root(&artifact).files() } else { layout.files() }
}

fn unlisted() -> Files {
    let root = Sample::single().root;
    referrer(&root, false)
}

#[test]
fn codes_of_attestations_come_from_sound_ground() {
    let sound = [shapes::attested(), shapes::attested_image_config_style(), attested(|a| a).layout()];
    let env = crate::support::TestEnv::new();
    for files in sound {
        env.write_tar("sound.tar", &files);
        let run = env.ocikit(&["verify", "--deep", "-v", "sound.tar"]).expect_code(0);
        assert!(!run.stdout.contains(&format!("[{}]", Code::AttestationStatement)), "{run}");
        assert!(run.stdout.starts_with("sound.tar: ok; "), "{run}");
    }
}
