//! What an archive says of the files of a merged root file system.

use std::io;

use super::{Chosen, File, FileId, FileKind, Rootfs};
use crate::image::Image;
use crate::limits::Limits;
use crate::progress::Meter;
use crate::sink::TarEntry;
use crate::tar_index::EntryKind;

/// A merged root file system, and where its contents are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Merged<'m> {
    pub(crate) image: &'m Image,
    pub(crate) chosen: &'m Chosen,
    pub(crate) rootfs: &'m Rootfs,
    pub(crate) jobs: usize,
    pub(crate) limits: &'m Limits,
    pub(crate) meter: &'m Meter,
}

/// A regular file that is to be written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// The number of its entry in the layer.
    pub(super) number: u32,
    /// The name that it gets.
    pub(super) id: FileId,
    /// Where its headers begin in the archive.
    pub(super) offset: u64,
}

impl Merged<'_> {
    /// The headers of a file. A directory that no layer describes is root's, as engines create it.
    pub(super) fn headers(&self, id: FileId, bytes: &mut Vec<u8>) -> io::Result<()> {
        let name = self.rootfs.path(id);
        match self.rootfs.file(id) {
            Some(file) => described(&name, &file, kind(file.entry.kind)?).headers(bytes),
            None => TarEntry::new(&name, EntryKind::Directory, 0o755).headers(bytes),
        }
    }
}

/// What an archive says of a file. Hard links have all of it too: readers set it once more.
pub(super) fn described<'n>(name: &'n [u8], file: &File<'n>, kind: EntryKind) -> TarEntry<'n> {
    let entry = file.entry;
    let (major, minor) = entry.device().unwrap_or_default();
    TarEntry {
        link: file.link(),
        uid: entry.uid.into(),
        gid: entry.gid.into(),
        mtime: entry.mtime,
        mtime_nanos: entry.mtime_nanos,
        size: entry.size(),
        device: (major.into(), minor.into()),
        xattrs: file.xattrs(),
        ..TarEntry::new(name, kind, entry.mode.into())
    }
}

fn kind(kind: FileKind) -> io::Result<EntryKind> {
    Ok(match kind {
        FileKind::File => EntryKind::File,
        FileKind::Directory => EntryKind::Directory,
        FileKind::Symlink => EntryKind::SymbolicLink,
        FileKind::CharDevice => EntryKind::CharDevice,
        FileKind::BlockDevice => EntryKind::BlockDevice,
        FileKind::Fifo => EntryKind::Fifo,
        FileKind::HardLink | FileKind::Whiteout | FileKind::OpaqueWhiteout => {
            return Err(io::Error::other("no such entry is in a merged file system"));
        }
    })
}
