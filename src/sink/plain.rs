//! A new file of any bytes, or a stream.

use std::fs::OpenOptions;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use super::scratch::{self, ScratchFile};
use super::{Encoder, Level, Target};
use crate::error::Error;
use crate::media_type::Compression;
use crate::parallel;

/// A file that is being written; it has its name when it is whole.
pub(crate) struct Plain<'w> {
    path: String,
    output: Encoder<BufWriter<Output<'w>>>,
}

enum Output<'w> {
    File { scratch: ScratchFile, target: PathBuf },
    Stream(Box<dyn Write + 'w>),
}

/// A small file of a name that nothing has, not synced; dropped before [`NewFile::finish_before`] it leaves nothing.
#[cfg(unix)]
pub(crate) struct NewFile {
    scratch: ScratchFile,
    target: PathBuf,
}

#[cfg(unix)]
impl NewFile {
    /// Writes it, without its name. What writes it gets a buffered writer.
    pub(crate) fn write(
        target: &std::path::Path,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<Self, Error> {
        let failed = |source| Error::Write { path: target.display().to_string(), source };
        let folder = scratch::folder_of(target);
        scratch::clean(&folder);
        let scratch = ScratchFile::create(&folder).map_err(failed)?;
        let mut out = BufWriter::new(scratch.file());
        write(&mut out).and_then(|()| out.flush()).map_err(failed)?;
        drop(out);
        Ok(NewFile { scratch, target: target.to_owned() })
    }

    /// Gives it its name, and right behind it its own to what it belongs to, with no moment between the two at which a signal
    /// could part them. It stays only together with that.
    pub(crate) fn finish_before(self, then: impl FnOnce() -> Result<(), Error>) -> Result<(), Error> {
        let path = self.target.display().to_string();
        self.scratch.persist_new(&self.target, then, |source| Error::Write { path, source })
    }
}

impl Plain<'static> {
    /// Begins a file at a path.
    ///
    /// # Errors
    ///
    /// When the path is a directory, or its folder cannot be written to.
    #[cfg(feature = "cli")]
    pub(crate) fn create(target: &Target) -> Result<Self, Error> {
        Self::packed(target, Compression::None)
    }

    /// Begins a file that is compressed as a whole.
    ///
    /// # Errors
    ///
    /// When the path is a directory, or its folder cannot be written to.
    pub(crate) fn packed(target: &Target, compression: Compression) -> Result<Self, Error> {
        let path = target.path().display().to_string();
        let shown = path.clone();
        let failed = |source| Error::Write { path: shown.clone(), source };
        let output = match target {
            Target::Directory(_) => return Err(failed(io::Error::from(io::ErrorKind::IsADirectory))),
            Target::Stream(stream) => {
                Output::Stream(Box::new(OpenOptions::new().write(true).open(stream).map_err(failed)?))
            }
            Target::File(file) => {
                let folder = scratch::folder_of(file);
                scratch::clean(&folder);
                Output::File { scratch: ScratchFile::create(&folder).map_err(failed)?, target: file.clone() }
            }
        };
        let output = BufWriter::with_capacity(256 << 10, output);
        let output = Encoder::new(output, compression, Level::DEFAULT, parallel::threads(0)).map_err(failed)?;
        Ok(Plain { path, output })
    }
}

impl<'w> Plain<'w> {
    /// Begins to write into a stream; `path` is its name for messages.
    pub(crate) fn to_writer(path: String, writer: Box<dyn Write + 'w>) -> Self {
        Plain { path, output: Encoder::None(BufWriter::with_capacity(256 << 10, Output::Stream(writer))) }
    }

    /// Adds bytes.
    ///
    /// # Errors
    ///
    /// When they cannot be written.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.output.write_all(bytes).map_err(|source| Error::Write { path: self.path.clone(), source })
    }

    /// For whoever writes piece by piece.
    pub(crate) fn writer(&mut self) -> &mut (impl Write + use<'w>) {
        &mut self.output
    }

    /// Syncs the file and gives it its name.
    ///
    /// # Errors
    ///
    /// When that fails; then nothing has the name.
    pub(crate) fn finish(self) -> Result<(), Error> {
        let failed = |source| Error::Write { path: self.path.clone(), source };
        let output = self.output.finish().map_err(failed)?;
        match output.into_inner().map_err(|error| failed(error.into_error()))? {
            Output::Stream(mut writer) => writer.flush().map_err(failed),
            Output::File { scratch, target } => {
                scratch.persist(&target).map_err(failed)?;
                scratch::sync_folder(&scratch::folder_of(&target)).map_err(failed)
            }
        }
    }
}

impl Write for Output<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Output::File { scratch, .. } => scratch.file().write(bytes),
            Output::Stream(writer) => writer.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Output::File { .. } => Ok(()),
            Output::Stream(writer) => writer.flush(),
        }
    }
}
