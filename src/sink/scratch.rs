//! Files and folders that are written under a name of their own and renamed when they are whole.

use std::collections::BTreeSet;
use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::NamedTempFile;

use super::Target;
use super::lock_file::{LOCK_FILE, is_at};

/// What the names of unfinished files begin with.
const PREFIX: &str = ".ocikit-tmp-";

/// Whether a name, without its folders, is one of an unfinished file.
pub(crate) fn is_leftover(name: &str) -> bool {
    name.starts_with(PREFIX)
}

/// Whether a program holds an advisory lock on a file or directory.
pub(crate) fn is_locked(path: &Path) -> bool {
    let is_plain = path.symlink_metadata().is_ok_and(|metadata| metadata.is_file() || metadata.is_dir());
    is_plain && File::open(path).is_ok_and(|file| matches!(file.try_lock(), Err(std::fs::TryLockError::WouldBlock)))
}

/// What is unfinished in this process, for a signal that ends it.
static UNFINISHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn unfinished() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes every unfinished file and folder of this process: for a program that a signal is about to end. What has its name
/// already stays. Whoever would begin or end a file afterwards waits for that end.
#[cfg(feature = "cli")]
pub(crate) fn abandon() {
    let mut unfinished = unfinished();
    for path in std::mem::take(&mut *unfinished) {
        let is_folder = path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir());
        if is_folder { remove_folder(&path) } else { drop(std::fs::remove_file(&path)) }
    }
    std::mem::forget(unfinished);
}

/// Does what `abandon` must not meet half done: it waits for the end, and what would begin after it never does.
pub(super) fn undisturbed<T>(action: impl FnOnce() -> T) -> T {
    let _unfinished = unfinished();
    action()
}

/// Makes a folder and those above it, unless this process is about to end: what `abandon` has removed must not come back.
pub(super) fn make_folders(path: &Path) -> io::Result<()> {
    undisturbed(|| std::fs::create_dir_all(path))
}

/// Removes a folder, though others may write into it as long as it is there, though folders in it may forbid it, and though
/// there may be hardly an open file left to do it with.
pub(super) fn remove_folder(path: &Path) {
    const TRIES: u32 = 1000;
    for _ in 0..TRIES {
        let Err(error) = std::fs::remove_dir_all(path) else { return };
        let is_over = match error.kind() {
            io::ErrorKind::NotFound => true,
            io::ErrorKind::DirectoryNotEmpty => false,
            _ => !remove_one_by_one(path),
        };
        if is_over {
            return;
        }
    }
}

/// Removes what can be removed of a folder, with one open file at a time. Says whether that led any further.
fn remove_one_by_one(path: &Path) -> bool {
    let walk = || walkdir::WalkDir::new(path).max_open(1);
    let mut is_further = false;
    #[cfg(unix)]
    for entry in walk().into_iter().flatten().filter(|entry| entry.file_type().is_dir()) {
        use std::os::unix::fs::PermissionsExt;
        let mode = entry.metadata().map_or(0, |metadata| metadata.permissions().mode());
        if mode & 0o700 != 0o700 {
            is_further |= std::fs::set_permissions(entry.path(), std::fs::Permissions::from_mode(0o700)).is_ok();
        }
    }
    for entry in walk().contents_first(true).into_iter().flatten() {
        let removed = match entry.file_type().is_dir() {
            true => std::fs::remove_dir(entry.path()),
            false => std::fs::remove_file(entry.path()),
        };
        is_further |= removed.is_ok();
    }
    // An empty one takes no open file at all.
    is_further | std::fs::remove_dir(path).is_ok()
}

/// Keeps a path among the unfinished until it is finished or dropped.
#[derive(Debug)]
pub(super) struct Unfinished(Option<PathBuf>);

