//! What an archive or directory lists: names in one form, and what each is.

use std::borrow::Cow;

use crate::tar_index::{self, EntryKind};

/// The number of a member in its source.
pub type MemberId = usize;

/// One entry of an archive or directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The name: no `./` before it, no slash at its end. A byte that is not UTF-8 is a NUL and its two hexadecimal digits,
    /// and so is a NUL, so that different names stay different.
    pub name: Box<str>,
    /// Its kind.
    pub kind: MemberKind,
    /// Bytes of content.
    pub size: u64,
    /// Where the content begins in the archive, in bytes; 0 in a directory.
    pub offset: u64,
}

/// What a member is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemberKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link, with its target as stored, its bytes as those of a name.
    SymbolicLink(Box<str>),
    /// A hard link, with the name it links to.
    HardLink(Box<str>),
    /// A device, fifo, socket, sparse file or a kind that nobody defined; never opened.
    Special(&'static str),
}

/// What a member of a type that nobody defined is called.
pub(super) const OTHER_TYPE: &str = "entry of another type";

impl MemberKind {
    pub(super) fn of_entry(entry: &tar_index::Member) -> Self {
        let link = || key(entry.link_name()).into();
        match entry.kind {
            EntryKind::File => MemberKind::File,
            EntryKind::Directory => MemberKind::Directory,
            EntryKind::SymbolicLink => MemberKind::SymbolicLink(link()),
            EntryKind::HardLink => MemberKind::HardLink(link()),
            EntryKind::CharDevice => MemberKind::Special("character device"),
            EntryKind::BlockDevice => MemberKind::Special("block device"),
            EntryKind::Fifo => MemberKind::Special("named pipe"),
            EntryKind::Other(b'S') => MemberKind::Special("sparse file"),
            EntryKind::Other(_) => MemberKind::Special(OTHER_TYPE),
        }
    }
}

/// The text that stands for a name wherever names are compared and looked up. Different bytes have different keys: UTF-8 is
/// its own, each other byte is a NUL and its two hexadecimal digits, and so is a NUL.
pub(super) fn key(name: &[u8]) -> Cow<'_, str> {
    use std::fmt::Write;
    match std::str::from_utf8(name) {
        Ok(text) if !text.contains('\0') => Cow::Borrowed(text),
        _ => {
            let mut key = String::with_capacity(name.len() + 16);
            for chunk in name.utf8_chunks() {
                key.push_str(&chunk.valid().replace('\0', "\u{0}00"));
                for byte in chunk.invalid() {
                    // Writing to a string cannot fail.
                    let _ = write!(key, "\0{byte:02x}");
                }
            }
            Cow::Owned(key)
        }
    }
}

/// The bytes that a key stands for.
pub(super) fn bytes_of(key: &str) -> Vec<u8> {
    let mut parts = key.split('\0');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let digits = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.extend(digits);
        bytes.extend_from_slice(part.get(2..).unwrap_or_default().as_bytes());
    }
    bytes
}

/// The one form of a name: without `.` components and double or trailing slashes. A name that is absolute or climbs
/// with `..` stays as it is, so that nothing is found under it.
pub(super) fn normalized(name: &str) -> String {
    if is_unsafe(name) {
        return name.to_owned();
    }
    let parts: Vec<&str> = name.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    parts.join("/")
}

/// Whether a name is absolute, climbs with `..`, or holds control characters.
pub(super) fn is_unsafe(name: &str) -> bool {
    is_elsewhere(name) || name.chars().any(char::is_control)
}

/// Whether a name is absolute or climbs with `..`, so that readers put the member at different places.
pub(super) fn is_elsewhere(name: &str) -> bool {
    name.starts_with('/') || name.split('/').any(|part| part == "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_names_have_different_keys() {
        let names: [&[u8]; 8] =
            [b"a/b", b"a\\xff", b"a\xff", b"a\\\\xff", b"a\0ff", b"a\0\xff", b"\xe2\x82", "\u{20ac}".as_bytes()];
        for name in names {
            assert_eq!(bytes_of(&key(name)), name);
            assert_eq!(names.iter().filter(|other| key(other) == key(name)).count(), 1, "{name:?}");
        }
        assert_eq!((key(b"a\\b"), key(b"\xff"), key(b"\0")), ("a\\b".into(), "\0ff".into(), "\u{0}00".into()));
    }

    #[test]
    fn one_form_of_each_name() {
        for (given, expected) in [
            ("./a/b", "a/b"),
            ("a//b/", "a/b"),
            ("./", ""),
            ("/etc/x", "/etc/x"),
            ("a/../b", "a/../b"),
            ("a/./b", "a/b"),
        ] {
            assert_eq!(normalized(given), expected);
        }
        assert!(is_unsafe("a\x1b[2J") && is_unsafe("../x") && !is_unsafe("a..b"));
    }
}
