//! `skopeo copy --all` to a registry, from the transport that fits the file.

use super::conditions;
use super::containers_image;
use super::file_facts::By;
use super::reader::{Reader, Requirement, Takes, View, refuses};
use super::repair::Repair;
use super::requirements::{OCI_TRANSPORT, REPACK};
use super::{requirements, skopeo};
use crate::graph::engines;

/// Every image of an index is copied, with all its blobs.
pub(super) static SKOPEO_PUSH: Reader = Reader {
    engine: &engines::REGISTRY,
    entries: skopeo::chosen_entry,
    takes: Takes::Everything,
    decodes_everything: false,
    chooses: &[By::Name, By::Position],
    keeps_unnamed: true,
    accepts_name: |_| true,
    requirements: &[&[
        requirements::NO_TOP_FOLDER,
        requirements::RELATIVE_NAMES_OF_DOCKER,
        requirements::BLOBS_IN_PLACE,
        skopeo::NOT_GZIP,
        containers_image::ONE_ENTRY,
        skopeo::REF_NAME,
        NO_NESTED_INDEX,
        requirements::NO_LAYERS_IN_THE_INDEX,
        requirements::ALL_MANIFESTS,
        requirements::ALL_BLOBS,
        requirements::SIZES,
        requirements::DISTRIBUTABLE_LAYERS,
        requirements::SHA256,
        skopeo::REGISTERED_LAYER_TYPES,
        requirements::DECODABLE,
        DIGESTS,
        containers_image::ONE_KIND_OF_DOCUMENT,
        containers_image::KNOWN_TYPES,
        containers_image::DIGESTS_OF_CONTENT,
        requirements::DOCKER_DECODABLE_CONFIG_AS_DOCKER,
        requirements::DOCKER_DIFF_IDS_OF_SHA256,
        requirements::DOCKER_DIFF_IDS,
        requirements::FILES,
        DOCKER_ARCHIVE,
        skopeo::ONE_IMAGE,
        containers_image::NO_HARD_LINKS,
        requirements::DOCKER_ONE_PLATFORM,
        requirements::LAYERS_COPIED,
        requirements::REFERRERS_KEPT,
        requirements::VIEWS_AGREE,
    ]],
};

const DIGESTS: Requirement = refuses("digests", View::Index, conditions::has_digests, OCI_TRANSPORT, &[]);
const DOCKER_ARCHIVE: Requirement = refuses("archive", View::Docker, conditions::is_archive, OCI_TRANSPORT, REPACK);
const NO_NESTED_INDEX: Requirement = refuses(
    "no-nested-index",
    View::Index,
    conditions::not_nested_at_all,
    "https://github.com/containers/image/issues/1116",
    &[Repair::OneImage],
);
