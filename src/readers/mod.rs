//! What each reader of image files requires, loses and loads: a file for each reader, the facts about a file that they
//! ask, and the prediction that follows.
//!
//! Floor: above `views`, separate from `edit`: neither imports the other, and `ops` brings them together.

mod conditions;
mod containerd;
mod containers_image;
mod crane;
mod ctr;
mod diffoci;
mod dive;
mod docker;
mod docker_containerd;
mod file_facts;
mod imagetools;
mod instances;
mod kind;
mod names;
mod oras;
mod podman;
mod predict;
mod reader;
mod registries;
mod repair;
mod requirements;
mod skopeo;
mod skopeo_push;
mod trivy;
mod umoci;
mod zarf;

pub use predict::{Loads, Prediction, Reason, Verdict};
pub use reader::Requirement;
pub(crate) use repair::Repair;

use crate::error::Error;
use crate::graph::Selector;
use crate::image::Image;
use crate::limits::Limits;
use crate::platform::Platform;
use crate::target::{Asked, Target};
use file_facts::{By, FileFacts};
use reader::Reader;

fn reader(target: Target) -> &'static Reader {
    match target {
        Target::DockerClassic => &docker::DOCKER_CLASSIC,
        Target::Docker => &docker::DOCKER,
        Target::DockerContainerd => &docker_containerd::DOCKER_CONTAINERD,
        Target::Podman => &podman::PODMAN,
        Target::SkopeoOciArchive => &skopeo::OCI_ARCHIVE,
        Target::SkopeoOci => &skopeo::OCI,
        Target::SkopeoDockerArchive => &skopeo::DOCKER_ARCHIVE,
        Target::Ctr => &ctr::CTR,
        Target::Kind => &kind::KIND,
        Target::K3s => &kind::K3S,
        Target::Umoci => &umoci::UMOCI,
        Target::Trivy => &trivy::TRIVY,
        Target::Dive => &dive::DIVE,
        Target::Diffoci => &diffoci::DIFFOCI,
        Target::Zarf => &zarf::ZARF,
        Target::SkopeoPush => &skopeo_push::SKOPEO_PUSH,
        Target::Crane => &crane::CRANE,
        Target::Oras => &oras::ORAS,
        Target::Imagetools => &imagetools::IMAGETOOLS,
        Target::RegistryNoAttestations => &registries::REGISTRY_NO_ATTESTATIONS,
        Target::RegistryNoSubject => &registries::REGISTRY_NO_SUBJECT,
    }
}

/// Whether a target accepts a file with this name in it: in full, or a tag alone.
pub(crate) fn accepts_name(target: Target, name: &str) -> bool {
    (reader(target).accepts_name)(name)
}

/// What a target requires of a file.
pub fn requirements(target: Target) -> impl Iterator<Item = &'static Requirement> {
    reader(target).requirements.iter().copied().flatten()
}

/// The targets that accept one entry in `index.json`: those that refuse several, and those that need the name of one.
pub(crate) fn of_one_entry() -> (Vec<Target>, Vec<Target>) {
    let is_of_one = |target: &Target| requirements(*target).any(|row| row.name == "one-entry");
    Target::all().filter(is_of_one).partition(|&target| !reader(target).chooses.contains(&By::Name))
}

/// How a file is read.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    /// The platform of the machine that reads the file.
    pub host: Platform,
    /// Which image; what a program does without being told which by default.
    pub selector: Selector,
    /// The limits.
    pub limits: Limits,
}

impl Default for Reading {
    fn default() -> Self {
        Reading { host: Platform::new("linux", "amd64"), selector: Selector::default(), limits: Limits::default() }
    }
}

/// Predicts what targets do with a file. Reads documents, and of each layer of a docker archive the first bytes.
///
/// # Errors
///
/// When the selector fits nothing, or a document cannot be read.
pub(crate) fn predict(image: &Image, targets: &[Asked], reading: &Reading) -> Result<Vec<Prediction>, Error> {
    image.graph.require_read(image.source.label())?;
    let facts = FileFacts::of(image, reading)?;
    Ok(targets.iter().map(|asked| predict::predict(&facts, reader(asked.target), asked)).collect())
}
