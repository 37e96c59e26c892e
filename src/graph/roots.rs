//! Where the graph begins: the entries of `index.json` and the images of `manifest.json`.

use super::{Graph, NodeId, cosign_tag, cut_tag};
use crate::doc::annotations::{CONTAINERD_NAME, REF_NAME};
use crate::doc::{Descriptor, DockerImage};

/// One entry of `index.json`.
#[derive(Debug, Clone)]
pub struct Root {
    /// Its number in the stored list.
    pub number: u32,
    /// The descriptor.
    pub descriptor: Descriptor,
    /// What it references; None when its digest is no digest.
    pub node: Option<NodeId>,
}

impl Root {
    /// The name that says most: the full name where one is given, else the reference name.
    pub fn name(&self) -> Option<&str> {
        let annotations = &self.descriptor.annotations;
        annotations.get(CONTAINERD_NAME).or_else(|| annotations.get(REF_NAME))
    }

    /// Every name it has: `io.containerd.image.name` and `org.opencontainers.image.ref.name`.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        [CONTAINERD_NAME, REF_NAME].into_iter().filter_map(|key| self.descriptor.annotations.get(key))
    }
}

impl Graph {
    /// Whether an entry of `index.json` is there for the sake of another: an attestation, any other referrer, or the index of
    /// referrers under a fallback tag of the distribution specification.
    pub(crate) fn is_about_another(&self, root: &Root) -> bool {
        let tag = root.descriptor.annotations.get(REF_NAME);
        let is_fallback = tag.is_some_and(|tag| cosign_tag(tag).is_some() || cut_tag(tag).is_some());
        is_fallback || root.node.is_some_and(|id| self.is_referrer(id))
    }

    /// Whether a manifest refers to another.
    pub(crate) fn is_referrer(&self, id: NodeId) -> bool {
        self.node(id).kind.is_about_another() || self.referrals_of(id).next().is_some()
    }
}

/// One image of `manifest.json`.
#[derive(Debug, Clone)]
pub struct DockerEntry {
    /// Its number in the stored list.
    pub number: u32,
    /// What the list says of it.
    pub image: DockerImage,
    /// Its config; None when the entry names none.
    pub config: Option<NodeId>,
    /// Its layers, bottom first; None for the empty names that stand for layers kept elsewhere.
    pub layers: Vec<Option<NodeId>>,
}
