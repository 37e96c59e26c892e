//! What targets accept and do not take whole.

use super::{PROGRAMS, REPACK, Requirement, Under, but};
use crate::ops::readers::checks;
use crate::ops::readers::repair::Repair;
use crate::ops::target::Target::{
    Crane, Ctr, Docker, DockerClassic, DockerContainerd, K3s, Podman, SkopeoDockerArchive, SkopeoOci, SkopeoOciArchive,
};

pub(super) static LOSSES: &[Requirement] = &[
    but(
        "one-platform",
        &[Podman, SkopeoOciArchive, SkopeoOci, Ctr],
        Under::Index,
        checks::loads_one_platform,
        "https://github.com/containers/skopeo/blob/main/docs/skopeo-copy.1.md",
        &[],
    ),
    but(
        "one-platform",
        PROGRAMS,
        Under::Docker,
        checks::docker_has_fewer_platforms,
        "https://github.com/moby/moby/pull/44833",
        &[],
    ),
    but(
        "platform-of-the-machine",
        &[DockerContainerd],
        Under::Index,
        checks::has_host_image,
        "https://github.com/docker/cli/issues/5476",
        &[],
    ),
    but(
        "platform-of-the-machine",
        PROGRAMS,
        Under::Docker,
        checks::docker_has_host_platform,
        "https://github.com/docker/cli/issues/5476",
        REPACK,
    ),
    but(
        "all-platforms",
        &[DockerContainerd, Ctr],
        Under::Index,
        checks::has_all_images,
        "https://github.com/kubernetes-sigs/kind/issues/3795",
        &[],
    ),
    but(
        "name-kept",
        &[Podman],
        Under::Index,
        checks::is_no_directory,
        "https://github.com/containers/common/blob/main/libimage/load.go",
        REPACK,
    ),
    but(
        "names",
        &[Ctr, K3s],
        Under::Index,
        checks::some_are_unnamed,
        "https://github.com/containerd/containerd/blob/main/client/import.go",
        &[],
    ),
    but(
        "names",
        &[Ctr, K3s],
        Under::Docker,
        checks::docker_some_are_unnamed,
        "https://github.com/containerd/containerd/blob/main/client/import.go",
        &[],
    ),
    but(
        "name-to-run",
        &[DockerContainerd],
        Under::Index,
        checks::has_name_to_run,
        "https://github.com/containerd/containerd/blob/main/core/images/archive/reference.go",
        &[Repair::Names],
    ),
    but(
        "attestations-kept",
        &[DockerClassic, Docker, Podman, SkopeoOciArchive, SkopeoOci, SkopeoDockerArchive, Ctr],
        Under::Any,
        checks::keeps_attestations,
        "https://docs.docker.com/build/metadata/attestations/attestation-storage/",
        &[],
    ),
    but(
        "image-to-run",
        &[DockerContainerd],
        Under::Index,
        checks::holds_an_image,
        "https://github.com/opencontainers/image-spec/blob/v1.1.0/manifest.md#guidelines-for-artifact-usage",
        &[],
    ),
    but(
        "known-layers",
        &[DockerContainerd],
        Under::Index,
        checks::containerd_knows_layers,
        "https://github.com/containerd/containerd/blob/main/core/images/mediatypes.go",
        &[],
    ),
    but(
        "layers-in-the-file",
        &[DockerContainerd],
        Under::Index,
        checks::has_foreign_layers,
        "https://github.com/containerd/containerd/issues/4396",
        &[],
    ),
    but(
        "one-compression",
        &[Crane],
        Under::Docker,
        checks::one_compression,
        "https://github.com/google/go-containerregistry/blob/main/pkg/v1/tarball/image.go",
        REPACK,
    ),
    but("views-agree", PROGRAMS, Under::Any, checks::views_agree, "https://github.com/moby/moby/issues/51389", &[]),
];
