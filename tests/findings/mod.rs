//! Every finding code has an image file that raises it, in every container where the defect can stand.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a failure here is a failed test")]

mod archive;
mod attestations;
mod blobs;
mod docker;
mod documents;
mod ground;
mod images;
mod layers;
mod layout;
mod links;
mod media_types;
mod policy;
mod signatures;
mod toc;

use std::collections::BTreeSet;

use crate::support::TestEnv;
use ground::Case;
use ocikit::finding::Code;

fn check(cases: Vec<Case>) {
    let env = TestEnv::new();
    let failures: Vec<String> = cases.iter().filter_map(|case| case.check(&env).err()).collect();
    assert!(failures.is_empty(), "{} of {} cases:\n{}", failures.len(), cases.len(), failures.join("\n\n"));
}

#[test]
fn archives() {
    check(archive::cases());
}

#[test]
fn layouts() {
    check(layout::cases());
}

#[test]
fn json_documents() {
    check(documents::cases());
}

#[test]
fn blobs_of_a_layout() {
    check(blobs::cases());
}

#[test]
fn images_and_layers() {
    check(images::cases());
}

#[test]
fn claims_of_references() {
    check(media_types::claims());
}

#[test]
fn entries_of_layers() {
    check(layers::cases());
}

#[test]
fn attestations_and_referrers() {
    check(attestations::cases());
}

#[test]
fn docker_archives() {
    check(docker::cases());
}

#[test]
fn links_for_files() {
    check(links::cases());
}

#[test]
fn media_types_of_one_image() {
    check(media_types::cases());
}

#[test]
fn tables_of_contents_of_layers() {
    check(toc::cases());
}

#[test]
fn signatures_and_keys() {
    check(signatures::cases());
}

#[test]
fn policies() {
    check(policy::cases());
}

fn all() -> Vec<Case> {
    let cases = [
        archive::cases(),
        layout::cases(),
        documents::cases(),
        blobs::cases(),
        images::cases(),
        layers::cases(),
        attestations::cases(),
        docker::cases(),
        links::cases(),
        media_types::cases(),
        media_types::claims(),
        policy::cases(),
        signatures::cases(),
        toc::cases(),
    ];
    cases.into_iter().flatten().collect()
}

/// Codes whose explanation says under which condition its command helps; the cases here do not meet it.
const CONDITIONAL: &[(Code, &str)] = &[
    (Code::BlobDigest, "the damage is in one platform"),
    (Code::BlobMissing, "another platform is whole"),
    (Code::ChildMissing, "an image is left"),
    (Code::DockerFileMissing, "the index view is whole"),
    (Code::IndexMissing, "the file has a manifest.json"),
    (Code::LayerCorrupt, "another platform is whole"),
    (Code::LayoutEmpty, "the docker view has images"),
    (Code::ManifestsNull, "the docker view has images"),
    (Code::MediaTypeMismatch, "one type is of Docker and the other of OCI"),
    (Code::MemberNameUnsafe, "it is no name in a layer"),
    (Code::TarSpecialFile, "nothing refers to the member"),
    (Code::TarTypeDoubtful, "it is no member of a layer"),
];

#[test]
fn commands_of_explanations_help() {
    let env = TestEnv::new();
    let is_link = |case: &Case| case.code() == Code::BlobMisnamed && case.name.contains("link");
    let is_conditional = |case: &Case| is_link(case) || CONDITIONAL.iter().any(|(code, _)| *code == case.code());
    let cases = all().into_iter().filter(|case| !is_conditional(case));
    let (mut run, mut wrong) = (0, Vec::new());
    for case in cases {
        run += case.explained(&env, &mut wrong);
    }
    assert!(wrong.is_empty(), "{} of {run} commands:\n{}", wrong.len(), wrong.join("\n"));
    assert!(run > 60, "{run} commands");
}

#[test]
fn every_code_has_a_fixture() {
    let raised: BTreeSet<Code> = all().iter().map(Case::code).collect();
    let missing: Vec<&Code> =
        Code::ALL.iter().filter(|code| !raised.contains(code) && !ground::is_of_views(**code)).collect();
    assert!(missing.is_empty(), "no fixture raises {missing:?}");
}
