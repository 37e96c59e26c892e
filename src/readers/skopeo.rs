//! The three transports of skopeo that read files.

use super::conditions::{self, when};
use super::containers_image;
use super::file_facts::{By, FileFacts};
use super::reader::{Case, Reader, Requirement, Takes, View, refuses};
use super::repair::Repair;
use super::requirements::{self, CHOOSE, OCI_TRANSPORT, REPACK};
use crate::graph::engines;
use crate::media_type;

/// What `oci-archive:` and `oci:` have in common.
const BASE: Reader = Reader {
    engine: &engines::CONTAINERS_IMAGE,
    entries: chosen_entry,
    takes: Takes::OneManifest,
    decodes_everything: false,
    chooses: &[By::Name],
    keeps_unnamed: true,
    accepts_name: |_| true,
    requirements: &[],
};

const OF_LAYOUTS: &[Requirement] = &[
    requirements::NO_TOP_FOLDER,
    requirements::BLOBS_IN_PLACE,
    requirements::INDEX_JSON,
    containers_image::ONE_ENTRY,
    REF_NAME,
    containers_image::NO_NESTED_INDEX,
    containers_image::PLATFORM_OF_THE_MACHINE,
    containers_image::PLATFORMS_IN_THE_LIST,
    requirements::NO_LAYERS_IN_THE_INDEX,
    requirements::MANIFEST_OF_THE_MACHINE,
    requirements::ALL_BLOBS,
    requirements::SIZES,
    requirements::LAYERS_IN_THE_FILE,
    requirements::SHA256,
    REGISTERED_LAYER_TYPES,
    requirements::DECODABLE,
    containers_image::ONE_KIND_OF_DOCUMENT,
    containers_image::KNOWN_TYPES,
    containers_image::DIGESTS_OF_CONTENT,
    requirements::FILES,
    requirements::ONE_PLATFORM,
    requirements::DOCKER_ONE_PLATFORM,
    requirements::DOCKER_PLATFORM_OF_THE_MACHINE,
    requirements::ATTESTATIONS_KEPT,
    requirements::VIEWS_AGREE,
];

/// `oci-archive:`, an archive.
pub(super) static OCI_ARCHIVE: Reader =
    Reader { requirements: &[&[requirements::ARCHIVE, NO_POSITION], OF_LAYOUTS], ..BASE };

/// `oci:`, a directory.
pub(super) static OCI: Reader = Reader {
    chooses: &[By::Name, By::Position],
    requirements: &[&[requirements::DIRECTORY, NO_POSITION_YET], OF_LAYOUTS],
    ..BASE
};

/// `docker-archive:`.
pub(super) static DOCKER_ARCHIVE: Reader = Reader {
    engine: &engines::DOCKER_LOAD,
    entries: |facts| facts.chosen_entries(),
    takes: Takes::OneManifest,
    decodes_everything: false,
    chooses: &[By::Name, By::Position],
    keeps_unnamed: true,
    accepts_name: |_| true,
    requirements: &[&[
        requirements::ARCHIVE,
        requirements::NO_TOP_FOLDER,
        requirements::RELATIVE_NAMES_OF_DOCKER,
        requirements::BLOBS_IN_PLACE,
        NOT_GZIP,
        requirements::MANIFEST_JSON,
        requirements::DOCKER_DECODABLE_CONFIG_AS_DOCKER,
        requirements::DOCKER_DIFF_IDS_OF_SHA256,
        requirements::DOCKER_DIFF_IDS,
        requirements::FILES,
        ONE_IMAGE,
        containers_image::NO_HARD_LINKS,
        requirements::DOCKER_ONE_PLATFORM,
        requirements::DOCKER_PLATFORM_OF_THE_MACHINE,
        requirements::ATTESTATIONS_KEPT,
        requirements::VIEWS_AGREE,
    ]],
};

// Debian's 1.9.3 stops with `unexpected EOF`; 1.22 reads such a file.
pub(super) const NOT_GZIP: Requirement =
    refuses("not-gzip", View::Docker, conditions::not_gzip, OCI_TRANSPORT, REPACK).fixed_in(&[1, 22]);
// 1.22 copies such layers.
pub(super) const REGISTERED_LAYER_TYPES: Requirement = containers_image::REGISTERED_LAYER_TYPES.fixed_in(&[1, 22]);
const NO_POSITION: Requirement = refuses("position", View::Index, asks_no_position, OCI_TRANSPORT, CHOOSE);
// Debian's 1.9.3 takes `@1` for a name that is not valid; 1.22 reads the entry.
const NO_POSITION_YET: Requirement =
    refuses("position", View::Index, asks_no_position, OCI_TRANSPORT, CHOOSE).fixed_in(&[1, 22]);
pub(super) const REF_NAME: Requirement = refuses(
    "ref-name",
    View::Index,
    ref_name_is_exact,
    "https://github.com/containers/image/issues/318",
    &[Repair::OciTypes],
);
pub(super) const ONE_IMAGE: Requirement =
    refuses("one-image", View::Docker, conditions::one_docker_image, OCI_TRANSPORT, CHOOSE);

/// The first entry with the name that a person gives, as it stands, or the one at the position.
pub(super) fn chosen_entry(facts: &FileFacts<'_>) -> Vec<usize> {
    match (facts.reference, facts.position) {
        (Some(reference), _) => facts.tagged(|name| name == reference).into_iter().take(1).collect(),
        (None, Some(_)) => facts.chosen_entries(),
        (None, None) => facts.all_entries(),
    }
}

fn asks_no_position(case: &Case<'_, '_>) -> Option<String> {
    let position = case.facts.position?;
    Some(format!("takes no position, as `@{position}` is, but only a name"))
}

fn ref_name_is_exact(case: &Case<'_, '_>) -> Option<String> {
    let reference = case.facts.reference?;
    let Some(&root) = case.entries().first() else {
        return Some(conditions::no_such_ref_name(case, reference));
    };
    let media_type = case.facts.descriptor(root)?.media_type.ok()?.as_str();
    let known = [media_type::OCI_INDEX, media_type::OCI_MANIFEST].contains(&media_type);
    when(!known, format!("finds entries of OCI media types only by name, and this one is {media_type}"))
}
