//! What targets ask of `manifest.json`, and what registries refuse.

use super::{CONTAINERD, OCI_TRANSPORT, ONE_ENTRY, PROGRAMS, REPACK, Requirement, Under, refuses};
use crate::ops::readers::checks;
use crate::ops::readers::repair::Repair;
use crate::ops::target::Target::{
    Crane, Ctr, Docker, DockerClassic, DockerContainerd, K3s, Kind, Podman, RegistryNoAttestations, RegistryNoSubject,
    SkopeoDockerArchive,
};

pub(super) static DOCKER: &[Requirement] = &[
    refuses(
        "files",
        PROGRAMS,
        Under::Docker,
        checks::docker_files,
        "https://github.com/containers/podman/issues/8132",
        &[Repair::Format, Repair::Prune],
    ),
    refuses("one-image", &[SkopeoDockerArchive], Under::Docker, checks::one_docker_image, OCI_TRANSPORT, ONE_ENTRY),
    refuses(
        "one-image",
        &[Crane],
        Under::Docker,
        checks::one_docker_image,
        "https://github.com/google/go-containerregistry/issues/1109",
        ONE_ENTRY,
    ),
    refuses(
        "archive",
        &[Podman],
        Under::Docker,
        checks::is_archive,
        "https://docs.podman.io/en/latest/markdown/podman-load.1.html",
        REPACK,
    ),
    refuses(
        "no-hard-links",
        &[Podman, SkopeoDockerArchive],
        Under::Docker,
        checks::no_hard_links,
        "https://github.com/containers/image/blob/main/docker/internal/tarfile/src.go",
        REPACK,
    ),
    refuses(
        "no-hard-links",
        CONTAINERD,
        Under::Docker,
        checks::no_hard_links,
        "https://github.com/containerd/containerd/blob/main/core/images/archive/importer.go",
        REPACK,
    ),
    refuses(
        "name",
        &[DockerClassic, Docker, DockerContainerd, Podman, Ctr, Kind, K3s],
        Under::Docker,
        checks::docker_names,
        "https://github.com/distribution/reference/blob/main/reference.go",
        &[Repair::Names],
    ),
    // Registries.
    refuses(
        "no-attestations",
        &[RegistryNoAttestations],
        Under::Any,
        checks::no_attestations,
        "https://github.com/docker/buildx/issues/1509",
        &[Repair::NoAttestations],
    ),
    refuses(
        "no-subject",
        &[RegistryNoSubject],
        Under::Any,
        checks::no_subject,
        "https://github.com/moby/buildkit/issues/6171",
        &[Repair::AttestationsInIndex, Repair::NoReferrers],
    ),
];
