//! The file that a layout directory is locked by.

use std::fs::File;
use std::io;
use std::path::Path;

/// The lock file of a layout directory. BuildKit takes an advisory lock (`flock`) on a file of this name; umoci and the
/// other tools know nothing of it and are not disturbed by it.
pub(crate) const LOCK_FILE: &str = "index.json.lock";

/// Whether an open file is the one that a path resolves to.
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
