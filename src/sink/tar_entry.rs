//! An entry of a file system as headers of a tar archive.

use std::io;

use ::tar::{EntryType, Header, UstarHeader};

use super::pax::PaxRecords;
use crate::tar_index::{EntryKind, Xattr};

/// The largest number in an octal field of 8 bytes, and in one of 12.
pub(super) const OCTAL_8: u64 = 0o777_7777;
pub(super) const OCTAL_12: u64 = 0o777_7777_7777;

/// What an archive says about one file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TarEntry<'a> {
    /// The name, with or without a slash behind that of a directory; empty for the root directory.
    pub name: &'a [u8],
    /// The kind. Entries of another type are refused.
    pub kind: EntryKind,
    /// Where a symbolic or hard link points to.
    pub link: &'a [u8],
    /// Permission bits with setuid, setgid and sticky bit; others are left out.
    pub mode: u32,
    /// User number.
    pub uid: u64,
    /// Group number.
    pub gid: u64,
    /// The user's name; mostly empty, since an image has its own users.
    pub user: &'a [u8],
    /// The group's name.
    pub group: &'a [u8],
    /// Modification time in seconds since 1970, rounded down.
    pub mtime: i64,
    /// Nanoseconds to be added to it.
    pub mtime_nanos: u32,
    /// Bytes of content; of no meaning for all but regular files.
    pub size: u64,
    /// Major and minor number of a device.
    pub device: (u64, u64),
    /// Extended attributes. Of two with one name the last counts, as for readers.
    pub xattrs: &'a [Xattr],
}

impl<'a> TarEntry<'a> {
    /// A file, directory, link or pipe of root at the beginning of 1970.
    pub(crate) fn new(name: &'a [u8], kind: EntryKind, mode: u32) -> Self {
        TarEntry {
            name,
            kind,
            link: &[],
            mode,
            uid: 0,
            gid: 0,
            user: &[],
            group: &[],
            mtime: 0,
            mtime_nanos: 0,
            size: 0,
            device: (0, 0),
            xattrs: &[],
        }
    }

    /// The headers of the entry, up to its content.
    ///
    /// # Errors
    ///
    /// When a name cannot be in an archive.
    pub(crate) fn headers(&self, bytes: &mut Vec<u8>) -> io::Result<()> {
        let mut header = Header::new_ustar();
        let mut records = PaxRecords::default();
        let xattrs = self.distinct_xattrs()?;
        for xattr in xattrs {
            records.add(&[b"SCHILY.xattr.", &*xattr.name].concat(), &xattr.value);
        }
        let mut number = |key: &str, value: u64, max: u64| {
            if value <= max {
                return value;
            }
            records.add(key.as_bytes(), value.to_string().as_bytes());
            0
        };
        let kind = entry_type(self.kind)?;
        header.set_entry_type(kind);
        header.set_mode(self.mode & 0o7777);
        header.set_gid(number("gid", self.gid, OCTAL_8));
        header.set_uid(number("uid", self.uid, OCTAL_8));
        header.set_size(number("size", self.content_size(), OCTAL_12));
        let seconds = u64::try_from(self.mtime).ok().filter(|seconds| *seconds <= OCTAL_12);
        header.set_mtime(seconds.unwrap_or(0));
        if seconds.is_none() || self.mtime_nanos != 0 {
            records.add(b"mtime", pax_time(self.mtime, self.mtime_nanos).as_bytes());
        }
        if let Some(fields) = header.as_ustar_mut() {
            self.set_texts(fields, &mut records)?;
            if matches!(self.kind, EntryKind::CharDevice | EntryKind::BlockDevice) {
                set_device(&mut fields.dev_major, self.device.0)?;
                set_device(&mut fields.dev_minor, self.device.1)?;
            }
        }
        header.set_cksum();
        records.write(0, bytes)?;
        bytes.extend_from_slice(header.as_bytes());
        Ok(())
    }

    /// Names, in the fields of the header or in records.
    fn set_texts(&self, fields: &mut UstarHeader, records: &mut PaxRecords) -> io::Result<()> {
        let name = self.stored_name()?;
        match split(&name) {
            Some((prefix, own)) => {
                put(&mut fields.prefix, prefix);
                put(&mut fields.name, own);
            }
            None => {
                records.add(b"path", &name);
                // The end of it, for readers without PAX.
                let start = name.len() - fields.name.len();
                put(&mut fields.name, &name[start..]);
            }
        }
        if matches!(self.kind, EntryKind::SymbolicLink | EntryKind::HardLink) {
            if self.link.is_empty() || self.link.contains(&0) {
                return Err(refused("the target of a link is empty or contains a NUL byte"));
            }
            text(&mut fields.linkname, b"linkpath", self.link, records);
        }
        for name in [self.user, self.group] {
            if name.contains(&0) {
                return Err(refused("the name of a user or group contains a NUL byte"));
            }
        }
        // These two end in a NUL byte.
        text(&mut fields.uname[..31], b"uname", self.user, records);
        text(&mut fields.gname[..31], b"gname", self.group, records);
        Ok(())
    }

