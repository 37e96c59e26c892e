//! A layout directory: a new one, or one that is changed in its place.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::copier::{Copier, Place};
use super::scratch::{self, ScratchFile, ScratchFolder};
use super::together::Together;
use super::{Content, copy};
use crate::error::Error;

/// A directory that is being written.
///
/// Whoever changes a directory in its place holds its [`Lock`](super::Lock), puts the new blobs, calls
/// [`Layout::settle`], puts `index.json`, settles again, and only then removes what nothing needs any more.
pub(crate) struct Layout {
    root: PathBuf,
    /// The new directory, until it has its name.
    new: Option<NewLayout>,
    /// Folders with renames that may not have reached the disk.
    unsynced: BTreeSet<PathBuf>,
    cleaned: BTreeSet<PathBuf>,
    written: u64,
}

struct NewLayout {
    // Dropped first: its open files go before the folder that they are in.
    copier: Copier,
    scratch: ScratchFolder,
    target: PathBuf,
    files: Together,
}

impl Layout {
    /// A directory that is there and is changed in its place.
    pub(crate) fn open(root: &Path) -> Self {
        let layout = Layout {
            root: root.to_owned(),
            new: None,
            unsynced: BTreeSet::new(),
            cleaned: BTreeSet::new(),
            written: 0,
        };
        scratch::clean(root);
        layout
    }

    /// A new directory, which has its name only after [`Layout::finish`]. A directory of this name must be empty.
    ///
    /// # Errors
    ///
    /// When there is a directory with something in it, or its parent cannot be written to.
    pub(crate) fn create(target: &Path) -> Result<Self, Error> {
        let failed = |source| Error::Write { path: target.display().to_string(), source };
        let scratch = ScratchFolder::beside(target).map_err(failed)?;
        let mut layout = Layout::open(scratch.path());
        layout.new = Some(NewLayout {
            scratch,
            target: target.to_owned(),
            files: Together::default(),
            copier: Copier::default(),
        });
        Ok(layout)
    }

    /// Writes a file, verified. Folders are made as needed.
    ///
    /// In a directory that is changed in its place it is written beside its name, synced and renamed. In a new one nobody
    /// sees it before the whole directory has its name.
    ///
    /// # Errors
    ///
    /// When the name leads outside, or the content cannot be read, is not what it should be, or cannot be written; then
    /// what had the name before is still there.
    pub(crate) fn file(&mut self, name: &str, content: Content<'_>) -> Result<(), Error> {
        let path = self.root.join(name);
        let shown = self.shown(name);
        let failed = |source| Error::Write { path: shown.clone(), source };
        let folder = self.folder(name).map_err(failed)?;
        self.written += content.promise.size;
        if let Some(new) = &mut self.new {
            let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path).map_err(failed)?;
            let place = Place { file: Arc::new(file), offset: 0, path: shown, sync: new.files.add() };
            let written = new.copier.copy(content, place);
            if written.is_err() {
                let _ = std::fs::remove_file(&path);
            }
            return written;
        }
        let scratch = ScratchFile::create(&folder).map_err(failed)?;
        copy::into_file(content, scratch.file(), 0, &shown)?;
        scratch.persist(&path).map_err(failed)?;
        self.unsynced.insert(folder);
        Ok(())
    }

    /// Makes a symbolic link.
    ///
    /// # Errors
    ///
    /// When the name leads outside or exists, or the system knows no links.
    pub(crate) fn link(&mut self, name: &str, target: &str) -> Result<(), Error> {
        let shown = self.shown(name);
        let failed = |source| Error::Write { path: shown.clone(), source };
        let folder = self.folder(name).map_err(failed)?;
        symlink(target, &self.root.join(name)).map_err(failed)?;
        self.unsynced.insert(folder);
        Ok(())
    }

    /// Removes a file, or a folder that is empty; one that is gone already is fine.
    ///
    /// # Errors
    ///
    /// When the name leads outside or the file cannot be removed.
    pub(crate) fn remove(&mut self, name: &str) -> Result<(), Error> {
        let shown = self.shown(name);
        let failed = |source| Error::Write { path: shown.clone(), source };
        let folder = self.folder(name).map_err(failed)?;
        let path = self.root.join(name);
        if path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
            // Whatever somebody put into it keeps it there.
            match scratch::undisturbed(|| std::fs::remove_dir(&path)) {
                Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => return Ok(()),
                Err(error) => return Err(failed(error)),
                Ok(()) => {}
            }
            self.unsynced.remove(&path);
            self.cleaned.remove(&path);
            self.unsynced.insert(folder);
            return Ok(());
        }
        // A run that is about to end gives its lock back: it removes nothing any more.
        match scratch::undisturbed(|| std::fs::remove_file(&path)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        self.unsynced.insert(folder);
        Ok(())
    }

    /// Returns when all that was written and removed so far will survive a loss of power.
    ///
    /// # Errors
    ///
    /// When the system cannot say so.
    pub(crate) fn settle(&mut self) -> Result<(), Error> {
        for folder in std::mem::take(&mut self.unsynced) {
            scratch::sync_folder(&folder)
                .map_err(|source| Error::Write { path: folder.display().to_string(), source })?;
        }
        Ok(())
    }

    /// Settles, and gives a new directory its name. Says how many bytes were written.
    ///
    /// # Errors
    ///
    /// As for [`Layout::settle`]; and when a directory of the name has come into being meanwhile.
    pub(crate) fn finish(mut self) -> Result<u64, Error> {
        self.settle()?;
        if let Some(NewLayout { scratch, target, files, mut copier }) = self.new.take() {
            copier.finish()?;
            let failed = |source| Error::Write { path: target.display().to_string(), source };
            files.settle(&self.root).map_err(failed)?;
            let parent = scratch::folder_of(scratch.target());
            scratch.persist().map_err(failed)?;
            scratch::sync_folder(&parent).map_err(failed)?;
        }
        Ok(self.written)
    }

    fn shown(&self, name: &str) -> String {
        let root = self.new.as_ref().map_or(&self.root, |new| &new.target);
        root.join(name).display().to_string()
    }

    /// The folder of a name, made where it is not there, and cleaned of leftovers once.
    fn folder(&mut self, name: &str) -> io::Result<PathBuf> {
        let is_plain = |part: &str| !part.is_empty() && part != "." && part != "..";
        let divides = cfg!(windows) && name.contains('\\');
        if !name.split('/').all(is_plain) || divides || name.contains('\0') {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a name inside the directory"));
        }
        let folder = name.rsplit_once('/').map_or(self.root.clone(), |(folder, _)| self.root.join(folder));
        if self.cleaned.contains(&folder) {
            return Ok(folder);
        }
        scratch::make_folders(&folder)?;
        // A linked folder of the directory may lead elsewhere, but not out of it.
        if !folder.canonicalize()?.starts_with(self.root.canonicalize()?) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a link in its path points outside the directory"));
        }
        scratch::clean(&folder);
        self.cleaned.insert(folder.clone());
        Ok(folder)
    }
}

#[cfg(unix)]
fn symlink(target: &str, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

/// Other systems ask whether a link points to a file or to a folder, and for a privilege.
#[cfg(not(unix))]
fn symlink(target: &str, _link: &Path) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, format!("a link to {target}")))
}
