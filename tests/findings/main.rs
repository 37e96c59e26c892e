//! Every finding code has an image file that raises it, in every container where the defect can stand.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a failure here is a failed test")]

#[path = "../support/mod.rs"]
mod support;

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
mod toc;

use std::collections::BTreeSet;

use ground::Case;
use ocikit::finding::Code;
use support::TestEnv;

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
fn policies() {
    check(policy::cases());
}

#[test]
fn every_code_has_a_fixture() {
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
        toc::cases(),
    ];
    let raised: BTreeSet<Code> = cases.iter().flatten().map(Case::code).collect();
    let missing: Vec<&Code> =
        Code::ALL.iter().filter(|code| !raised.contains(code) && !ground::is_of_views(**code)).collect();
    assert!(missing.is_empty(), "no fixture raises {missing:?}");
}