    /// The name as it is written: that of a directory ends in a slash.
    fn stored_name(&self) -> io::Result<Vec<u8>> {
        if self.name.contains(&0) {
            return Err(refused("the name contains a NUL byte"));
        }
        let is_directory = self.kind == EntryKind::Directory;
        match self.name {
            [] if is_directory => Ok(b"./".to_vec()),
            [] => Err(refused("the name is empty")),
            name if is_directory && !name.ends_with(b"/") => Ok([name, b"/"].concat()),
            name => Ok(name.to_vec()),
        }
    }

    /// The extended attributes by name, each once.
    pub(super) fn distinct_xattrs(&self) -> io::Result<Vec<&'a Xattr>> {
        // Records end a key at its first `=`.
        if self.xattrs.iter().any(|xattr| xattr.name.is_empty() || xattr.name.iter().any(|byte| b"=\0".contains(byte)))
        {
            return Err(refused("the name of an extended attribute is empty or contains `=` or a NUL byte"));
        }
        let mut xattrs: Vec<&Xattr> = self.xattrs.iter().rev().collect();
        xattrs.sort_by(|one, two| one.name.cmp(&two.name));
        xattrs.dedup_by(|later, first| later.name == first.name);
        Ok(xattrs)
    }

    /// Bytes of content that follow the headers.
    pub(super) fn content_size(&self) -> u64 {
        if self.kind == EntryKind::File { self.size } else { 0 }
    }
}

fn entry_type(kind: EntryKind) -> io::Result<EntryType> {
    Ok(match kind {
        EntryKind::File => EntryType::Regular,
        EntryKind::HardLink => EntryType::Link,
        EntryKind::SymbolicLink => EntryType::Symlink,
        EntryKind::Directory => EntryType::Directory,
        EntryKind::CharDevice => EntryType::Char,
        EntryKind::BlockDevice => EntryType::Block,
        EntryKind::Fifo => EntryType::Fifo,
        EntryKind::Other(_) => return Err(refused("an entry of another type cannot be written")),
    })
}

/// The prefix and the name of a header that together are a name; None where they have no room for it.
fn split(name: &[u8]) -> Option<(&[u8], &[u8])> {
    const NAME: usize = 100;
    const PREFIX: usize = 155;
    if name.len() <= NAME {
        return Some((&[], name));
    }
    // Neither part may be empty, and a slash at the end is no place to split.
    let last = PREFIX.min(name.len() - 2);
    let at = name.get(..=last)?.iter().rposition(|byte| *byte == b'/').filter(|at| *at > 0)?;
    let (prefix, own) = (&name[..at], &name[at + 1..]);
    (own.len() <= NAME).then_some((prefix, own))
}

/// Puts a text into its field where it fits, and into a record where it does not.
fn text(field: &mut [u8], key: &[u8], value: &[u8], records: &mut PaxRecords) {
    if value.len() > field.len() {
        records.add(key, value);
    } else {
        put(field, value);
    }
}

fn put(field: &mut [u8], value: &[u8]) {
    for (to, from) in field.iter_mut().zip(value) {
        *to = *from;
    }
}

/// Seven octal digits; more in base 256, since readers know no PAX record for the number of a device.
fn set_device(field: &mut [u8; 8], number: u64) -> io::Result<()> {
    if number <= OCTAL_8 {
        put(field, format!("{number:07o}\0").as_bytes());
        return Ok(());
    }
    let number = u32::try_from(number).map_err(|_| refused("the number of a device is larger than 32 bits"))?;
    *field = (u64::from(number) | 1 << 63).to_be_bytes();
    Ok(())
}

/// Seconds in decimal, with the digits of a fraction that are not zero.
fn pax_time(seconds: i64, nanos: u32) -> String {
    let (sign, seconds, nanos) = match (seconds, nanos) {
        (0.., _) => ("", seconds.unsigned_abs(), nanos),
        (_, 0) => ("-", seconds.unsigned_abs(), 0),
        // Nanoseconds add, and the digits of a negative number subtract.
        _ => ("-", seconds.unsigned_abs() - 1, 1_000_000_000 - nanos.min(999_999_999)),
    };
    match nanos {
        0 => format!("{sign}{seconds}"),
        _ => format!("{sign}{seconds}.{nanos:09}").trim_end_matches('0').to_owned(),
    }
}

pub(super) fn refused(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, what)
}
