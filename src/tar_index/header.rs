//! The fields of a header block (POSIX.1-2024, `pax`, "ustar Interchange Format"; the GNU tar manual, "Basic Tar Format").

use super::EntryKind;
use super::block::{Block, checksum, is_ambiguous, number, text};

/// A size of 11 octal digits, all seven: the largest that a ustar header can hold, 8 GiB - 1.
pub(super) const OCTAL_SIZE_MAX: u64 = 0o777_7777_7777;

/// Whether a header is of GNU tar's own format.
pub(crate) fn is_gnu(block: &Block) -> bool {
    block[257..].starts_with(b"ustar  \0")
}

/// Whether a header is of the format of POSIX. Any version counts: writers of `00` and of two spaces or NULs all mean the
/// prefix field.
pub(crate) fn is_ustar(block: &Block) -> bool {
    block[257..].starts_with(b"ustar\0")
}

/// A view of a block as a header.
pub(super) struct Header<'a>(pub(super) &'a Block);

impl Header<'_> {
    /// Whether the checksum is right; if not, what is wrong.
    pub(super) fn check(&self) -> Result<(), String> {
        checksum(self.0).map_err(|(sum, stored)| match stored {
            Some(stored) => format!("checksum {stored}, expected {sum}"),
            None => format!("the checksum is not a number, expected {sum}"),
        })
    }

    pub(super) fn type_flag(&self) -> u8 {
        self.0[156]
    }

    pub(super) fn is_gnu(&self) -> bool {
        is_gnu(self.0)
    }

    fn is_ustar(&self) -> bool {
        is_ustar(self.0)
    }

    /// The name, with the prefix in front where the format has one: GNU keeps times in its place, v7 nothing.
    pub(super) fn name(&self) -> Vec<u8> {
        let (prefix, name) = (text(&self.0[345..500]), text(&self.0[..100]));
        if self.is_ustar() && !prefix.is_empty() { [prefix, b"/", name].concat() } else { name.to_vec() }
    }

    /// Whether readers differ in what stands before the name: v7 and GNU have no prefix, and Python takes one all the same,
    /// as Go does where GNU's times stand; star's ends at byte 131, where Go cuts it and others read on.
    pub(super) fn has_ambiguous_prefix(&self) -> bool {
        let is_star = self.is_ustar() && self.0[508..] == *b"tar\0";
        let prefix = text(&self.0[345..500]);
        // A sparse file's map stands there, and Python knows that.
        let is_sparse = self.is_gnu() && self.type_flag() == b'S';
        if self.is_ustar() { is_star && prefix.len() > 131 } else { !is_sparse && !prefix.is_empty() }
    }

    /// The field that readers take for different numbers, of those that decide which members there are.
    pub(super) fn ambiguous_number(&self) -> Option<&'static str> {
        let has_content = !matches!(self.type_flag(), b'1'..=b'6');
        if is_ambiguous(&self.0[148..156]) {
            Some("checksum")
        } else {
            (has_content && is_ambiguous(&self.0[124..136])).then_some("size")
        }
    }

    pub(super) fn link_name(&self) -> &[u8] {
        text(&self.0[157..257])
    }

    /// The size; if it is malformed or negative, what is wrong.
    pub(super) fn size(&self) -> Result<u64, String> {
        let size = number(&self.0[124..136]).and_then(|size| u64::try_from(size).ok());
        size.ok_or_else(|| String::from("the size is not a number from 0 to 2^63 - 1"))
    }

    pub(super) fn mode(&self) -> Option<u32> {
        number(&self.0[100..108]).and_then(|mode| u32::try_from(mode).ok())
    }

    pub(super) fn uid(&self) -> Option<u64> {
        number(&self.0[108..116]).and_then(|uid| u64::try_from(uid).ok())
    }

    pub(super) fn gid(&self) -> Option<u64> {
        number(&self.0[116..124]).and_then(|gid| u64::try_from(gid).ok())
    }

    pub(super) fn mtime(&self) -> Option<i64> {
        number(&self.0[136..148])
    }

    /// User and group name; v7 has none.
    pub(super) fn owner(&self) -> (&[u8], &[u8]) {
        if self.is_ustar() || self.is_gnu() { (text(&self.0[265..297]), text(&self.0[297..329])) } else { (&[], &[]) }
    }

    /// Device numbers; v7 has none.
    pub(super) fn device(&self) -> Option<(u64, u64)> {
        if !(self.is_ustar() || self.is_gnu()) {
            return Some((0, 0));
        }
        let major = number(&self.0[329..337]).and_then(|major| u64::try_from(major).ok())?;
        let minor = number(&self.0[337..345]).and_then(|minor| u64::try_from(minor).ok())?;
        Some((major, minor))
    }

    /// Whether blocks with more of a GNU sparse map stand between this header and the content.
    pub(super) fn sparse_map_goes_on(&self) -> bool {
        self.is_gnu() && self.type_flag() == b'S' && self.0[482] != 0
    }

    /// What the member of this header is, when it has this name.
    pub(super) fn kind(&self, name: &[u8]) -> EntryKind {
        match self.type_flag() {
            // Before ustar, directories were files whose name ends in a slash.
            0 if name.ends_with(b"/") => EntryKind::Directory,
            0 | b'0' | b'7' => EntryKind::File,
            b'1' => EntryKind::HardLink,
            b'2' => EntryKind::SymbolicLink,
            b'3' => EntryKind::CharDevice,
            b'4' => EntryKind::BlockDevice,
            b'5' => EntryKind::Directory,
            b'6' => EntryKind::Fifo,
            other => EntryKind::Other(other),
        }
    }
}
