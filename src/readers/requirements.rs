//! Requirements that several readers have in common, each with the public source that it rests on.

use super::conditions;
use super::reader::{Requirement, View, loses, refuses};
use super::repair::Repair;

/// Writing the file in the format of the reader is enough.
pub(super) const REPACK: &[Repair] = &[Repair::Format];
/// Where one entry is wanted: leave out what is no image, else let a person choose.
pub(super) const CHOOSE: &[Repair] = &[Repair::ImagesOnly, Repair::ChooseName];

pub(super) const OCI_TRANSPORT: &str = "https://github.com/containers/image/blob/main/docs/containers-transports.5.md";
pub(super) const LAYOUT_SPEC: &str = "https://github.com/opencontainers/image-spec/blob/v1.1.0/image-layout.md";
const DOCKER_LOAD: &str = "https://docs.docker.com/reference/cli/docker/image/load/";
const GO_JSON: &str = "https://pkg.go.dev/encoding/json#Unmarshal";
/// CVE-2021-41190.
pub(super) const CONFUSION: &str = "https://github.com/containerd/containerd/security/advisories/GHSA-5j5w-g665-5m35";
pub(super) const NAMES_OF_REFERENCES: &str = "https://github.com/distribution/reference/blob/main/reference.go";
pub(super) const LOAD: &str = "https://github.com/moby/moby/blob/master/image/tarexport/load.go";

pub(super) const ARCHIVE: Requirement = refuses("archive", View::Any, conditions::is_archive, DOCKER_LOAD, REPACK);
pub(super) const DIRECTORY: Requirement =
    refuses("directory", View::Any, conditions::is_directory, OCI_TRANSPORT, REPACK);
pub(super) const NO_TOP_FOLDER: Requirement =
    refuses("no-top-folder", View::Any, conditions::not_wrapped, LAYOUT_SPEC, REPACK);
/// docker without the containerd image store and the transport `oci-archive` unpack the archive first, and find the files.
pub(super) const RELATIVE_NAMES: Requirement =
    refuses("relative-names", View::Any, conditions::relative_names, LAYOUT_SPEC, REPACK);
pub(super) const RELATIVE_NAMES_OF_DOCKER: Requirement =
    refuses("relative-names", View::Docker, conditions::relative_names, LAYOUT_SPEC, REPACK);
pub(super) const BLOBS_IN_PLACE: Requirement =
    refuses("blobs-in-place", View::Index, conditions::blobs_in_place, LAYOUT_SPEC, REPACK);
pub(super) const INDEX_JSON: Requirement =
    refuses("index.json", View::Any, conditions::has_index, OCI_TRANSPORT, REPACK);
pub(super) const MANIFEST_JSON: Requirement = refuses(
    "manifest.json",
    View::Any,
    conditions::has_docker_view,
    "https://github.com/moby/buildkit/issues/4131",
    REPACK,
);
pub(super) const AN_IMAGE: Requirement = refuses("an-image", View::Any, conditions::is_not_empty, LAYOUT_SPEC, &[]);
pub(super) const NAME: Requirement =
    refuses("name", View::Index, conditions::has_accepted_names, NAMES_OF_REFERENCES, &[Repair::Names]);
pub(super) const NO_LAYERS_IN_THE_INDEX: Requirement = refuses(
    "no-layers-in-the-index",
    View::Index,
    conditions::no_cache_index,
    "https://github.com/moby/buildkit/issues/1550",
    &[Repair::CacheManifest, Repair::ImagesOnly],
);
pub(super) const IMAGE_TO_RUN: Requirement = refuses(
    "image-to-run",
    View::Index,
    conditions::is_an_image,
    "https://github.com/opencontainers/image-spec/blob/v1.1.0/manifest.md#guidelines-for-artifact-usage",
    &[Repair::ImagesOnly, Repair::ChooseName],
);
pub(super) const MANIFEST_OF_THE_MACHINE: Requirement = refuses(
    "manifest-of-the-machine",
    View::Index,
    conditions::has_instance,
    "https://github.com/kubernetes-sigs/kind/issues/3795",
    &[Repair::Prune, Repair::OneImage],
);
pub(super) const ALL_BLOBS: Requirement = refuses(
    "all-blobs",
    View::Index,
    conditions::has_blobs,
    "https://github.com/moby/moby/issues/49473",
    &[Repair::Prune, Repair::OneImage],
);
pub(super) const SIZES: Requirement = refuses(
    "sizes",
    View::Index,
    conditions::has_right_sizes,
    "https://github.com/containers/image/blob/main/copy/blob.go",
    &[Repair::Sizes],
);
pub(super) const LAYERS_IN_THE_FILE: Requirement = refuses(
    "layers-in-the-file",
    View::Index,
    conditions::has_foreign_layers,
    "https://github.com/containerd/containerd/issues/4396",
    &[],
);
pub(super) const SHA256: Requirement =
    refuses("sha256", View::Index, conditions::is_sha256, "https://github.com/moby/moby/issues/48241", &[]);
