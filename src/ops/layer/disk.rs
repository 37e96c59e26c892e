//! Files on disk as entries of a layer. Links are entries, and never followed.

use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::io;
use std::path::Path;

use super::refusal::refused;
use super::tree::{LayerTree, TreeEntry, WHITEOUT, components, joined, split};
use crate::error::Error;
use crate::limits::{LimitReached, Limits};
use crate::tar_index::{EntryKind, show_name};

/// What files get instead of what the disk says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FileAttributes {
    /// User and group number; None to keep those of the disk.
    pub owner: Option<(u32, u32)>,
    /// The permission bits of regular files; None to keep them. Directories keep theirs.
    pub mode: Option<u32>,
    /// The modification time of all, in seconds since 1970; None to keep it.
    pub mtime: Option<i64>,
    /// The latest modification time; later ones become this one.
    pub mtime_max: Option<i64>,
}

impl FileAttributes {
    /// The time of what has none of its own.
    pub(super) fn time(&self) -> i64 {
        self.mtime.or(self.mtime_max).unwrap_or(0)
    }

    /// The owner of what has none of its own.
    pub(super) fn default_owner(&self) -> (u64, u64) {
        self.owner.map_or((0, 0), |(user, group)| (user.into(), group.into()))
    }
}

/// Adds what is in a directory below a name, and its attributes for that name.
pub(super) fn add_directory(
    tree: &mut LayerTree,
    directory: &Path,
    to: &[u8],
    attributes: &FileAttributes,
    limits: &Limits,
) -> Result<(), Error> {
    let path = directory.display().to_string();
    let opened = |source| Error::Open { path: path.clone(), source };
    let metadata = directory.metadata().map_err(opened)?;
    if !metadata.is_dir() {
        return Err(opened(io::Error::from(io::ErrorKind::NotADirectory)));
    }
    tree.defaults.insert(to.to_vec(), entry_of(directory, &metadata, EntryKind::Directory, attributes)?);
    let mut links: HashMap<(u64, u64), Vec<u8>> = HashMap::new();
    for found in walkdir::WalkDir::new(directory).min_depth(1).sort_by_file_name() {
        let found = found.map_err(|error| {
            let path = error.path().unwrap_or(directory).display().to_string();
            Error::Read { path, source: error.into() }
        })?;
        let file = found.path();
        let failed = |source| Error::Read { path: file.display().to_string(), source };
        let inside = name_of(file.strip_prefix(directory).unwrap_or(file))?;
        if split(&inside).1.starts_with(WHITEOUT) {
            let reason = "a name that begins with `.wh.` hides a file of lower layers; use `--whiteout` or `--opaque`";
            return Err(refused(file.as_os_str().as_encoded_bytes(), reason));
        }
        let metadata = found.metadata().map_err(|error| failed(error.into()))?;
        let name = joined(to, &inside);
        let Some(kind) = kind_of(&metadata) else {
            tree.notes.push(format!("the socket {} was left out", show_name(&inside)));
            continue;
        };
        let mut entry = entry_of(file, &metadata, kind, attributes)?;
        match kind {
            EntryKind::SymbolicLink => {
                let target = std::fs::read_link(file).map_err(failed)?;
                entry.link = name_of(&target)?;
            }
            EntryKind::Directory => {}
            _ => {
                if let Some(id) = system::several_names(&metadata) {
                    match links.get(&id) {
                        Some(first) => {
                            (entry.kind, entry.link) = (EntryKind::HardLink, first.clone());
                            (entry.size, entry.content) = (0, None);
                        }
                        None => drop(links.insert(id, name.clone())),
                    }
                }
            }
        }
        tree.insert(&name, entry)?;
        if tree.entries.len() > limits.entries {
            let reached = LimitReached { name: "entries", limit: limits.entries as u64 };
            return Err(Error::Limit { path, reached });
        }
    }
    Ok(())
}

/// Adds one file; a link that is named itself is followed.
pub(super) fn add_file(
    tree: &mut LayerTree,
    file: &Path,
    name: &[u8],
    attributes: &FileAttributes,
) -> Result<(), Error> {
    let path = || file.display().to_string();
    if components(name).any(|part| part.starts_with(WHITEOUT)) {
        let reason = "a name that begins with `.wh.` hides a file of lower layers; use `--whiteout` or `--opaque`";
        return Err(refused(name, reason));
    }
    let metadata = file.metadata().map_err(|source| Error::Open { path: path(), source })?;
    if metadata.is_dir() {
        return Err(refused(path().as_bytes(), "it is a directory; `--dir` adds what is in one"));
    }
    if !metadata.is_file() {
        return Err(refused(path().as_bytes(), "it is not a regular file"));
    }
    let file = file.canonicalize().map_err(|source| Error::Open { path: path(), source })?;
    tree.insert(name, entry_of(&file, &metadata, EntryKind::File, attributes)?)
}

/// Opens a file whose content is wanted. What has become another one since it was listed is refused.
pub(super) fn open(path: &Path, size: u64) -> Result<File, Error> {
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    {
        // Neither a link that took its place is followed, nor the writer of a named pipe waited for.
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags.bits().cast_signed());
    }
    let failed = |source| Error::Read { path: path.display().to_string(), source };
    let file = options.open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if metadata.is_file() && metadata.len() == size {
        Ok(file)
    } else {
        Err(Error::Changed { path: path.display().to_string() })
    }
}

/// The bytes of a name on disk, with slashes between its components.
pub(super) fn name_of(path: &Path) -> Result<Vec<u8>, Error> {
    let name = path.as_os_str().as_encoded_bytes().to_vec();
    if cfg!(unix) {
        return Ok(name);
    }
    match path.to_str() {
        Some(text) => Ok(text.replace('\\', "/").into_bytes()),
        None => Err(refused(&name, "the name is not Unicode")),
    }
}

