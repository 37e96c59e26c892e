//! What targets ask of the container, and which description they need.

use super::{
    ARCHIVES_ONLY, CONTAINERD, DOCKER_LOAD, LAYOUT_SPEC, OCI_TRANSPORT, PROGRAMS, REPACK, Requirement, Under, refuses,
};
use crate::ops::readers::checks;
use crate::ops::target::Target::{
    Crane, Ctr, Docker, DockerClassic, Kind, Podman, SkopeoDockerArchive, SkopeoOci, SkopeoOciArchive, Umoci,
};

pub(super) static CONTAINER: &[Requirement] = &[
    refuses("archive", ARCHIVES_ONLY, Under::Any, checks::is_archive, DOCKER_LOAD, REPACK),
    refuses("directory", &[SkopeoOci, Umoci], Under::Any, checks::is_directory, OCI_TRANSPORT, REPACK),
    refuses("no-top-folder", PROGRAMS, Under::Any, checks::not_wrapped, LAYOUT_SPEC, REPACK),
    refuses("blobs-in-place", PROGRAMS, Under::Index, checks::blobs_in_place, LAYOUT_SPEC, REPACK),
    refuses(
        "not-compressed",
        &[Ctr, Kind],
        Under::Any,
        checks::not_compressed,
        "https://github.com/containerd/containerd/issues/9981",
        REPACK,
    ),
    refuses(
        "not-compressed",
        &[Crane],
        Under::Any,
        checks::not_compressed,
        "https://github.com/google/go-containerregistry/issues/1908",
        REPACK,
    ),
    Requirement {
        fixed_in: Some(&[23]),
        ..refuses(
            "not-zstd",
            &[DockerClassic],
            Under::Any,
            checks::not_zstd,
            "https://github.com/moby/moby/pull/41759",
            REPACK,
        )
    },
    Requirement {
        // Debian's 1.9.3 stops with `unexpected EOF`; 1.22 reads such a file.
        fixed_in: Some(&[1, 22]),
        ..refuses("not-gzip", &[SkopeoDockerArchive], Under::Docker, checks::not_gzip, OCI_TRANSPORT, REPACK)
    },
    Requirement {
        // The same code: Debian's 4.3.1 stops, 5.8 reads such a file.
        fixed_in: Some(&[5]),
        ..refuses("not-gzip", &[Podman], Under::Docker, checks::not_gzip, OCI_TRANSPORT, REPACK)
    },
    // Which description.
    refuses("index.json", &[SkopeoOciArchive, SkopeoOci, Umoci], Under::Any, checks::has_index, OCI_TRANSPORT, REPACK),
    refuses(
        "manifest.json",
        &[DockerClassic, Docker, SkopeoDockerArchive],
        Under::Any,
        checks::has_docker_view,
        "https://github.com/moby/buildkit/issues/4131",
        REPACK,
    ),
    refuses(
        "manifest.json",
        &[Crane],
        Under::Docker,
        checks::has_docker_view,
        "https://github.com/google/go-containerregistry/issues/2109",
        REPACK,
    ),
    refuses("oci-layout", &[Umoci], Under::Index, checks::has_layout_file, LAYOUT_SPEC, REPACK),
    refuses("oci-layout", CONTAINERD, Under::Index, checks::has_known_layout, LAYOUT_SPEC, REPACK),
];
