//! Importers of containerd that take all platforms: kind, and the images folder of k3s.

use super::names::accepts_tag_or_name;
use super::reader::{Reader, Requirement, Takes};
use super::{containerd, requirements};
use crate::graph::engines;

/// `kind load image-archive`, which asks for names by digest as well.
pub(super) static KIND: Reader = Reader {
    requirements: &[
        OF_BOTH,
        &[containerd::NOT_COMPRESSED, requirements::DECODABLE_CONFIG, requirements::DOCKER_DECODABLE_CONFIG],
    ],
    ..BASE
};

/// What both have in common.
const BASE: Reader = Reader {
    engine: &engines::CONTAINERD,
    entries: |facts| facts.chosen_entries(),
    takes: Takes::AllPlatforms,
    decodes_everything: true,
    chooses: &[],
    keeps_unnamed: true,
    accepts_name: accepts_tag_or_name,
    requirements: &[],
};

const OF_BOTH: &[Requirement] = &[
    requirements::ARCHIVE,
    requirements::NO_TOP_FOLDER,
    requirements::RELATIVE_NAMES,
    requirements::BLOBS_IN_PLACE,
    containerd::OCI_LAYOUT,
    requirements::AN_IMAGE,
    containerd::PLATFORM_OF_THE_MACHINE,
    requirements::NO_LAYERS_IN_THE_INDEX,
    containerd::IMAGE_TO_RUN,
    requirements::ALL_MANIFESTS,
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
    containerd::KNOWN_TYPES,
    containerd::WHOLE_DESCRIPTORS,
    containerd::DIGESTS,
    containerd::DIFF_IDS,
    containerd::DOCKER_DIFF_IDS,
    containerd::DOCUMENTS_AS_FILES,
    containerd::EXACT_NAMES,
    requirements::FILES,
    containerd::NO_HARD_LINKS,
    containerd::DOCKER_NAME,
    requirements::DOCKER_ONE_PLATFORM,
    requirements::DOCKER_PLATFORM_OF_THE_MACHINE,
    requirements::VIEWS_AGREE,
];

/// Archives in the images folder of k3s.
pub(super) static K3S: Reader = Reader {
    entries: |facts| facts.named_entries(),
    keeps_unnamed: false,
    requirements: &[OF_BOTH, &[containerd::NAMES, containerd::DOCKER_NAMES]],
    ..BASE
};
