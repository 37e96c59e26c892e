//! A new directory tree: made beside its target, and renamed when it is whole.

use std::path::Path;

use super::folder::{Attributes, Folder};
use super::plain::NewFile;
use super::scratch::{self, ScratchFolder};
use crate::error::Error;

/// A tree that is being made. Dropped before [`NewTree::finish`] it leaves nothing.
pub(crate) struct NewTree {
    /// The tree's root.
    pub(crate) root: Folder,
    /// Where files wait for their place; no part of the tree.
    pub(crate) stage: Folder,
    // Dropped behind the folders that are open in it.
    scratch: ScratchFolder,
    /// The name of the output, for messages.
    path: String,
}

impl NewTree {
    /// Begins a tree. A directory of its name must be empty.
    pub(crate) fn create(target: &Path) -> Result<Self, Error> {
        let path = target.display().to_string();
        let failed = |source| Error::Write { path: path.clone(), source };
        let scratch = ScratchFolder::beside(target).map_err(failed)?;
        let made = || {
            use std::os::unix::fs::PermissionsExt;
            // Programs with setuid bits and open permissions wait in it.
            std::fs::set_permissions(scratch.path(), std::fs::Permissions::from_mode(0o700))?;
            let folder = Folder::open(scratch.path())?;
            Ok((folder.make_folder(b"root")?, folder.make_folder(b"stage")?))
        };
        let (root, stage) = made().map_err(failed)?;
        Ok(NewTree { root, stage, scratch, path })
    }

    /// Gives the tree its name and its root these attributes, after a file that refers to it has got its own.
    pub(crate) fn finish(self, attributes: &Attributes, record: Option<NewFile>) -> Result<(), Error> {
        // Whoever finds the tree finds it whole; but a directory that may not be written cannot be moved.
        const WRITABLE: u16 = 0o200;
        if attributes.mode & WRITABLE != 0 {
            self.root.set(attributes).map_err(|source| self.failed(source))?;
        }
        let root = self.scratch.path().join("root");
        let name = || {
            let target = self.scratch.target();
            scratch::name_folder(&root, target)
                // Once more: to be moved changes a directory.
                .and_then(|()| self.root.set(attributes).inspect_err(|_| drop(std::fs::rename(target, &root))))
                .map_err(|source| self.failed(source))
        };
        match record {
            None => scratch::undisturbed(name),
            // Whoever finds the tree finds its record, even when the process is killed between the two.
            Some(record) => record.finish_before(name),
        }
    }

    fn failed(&self, source: std::io::Error) -> Error {
        Error::Write { path: self.path.clone(), source }
    }
}
