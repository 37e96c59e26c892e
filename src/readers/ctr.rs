//! `ctr image import` of containerd.

use super::conditions::{self, when};
use super::containerd::{self, TRANSFER, UNPACKER};
use super::instances::Instance;
use super::names::accepts_tag_or_name;
use super::reader::{Case, Reader, Requirement, Takes, View, refuses};
use super::requirements;
use crate::graph::{Content, NodeId, engines};
use crate::platform::Platform;

/// It imports the platform of the machine, and what has a name.
pub(super) static CTR: Reader = Reader {
    engine: &engines::CONTAINERD,
    entries: |facts| facts.named_entries(),
    takes: Takes::ThisPlatform,
    decodes_everything: true,
    chooses: &[],
    keeps_unnamed: false,
    accepts_name: accepts_tag_or_name,
    requirements: &[&[
        requirements::ARCHIVE,
        requirements::NO_TOP_FOLDER,
        requirements::RELATIVE_NAMES,
        requirements::BLOBS_IN_PLACE,
        containerd::NOT_COMPRESSED,
        containerd::OCI_LAYOUT,
        requirements::AN_IMAGE,
        containerd::PLATFORM_OF_THE_MACHINE,
        requirements::NO_LAYERS_IN_THE_INDEX,
        containerd::IMAGE_TO_RUN,
        requirements::ALL_BLOBS,
        requirements::LAYERS_IN_THE_FILE,
        requirements::SHA256,
        containerd::KNOWN_LAYERS,
        requirements::DECODABLE,
        containerd::ONE_KIND_OF_DOCUMENT,
        containerd::TYPE_AS_LISTED,
        containerd::DIGESTS_OF_CONTENT,
        containerd::DIFF_IDS_OF_SHA256,
        containerd::DOCKER_DIFF_IDS_OF_SHA256,
        containerd::WHOLE_DESCRIPTORS,
        containerd::DIGESTS,
        PLATFORM_OF_THE_ENTRY,
        MANIFEST_OF_THE_MACHINE,
        DIFF_IDS,
        DOCKER_DIFF_IDS,
        DOCKER_PLATFORM_OF_THE_MACHINE,
        containerd::DOCUMENTS_AS_FILES,
        containerd::EXACT_NAMES,
        requirements::FILES,
        containerd::NO_HARD_LINKS,
        containerd::DOCKER_NAME,
        requirements::ONE_PLATFORM,
        requirements::DOCKER_ONE_PLATFORM,
        requirements::DOCKER_PLATFORM_OF_THE_MACHINE,
        containerd::ALL_PLATFORMS,
        containerd::NAMES,
        containerd::DOCKER_NAMES,
        requirements::ATTESTATIONS_KEPT,
        requirements::VIEWS_AGREE,
    ]],
};

const DIFF_IDS: Requirement = refuses("diff-ids", View::Index, has_a_diff_id_for_each, UNPACKER, &[]);
const DOCKER_DIFF_IDS: Requirement = refuses("diff-ids", View::Docker, docker_has_a_diff_id_for_each, UNPACKER, &[]);
pub(super) const PLATFORM_OF_THE_ENTRY: Requirement =
    refuses("platform-of-the-entry", View::Index, entries_fit, TRANSFER, &[]).since(&[2]);
pub(super) const MANIFEST_OF_THE_MACHINE: Requirement =
    refuses("manifest-of-the-machine", View::Index, has_fitting_manifests, UNPACKER, &[]).since(&[2]);
pub(super) const DOCKER_PLATFORM_OF_THE_MACHINE: Requirement =
    refuses("platform-of-the-machine", View::Docker, docker_fits, TRANSFER, &[]).since(&[2]);

/// ctr passes over an entry of `index.json` whose own `platform` is another than the machine's, and refuses a file in
/// which nothing is left.
fn entries_fit(case: &Case<'_, '_>) -> Option<String> {
    let platforms: Option<Vec<&Platform>> =
        case.entries().into_iter().map(|root| case.facts.descriptor(root)?.platform.as_deref()).collect();
    let platforms = platforms.filter(|platforms| !platforms.is_empty())?;
    let host = case.facts.host;
    // containerd takes a variant for another platform even where nobody asks for one.
    let fits = |platform: &&Platform| {
        platform.normalized().variant == host.normalized().variant
            && platform.satisfies(host)
            && platform.os_features.is_empty()
    };
    let other = platforms.first().filter(|_| !platforms.iter().any(fits))?;
    Some(format!("the entry of `index.json` is for {other}, and this machine is {host}"))
}

/// ctr refuses a file in which any manifest that fits the machine is missing, and any entry of `index.json`.
fn has_fitting_manifests(case: &Case<'_, '_>) -> Option<String> {
    let facts = case.facts;
    let graph = facts.graph();
    if facts.roots.iter().any(|&root| facts.instance(root) == Instance::Absent) {
        return Some("a manifest that `index.json` lists is missing".to_owned());
    }
    let absent = facts.manifests.iter().filter(|&&id| graph.node(id).content == Content::Absent);
    let fits = |id: NodeId| graph.first_descriptor(id)?.platform.as_deref().map(|own| own.satisfies(facts.host));
    let mut fitting = absent.filter(|&&id| fits(id) == Some(true));
    when(fitting.next().is_some(), format!("a manifest for {} is missing", facts.host))
}

/// The daemon imports no image of another platform.
fn docker_fits(case: &Case<'_, '_>) -> Option<String> {
    let (graph, host) = (case.facts.graph(), case.facts.host);
    let mut platforms = case.facts.docker_entries().filter_map(|entry| graph.platform_of(entry.config?));
    let other = platforms.find(|platform| !platform.satisfies(host))?;
    Some(format!("the image is for {other}, and this machine is {host}"))
}

/// Without layers it unpacks nothing.
fn fits(layers: usize, ids: usize) -> bool {
    layers == ids || layers == 0
}

fn has_a_diff_id_for_each(case: &Case<'_, '_>) -> Option<String> {
    conditions::diff_ids(case, fits)
}

fn docker_has_a_diff_id_for_each(case: &Case<'_, '_>) -> Option<String> {
    conditions::docker_diff_ids(case, fits)
}
