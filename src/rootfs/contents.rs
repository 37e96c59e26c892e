//! The contents of regular files, kept while layers are read.

use std::io;
use std::path::Path;

use super::Entry;
use super::scan::pieces;
use crate::error::Error;
use crate::sink::{ContentsFile, ContentsReader, ContentsWriter};
use crate::tar_index::EntryContent;

/// Where contents are kept: each layer is read once, and afterwards every content can be read at its place.
pub(crate) struct Contents(ContentsFile);

impl Contents {
    /// For contents in a temporary file in a folder; in the system's folder for temporary files without one.
    ///
    /// # Errors
    ///
    /// When it cannot be created.
    pub(crate) fn new(folder: Option<&Path>) -> Result<Self, Error> {
        ContentsFile::new(folder).map(Contents)
    }

    pub(super) fn reader(&self) -> ContentsReader<'_> {
        self.0.reader()
    }

    /// Keeps the contents of one layer.
    pub(super) fn of_layer(&self) -> LayerContents<'_> {
        LayerContents { contents: self, writer: self.0.writer(), places: Vec::new(), failed: None }
    }
}

/// The contents of one layer.
pub(super) struct LayerContents<'c> {
    contents: &'c Contents,
    writer: ContentsWriter<'c>,
    /// By the number of the entry.
    places: Vec<u64>,
    /// Why one could not be written, which is no fault of the layer.
    failed: Option<io::Error>,
}

impl LayerContents<'_> {
    /// Takes the content of one entry.
    pub(super) fn take(&mut self, number: u32, entry: &Entry, content: &mut dyn EntryContent) -> io::Result<()> {
        let mut failed = |source: io::Error| {
            self.failed = Some(source);
            io::Error::other("a content could not be kept")
        };
        self.places.resize(number as usize + 1, 0);
        let place = self.writer.begin(entry.size()).map_err(&mut failed)?;
        if let Some(last) = self.places.last_mut() {
            *last = place;
        }
        pieces(content, |piece| self.writer.write(piece).map_err(&mut failed))
    }

    /// The places of all, by the number of the entry.
    ///
    /// # Errors
    ///
    /// When one could not be written.
    pub(super) fn finish(self) -> Result<Vec<u64>, Error> {
        let LayerContents { contents, writer, places, failed } = self;
        let finished = failed.map_or_else(|| writer.finish(), Err);
        finished.map(|()| places).map_err(|source| contents.0.unwritten(source))
    }
}
