//! What an archive holds.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;

/// What a member is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum EntryKind {
    /// A regular file: type `0`, NUL or `7` (contiguous).
    File,
    /// Another name for an earlier member; `link_name` is that member's name.
    HardLink,
    /// A symbolic link to `link_name`.
    SymbolicLink,
    /// A directory: type `5`, or type NUL with a name that ends in `/`, as v7 wrote it.
    Directory,
    /// A character device.
    CharDevice,
    /// A block device.
    BlockDevice,
    /// A named pipe.
    Fifo,
    /// Another type: `S` for a sparse file in whatever notation that is not expanded (its content is then a map and pieces),
    /// `M` a continued file of a multi-volume archive, `V` a volume label, `D` a GNU directory dump.
    Other(u8),
}

impl EntryKind {
    /// Whether POSIX stores nothing behind the header of this kind, whatever its size field says.
    pub(super) fn has_no_content(self) -> bool {
        !matches!(self, EntryKind::File | EntryKind::Other(_))
    }
}

impl fmt::Display for EntryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            EntryKind::File => "file",
            EntryKind::HardLink => "hard link",
            EntryKind::SymbolicLink => "symbolic link",
            EntryKind::Directory => "directory",
            EntryKind::CharDevice => "character device",
            EntryKind::BlockDevice => "block device",
            EntryKind::Fifo => "named pipe",
            EntryKind::Other(b'S') => "sparse file",
            EntryKind::Other(_) => "entry of another type",
        })
    }
}

/// Names of a member's user and group, as raw bytes. Shared by neighbours that have the same.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Owner {
    /// The user's name, often empty.
    pub user: Box<[u8]>,
    /// The group's name, often empty.
    pub group: Box<[u8]>,
}

/// An extended attribute, from a `SCHILY.xattr.NAME` record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Xattr {
    /// The name as raw bytes, `security.capability` for example.
    pub name: Box<[u8]>,
    /// The value, which may hold any bytes.
    pub value: Box<[u8]>,
}

/// One member of an archive, with pax records and GNU long names applied. Small: 200,000 of them are kept at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The name as raw bytes, as stored: any `./` in front and any `/` behind is still there.
    pub name: Box<[u8]>,
    /// Its kind.
    pub kind: EntryKind,
    /// Permission bits, and in some archives of docker 20 the file type bits above them.
    pub mode: u32,
    /// Content in bytes, as stored, or of a sparse file that is expanded as it is then; 0 for kinds that have none.
    pub size: u64,
    /// Where the content begins, in bytes from the start of the archive.
    pub offset: u64,
    /// Where the member's own header begins, behind any extension headers of it.
    pub header_offset: u64,
    /// Modification time in seconds since 1970, rounded down.
    pub mtime: i64,
    /// User number.
    pub uid: u64,
    /// Group number.
    pub gid: u64,
    /// User and group name, where there is one.
    pub owner: Option<Arc<Owner>>,
    pub(super) extra: Option<Box<Extra>>,
}

/// What few members of an image have.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Extra {
    pub(super) link_name: Box<[u8]>,
    pub(super) mtime_nanos: u32,
    pub(super) device: Option<(u64, u64)>,
    pub(super) holes: u64,
    pub(super) xattrs: Vec<Xattr>,
}

impl Member {
    /// The name for people; see [`show_name`].
    pub fn show_name(&self) -> Cow<'_, str> {
        show_name(&self.name)
    }

    /// What a link points to, as raw bytes; empty for other members.
    pub fn link_name(&self) -> &[u8] {
        self.extra.as_ref().map_or(&[], |extra| &extra.link_name)
    }

    /// Nanoseconds to be added to `mtime`, from a pax record.
    pub fn mtime_nanos(&self) -> u32 {
        self.extra.as_ref().map_or(0, |extra| extra.mtime_nanos)
    }

    /// Major and minor number of a device.
    pub fn device(&self) -> Option<(u64, u64)> {
        self.extra.as_ref().and_then(|extra| extra.device)
    }

    /// How many bytes of a sparse file that is expanded the archive does not store.
    pub fn holes(&self) -> u64 {
        self.extra.as_ref().map_or(0, |extra| extra.holes)
    }

    /// Extended attributes from `SCHILY.xattr.*` records, in their order; kept only on request
    /// ([`TarReader::as_layer`](super::TarReader::as_layer)).
    pub fn xattrs(&self) -> &[Xattr] {
        self.extra.as_ref().map_or(&[], |extra| &extra.xattrs)
    }
}

/// Raw bytes for people: UTF-8 as it is, each other byte as `\xNN`, and `\` as `\\`, so that two names never look the same
/// (`String::from_utf8_lossy` would merge them). Control characters stay; the terminal's guard escapes these.
pub fn show_name(name: &[u8]) -> Cow<'_, str> {
    use fmt::Write;
    match std::str::from_utf8(name) {
        Ok(text) if !text.contains('\\') => Cow::Borrowed(text),
        _ => {
            let mut shown = String::with_capacity(name.len() + 16);
            for chunk in name.utf8_chunks() {
                shown.push_str(&chunk.valid().replace('\\', "\\\\"));
                for byte in chunk.invalid() {
                    // Writing to a string cannot fail.
                    let _ = write!(shown, "\\x{byte:02x}");
                }
            }
            Cow::Owned(shown)
        }
    }
}