impl Unfinished {
    /// Makes something and notes it, with no moment between the two at which it could be left behind. What is made is to be
    /// dropped first.
    pub(super) fn note<T>(make: impl FnOnce() -> io::Result<(T, PathBuf)>) -> io::Result<(Self, T)> {
        let mut unfinished = unfinished();
        let (made, path) = make()?;
        unfinished.insert(path.clone());
        Ok((Unfinished(Some(path)), made))
    }

    /// Gives what is finished its name, so that no signal takes it away in the middle: emptying a folder goes on through its
    /// renaming. What got no name stays noted.
    pub(super) fn finish<T, E>(&mut self, name: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let mut unfinished = unfinished();
        let named = name()?;
        if let Some(path) = self.0.take() {
            unfinished.remove(&path);
        }
        Ok(named)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(path) = self.0.take() {
            unfinished().remove(&path);
        }
    }
}

/// An unfinished file; gone when it is dropped.
pub(super) struct ScratchFile {
    file: NamedTempFile,
    noted: Unfinished,
}

impl ScratchFile {
    /// An empty file in a folder, locked, so that no other run takes it for a leftover.
    pub(super) fn create(folder: &Path) -> io::Result<Self> {
        loop {
            let (noted, file) = Unfinished::note(|| {
                let file = builder().tempfile_in(folder).map_err(without_name)?;
                let path = file.path().to_owned();
                Ok((file, path))
            })?;
            file.as_file().lock()?;
            // A run that cleans up may have taken it for a leftover between the two calls.
            if is_at(file.as_file(), file.path())? {
                return Ok(ScratchFile { file, noted });
            }
        }
    }

    pub(super) fn file(&self) -> &File {
        self.file.as_file()
    }

    /// Gives the file its name, which nothing may have, and then does something, without which the name goes again; `failed`
    /// is reported when the name cannot be had.
    #[cfg(unix)]
    pub(super) fn persist_new<E>(
        self,
        target: &Path,
        then: impl FnOnce() -> Result<(), E>,
        failed: impl FnOnce(io::Error) -> E,
    ) -> Result<(), E> {
        let ScratchFile { file, mut noted } = self;
        noted.finish(|| {
            file.persist_noclobber(target).map_err(|error| failed(error.error))?;
            then().inspect_err(|_| drop(std::fs::remove_file(target)))
        })
    }

    /// Syncs the file and gives it its name, with the permissions of the file that had the name before, and its owner as far
    /// as this process may give it away.
    pub(super) fn persist(self, target: &Path) -> io::Result<()> {
        if let Ok(before) = target.metadata() {
            keep_owner(self.file.as_file(), &before);
            self.file.as_file().set_permissions(before.permissions())?;
        }
        self.file.as_file().sync_all()?;
        let ScratchFile { file, mut noted } = self;
        // Without its name it is gone before it is forgotten.
        noted.finish(|| file.persist(target).map_err(|error| error.error)).map(drop)
    }
}

/// An unfinished folder; gone with all that is in it when it is dropped.
///
/// Emptying it takes an open file or more, of which there may be none left: its own goes first.
pub(super) struct ScratchFolder {
    lock: File,
    folder: Unnamed,
    noted: Unfinished,
    /// Where it belongs, links followed.
    target: PathBuf,
}

/// A folder that is removed when it is dropped, unless it has got its name.
struct Unnamed {
    path: PathBuf,
    is_named: bool,
}

impl Drop for Unnamed {
    fn drop(&mut self) {
        if !self.is_named {
            remove_folder(&self.path);
        }
    }
}

