//! `podman load`.

use super::conditions::{self, when};
use super::containers_image;
use super::names::accepts_full_name;
use super::reader::{Case, Reader, Requirement, Takes, View, loses, refuses};
use super::requirements::{self, CONFUSION, OCI_TRANSPORT, REPACK};
use crate::graph::{NodeId, engines};
use crate::media_type::Kind as MediaKind;
use crate::reference::is_name_and_tag;

/// It cannot be told which image of a file is meant, and tries one view after the other.
pub(super) static PODMAN: Reader = Reader {
    engine: &engines::CONTAINERS_IMAGE,
    entries: |facts| facts.all_entries(),
    takes: Takes::OneManifest,
    decodes_everything: false,
    chooses: &[],
    keeps_unnamed: true,
    accepts_name: accepts_full_name,
    requirements: &[&[
        requirements::NO_TOP_FOLDER,
        requirements::RELATIVE_NAMES_OF_DOCKER,
        requirements::BLOBS_IN_PLACE,
        NOT_GZIP,
        PATH_AS_NAME,
        containers_image::ONE_ENTRY,
        requirements::NAME,
        containers_image::NO_NESTED_INDEX,
        containers_image::PLATFORM_OF_THE_MACHINE,
        containers_image::PLATFORMS_IN_THE_LIST,
        requirements::NO_LAYERS_IN_THE_INDEX,
        requirements::IMAGE_TO_RUN,
        requirements::MANIFEST_OF_THE_MACHINE,
        requirements::ALL_BLOBS,
        requirements::SIZES,
        requirements::LAYERS_IN_THE_FILE,
        requirements::SHA256,
        REGISTERED_LAYER_TYPES,
        NO_ENCRYPTED_LAYERS,
        requirements::DECODABLE,
        requirements::DECODABLE_CONFIG,
        requirements::DOCKER_DECODABLE_CONFIG,
        containers_image::ONE_KIND_OF_DOCUMENT,
        TYPE_AS_LISTED,
        containers_image::KNOWN_TYPES,
        containers_image::DIGESTS_OF_CONTENT,
        requirements::DIFF_IDS_OF_SHA256,
        requirements::DOCKER_DIFF_IDS_OF_SHA256,
        requirements::DOCKER_DIFF_IDS,
        requirements::FILES,
        DOCKER_ARCHIVE,
        containers_image::NO_HARD_LINKS,
        requirements::DOCKER_NAME,
        requirements::ONE_PLATFORM,
        requirements::DOCKER_ONE_PLATFORM,
        requirements::DOCKER_PLATFORM_OF_THE_MACHINE,
        NAME_KEPT,
        requirements::ATTESTATIONS_KEPT,
        requirements::VIEWS_AGREE,
    ]],
};

// The same code: Debian's 4.3.1 stops, 5.8 reads such a file.
const NOT_GZIP: Requirement =
    refuses("not-gzip", View::Docker, conditions::not_gzip, OCI_TRANSPORT, REPACK).fixed_in(&[5]);
// Debian's 4.3.1 refuses such a path; 5.8 loads the image and gives it no name.
const PATH_AS_NAME: Requirement = refuses(
    "path-as-name",
    View::Index,
    path_is_a_name,
    "https://github.com/containers/common/blob/main/libimage/load.go",
    REPACK,
)
.fixed_in(&[5]);
// 5.8 loads such layers.
const REGISTERED_LAYER_TYPES: Requirement = containers_image::REGISTERED_LAYER_TYPES.fixed_in(&[5]);
const NO_ENCRYPTED_LAYERS: Requirement = refuses(
    "no-encrypted-layers",
    View::Index,
    conditions::no_encrypted_layers,
    "https://github.com/containers/ocicrypt",
    &[],
);
const TYPE_AS_LISTED: Requirement = refuses("type-as-listed", View::Index, is_as_listed, CONFUSION, &[]);
const DOCKER_ARCHIVE: Requirement = refuses(
    "archive",
    View::Docker,
    conditions::is_archive,
    "https://docs.podman.io/en/latest/markdown/podman-load.1.html",
    REPACK,
);
const NAME_KEPT: Requirement = loses(
    "name-kept",
    View::Index,
    is_no_directory,
    "https://github.com/containers/common/blob/main/libimage/load.go",
    REPACK,
);

/// podman 4 makes the name of an image from the path of a directory, as it is given.
fn path_is_a_name(case: &Case<'_, '_>) -> Option<String> {
    let source = &case.facts.image.source;
    let path = source.label().strip_prefix('/').unwrap_or(source.label());
    let is_name = is_name_and_tag(&format!("localhost/{path}:latest"));
    let detail = "names the image after the path of the directory, and the path is not a valid name";
    when(source.format().directory && !is_name, detail)
}

fn is_no_directory(case: &Case<'_, '_>) -> Option<String> {
    let directory = case.facts.image.source.format().directory;
    when(directory, "does not keep the name of an image in a directory")
}

/// It refuses a manifest in `index.json` that is listed as something else, and goes by what is listed below that.
fn is_as_listed(case: &Case<'_, '_>) -> Option<String> {
    let graph = case.facts.graph();
    let roots: Vec<NodeId> = case.entries().into_iter().filter_map(|root| graph.roots[root].node).collect();
    conditions::misled(case, |id, is_index, own| {
        matches!(own, MediaKind::Index | MediaKind::Manifest) && !is_index && roots.contains(&id)
    })
}
