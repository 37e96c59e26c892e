//! What an edit names: entries of lists, and what they are to reference.

use crate::digest::Digest;
use crate::doc::descriptor_text;
use crate::graph::{NodeId, Role};
use crate::media_type::MediaType;

/// The entries of `index.json` that an edit is about. What only the others reference keeps its bytes, even where both
/// reference it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// All: every name follows.
    All,
    /// Those at these places of [`Graph::roots`](crate::graph::Graph::roots): the names that were selected.
    Roots(Vec<usize>),
}

/// A document that lists descriptors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Holder {
    /// `index.json`.
    IndexJson,
    /// An index or manifest of the graph.
    Node(NodeId),
}

/// One entry of a list of manifests: `/manifests/<number>` of its holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot {
    /// The document.
    pub holder: Holder,
    /// The number in the stored list.
    pub number: u32,
}

impl Slot {
    /// The JSON pointer to the descriptor within the holder.
    pub fn pointer(self) -> String {
        Role::Manifest(self.number).pointer()
    }
}

/// A layer that an image has after an edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StackLayer {
    /// The layer that it had under this number, counted from 0, the bottom.
    Kept(usize),
    /// A new blob.
    New {
        /// Its digest.
        digest: Digest,
        /// The digest of its uncompressed bytes.
        diff_id: Digest,
        /// Its descriptor, as JSON text.
        descriptor: String,
    },
}

/// What a descriptor is to reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Referent {
    /// `mediaType`
    pub media_type: MediaType,
    /// `digest`
    pub digest: Digest,
    /// `size`, in bytes.
    pub size: u64,
}

impl Referent {
    /// A descriptor that references it, as JSON text, with these members after the required ones.
    pub(crate) fn descriptor(&self, others: &[(&str, String)]) -> String {
        descriptor_text(self.media_type.as_str(), &self.digest, self.size, others)
    }
}
