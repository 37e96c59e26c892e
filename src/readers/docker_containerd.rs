//! `docker load` with the containerd image store.

use super::conditions::{self, cut, list, when};
use super::names::accepts_tag_or_name;
use super::reader::{Case, Reader, Requirement, Takes, View, loses};
use super::repair::Repair;
use super::{containerd, requirements};
use crate::graph::{Kind, engines};
use crate::reference::is_name_and_tag;

/// The default of docker from version 29 on.
pub(super) static DOCKER_CONTAINERD: Reader = Reader {
    engine: &engines::CONTAINERD,
    entries: |facts| facts.chosen_entries(),
    takes: Takes::AllPlatforms,
    decodes_everything: true,
    chooses: &[],
    keeps_unnamed: true,
    accepts_name: accepts_tag_or_name,
    requirements: &[&[
        requirements::ARCHIVE,
        requirements::NO_TOP_FOLDER,
        requirements::RELATIVE_NAMES,
        requirements::BLOBS_IN_PLACE,
        containerd::OCI_LAYOUT,
        requirements::AN_IMAGE,
        requirements::ALL_BLOBS,
        requirements::SHA256,
        requirements::DECODABLE,
        containerd::ONE_KIND_OF_DOCUMENT,
        containerd::TYPE_AS_LISTED,
        containerd::WHOLE_DESCRIPTORS,
        containerd::DIGESTS,
        containerd::DOCUMENTS_AS_FILES,
        containerd::EXACT_NAMES,
        requirements::FILES,
        containerd::NO_HARD_LINKS,
        containerd::DOCKER_NAME,
        requirements::DOCKER_ONE_PLATFORM,
        PLATFORM_OF_THE_MACHINE,
        requirements::DOCKER_PLATFORM_OF_THE_MACHINE,
        containerd::ALL_PLATFORMS,
        NAME_TO_RUN,
        IMAGE_TO_RUN,
        KNOWN_LAYERS,
        LAYERS_IN_THE_FILE,
        requirements::VIEWS_AGREE,
    ]],
};

const PLATFORM_OF_THE_MACHINE: Requirement =
    loses("platform-of-the-machine", View::Index, has_host_image, "https://github.com/docker/cli/issues/5476", &[]);
const NAME_TO_RUN: Requirement = loses(
    "name-to-run",
    View::Index,
    has_name_to_run,
    "https://github.com/containerd/containerd/blob/main/core/images/archive/reference.go",
    &[Repair::Names],
);
const IMAGE_TO_RUN: Requirement = loses(
    "image-to-run",
    View::Index,
    holds_an_image,
    "https://github.com/opencontainers/image-spec/blob/v1.1.0/manifest.md#guidelines-for-artifact-usage",
    &[],
);
const KNOWN_LAYERS: Requirement = loses(
    "known-layers",
    View::Index,
    conditions::knows_layers,
    "https://github.com/containerd/containerd/blob/main/core/images/mediatypes.go",
    &[],
);
const LAYERS_IN_THE_FILE: Requirement = loses(
    "layers-in-the-file",
    View::Index,
    conditions::has_foreign_layers,
    "https://github.com/containerd/containerd/issues/4396",
    &[],
);

/// docker keeps an image under what stands in `index.json`, and looks for what its commands make of a name.
fn has_name_to_run(case: &Case<'_, '_>) -> Option<String> {
    let graph = case.facts.graph();
    let mut names = case.entries().into_iter().filter_map(|root| graph.roots.get(root)?.name());
    let odd = names.find(|name| !name.contains('@') && !is_name_and_tag(name))?;
    Some(format!("stores the image as `{}`, a name that no docker command finds", cut(odd)))
}

fn holds_an_image(case: &Case<'_, '_>) -> Option<String> {
    let graph = case.facts.graph();
    let image = case.facts.manifests.iter().any(|&id| graph.node(id).kind == Kind::Image);
    when(!image, "contains no image to run")
}

fn has_host_image(case: &Case<'_, '_>) -> Option<String> {
    let (platforms, _) = case.facts.platforms();
    let host = case.facts.host;
    let other = !platforms.is_empty() && !platforms.iter().any(|platform| platform.satisfies(host));
    when(other, format!("no image for {host}, only for {}", list(&platforms)))
}
