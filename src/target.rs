//! The programs and services that a file is meant for, by the names that `--for` takes.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::near;

/// A program or service that reads image files, or takes what they hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Target {
    /// `docker load` before version 25.
    DockerClassic,
    /// `docker load` from version 25 on, with the classic image store.
    Docker,
    /// `docker load` with the containerd image store, the default from version 29 on.
    DockerContainerd,
    /// `podman load`.
    Podman,
    /// skopeo's `oci-archive:`, an archive.
    SkopeoOciArchive,
    /// skopeo's `oci:`, a directory.
    SkopeoOci,
    /// skopeo's `docker-archive:`.
    SkopeoDockerArchive,
    /// `ctr image import`.
    Ctr,
    /// `kind load image-archive`, which imports all platforms.
    Kind,
    /// Archives in the images folder of k3s, of which it imports all platforms.
    K3s,
    /// umoci, a directory.
    Umoci,
    /// `trivy image --input`.
    Trivy,
    /// `dive docker-archive://`.
    Dive,
    /// `diffoci load`, before `diffoci diff`.
    Diffoci,
    /// `imageArchives` of `zarf package create`.
    Zarf,
    /// `skopeo copy --all` of any of its transports to a registry.
    SkopeoPush,
    /// `crane push` and `crane validate --tarball`.
    Crane,
    /// `oras copy --from-oci-layout` to a registry or another layout.
    Oras,
    /// `docker buildx imagetools` with `oci-layout://`.
    Imagetools,
    /// Registries and tools that refuse attestations: they take an index for a list of images to run.
    RegistryNoAttestations,
    /// Registries that refuse manifests with `subject`.
    RegistryNoSubject,
}

/// Which description of an image file a program goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// `index.json` alone.
    Index,
    /// `manifest.json` alone.
    Docker,
    /// `index.json`, and `manifest.json` where that is absent.
    IndexFirst,
    /// `manifest.json`, and `index.json` where that is absent.
    DockerFirst,
    /// `index.json`, and `manifest.json` where the program refuses that.
    Either,
    /// `index.json` of a directory, and `manifest.json` of an archive.
    ByContainer,
}

struct Row {
    target: Target,
    name: &'static str,
    title: &'static str,
    reads: Reads,
}

/// In the order in which reports list them.
const ROWS: [Row; 21] = [
    row(Target::Docker, "docker", "docker 25 and later, classic store", Reads::Docker),
    row(Target::DockerContainerd, "docker-containerd", "docker with the containerd store", Reads::IndexFirst),
    row(Target::DockerClassic, "docker-classic", "docker before 25", Reads::Docker),
    row(Target::Podman, "podman", "podman", Reads::Either),
    row(Target::Ctr, "ctr", "ctr (containerd)", Reads::IndexFirst),
    row(Target::Kind, "kind", "kind", Reads::IndexFirst),
    row(Target::K3s, "k3s", "k3s", Reads::IndexFirst),
    row(Target::SkopeoOciArchive, "skopeo-oci-archive", "skopeo oci-archive:", Reads::Index),
    row(Target::SkopeoDockerArchive, "skopeo-docker-archive", "skopeo docker-archive:", Reads::Docker),
    row(Target::SkopeoOci, "skopeo-oci", "skopeo oci:", Reads::Index),
    row(Target::Umoci, "umoci", "umoci", Reads::Index),
    row(Target::Trivy, "trivy", "trivy image --input", Reads::ByContainer),
    row(Target::Dive, "dive", "dive docker-archive://", Reads::DockerFirst),
    row(Target::Diffoci, "diffoci", "diffoci load", Reads::IndexFirst),
    row(Target::Zarf, "zarf", "zarf imageArchives", Reads::Index),
    row(Target::SkopeoPush, "skopeo-push", "skopeo copy --all to a registry", Reads::Either),
    row(Target::Crane, "crane", "crane push", Reads::ByContainer),
    row(Target::Oras, "oras", "oras copy --from-oci-layout", Reads::Index),
    row(Target::Imagetools, "imagetools", "docker buildx imagetools, oci-layout://", Reads::Index),
    row(
        Target::RegistryNoAttestations,
        "registry-no-attestations",
        "registries that refuse attestations",
        Reads::IndexFirst,
    ),
    row(Target::RegistryNoSubject, "registry-no-subject", "registries that refuse `subject`", Reads::IndexFirst),
];

const fn row(target: Target, name: &'static str, title: &'static str, reads: Reads) -> Row {
    Row { target, name, title, reads }
}