pub(super) const DECODABLE: Requirement = refuses("decodable", View::Index, conditions::decodes, GO_JSON, &[]);
pub(super) const DECODABLE_CONFIG: Requirement =
    refuses("decodable-config", View::Index, conditions::config_decodes, GO_JSON, &[]);
pub(super) const DOCKER_DECODABLE_CONFIG: Requirement =
    refuses("decodable-config", View::Docker, conditions::config_decodes, GO_JSON, &[]);
pub(super) const DOCKER_DECODABLE_CONFIG_AS_DOCKER: Requirement =
    refuses("decodable-config", View::Docker, conditions::config_decodes_for_docker, GO_JSON, &[]);
pub(super) const DIFF_IDS_OF_SHA256: Requirement =
    refuses("diff-ids-of-sha256", View::Index, conditions::has_sha256_diff_ids, OCI_TRANSPORT, &[]);
pub(super) const DOCKER_DIFF_IDS_OF_SHA256: Requirement =
    refuses("diff-ids-of-sha256", View::Docker, conditions::has_sha256_diff_ids, LOAD, &[]);
pub(super) const DOCKER_DIFF_IDS: Requirement =
    refuses("diff-ids", View::Docker, conditions::docker_has_a_diff_id_for_each, LOAD, &[]);
pub(super) const FILES: Requirement = refuses(
    "files",
    View::Docker,
    conditions::docker_files,
    "https://github.com/containers/podman/issues/8132",
    &[Repair::Format, Repair::Prune],
);
pub(super) const DOCKER_NAME: Requirement =
    refuses("name", View::Docker, conditions::docker_names, NAMES_OF_REFERENCES, &[Repair::Names]);
pub(super) const ONE_PLATFORM: Requirement = loses(
    "one-platform",
    View::Index,
    conditions::loads_one_platform,
    "https://github.com/containers/skopeo/blob/main/docs/skopeo-copy.1.md",
    &[],
);
pub(super) const DOCKER_ONE_PLATFORM: Requirement = loses(
    "one-platform",
    View::Docker,
    conditions::docker_has_fewer_platforms,
    "https://github.com/moby/moby/pull/44833",
    &[],
);
pub(super) const DOCKER_PLATFORM_OF_THE_MACHINE: Requirement = loses(
    "platform-of-the-machine",
    View::Docker,
    conditions::docker_has_host_platform,
    "https://github.com/docker/cli/issues/5476",
    REPACK,
);
pub(super) const ATTESTATIONS_KEPT: Requirement = loses(
    "attestations-kept",
    View::Any,
    conditions::keeps_attestations,
    "https://docs.docker.com/build/metadata/attestations/attestation-storage/",
    &[],
);
pub(super) const ALL_MANIFESTS: Requirement = refuses(
    "all-manifests",
    View::Index,
    conditions::has_all_manifests,
    "https://github.com/kubernetes-sigs/kind/issues/3795",
    &[Repair::Prune],
);
pub(super) const DISTRIBUTABLE_LAYERS: Requirement = refuses(
    "layers-in-the-file",
    View::Index,
    conditions::has_distributable_layers,
    "https://github.com/containerd/containerd/issues/4396",
    &[],
);
pub(super) const LAYERS_COPIED: Requirement = loses(
    "layers-copied",
    View::Index,
    conditions::copies_all_layers,
    "https://github.com/opencontainers/image-spec/blob/v1.1.0/layer.md#non-distributable-layers",
    &[],
);
pub(super) const LISTED_SIZES: Requirement = refuses(
    "listed-sizes",
    View::Index,
    conditions::lists_right_sizes,
    "https://github.com/opencontainers/image-spec/blob/v1.1.0/descriptor.md",
    &[Repair::Sizes],
);
/// `oras copy --recursive` copies them; the others have no such option.
pub(super) const REFERRERS_KEPT: Requirement = loses(
    "referrers-kept",
    View::Index,
    conditions::keeps_referrers,
    "https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#listing-referrers",
    &[],
);
pub(super) const VIEWS_AGREE: Requirement =
    loses("views-agree", View::Any, conditions::views_agree, "https://github.com/moby/moby/issues/51389", &[]);
