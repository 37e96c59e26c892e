//! Registries that refuse a part of what the specification allows.

use super::conditions;
use super::conditions::when;
use super::reader::{Case, Reader, Requirement, Takes, View, refuses};
use super::repair::Repair;
use super::requirements;
use crate::doc::Document;
use crate::graph::{NodeId, engines};

/// Registries and tools that take an index for a list of images to run.
pub(super) static REGISTRY_NO_ATTESTATIONS: Reader = Reader {
    engine: &engines::REGISTRY,
    entries: |facts| facts.chosen_entries(),
    takes: Takes::AllPlatforms,
    decodes_everything: false,
    chooses: &[],
    keeps_unnamed: true,
    accepts_name: |_| true,
    requirements: &[&[requirements::AN_IMAGE, NO_LAYERS_IN_THE_INDEX, NO_ATTESTATIONS]],
};

/// Registries that refuse manifests with `subject`.
pub(super) static REGISTRY_NO_SUBJECT: Reader = Reader {
    engine: &engines::REGISTRY,
    entries: |facts| facts.chosen_entries(),
    takes: Takes::AllPlatforms,
    decodes_everything: false,
    chooses: &[],
    keeps_unnamed: true,
    accepts_name: |_| true,
    requirements: &[&[requirements::AN_IMAGE, NO_LAYERS_IN_THE_INDEX, NO_SUBJECT]],
};

const NO_LAYERS_IN_THE_INDEX: Requirement = refuses(
    "no-layers-in-the-index",
    View::Any,
    conditions::no_cache_index,
    "https://github.com/moby/buildkit/issues/1550",
    &[Repair::CacheManifest, Repair::ImagesOnly],
);
const NO_ATTESTATIONS: Requirement = refuses(
    "no-attestations",
    View::Any,
    no_attestations,
    "https://github.com/docker/buildx/issues/1509",
    &[Repair::NoAttestations],
);
const NO_SUBJECT: Requirement = refuses(
    "no-subject",
    View::Any,
    no_subject,
    "https://github.com/moby/buildkit/issues/6171",
    &[Repair::AttestationsInIndex, Repair::NoReferrers],
);

fn no_attestations(case: &Case<'_, '_>) -> Option<String> {
    let graph = case.facts.graph();
    let listed = |id: &NodeId| match &graph.node(*id).document {
        Document::Index(index) => index.manifests.iter().any(|(_, child)| child.attests().is_some()),
        _ => false,
    };
    let detail = "the index lists attestations with the platform `unknown/unknown`";
    when(case.facts.manifests.iter().any(listed), detail)
}

fn no_subject(case: &Case<'_, '_>) -> Option<String> {
    let graph = case.facts.graph();
    let subject = |id: &&NodeId| match &graph.node(**id).document {
        Document::Manifest(manifest) => manifest.subject.is_some(),
        Document::Index(index) => index.subject.is_some(),
        _ => false,
    };
    let found = case.facts.manifests.iter().find(subject)?;
    Some(format!("the {} refers to another manifest with `subject`", graph.node(*found).kind))
}