impl Target {
    /// All targets, in the order in which reports list them.
    pub fn all() -> impl Iterator<Item = Target> {
        ROWS.iter().map(|row| row.target)
    }

    /// The name that `--for` takes.
    pub fn name(self) -> &'static str {
        self.row().map_or("", |row| row.name)
    }

    /// The name for people.
    pub fn title(self) -> &'static str {
        self.row().map_or("", |row| row.title)
    }

    /// Which description it goes by.
    pub fn reads(self) -> Reads {
        self.row().map_or(Reads::IndexFirst, |row| row.reads)
    }

    fn row(self) -> Option<&'static Row> {
        ROWS.iter().find(|row| row.target == self)
    }
}

/// A version of a program: numbers between points.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(Vec<u32>);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.0.iter().map(u32::to_string).collect();
        f.pad(&parts.join("."))
    }
}

impl FromStr for Version {
    type Err = UnknownTarget;

    fn from_str(text: &str) -> Result<Self, UnknownTarget> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let parts: Result<Vec<u32>, _> = text.split('.').map(str::parse).collect();
        parts.map(Version).map_err(|_| UnknownTarget(text.to_owned()))
    }
}

/// What `--for` names: a target, and where that matters the version of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The target.
    pub target: Target,
    /// Its version; the newest when none is given.
    pub version: Option<Version>,
}

impl Asked {
    /// The newest version of a target.
    pub fn newest(target: Target) -> Self {
        Asked { target, version: None }
    }

    /// Whether what versions before `fixed` do concerns this one; `fixed` is a version that was written down here.
    pub fn is_before(&self, fixed: &[u32]) -> bool {
        self.version.as_ref().is_some_and(|version| version.0.as_slice() < fixed)
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.version {
            Some(version) => f.pad(&format!("{}@{version}", self.target.name())),
            None => f.pad(self.target.name()),
        }
    }
}

/// The text is no target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a target{question}; use one of {names}, optionally with a version, for example \
    skopeo-docker-archive@1.9",
    question = question(.0), names = names()
)]
pub struct UnknownTarget(pub String);

fn question(written: &str) -> String {
    near::question(near::nearest(written, ROWS.iter().map(|row| row.name)).as_deref())
}

fn names() -> String {
    let names: Vec<&str> = ROWS.iter().map(|row| row.name).collect();
    names.join(", ")
}

impl FromStr for Target {
    type Err = UnknownTarget;

    fn from_str(text: &str) -> Result<Self, UnknownTarget> {
        let found = ROWS.iter().find(|row| row.name == text).map(|row| row.target);
        let other_spelling = || match text {
            "containerd" => Some(Target::Ctr),
            "docker-24" => Some(Target::DockerClassic),
            "oci-archive" | "oci-archive:" => Some(Target::SkopeoOciArchive),
            "oci" | "oci:" => Some(Target::SkopeoOci),
            "docker-archive" | "docker-archive:" => Some(Target::SkopeoDockerArchive),
            "crane-push" => Some(Target::Crane),
            "oras-push" | "oras-copy" => Some(Target::Oras),
            _ => None,
        };
        found.or_else(other_spelling).ok_or_else(|| UnknownTarget(text.to_owned()))
    }
}

impl FromStr for Asked {
    type Err = UnknownTarget;

    fn from_str(text: &str) -> Result<Self, UnknownTarget> {
        let (name, version) = text.split_once('@').map_or((text, None), |(name, version)| (name, Some(version)));
        let version = version.map(|version| version.parse().map_err(|_| UnknownTarget(text.to_owned())));
        Ok(Asked { target: name.parse()?, version: version.transpose()? })
    }
}

impl Serialize for Target {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl Serialize for Asked {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_again() {
        for target in Target::all() {
            assert_eq!(target.name().parse(), Ok(target));
            assert!(!target.title().is_empty());
        }
        assert_eq!("containerd".parse(), Ok(Target::Ctr));
        assert!("skopeo".parse::<Target>().unwrap_err().to_string().contains("skopeo-oci-archive"));
    }

    #[test]
    fn versions() {
        let asked: Asked = "podman@v4.3.1".parse().unwrap();
        assert_eq!((asked.target, asked.to_string()), (Target::Podman, "podman@4.3.1".to_owned()));
        assert!(asked.is_before(&[5]) && asked.is_before(&[4, 10]) && !asked.is_before(&[4, 3]));
        assert!(!Asked::newest(Target::Podman).is_before(&[99]), "the newest is before nothing");
        assert!("podman@x".parse::<Asked>().is_err());
    }
}