fn entry_of(
    file: &Path,
    metadata: &Metadata,
    kind: EntryKind,
    attributes: &FileAttributes,
) -> Result<TreeEntry, Error> {
    let (mode, owner, mtime, device) = system::attributes(metadata);
    let mode = attributes.mode.filter(|_| kind == EntryKind::File).unwrap_or(mode);
    let owner = attributes.owner.map_or(owner, |(user, group)| (user.into(), group.into()));
    let mtime = attributes.mtime.unwrap_or(mtime);
    let mtime = attributes.mtime_max.map_or(mtime, |most| mtime.min(most));
    let mut entry = TreeEntry::new(kind, mode, owner, mtime);
    if kind == EntryKind::File {
        (entry.size, entry.content) = (metadata.len(), Some(file.to_owned()));
    }
    if matches!(kind, EntryKind::CharDevice | EntryKind::BlockDevice) {
        entry.device = device;
        if kind == EntryKind::CharDevice && device == (0, 0) {
            let reason = "a device with the number 0:0 hides a file in overlayfs; use `--whiteout`";
            return Err(refused(file.as_os_str().as_encoded_bytes(), reason));
        }
    }
    let failed = |source| Error::Read { path: file.display().to_string(), source };
    entry.xattrs = system::xattrs(file).map_err(failed)?;
    Ok(entry)
}

/// The kind of a file; None for one that no archive has.
fn kind_of(metadata: &Metadata) -> Option<EntryKind> {
    let kind = metadata.file_type();
    if kind.is_file() {
        Some(EntryKind::File)
    } else if kind.is_dir() {
        Some(EntryKind::Directory)
    } else if kind.is_symlink() {
        Some(EntryKind::SymbolicLink)
    } else {
        system::special(kind)
    }
}

#[cfg(unix)]
mod system {
    use std::ffi::OsStr;
    use std::fs::{FileType, Metadata};
    use std::io;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{FileTypeExt, MetadataExt};
    use std::path::Path;

    use rustix::fs::{lgetxattr, llistxattr};
    use rustix::io::Errno;

    use crate::tar_index::{EntryKind, Xattr};

    /// Mode, owner, time and number of a device.
    pub(super) fn attributes(metadata: &Metadata) -> (u32, (u64, u64), i64, (u64, u64)) {
        let device = (rustix::fs::major(metadata.rdev()).into(), rustix::fs::minor(metadata.rdev()).into());
        let owner = (metadata.uid().into(), metadata.gid().into());
        (metadata.mode() & 0o7777, owner, metadata.mtime(), device)
    }

    pub(super) fn special(kind: FileType) -> Option<EntryKind> {
        if kind.is_fifo() {
            Some(EntryKind::Fifo)
        } else if kind.is_char_device() {
            Some(EntryKind::CharDevice)
        } else {
            kind.is_block_device().then_some(EntryKind::BlockDevice)
        }
    }

    /// What is the same for all names of a file that has several.
    pub(super) fn several_names(metadata: &Metadata) -> Option<(u64, u64)> {
        (metadata.nlink() > 1).then(|| (metadata.dev(), metadata.ino()))
    }

    /// The extended attributes that belong to the file and not to this machine: capabilities, and those of users.
    pub(super) fn xattrs(path: &Path) -> io::Result<Vec<Xattr>> {
        let names = match whole(|buffer| llistxattr(path, buffer)) {
            Err(Errno::NOTSUP | Errno::NOSYS) => return Ok(Vec::new()),
            names => names?,
        };
        let is_kept = |name: &&[u8]| {
            let is_overlay = name.starts_with(b"user.overlay.");
            (name.starts_with(b"user.") && !is_overlay) || matches!(*name, b"security.capability" | b"security.ima")
        };
        let mut xattrs = Vec::new();
        for name in names.split(|byte| *byte == 0).filter(is_kept) {
            let value = match whole(|buffer| lgetxattr(path, OsStr::from_bytes(name), buffer)) {
                Err(Errno::NODATA) => continue,
                value => value?,
            };
            xattrs.push(Xattr { name: name.into(), value: value.into() });
        }
        xattrs.sort_by(|one, two| one.name.cmp(&two.name));
        Ok(xattrs)
    }

    /// Asks for the length first; what has grown since is asked for again.
    fn whole(mut ask: impl FnMut(&mut [u8]) -> rustix::io::Result<usize>) -> rustix::io::Result<Vec<u8>> {
        loop {
            let mut bytes = vec![0; ask(&mut [])?];
            if bytes.is_empty() {
                return Ok(bytes);
            }
            match ask(&mut bytes) {
                Err(Errno::RANGE) => {}
                read => {
                    bytes.truncate(read?);
                    return Ok(bytes);
                }
            }
        }
    }
}

#[cfg(not(unix))]
mod system {
    use std::fs::{FileType, Metadata};
    use std::io;
    use std::path::Path;
    use std::time::UNIX_EPOCH;

    use crate::tar_index::{EntryKind, Xattr};

    pub(super) fn attributes(metadata: &Metadata) -> (u32, (u64, u64), i64, (u64, u64)) {
        let mode = if metadata.is_dir() { 0o755 } else { 0o644 };
        let since = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let mtime = since.and_then(|since| i64::try_from(since.as_secs()).ok()).unwrap_or(0);
        (mode, (0, 0), mtime, (0, 0))
    }

    pub(super) fn special(_kind: FileType) -> Option<EntryKind> {
        None
    }

    pub(super) fn several_names(_metadata: &Metadata) -> Option<(u64, u64)> {
        None
    }

    pub(super) fn xattrs(_path: &Path) -> io::Result<Vec<Xattr>> {
        Ok(Vec::new())
    }
}
