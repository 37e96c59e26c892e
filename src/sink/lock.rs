//! One writer at a time.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::scratch::Unfinished;
use crate::error::Error;

/// The lock file of a layout directory. BuildKit takes an advisory lock (`flock`) on a file of this name; umoci and the
/// other tools know nothing of it and are not disturbed by it.
pub const LOCK_FILE: &str = "index.json.lock";

/// An advisory lock, held until it is dropped; the system takes it from a process that dies.
#[derive(Debug)]
pub struct Lock {
    file: File,
    /// The file that exists only for the lock; a signal that ends the program removes it too.
    own: Option<(PathBuf, Unfinished)>,
}

impl Lock {
    /// Locks a layout directory; waits while another writer holds it.
    ///
    /// # Errors
    ///
    /// When the lock file cannot be made.
    pub fn layout(directory: &Path) -> Result<Self, Error> {
        let path = directory.join(LOCK_FILE);
        let open = || OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let file = hold(&path, open).map_err(|source| Error::Write { path: path.display().to_string(), source })?;
        let noted = Unfinished::own(&path);
        Ok(Lock { file, own: Some((path, noted)) })
    }

    /// Locks an archive that will be replaced, on the file itself.
    ///
    /// # Errors
    ///
    /// When it cannot be opened or locked.
    pub fn archive(path: &Path) -> Result<Self, Error> {
        let file = hold(path, || File::open(path))
            .map_err(|source| Error::Open { path: path.display().to_string(), source })?;
        Ok(Lock { file, own: None })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Removed while it is still held: whoever waits for it sees that the name is gone and takes a new one.
        if let Some((path, _)) = &self.own {
            let _ = std::fs::remove_file(path);
        }
        let _ = self.file.unlock();
    }
}

/// Opens and locks, again and again until the locked file is the one that bears the name: the writer before may have
/// removed or replaced it while this one waited.
fn hold(path: &Path, open: impl Fn() -> io::Result<File>) -> io::Result<File> {
    loop {
        let file = open()?;
        file.lock()?;
        if is_at(&file, path)? {
            return Ok(file);
        }
    }
}

/// Whether an open file is the one that a path leads to.
pub(super) fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let there = match path.metadata() {
        Ok(there) => there,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    let own = file.metadata()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        Ok(own.dev() == there.dev() && own.ino() == there.ino())
    }
    #[cfg(not(unix))]
    Ok(own.len() == there.len())
}
