//! What each target requires of a file: the one table of it, each row with the public source that it rests on and the
//! repairs that meet it.

mod container;
mod docker;
mod documents;
mod index;
mod losses;

use super::checks::Case;
use super::repair::Repair;
use crate::ops::target::Target::{self, *};

/// What happens where a requirement is not met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// The target refuses the file.
    Refuses,
    /// The target accepts the file and loses or lacks something.
    But,
}

/// Under which of the two descriptions a requirement counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Under {
    /// Whichever the target goes by.
    Any,
    /// `index.json`.
    Index,
    /// `manifest.json`.
    Docker,
}

/// One requirement of some targets.
pub struct Requirement {
    /// Its name in reports.
    pub name: &'static str,
    /// Who has it.
    pub targets: &'static [Target],
    /// The version that no longer has it, where there is one.
    pub fixed_in: Option<&'static [u32]>,
    /// The version that has it first, where older ones do not.
    pub since: Option<&'static [u32]>,
    /// Where in public it can be read.
    pub source: &'static str,
    /// What may meet it, in the order in which it is tried; empty where nothing does.
    pub repairs: &'static [Repair],
    pub(super) under: Under,
    pub(super) effect: Effect,
    /// What is not as required; None when it is.
    pub(super) unmet: fn(&Case<'_, '_>) -> Option<String>,
}

impl std::fmt::Debug for Requirement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// Writing the file in the format of the target is enough.
const REPACK: &[Repair] = &[Repair::Format];
const ONE_ENTRY: &[Repair] = &[Repair::ImagesOnly, Repair::ChooseName];

const ARCHIVES_ONLY: &[Target] =
    &[DockerClassic, Docker, DockerContainerd, SkopeoOciArchive, SkopeoDockerArchive, Ctr, Kind, K3s];
const PROGRAMS: &[Target] = &[
    DockerClassic,
    Docker,
    DockerContainerd,
    Podman,
    SkopeoOciArchive,
    SkopeoOci,
    SkopeoDockerArchive,
    Ctr,
    Kind,
    K3s,
    Crane,
    Umoci,
];
const CONTAINERS_IMAGE: &[Target] = &[Podman, SkopeoOciArchive, SkopeoOci];
const CONTAINERD: &[Target] = &[DockerContainerd, Ctr, Kind, K3s];
/// Those that unpack what they import, and fail where that fails; docker says so and goes on.
const UNPACKING: &[Target] = &[Ctr, Kind, K3s];
const REGISTRIES: &[Target] = &[RegistryNoAttestations, RegistryNoSubject];

const OCI_TRANSPORT: &str = "https://github.com/containers/image/blob/main/docs/containers-transports.5.md";
const LAYOUT_SPEC: &str = "https://github.com/opencontainers/image-spec/blob/v1.1.0/image-layout.md";
const DOCKER_LOAD: &str = "https://docs.docker.com/reference/cli/docker/image/load/";

/// All requirements: of the container, of `index.json`, of the documents themselves, of `manifest.json`, then what is lost on the way.
pub fn requirements() -> impl Iterator<Item = &'static Requirement> {
    [container::CONTAINER, index::INDEX, documents::DOCUMENTS, docker::DOCKER, losses::LOSSES].into_iter().flatten()
}

const fn refuses(
    name: &'static str,
    targets: &'static [Target],
    under: Under,
    unmet: fn(&Case<'_, '_>) -> Option<String>,
    source: &'static str,
    repairs: &'static [Repair],
) -> Requirement {
    Requirement { name, targets, fixed_in: None, since: None, source, repairs, under, effect: Effect::Refuses, unmet }
}

const fn but(
    name: &'static str,
    targets: &'static [Target],
    under: Under,
    unmet: fn(&Case<'_, '_>) -> Option<String>,
    source: &'static str,
    repairs: &'static [Repair],
) -> Requirement {
    Requirement { effect: Effect::But, ..refuses(name, targets, under, unmet, source, repairs) }
}
