//! What one file of the output is made of.

use std::borrow::Cow;
use std::io::{Cursor, Read};

use crate::digest::Digest;
use crate::progress::Meter;
use crate::tar_index::FileRef;

/// The bytes of one file: how many, where they come from, and what their digest has to be.
pub struct Content<'a> {
    /// What they are, for messages: a file and a member of it.
    pub(super) label: String,
    pub(super) size: u64,
    pub(super) digest: Option<Digest>,
    pub(super) reader: Box<dyn Read + 'a>,
    /// The file that holds the same bytes, and where, for the system to copy them by itself.
    pub(super) file: Option<(FileRef<'a>, u64)>,
    pub(super) meter: Meter,
}

impl<'a> Content<'a> {
    /// Bytes in memory.
    pub fn bytes(label: impl Into<String>, bytes: impl Into<Cow<'a, [u8]>>) -> Self {
        let bytes = bytes.into();
        let size = bytes.len() as u64;
        Self::reader(label, size, Cursor::new(bytes))
    }

    /// What a reader gives: exactly `size` bytes. It is read in large pieces, so it needs no buffer of its own.
    pub fn reader(label: impl Into<String>, size: u64, reader: impl Read + 'a) -> Self {
        let reader = Box::new(reader);
        Content { label: label.into(), size, digest: None, reader, file: None, meter: Meter::default() }
    }

    /// The same bytes, which also stand in a file from `offset` on.
    #[must_use]
    pub(crate) fn in_file(mut self, file: FileRef<'a>, offset: u64) -> Self {
        self.file = Some((file, offset));
        self
    }

    /// The same bytes, with a meter that is told as they are copied.
    #[must_use]
    pub fn metered(mut self, meter: &Meter) -> Self {
        self.meter = meter.clone();
        self
    }

    /// The same bytes, to be written only if they have this digest.
    ///
    /// One of an algorithm that ocikit cannot compute is not checked: it is then copied as it is.
    #[must_use]
    pub fn verified(mut self, digest: Digest) -> Self {
        self.digest = digest.algorithm().is_some().then_some(digest);
        self
    }
}
