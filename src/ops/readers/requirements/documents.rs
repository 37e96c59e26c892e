//! What targets ask of the documents themselves: that they can be decoded, and are what they are listed as.

use super::{CONTAINERD, CONTAINERS_IMAGE, OCI_TRANSPORT, REPACK, Requirement, UNPACKING, Under, refuses};
use crate::ops::readers::checks;
use crate::ops::target::Target::{Crane, Ctr, Docker, DockerClassic, K3s, Kind, Podman, SkopeoDockerArchive, Umoci};

const GO_JSON: &str = "https://pkg.go.dev/encoding/json#Unmarshal";
const CONFUSION: &str = "https://github.com/containerd/containerd/security/advisories/GHSA-5j5w-g665-5m35";
const IMAGE_STORE: &str = "https://github.com/containerd/containerd/blob/main/core/metadata/images.go";
const UNPACKER: &str = "https://github.com/containerd/containerd/blob/main/core/unpack/unpacker.go";
const IMPORTER: &str = "https://github.com/containerd/containerd/blob/main/core/images/archive/importer.go";
const UMOCI: &str = "https://github.com/opencontainers/umoci/blob/main/oci/casext/mediatype/parse.go";
const LOAD: &str = "https://github.com/moby/moby/blob/master/image/tarexport/load.go";
const TRANSFER: &str = "https://github.com/containerd/containerd/blob/main/core/transfer/local/import.go";

pub(super) static DOCUMENTS: &[Requirement] = &[
    refuses("decodable", CONTAINERS_IMAGE, Under::Index, checks::decodes, GO_JSON, &[]),
    refuses("decodable", CONTAINERD, Under::Index, checks::decodes, GO_JSON, &[]),
    refuses("decodable", &[Umoci], Under::Index, checks::decodes, GO_JSON, &[]),
    refuses("decodable-config", &[Podman, Kind, Umoci], Under::Index, checks::config_decodes, GO_JSON, &[]),
    refuses(
        "decodable-config",
        &[DockerClassic, Docker, Podman, SkopeoDockerArchive, Kind, Crane],
        Under::Docker,
        checks::config_decodes,
        GO_JSON,
        &[],
    ),
    refuses("one-kind-of-document", CONTAINERS_IMAGE, Under::Index, checks::is_one_thing, CONFUSION, &[]),
    refuses("one-kind-of-document", CONTAINERD, Under::Index, checks::is_one_thing, CONFUSION, &[]),
    refuses("one-kind-of-document", &[Umoci], Under::Index, checks::is_one_thing, UMOCI, &[]),
    refuses("type-as-listed", &[Umoci], Under::Index, checks::is_as_listed, UMOCI, &[]),
    refuses("type-as-listed", &[Podman], Under::Index, checks::is_as_listed, CONFUSION, &[]),
    refuses("type-as-listed", CONTAINERD, Under::Index, checks::is_as_listed, CONFUSION, &[]),
    refuses(
        "known-types",
        CONTAINERS_IMAGE,
        Under::Index,
        checks::has_known_type,
        "https://github.com/containers/image/blob/main/internal/image/manifest.go",
        &[],
    ),
    refuses(
        "digests-of-content",
        CONTAINERS_IMAGE,
        Under::Index,
        checks::has_documents_of_their_digests,
        OCI_TRANSPORT,
        &[],
    ),
    refuses("digests-of-content", UNPACKING, Under::Index, checks::has_documents_of_their_digests, IMPORTER, &[]),
    refuses("digests-of-content", &[Umoci], Under::Index, checks::has_documents_of_their_digests, UMOCI, &[]),
    refuses("diff-ids-of-sha256", &[Podman, Umoci], Under::Index, checks::has_sha256_diff_ids, OCI_TRANSPORT, &[]),
    refuses("diff-ids-of-sha256", UNPACKING, Under::Index, checks::has_sha256_diff_ids, UNPACKER, &[]),
    refuses(
        "diff-ids-of-sha256",
        &[DockerClassic, Docker, Podman, SkopeoDockerArchive],
        Under::Docker,
        checks::has_sha256_diff_ids,
        LOAD,
        &[],
    ),
    refuses("diff-ids-of-sha256", UNPACKING, Under::Docker, checks::has_sha256_diff_ids, UNPACKER, &[]),
    // Those that import all platforms unpack whatever is listed.
    refuses("known-types", &[Kind, K3s], Under::Index, checks::lists_known_types, UNPACKER, &[]),
    refuses("whole-descriptors", CONTAINERD, Under::Index, checks::has_whole_descriptors, IMAGE_STORE, &[]),
    refuses("digests", CONTAINERD, Under::Index, checks::has_digests, IMAGE_STORE, &[]),
    by_daemon("platform-of-the-entry", Under::Index, checks::entries_fit, TRANSFER),
    by_daemon("manifest-of-the-machine", Under::Index, checks::has_fitting_manifests, UNPACKER),
    refuses("diff-ids", UNPACKING, Under::Index, checks::has_a_diff_id_for_each, UNPACKER, &[]),
    refuses("diff-ids", &[Umoci], Under::Index, checks::has_a_diff_id_for_each, UMOCI, &[]),
    refuses(
        "diff-ids",
        &[DockerClassic, Docker, Podman, SkopeoDockerArchive, Crane],
        Under::Docker,
        checks::docker_has_a_diff_id_for_each,
        LOAD,
        &[],
    ),
    refuses("diff-ids", UNPACKING, Under::Docker, checks::docker_has_a_diff_id_for_each, UNPACKER, &[]),
    refuses("os-of-the-machine", &[DockerClassic, Docker], Under::Docker, checks::docker_fits, LOAD, &[]),
    by_daemon("platform-of-the-machine", Under::Docker, checks::docker_fits, TRANSFER),
    // What a link stands for is no document to containerd, which reads an archive from its beginning to its end.
    refuses("documents-as-files", CONTAINERD, Under::Any, checks::no_linked_documents, IMPORTER, REPACK),
    refuses("exact-names", CONTAINERD, Under::Docker, checks::names_are_plain, IMPORTER, REPACK),
    refuses(
        "exact-names",
        &[Crane],
        Under::Docker,
        checks::names_are_plain,
        "https://github.com/google/go-containerregistry/blob/main/pkg/v1/tarball/image.go",
        REPACK,
    ),
];

/// What ctr asks since it lets the daemon import: before version 2 it imports by itself.
const fn by_daemon(
    name: &'static str,
    under: Under,
    unmet: fn(&checks::Case<'_, '_>) -> Option<String>,
    source: &'static str,
) -> Requirement {
    Requirement { since: Some(&[2]), ..refuses(name, &[Ctr], under, unmet, source, &[]) }
}
