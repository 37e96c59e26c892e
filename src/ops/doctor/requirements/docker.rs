//! What targets ask of `manifest.json`, and what registries refuse.

use super::{CONTAINERD, OCI_TRANSPORT, ONE_IMAGE, PROGRAMS, REPACK, Requirement, Under, refuses};
use crate::ops::doctor::checks;
use crate::ops::target::Target::{Crane, Podman, RegistryNoAttestations, RegistryNoSubject, SkopeoDockerArchive};

pub(super) static DOCKER: &[Requirement] = &[
    refuses(
        "files",
        PROGRAMS,
        Under::Docker,
        checks::docker_files,
        "https://github.com/containers/podman/issues/8132",
        None,
    ),
    refuses("one-image", &[SkopeoDockerArchive], Under::Docker, checks::one_docker_image, OCI_TRANSPORT, ONE_IMAGE),
    refuses(
        "one-image",
        &[Crane],
        Under::Docker,
        checks::one_docker_image,
        "https://github.com/google/go-containerregistry/issues/1109",
        ONE_IMAGE,
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
    // Registries.
    refuses(
        "no-attestations",
        &[RegistryNoAttestations],
        Under::Any,
        checks::no_attestations,
        "https://github.com/docker/buildx/issues/1509",
        Some("attestation remove {input} -o {output}"),
    ),
    refuses(
        "no-subject",
        &[RegistryNoSubject],
        Under::Any,
        checks::no_subject,
        "https://github.com/moby/buildkit/issues/6171",
        Some("attestation convert {input} --to index -o {output}"),
    ),
];
