//! What an archive or directory lists: names in one form, and what each is.

use crate::tar_index::{self, EntryKind, show_name};

/// The number of a member in its source.
pub type MemberId = usize;

/// One entry of an archive or directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The name: no `./` before it, no slash at its end, bytes that are not UTF-8 as `\xNN`.
    pub name: Box<str>,
    /// What it is.
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
    /// A symbolic link, with its target as stored.
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
        let link = || show_name(entry.link_name()).into();
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
