//! The rules of containerd, which docker with the containerd store, ctr, kind and k3s import with.

use super::conditions;
use super::reader::{Case, Requirement, View, loses, refuses};
use super::repair::Repair;
use super::requirements::{CONFUSION, LAYOUT_SPEC, NAMES_OF_REFERENCES, REPACK};

const IMAGE_STORE: &str = "https://github.com/containerd/containerd/blob/main/core/metadata/images.go";
pub(super) const UNPACKER: &str = "https://github.com/containerd/containerd/blob/main/core/unpack/unpacker.go";
const IMPORTER: &str = "https://github.com/containerd/containerd/blob/main/core/images/archive/importer.go";
/// The import by the daemon, which ctr uses since version 2.
pub(super) const TRANSFER: &str = "https://github.com/containerd/containerd/blob/main/core/transfer/local/import.go";

pub(super) const NOT_COMPRESSED: Requirement = refuses(
    "not-compressed",
    View::Any,
    conditions::not_compressed,
    "https://github.com/containerd/containerd/issues/9981",
    REPACK,
);
pub(super) const OCI_LAYOUT: Requirement =
    refuses("oci-layout", View::Index, conditions::has_known_layout, LAYOUT_SPEC, REPACK);
pub(super) const PLATFORM_OF_THE_MACHINE: Requirement = refuses(
    "platform-of-the-machine",
    View::Index,
    conditions::has_host_platform,
    "https://github.com/containerd/containerd/blob/main/core/images/image.go",
    &[Repair::OneImage],
);
pub(super) const IMAGE_TO_RUN: Requirement = refuses(
    "image-to-run",
    View::Index,
    conditions::is_an_image,
    "https://github.com/containerd/containerd/blob/main/client/image.go",
    &[Repair::ImagesOnly],
);
pub(super) const KNOWN_LAYERS: Requirement = refuses(
    "known-layers",
    View::Index,
    conditions::knows_layers,
    "https://github.com/containerd/containerd/blob/main/core/images/mediatypes.go",
    &[Repair::OciTypes],
);
pub(super) const ONE_KIND_OF_DOCUMENT: Requirement =
    refuses("one-kind-of-document", View::Index, is_one_kind_of_document, CONFUSION, &[]);
pub(super) const TYPE_AS_LISTED: Requirement =
    refuses("type-as-listed", View::Index, conditions::is_as_listed, CONFUSION, &[]);
pub(super) const DIGESTS_OF_CONTENT: Requirement =
    refuses("digests-of-content", View::Index, conditions::has_documents_of_their_digests, IMPORTER, &[]);
pub(super) const DIFF_IDS_OF_SHA256: Requirement =
    refuses("diff-ids-of-sha256", View::Index, conditions::has_sha256_diff_ids, UNPACKER, &[]);
pub(super) const DOCKER_DIFF_IDS_OF_SHA256: Requirement =
    refuses("diff-ids-of-sha256", View::Docker, conditions::has_sha256_diff_ids, UNPACKER, &[]);
pub(super) const KNOWN_TYPES: Requirement =
    refuses("known-types", View::Index, conditions::lists_known_types, UNPACKER, &[]);
pub(super) const WHOLE_DESCRIPTORS: Requirement =
    refuses("whole-descriptors", View::Index, conditions::has_whole_descriptors, IMAGE_STORE, &[]);
pub(super) const DIGESTS: Requirement = refuses("digests", View::Index, conditions::has_digests, IMAGE_STORE, &[]);
pub(super) const DIFF_IDS: Requirement =
    refuses("diff-ids", View::Index, conditions::has_a_diff_id_for_each, UNPACKER, &[]);
pub(super) const DOCKER_DIFF_IDS: Requirement =
    refuses("diff-ids", View::Docker, conditions::docker_has_a_diff_id_for_each, UNPACKER, &[]);
pub(super) const DOCUMENTS_AS_FILES: Requirement =
    refuses("documents-as-files", View::Any, conditions::no_linked_documents, IMPORTER, REPACK);
pub(super) const EXACT_NAMES: Requirement =
    refuses("exact-names", View::Docker, conditions::names_are_plain, IMPORTER, REPACK);
pub(super) const NO_HARD_LINKS: Requirement =
    refuses("no-hard-links", View::Docker, conditions::no_hard_links, IMPORTER, REPACK);
pub(super) const DOCKER_NAME: Requirement =
    refuses("name", View::Docker, conditions::docker_names_complete, NAMES_OF_REFERENCES, &[Repair::Names]);
pub(super) const ALL_PLATFORMS: Requirement = loses(
    "all-platforms",
    View::Index,
    conditions::has_all_images,
    "https://github.com/kubernetes-sigs/kind/issues/3795",
    &[],
);
pub(super) const NAMES: Requirement = loses(
    "names",
    View::Index,
    conditions::some_are_unnamed,
    "https://github.com/containerd/containerd/blob/main/client/import.go",
    &[],
);
pub(super) const DOCKER_NAMES: Requirement = loses(
    "names",
    View::Docker,
    conditions::docker_some_are_unnamed,
    "https://github.com/containerd/containerd/blob/main/client/import.go",
    &[],
);

/// It takes no notice of `history`.
fn is_one_kind_of_document(case: &Case<'_, '_>) -> Option<String> {
    conditions::ambiguous_document(case, |pointer| pointer != "/history")
}
