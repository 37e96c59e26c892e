//! What targets accept and do not take whole.

use super::{PROGRAMS, REPACK, Requirement, Under, but};
use crate::ops::doctor::checks;
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
        None,
    ),
    but(
        "one-platform",
        PROGRAMS,
        Under::Docker,
        checks::docker_has_fewer_platforms,
        "https://github.com/moby/moby/pull/44833",
        Some("repack {input} --platform PLATFORM --for {target} -o {output}"),
    ),
    but(
        "platform-of-the-machine",
        &[DockerContainerd],
        Under::Index,
        checks::has_host_image,
        "https://github.com/docker/cli/issues/5476",
        None,
    ),
    but(
        "platform-of-the-machine",
        PROGRAMS,
        Under::Docker,
        checks::docker_has_host_platform,
        "https://github.com/docker/cli/issues/5476",
        Some("repack {input} --platform {host} --for {target} -o {output}"),
    ),
    but(
        "all-platforms",
        &[DockerContainerd, Ctr],
        Under::Index,
        checks::has_all_images,
        "https://github.com/kubernetes-sigs/kind/issues/3795",
        Some("platform prune {input} -o {output}"),
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
        Some("ref add {input} NAME -o {output}"),
    ),
    but(
        "attestations-kept",
        &[DockerClassic, Docker, Podman, SkopeoOciArchive, SkopeoOci, SkopeoDockerArchive, Ctr],
        Under::Any,
        checks::keeps_attestations,
        "https://docs.docker.com/build/metadata/attestations/attestation-storage/",
        None,
    ),
    but(
        "image-to-run",
        &[DockerContainerd],
        Under::Index,
        checks::holds_an_image,
        "https://github.com/opencontainers/image-spec/blob/v1.1.0/manifest.md#guidelines-for-artifact-usage",
        None,
    ),
    but(
        "known-layers",
        &[DockerContainerd],
        Under::Index,
        checks::containerd_knows_layers,
        "https://github.com/containerd/containerd/blob/main/core/images/mediatypes.go",
        None,
    ),
    but(
        "layers-in-the-file",
        &[DockerContainerd],
        Under::Index,
        checks::has_foreign_layers,
        "https://github.com/containerd/containerd/issues/4396",
        None,
    ),
    but(
        "one-compression",
        &[Crane],
        Under::Docker,
        checks::one_compression,
        "https://github.com/google/go-containerregistry/blob/main/pkg/v1/tarball/image.go",
        REPACK,
    ),
    but(
        "views-agree",
        PROGRAMS,
        Under::Any,
        checks::views_agree,
        "https://github.com/moby/moby/issues/51389",
        Some("compare {input}"),
    ),
];
