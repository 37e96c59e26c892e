//! `diffoci load` and `diffoci diff`, from the source code of diffoci and of containerd, whose import it uses; not tried.

use super::conditions;
use super::containerd;
use super::names::accepts_tag_or_name;
use super::reader::{Reader, Requirement, Takes, View, refuses};
use super::repair::Repair;
use super::{ctr, requirements};
use crate::graph::engines;

const DIFF: &str = "https://github.com/reproducible-containers/diffoci/blob/master/pkg/diff/diff.go";

/// It imports as ctr does, for the platform of the machine, and unpacks nothing; what has no name cannot be compared.
pub(super) static DIFFOCI: Reader = Reader {
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
        containerd::OCI_LAYOUT,
        requirements::AN_IMAGE,
        PLATFORM_OF_THE_MACHINE,
        requirements::NO_LAYERS_IN_THE_INDEX,
        IMAGE_TO_RUN,
        requirements::ALL_BLOBS,
        requirements::LAYERS_IN_THE_FILE,
        requirements::SHA256,
        KNOWN_LAYERS,
        requirements::DECODABLE,
        containerd::ONE_KIND_OF_DOCUMENT,
        containerd::TYPE_AS_LISTED,
        containerd::DIGESTS_OF_CONTENT,
        containerd::WHOLE_DESCRIPTORS,
        containerd::DIGESTS,
        ctr::PLATFORM_OF_THE_ENTRY,
        ctr::MANIFEST_OF_THE_MACHINE,
        ctr::DOCKER_PLATFORM_OF_THE_MACHINE,
        containerd::DOCUMENTS_AS_FILES,
        containerd::EXACT_NAMES,
        requirements::FILES,
        containerd::NO_HARD_LINKS,
        containerd::DOCKER_NAME,
        requirements::ONE_PLATFORM,
        requirements::DOCKER_ONE_PLATFORM,
        containerd::NAMES,
        containerd::DOCKER_NAMES,
        requirements::ATTESTATIONS_KEPT,
        requirements::VIEWS_AGREE,
    ]],
};

const PLATFORM_OF_THE_MACHINE: Requirement =
    refuses("platform-of-the-machine", View::Index, conditions::has_host_platform, DIFF, &[Repair::OneImage]);
const IMAGE_TO_RUN: Requirement =
    refuses("image-to-run", View::Index, conditions::is_an_image, DIFF, &[Repair::ImagesOnly]);
const KNOWN_LAYERS: Requirement =
    refuses("known-layers", View::Index, conditions::knows_layers, DIFF, &[Repair::OciTypes]);
