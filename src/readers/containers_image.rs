//! The rules of the library containers/image, which podman and skopeo read with.

use super::conditions;
use super::reader::{Requirement, View, refuses};
use super::repair::Repair;
use super::requirements::{CHOOSE, CONFUSION, OCI_TRANSPORT, REPACK};

pub(super) const ONE_ENTRY: Requirement = refuses(
    "one-entry",
    View::Index,
    conditions::one_entry,
    "https://github.com/containers/skopeo/issues/1136",
    CHOOSE,
);
pub(super) const NO_NESTED_INDEX: Requirement = refuses(
    "no-nested-index",
    View::Index,
    conditions::not_nested,
    "https://github.com/containers/image/issues/1116",
    &[Repair::OneImage],
);
pub(super) const PLATFORM_OF_THE_MACHINE: Requirement = refuses(
    "platform-of-the-machine",
    View::Index,
    conditions::has_host_platform,
    "https://github.com/containers/image/blob/main/internal/manifest/oci_index.go",
    &[Repair::OneImage],
);
pub(super) const PLATFORMS_IN_THE_LIST: Requirement = refuses(
    "platforms-in-the-list",
    View::Index,
    conditions::list_has_platforms,
    "https://github.com/containers/image/blob/main/internal/manifest/docker_schema2_list.go",
    &[Repair::OneImage],
);
pub(super) const REGISTERED_LAYER_TYPES: Requirement = refuses(
    "registered-layer-types",
    View::Index,
    conditions::no_docker_zstd,
    "https://distribution.github.io/distribution/spec/manifest-v2-2/",
    &[Repair::OciTypes],
);
pub(super) const ONE_KIND_OF_DOCUMENT: Requirement =
    refuses("one-kind-of-document", View::Index, conditions::is_one_kind_of_document, CONFUSION, &[]);
pub(super) const KNOWN_TYPES: Requirement = refuses(
    "known-types",
    View::Index,
    conditions::has_known_type,
    "https://github.com/containers/image/blob/main/internal/image/manifest.go",
    &[],
);
pub(super) const DIGESTS_OF_CONTENT: Requirement =
    refuses("digests-of-content", View::Index, conditions::has_configs_of_their_digests, OCI_TRANSPORT, &[]);
pub(super) const NO_HARD_LINKS: Requirement = refuses(
    "no-hard-links",
    View::Docker,
    conditions::no_hard_links,
    "https://github.com/containers/image/blob/main/docker/internal/tarfile/src.go",
    REPACK,
);
