//! Files of a merged root file system as a tar archive.
//!
//! The order is that of a tree: each directory, then what is in it, by name; of a file with several names the first is
//! the file, and the others are hard links. So directories and targets of links come first, and the files of a directory
//! follow it at once: GNU tar sets the mode and the time of a directory when it meets an entry that is not in it.
//!
//! Layers have other orders, and can only be read from front to back. Their contents were kept in a file of which any
//! part can be read while the layers were merged. Memory holds the entries and no contents.

use std::io::{self, Write};

use super::contents::Contents;
use super::{File, FileId, FileKind, Rootfs};
use crate::error::Error;
use crate::image::Amount;
use crate::sink::{ContentsReader, TarEntry, tar_padding};
use crate::tar_index::EntryKind;

/// The two blocks of zeros at the end.
const END: [u8; 1024] = [0; 1024];

/// An entry of the archive.
#[derive(Debug)]
pub(crate) enum Item {
    /// A file of any kind.
    File(FileId),
    /// A whiteout: the directory that it is in, and its own name.
    Whiteout(FileId, Vec<u8>),
}

/// What was written.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// Regular files.
    pub(crate) files: Amount,
    /// Further names of them.
    pub(crate) links: u64,
}

impl Rootfs {
    /// Writes the archive of these entries, which come in the order in which [`Rootfs::walk`] gives files. `to` is the
    /// name of the output, for messages.
    ///
    /// # Errors
    ///
    /// Those of reading and writing.
    pub(crate) fn archive(
        &self,
        items: impl IntoIterator<Item = Item>,
        contents: &Contents,
        out: &mut dyn Write,
        to: &str,
    ) -> Result<Written, Error> {
        let names = self.layers().iter().map(|layer| vec![None; layer.entries().len()]).collect();
        let contents = contents.reader();
        let mut archive = RootfsArchive { rootfs: self, contents, names, written: Written::default(), out, to };
        for item in items {
            archive.add(item)?;
        }
        archive.write(&END)?;
        Ok(archive.written)
    }
}

struct RootfsArchive<'a> {
    rootfs: &'a Rootfs,
    contents: ContentsReader<'a>,
    /// By layer and entry, the first name of each regular file.
    names: Vec<Vec<Option<FileId>>>,
    written: Written,
    out: &'a mut dyn Write,
    to: &'a str,
}

impl RootfsArchive<'_> {
    fn add(&mut self, item: Item) -> Result<(), Error> {
        let id = match item {
            Item::File(id) => id,
            Item::Whiteout(directory, own) => {
                let name = [&self.rootfs.path(directory)[..], &own].join(&b'/');
                let name = name.strip_prefix(b"/").unwrap_or(&name);
                return self.header(&TarEntry::new(name, EntryKind::File, 0o600));
            }
        };
        let rootfs = self.rootfs;
        let name = rootfs.path(id);
        let Some(file) = rootfs.file(id) else {
            // A directory that no layer describes is root's, as engines create it.
            return self.header(&TarEntry::new(&name, EntryKind::Directory, 0o755));
        };
        let kind = kind(file.entry.kind).map_err(|source| self.unwritten(source))?;
        if kind != EntryKind::File {
            return self.header(&described(&name, &file, kind));
        }
        let first = self.names.get_mut(file.layer - 1).and_then(|names| names.get_mut(file.number() as usize));
        let first = first.map_or(id, |first| *first.get_or_insert(id));
        if first != id {
            self.written.links += 1;
            let first = rootfs.path(first);
            return self.header(&TarEntry { link: &first, ..described(&name, &file, EntryKind::HardLink) });
        }
        let size = file.entry.size();
        self.written.files.add(size);
        self.header(&described(&name, &file, kind))?;
        let place = file.content_place().ok_or_else(|| self.unwritten(io::Error::other("a content was not kept")))?;
        self.contents.copy(place, size, self.out, self.to)?;
        self.write(tar_padding(size))
    }

    fn header(&mut self, entry: &TarEntry<'_>) -> Result<(), Error> {
        let mut bytes = Vec::new();
        entry.headers(&mut bytes).map_err(|source| self.unwritten(source))?;
        self.write(&bytes)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.out.write_all(bytes).map_err(|source| self.unwritten(source))
    }

    fn unwritten(&self, source: io::Error) -> Error {
        Error::Write { path: self.to.to_owned(), source }
    }
}

/// What an archive says of a file. Hard links have all of it too: readers set it once more.
fn described<'n>(name: &'n [u8], file: &File<'n>, kind: EntryKind) -> TarEntry<'n> {
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
