//! An image file that is open, with its graph: what every engine above reads.
//!
//! Floor: above `graph`, below everything that inspects, checks or changes images.

pub(crate) mod choices;
pub(crate) mod content;
pub(crate) mod docker_files;
pub(crate) mod docker_image;
pub mod given_manifest;
pub(crate) mod history;
mod in_place;
pub(crate) mod layer_findings;
pub mod raw;
pub(crate) mod signatures;
pub(crate) mod statements;

use std::io::{self, BufRead};
use std::sync::Arc;

pub use in_place::InPlace;
use serde::Serialize;

use crate::error::Error;
use crate::graph::{Content, Graph, NodeId};
use crate::limits::Limits;
use crate::source::{Member, Open, Source, misplaced};

/// Whether a number can be left out of a report.
pub(crate) fn is_zero<N: Default + PartialEq>(number: &N) -> bool {
    *number == N::default()
}

/// An image file that is open, with its graph.
#[derive(Debug)]
pub struct Image {
    /// Where its bytes are; shared with whatever is put together from them.
    pub source: Arc<Source>,
    /// What references what.
    pub graph: Graph,
}

impl Image {
    /// Builds the graph of a source.
    pub fn load(source: Source, limits: &Limits) -> Image {
        let graph = Graph::load(&source, limits);
        Image { source: Arc::new(source), graph }
    }

    /// Opens a file or directory for reading in any order.
    ///
    /// # Errors
    ///
    /// When nothing can be read there, or it is no image file at all.
    pub fn open(path: impl AsRef<std::path::Path>) -> Result<Image, Error> {
        let open = Open::default();
        Ok(Image::load(open.open_path(path.as_ref())?, &open.limits))
    }

    /// The bytes of a blob, in order, whether a member or the `data` of a descriptor has them.
    ///
    /// # Errors
    ///
    /// When it is not there, is no regular file any more, or went by in a stream.
    pub(crate) fn content(&self, id: NodeId) -> io::Result<Box<dyn BufRead + Send + '_>> {
        match self.graph.node(id).content {
            Content::Member(member) => self.source.content(member),
            Content::Inline => match self.graph.inline(id) {
                Some(bytes) => Ok(Box::new(bytes)),
                None => Err(io::ErrorKind::NotFound.into()),
            },
            Content::External | Content::Absent => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// The member that holds a blob beside the folder where readers look for it.
    pub(crate) fn misplaced(&self, id: NodeId) -> Option<&Member> {
        let node = self.graph.node(id);
        let (Content::Member(member), Some(digest)) = (node.content, node.key.digest()) else { return None };
        self.source.members().get(member).filter(|member| *member.name == *misplaced(digest))
    }

    /// Bytes of a blob; None where it is not there.
    pub(crate) fn size_of(&self, id: NodeId) -> Option<u64> {
        match self.graph.node(id).content {
            Content::Member(member) => Some(self.source.members()[member].size),
            Content::Inline => self.graph.inline(id).map(|bytes| bytes.len() as u64),
            Content::External | Content::Absent => None,
        }
    }
}

/// How many blobs there are and how large they are together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Amount {
    /// How many.
    pub count: u64,
    /// Bytes of all together.
    pub bytes: u64,
}

impl Amount {
    pub(crate) fn add(&mut self, bytes: u64) {
        self.count += 1;
        self.bytes = self.bytes.saturating_add(bytes);
    }
}
