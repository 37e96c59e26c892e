//! Writing the tar archive of a file system: a layer, or what `export` gives.
//!
//! An entry has all that an image can say about a file, and the same entries give the same bytes. Fields are in ustar
//! (POSIX.1-2024, `pax`) where they fit it and in PAX records where they do not, as Go's `archive/tar` writes them; names
//! are bytes in both, whatever their encoding. The order of the entries is the caller's.

use std::io::{self, Write};

use super::pax::{END, padding};
use super::tar_entry::{TarEntry, refused};

/// The archive of a file system that is being written.
///
/// [`LayerTar::append`] adds an entry with its content. Where the content comes in pieces, [`LayerTar::begin`] begins the
/// entry, and the pieces are written to the archive itself ([`Write`]).
pub(crate) struct LayerTar<W> {
    writer: W,
    /// Content of the current entry that is still to come, and its padding.
    left: u64,
    padding: &'static [u8],
    /// Kept for its capacity.
    headers: Vec<u8>,
}

impl<W: Write> LayerTar<W> {
    /// An archive that is written in pieces of any size: the writer should have a buffer.
    pub(crate) fn new(writer: W) -> Self {
        LayerTar { writer, left: 0, padding: &[], headers: Vec::new() }
    }

    /// Begins an entry, whose content is then written to the archive.
    ///
    /// # Errors
    ///
    /// When a name cannot be in an archive, when the entry before did not get all its content, and those of writing.
    pub(crate) fn begin(&mut self, entry: &TarEntry<'_>) -> io::Result<()> {
        self.end_entry()?;
        self.headers.clear();
        entry.headers(&mut self.headers)?;
        self.writer.write_all(&self.headers)?;
        self.left = entry.content_size();
        self.padding = padding(self.left);
        Ok(())
    }

    /// Ends the archive and gives back the writer, which is not flushed.
    ///
    /// # Errors
    ///
    /// When the last entry did not get all its content, and those of writing.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        self.end_entry()?;
        self.writer.write_all(&END)?;
        Ok(self.writer)
    }

    fn end_entry(&mut self) -> io::Result<()> {
        if self.left > 0 {
            return Err(refused("the content is shorter than its size"));
        }
        self.writer.write_all(std::mem::take(&mut self.padding))
    }
}

impl<W: Write> Write for LayerTar<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() as u64 > self.left {
            return Err(refused("the content is longer than its size"));
        }
        let written = self.writer.write(bytes)?;
        self.left -= written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

#[cfg(test)]
mod tests;
