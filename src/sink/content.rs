//! What one file of the output is made of.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Cursor, Read};

use crate::digest::Digest;
use crate::progress::Meter;
use crate::tar_index::{FileRef, ReadAt};

/// The bytes of one file: how many, where they come from, and what their digest has to be.
pub(crate) struct Content<'a> {
    pub(super) promise: Promise,
    pub(super) reader: Box<dyn Read + 'a>,
    /// The file that holds the same bytes, and where, for whoever copies several at once.
    pub(super) file: Option<(FileRef<'a>, u64)>,
}

/// What is known of bytes before they are read.
pub(super) struct Promise {
    /// What they are, for messages: a file and a member of it.
    pub(super) label: String,
    pub(super) size: u64,
    pub(super) digest: Option<Digest>,
    pub(super) meter: Meter,
}

/// Bytes that are in a file. What the file holds behind them is not read.
pub(super) struct FileBytes {
    file: File,
    offset: u64,
    left: u64,
}

impl<'a> Content<'a> {
    /// Bytes in memory.
    pub(crate) fn bytes(label: impl Into<String>, bytes: impl Into<Cow<'a, [u8]>>) -> Self {
        let bytes = bytes.into();
        let size = bytes.len() as u64;
        Self::reader(label, size, Cursor::new(bytes))
    }

    /// What a reader gives: exactly `size` bytes. It is read in large pieces, so it needs no buffer of its own.
    pub(crate) fn reader(label: impl Into<String>, size: u64, reader: impl Read + 'a) -> Self {
        let promise = Promise { label: label.into(), size, digest: None, meter: Meter::default() };
        Content { promise, reader: Box::new(reader), file: None }
    }

    /// The same bytes, which are also in a file from `offset` on.
    #[must_use]
    pub(crate) fn in_file(mut self, file: FileRef<'a>, offset: u64) -> Self {
        self.file = Some((file, offset));
        self
    }

    /// The same bytes, with a meter that counts them as they are copied.
    #[must_use]
    pub(crate) fn metered(mut self, meter: &Meter) -> Self {
        self.promise.meter = meter.clone();
        self
    }

    /// The same bytes, to be written only if they have this digest.
    ///
    /// One of an algorithm that ocikit cannot compute is not checked: it is then copied as it is.
    #[must_use]
    pub(crate) fn verified(mut self, digest: Digest) -> Self {
        self.promise.digest = digest.algorithm().is_some().then_some(digest);
        self
    }

    /// The same bytes for another thread, if they are in a file.
    pub(super) fn stored(self) -> Result<(Promise, FileBytes), Self> {
        let (file, offset) = match self.file {
            Some((FileRef::Own(file), offset)) => (file, offset),
            Some((FileRef::Open(file), offset)) => match file.try_clone() {
                Ok(copy) => (copy, offset),
                Err(_) => return Err(self),
            },
            None => return Err(self),
        };
        let left = self.promise.size;
        Ok((self.promise, FileBytes { file, offset, left }))
    }
}

impl FileBytes {
    /// The file, if it holds these bytes alone.
    #[cfg(target_os = "linux")]
    pub(super) fn whole_file(&self) -> Option<&File> {
        let is_whole = self.offset == 0 && self.file.metadata().is_ok_and(|found| found.len() == self.left);
        is_whole.then_some(&self.file)
    }
}

impl Read for FileBytes {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = usize::try_from(self.left).map_or(buffer.len(), |left| left.min(buffer.len()));
        let count = self.file.read_at(&mut buffer[..room], self.offset)?;
        self.offset += count as u64;
        self.left -= count as u64;
        Ok(count)
    }
}