impl ScratchFolder {
    /// An unfinished folder beside a target, which must not exist or be an empty folder.
    pub(super) fn beside(target: &Path) -> io::Result<Self> {
        let target = Target::of(target).path().to_owned();
        let is_full = match std::fs::read_dir(&target) {
            Ok(mut entries) => entries.next().is_some(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            Err(error) => return Err(error),
        };
        if is_full {
            return Err(io::ErrorKind::DirectoryNotEmpty.into());
        }
        let parent = folder_of(&target);
        clean(&parent);
        loop {
            let mut builder = tempfile::Builder::new();
            builder.prefix(PREFIX);
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt;
                builder.permissions(std::fs::Permissions::from_mode(0o777));
            }
            let (noted, folder) = Unfinished::note(|| {
                let path = builder.tempdir_in(&parent).map_err(without_name)?.keep();
                Ok((Unnamed { path: path.clone(), is_named: false }, path))
            })?;
            let path = folder.path.join(LOCK_FILE);
            let lock = match File::create(&path) {
                Ok(lock) => lock,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            lock.lock()?;
            if is_at(&lock, &path)? {
                return Ok(ScratchFolder { lock, folder, noted, target });
            }
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.folder.path
    }

    /// Where it belongs, links followed.
    pub(super) fn target(&self) -> &Path {
        &self.target
    }

    /// Gives the folder its name. Where that exists, it must be an empty folder.
    pub(super) fn persist(mut self) -> io::Result<()> {
        let (from, target) = (&self.folder.path, &self.target);
        self.noted.finish(|| {
            name_folder(from, target)?;
            std::fs::remove_file(target.join(LOCK_FILE)).inspect_err(|_| drop(std::fs::rename(target, from)))
        })?;
        self.folder.is_named = true;
        self.lock.unlock()
    }
}

/// The error of making a temporary file or folder, without the name that it would have had.
fn without_name(error: io::Error) -> io::Error {
    let own = error.get_ref().and_then(|inner| inner.source()).and_then(|own| own.downcast_ref::<io::Error>());
    own.and_then(io::Error::raw_os_error).map_or(error, io::Error::from_raw_os_error)
}

#[cfg(unix)]
fn keep_owner(file: &File, before: &Metadata) {
    use std::os::unix::fs::{MetadataExt, fchown};
    if file.metadata().is_ok_and(|own| (own.uid(), own.gid()) == (before.uid(), before.gid())) {
        return;
    }
    if fchown(file, Some(before.uid()), Some(before.gid())).is_err() {
        // Whoever is not root may give it to a group of his at most.
        let _ = fchown(file, None, Some(before.gid()));
    }
}

#[cfg(not(unix))]
fn keep_owner(_file: &File, _before: &Metadata) {}

/// Gives a folder its name, which an empty folder may have.
pub(super) fn name_folder(from: &Path, target: &Path) -> io::Result<()> {
    std::fs::rename(from, target).map_err(|error| match error.kind() {
        kind @ io::ErrorKind::ResourceBusy => {
            io::Error::new(kind, "it is a mount point, which cannot be replaced; name a new directory inside it")
        }
        _ => error,
    })
}

/// Removes what killed runs left in a folder. What cannot be removed stays; it harms nobody.
pub(super) fn clean(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let is_ours = entry.file_name().to_str().is_some_and(is_leftover);
        let Some(metadata) = entry.metadata().ok().filter(|_| is_ours) else { continue };
        if metadata.is_file() {
            // Held until it is gone: a run that begins it just now waits, and then begins another.
            if let Some(_lock) = lock_of_dead(&path, &metadata) {
                let _ = std::fs::remove_file(&path);
            }
        } else if metadata.is_dir() {
            let lock = path.join(LOCK_FILE);
            match lock.symlink_metadata() {
                Ok(metadata) => {
                    if let Some(_lock) = lock_of_dead(&lock, &metadata) {
                        remove_folder(&path);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => drop(std::fs::remove_dir(&path)),
                Err(_) => {}
            }
        }
    }
}

/// The lock of a file that nobody holds.
fn lock_of_dead(path: &Path, metadata: &Metadata) -> Option<File> {
    let file = Some(path).filter(|_| metadata.is_file()).and_then(|path| File::open(path).ok())?;
    file.try_lock().is_ok().then_some(file)
}

/// Makes the renames within a folder last.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    // Windows opens no folders; its renames are journalled.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// The folder that a file is in.
pub(super) fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn builder() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // The umask takes its part, as for any new file.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder
}
