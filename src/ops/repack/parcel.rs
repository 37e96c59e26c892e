//! The files of an image file that is put together, before it is written.

use std::collections::BTreeMap;

use crate::digest::{Algorithm, Digest};
use crate::image::Image;
use crate::limits::Limits;
use crate::source::{Part, Source};

/// Files by name.
#[derive(Debug, Clone, Default)]
pub(super) struct Parcel {
    /// What stands for it in messages: the input.
    pub(super) label: String,
    pub(super) files: BTreeMap<String, Part>,
}

impl Parcel {
    pub(super) fn new(label: &str) -> Self {
        Parcel { label: label.to_owned(), files: BTreeMap::new() }
    }

    pub(super) fn put(&mut self, name: &str, part: Part) {
        self.files.insert(name.to_owned(), part);
    }

    /// Adds a blob, unless it is there.
    pub(super) fn blob(&mut self, digest: &Digest, part: Part) {
        self.files.entry(digest.blob_path()).or_insert(part);
    }

    /// Adds a document as a blob and says its digest.
    pub(super) fn document(&mut self, text: String) -> Digest {
        let digest = Algorithm::Sha256.digest(text.as_bytes());
        self.blob(&digest, Part::text(text));
        digest
    }

    /// The image file that it is.
    pub(super) fn load(self, limits: &Limits) -> Image {
        Image::load(Source::assembled(&self.label, self.files, limits), limits)
    }
}
