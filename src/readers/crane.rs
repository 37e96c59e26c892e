//! `crane push` and `crane validate --tarball`.

use super::conditions::{self, when};
use super::reader::{Case, Reader, Requirement, Takes, View, loses, refuses};
use super::requirements::{self, CHOOSE, LOAD, REPACK};
use crate::graph::engines;

/// It reads docker archives, and pushes layout directories.
pub(super) static CRANE: Reader = Reader {
    engine: &engines::DOCKER_LOAD,
    entries: |facts| facts.all_entries(),
    takes: Takes::Everything,
    decodes_everything: false,
    chooses: &[],
    keeps_unnamed: true,
    accepts_name: |_| true,
    requirements: &[&[
        requirements::NO_TOP_FOLDER,
        requirements::RELATIVE_NAMES_OF_DOCKER,
        requirements::BLOBS_IN_PLACE,
        NOT_COMPRESSED,
        MANIFEST_JSON,
        ONE_ENTRY,
        requirements::NO_LAYERS_IN_THE_INDEX,
        requirements::ALL_MANIFESTS,
        requirements::ALL_BLOBS,
        requirements::SHA256,
        requirements::DOCKER_DECODABLE_CONFIG,
        DIFF_IDS,
        EXACT_NAMES,
        requirements::FILES,
        NO_HARD_LINKS,
        ONE_IMAGE,
        requirements::DOCKER_ONE_PLATFORM,
        requirements::DOCKER_PLATFORM_OF_THE_MACHINE,
        ONE_COMPRESSION,
        requirements::REFERRERS_KEPT,
        requirements::VIEWS_AGREE,
    ]],
};

const NOT_COMPRESSED: Requirement = refuses(
    "not-compressed",
    View::Any,
    conditions::not_compressed,
    "https://github.com/google/go-containerregistry/issues/1908",
    REPACK,
);
const DIFF_IDS: Requirement = refuses("diff-ids", View::Docker, conditions::docker_has_a_layer_for_each, LOAD, &[]);
const MANIFEST_JSON: Requirement = refuses(
    "manifest.json",
    View::Docker,
    conditions::has_docker_view,
    "https://github.com/google/go-containerregistry/issues/2109",
    REPACK,
);
const ONE_ENTRY: Requirement = refuses(
    "one-entry",
    View::Index,
    conditions::one_entry,
    "https://github.com/google/go-containerregistry/blob/main/cmd/crane/cmd/push.go",
    CHOOSE,
);
const EXACT_NAMES: Requirement = refuses(
    "exact-names",
    View::Docker,
    conditions::names_are_plain,
    "https://github.com/google/go-containerregistry/blob/main/pkg/v1/tarball/image.go",
    REPACK,
);
// It looks for what a hard link links to in the folder of the link.
const NO_HARD_LINKS: Requirement = refuses(
    "no-hard-links",
    View::Docker,
    conditions::no_hard_links_in_folders,
    "https://github.com/google/go-containerregistry/blob/main/pkg/v1/tarball/image.go",
    REPACK,
);
const ONE_IMAGE: Requirement = refuses(
    "one-image",
    View::Docker,
    conditions::one_docker_image,
    "https://github.com/google/go-containerregistry/issues/1109",
    CHOOSE,
);
const ONE_COMPRESSION: Requirement = loses(
    "one-compression",
    View::Docker,
    one_compression,
    "https://github.com/google/go-containerregistry/blob/main/pkg/v1/tarball/image.go",
    REPACK,
);

fn one_compression(case: &Case<'_, '_>) -> Option<String> {
    when(
        case.facts.compressions().len() > 1,
        "expects all layers to have the compression of the first, and they differ",
    )
}
