//! The entries of one layer, packed: an image has hundreds of thousands of them.

use std::ops::Range;

use serde::Serialize;

use crate::tar_index::Xattr;

/// What an entry of the file system is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum FileKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A hard link; in a merged file system it is the file itself.
    HardLink,
    /// A character device.
    CharDevice,
    /// A block device.
    BlockDevice,
    /// A named pipe.
    Fifo,
    /// A whiteout: hides one name of lower layers; only in the list of a single layer.
    Whiteout,
    /// An opaque whiteout: hides the contents of a directory in lower layers; only in the list of a single layer.
    OpaqueWhiteout,
}

/// A piece of the names of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Span {
    start: u32,
    length: u32,
}

impl Span {
    /// The span from `start` to `end`; None beyond 4 GiB of names.
    pub(super) fn new(start: usize, end: usize) -> Option<Self> {
        Some(Span { start: u32::try_from(start).ok()?, length: u32::try_from(end.checked_sub(start)?).ok()? })
    }

    pub(super) fn range(self) -> Range<usize> {
        let start = self.start as usize;
        start..start + self.length as usize
    }

    /// A part of what this span covers, by offsets within it.
    pub(super) fn part(self, within: &Range<usize>) -> Option<Self> {
        Span::new(self.start as usize + within.start, self.start as usize + within.end)
    }
}

/// What a layer says of one name. 56 bytes.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The name in its one form; empty for the root.
    pub(super) name: Span,
    /// Where a link points to.
    pub(super) link: Span,
    /// Bytes of content; for devices the major number in the upper half and the minor in the lower.
    pub(super) size_or_device: u64,
    /// Modification time in seconds since 1970.
    pub mtime: i64,
    /// Nanoseconds to be added to it.
    pub mtime_nanos: u32,
    /// User number.
    pub uid: u32,
    /// Group number.
    pub gid: u32,
    /// Which member of the layer it is, counted from 0.
    pub member: u32,
    /// Permission bits with setuid, setgid and sticky bit: at most 0o7777.
    pub mode: u16,
    /// Its kind.
    pub kind: FileKind,
}

impl Entry {
    /// Bytes of content; 0 for all but regular files.
    pub fn size(&self) -> u64 {
        if self.kind == FileKind::File { self.size_or_device } else { 0 }
    }

    /// Major and minor number of a device.
    pub fn device(&self) -> Option<(u32, u32)> {
        let is_device = matches!(self.kind, FileKind::CharDevice | FileKind::BlockDevice);
        // The halves of what `pack_device` packed.
        is_device.then_some(((self.size_or_device >> 32) as u32, self.size_or_device as u32))
    }

    pub(super) fn pack_device(major: u64, minor: u64) -> Option<u64> {
        Some(u64::from(u32::try_from(major).ok()?) << 32 | u64::from(u32::try_from(minor).ok()?))
    }
}

/// The entries of one layer, in stored order.
#[derive(Debug, Default)]
pub struct LayerEntries {
    pub(super) names: Vec<u8>,
    pub(super) entries: Vec<Entry>,
    /// Sorted by the number of the entry.
    pub(super) xattrs: Vec<(u32, Box<[Xattr]>)>,
    /// SHA-256 of the content, by the number of the entry; empty unless it was asked for.
    pub(super) hashes: Vec<[u8; 32]>,
    /// Where the content is kept, by the number of the entry; those at the end that have none are left out.
    pub(super) places: Vec<u64>,
}

impl LayerEntries {
    /// The entries, in stored order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The name of an entry in its one form: no slash before or behind it, empty for the root.
    pub fn name(&self, entry: &Entry) -> &[u8] {
        self.text(entry.name)
    }

    /// Where a link points to, as stored; empty for all but links.
    pub fn link(&self, entry: &Entry) -> &[u8] {
        self.text(entry.link)
    }

    /// Extended attributes of the entry of a number.
    pub fn xattrs(&self, number: u32) -> &[Xattr] {
        match self.xattrs.binary_search_by_key(&number, |(own, _)| *own) {
            Ok(at) => self.xattrs.get(at).map_or(&[], |(_, xattrs)| xattrs),
            Err(_) => &[],
        }
    }

    /// The SHA-256 of a regular file's content, where it was asked for.
    pub fn hash(&self, number: u32) -> Option<&[u8; 32]> {
        self.hashes.get(number as usize)
    }

    pub(super) fn text(&self, span: Span) -> &[u8] {
        self.names.get(span.range()).unwrap_or_default()
    }
}
