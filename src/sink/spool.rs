//! A temporary file without a name, for what is worked out before the output is written.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::Error;

/// A temporary file that is written to its end only, and is gone however the run ends.
pub(crate) struct Spool {
    file: Arc<File>,
    length: u64,
    folder: PathBuf,
}

impl Spool {
    /// An empty one in a folder; in the system's folder for temporary files without one.
    ///
    /// # Errors
    ///
    /// When it cannot be created.
    pub(crate) fn new(folder: Option<&Path>) -> Result<Self, Error> {
        let folder = folder.map_or_else(std::env::temp_dir, Path::to_owned);
        let made = tempfile::tempfile_in(&folder);
        let file = made.map_err(|source| Spool::unwritten(&folder, source))?;
        Ok(Spool { file: Arc::new(file), length: 0, folder })
    }

    /// The file.
    pub(super) fn file(&self) -> &Arc<File> {
        &self.file
    }

    /// Bytes written so far.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// The folder that it is in, for messages.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The error of a temporary file in a folder that cannot be written.
    pub(crate) fn unwritten(folder: &Path, source: io::Error) -> Error {
        Error::Write { path: format!("a temporary file in {}", folder.display()), source }
    }
}

impl Write for Spool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = (&*self.file).write(bytes)?;
        self.length += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
