//! A new tar archive: in a file that takes its name when it is whole, or in a stream.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use super::copier::{Copier, Place};
use super::encoder::{Encoder, Level};
use super::pax::{END, padding};
use super::scratch::{self, ScratchFile};
use super::tar::TarEntries;
use super::write_at::write_all_at;
use super::{Content, Target, copy};
use crate::error::Error;
use crate::media_type::Compression;
use crate::parallel;

/// How an archive is written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ArchiveOptions {
    /// The time of every entry, in seconds since 1970.
    pub mtime: u64,
    /// How the archive as a whole is compressed: not at all, gzip or zstd.
    pub compression: Compression,
}

impl Default for ArchiveOptions {
    fn default() -> Self {
        ArchiveOptions { mtime: 0, compression: Compression::None }
    }
}

/// An archive that is being written.
pub(crate) struct Archive<'w> {
    path: String,
    entries: TarEntries,
    output: Output<'w>,
    /// Bytes of the archive so far, before compression.
    length: u64,
}

enum Output<'w> {
    /// A file into which several large contents are copied at once.
    Plain { scratch: ScratchFile, file: Arc<File>, copier: Copier, target: PathBuf },
    /// A compressed file.
    Packed { scratch: ScratchFile, encoder: Encoder<Box<dyn Write + 'w>>, target: PathBuf },
    /// A stream.
    Stream(Encoder<Box<dyn Write + 'w>>),
}

impl Archive<'static> {
    /// Begins an archive at a path. Nothing has the path's name until [`Archive::finish`]; an archive that is dropped
    /// before leaves nothing behind.
    ///
    /// # Errors
    ///
    /// When the path is a directory, or its folder cannot be written to.
    pub(crate) fn create(target: &Target, options: ArchiveOptions) -> Result<Self, Error> {
        let path = target.path().display().to_string();
        let failed = |source| Error::Write { path: path.clone(), source };
        let target = match target {
            Target::File(target) => target.clone(),
            Target::Directory(_) => return Err(failed(io::Error::from(io::ErrorKind::IsADirectory))),
            Target::Stream(stream) => {
                let stream = OpenOptions::new().write(true).open(stream).map_err(failed)?;
                return Archive::to_writer(path.clone(), Box::new(stream), options);
            }
        };
        let folder = scratch::folder_of(&target);
        scratch::clean(&folder);
        let scratch = ScratchFile::create(&folder).map_err(failed)?;
        let file = Arc::new(scratch.file().try_clone().map_err(failed)?);
        let output = match options.compression {
            Compression::None => Output::Plain { scratch, file, copier: Copier::default(), target },
            compression => {
                let buffered = io::BufWriter::with_capacity(256 << 10, file);
                let encoder = Encoder::new(
                    Box::new(buffered) as Box<dyn Write>,
                    compression,
                    Level::DEFAULT,
                    parallel::threads(0),
                )
                .map_err(failed)?;
                Output::Packed { scratch, encoder, target }
            }
        };
        Ok(Archive { path, entries: TarEntries::new(options.mtime), output, length: 0 })
    }
}

impl<'w> Archive<'w> {
    /// Begins an archive in a stream; `path` is its name for messages.
    ///
    /// # Errors
    ///
    /// When the compression cannot begin.
    pub(crate) fn to_writer(path: String, writer: Box<dyn Write + 'w>, options: ArchiveOptions) -> Result<Self, Error> {
        let writer: Box<dyn Write + 'w> = Box::new(io::BufWriter::with_capacity(256 << 10, writer));
        let encoder = Encoder::new(writer, options.compression, Level::DEFAULT, parallel::threads(0))
            .map_err(|source| Error::Write { path: path.clone(), source })?;
        Ok(Archive { path, entries: TarEntries::new(options.mtime), output: Output::Stream(encoder), length: 0 })
    }

    /// Adds a file, and before it the folders that it is in.
    ///
    /// # Errors
    ///
    /// When the content cannot be read, is not what it should be, or cannot be written. Large content is copied while this
    /// goes on; what is wrong with it may be reported by a later call.
    pub(crate) fn file(&mut self, name: &str, content: Content<'_>) -> Result<(), Error> {
        let size = content.promise.size;
        let header = self.entries.file(name, size).map_err(|source| self.failed(source))?;
        self.write(&header)?;
        match &mut self.output {
            Output::Plain { file, copier, .. } => {
                let file = Arc::clone(file);
                copier.copy(content, Place { file, offset: self.length, path: self.path.clone(), sync: false })?;
            }
            Output::Packed { encoder, .. } | Output::Stream(encoder) => copy::through(content, encoder, &self.path)?,
        }
        self.length += size;
        self.write(padding(size))
    }

    /// Adds a symbolic link.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub(crate) fn link(&mut self, name: &str, target: &str) -> Result<(), Error> {
        let header = self.entries.link(name, target).map_err(|source| self.failed(source))?;
        self.write(&header)
    }

    /// Ends the archive, waits for the copies, syncs it and gives it its name. Says how many bytes were written.
    ///
    /// # Errors
    ///
    /// When content had another digest, or the end cannot be written; then nothing has the name.
    pub(crate) fn finish(mut self) -> Result<u64, Error> {
        self.write(&END)?;
        let failed = |source| Error::Write { path: self.path.clone(), source };
        let (scratch, target) = match self.output {
            Output::Plain { scratch, mut copier, target, .. } => {
                copier.finish()?;
                (scratch, target)
            }
            Output::Packed { scratch, encoder, target } => {
                encoder.finish().and_then(|mut inner| inner.flush()).map_err(failed)?;
                (scratch, target)
            }
            Output::Stream(encoder) => {
                encoder.finish().and_then(|mut inner| inner.flush()).map_err(failed)?;
                return Ok(self.length);
            }
        };
        let written = scratch.file().metadata().map_err(failed)?.len();
        scratch.persist(&target).map_err(failed)?;
        scratch::sync_folder(&scratch::folder_of(&target)).map_err(failed)?;
        Ok(written)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let written = match &mut self.output {
            Output::Plain { file, .. } => write_all_at(file, bytes, self.length),
            Output::Packed { encoder, .. } | Output::Stream(encoder) => encoder.write_all(bytes),
        };
        self.length += bytes.len() as u64;
        written.map_err(|source| self.failed(source))
    }

    fn failed(&self, source: io::Error) -> Error {
        Error::Write { path: self.path.clone(), source }
    }
}
