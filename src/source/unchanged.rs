//! Whether an image file is still what was opened.
//!
//! Blobs are compared with their digests, whenever they are read. What has none, the documents at the top of a layout and
//! the headers of an archive, is compared with the time and size that the file had when it was opened.

use std::collections::BTreeSet;
use std::fs::{File, Metadata};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::{Part, Source, Store};
use crate::error::Error;

/// Documents of a directory that reference everything else in it.
const TOPS: [&str; 3] = ["index.json", "manifest.json", "repositories"];

/// What every write to a file changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
    /// A file that took the place of another.
    #[cfg(unix)]
    inode: u64,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Stamp {
            length: metadata.len(),
            modified: metadata.modified().ok(),
            #[cfg(unix)]
            inode: std::os::unix::fs::MetadataExt::ino(metadata),
        }
    }

    /// Of an archive that is open.
    pub(super) fn of_file(file: &File) -> Vec<Option<Self>> {
        vec![file.metadata().ok().as_ref().map(Self::of)]
    }

    /// Of the documents at the top of a directory; None for those that are not there.
    pub(super) fn of_tops(root: &Path) -> Vec<Option<Self>> {
        let paths = TOPS.iter().map(|name| root.join(name));
        paths.map(|path: PathBuf| path.metadata().ok().as_ref().map(Self::of)).collect()
    }
}

impl Source {
    /// Fails when somebody wrote to the image file since it was opened. Whoever makes something new of it asks this last.
    ///
    /// # Errors
    ///
    /// [`Error::Changed`].
    pub fn require_unchanged(&self) -> Result<(), Error> {
        let now = match &self.store {
            Store::Archive(file) => Stamp::of_file(file),
            Store::Directory(root) => Stamp::of_tops(root),
            Store::Stream { .. } => Vec::new(),
            Store::Assembled(parts) => return require_all(parts),
        };
        if now == self.stamps { Ok(()) } else { Err(Error::Changed { path: self.label.clone() }) }
    }
}

/// Asks [`Source::require_unchanged`] of every image file that parts are of, once each.
///
/// # Errors
///
/// [`Error::Changed`].
pub(crate) fn require_all<'p>(parts: impl IntoIterator<Item = &'p Part>) -> Result<(), Error> {
    let mut asked: BTreeSet<*const Source> = BTreeSet::new();
    for part in parts {
        if let Part::Member(source, _) = part
            && asked.insert(Arc::as_ptr(source))
        {
            source.require_unchanged()?;
        }
    }
    Ok(())
}
