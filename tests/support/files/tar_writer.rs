//! Members to tar bytes. Every field is written here, so that a test can hold the archive to the byte.

use super::{Files, Kind, Member};
use crate::support::builder::{Compression, compress};

/// Size of a tar block.
pub const BLOCK: usize = 512;

/// How names beyond the 100 bytes of the header are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LongNames {
    /// A PAX `path` or `linkpath` record, as Go and Python write them.
    Pax,
    /// A member `././@LongLink`, as GNU tar writes them.
    Gnu,
}

impl Files {
    /// The archive: ustar headers, PAX where needed, two zero blocks at the end.
    pub fn to_tar(&self) -> Vec<u8> {
        self.to_tar_with(LongNames::Pax)
    }

    /// The archive with a choice of how long names are written.
    pub fn to_tar_with(&self, long_names: LongNames) -> Vec<u8> {
        let mut out = Vec::new();
        for member in self.members() {
            write_member(&mut out, member, long_names);
        }
        out.resize(out.len() + 2 * BLOCK, 0);
        out
    }

    /// The archive, gzip around the whole.
    pub fn to_tar_gz(&self) -> Vec<u8> {
        compress(&self.to_tar(), Compression::GzipDeflate(6))
    }

    /// The archive, zstd around the whole.
    pub fn to_tar_zst(&self) -> Vec<u8> {
        compress(&self.to_tar(), Compression::ZstdReal(3))
    }
}

fn write_member(out: &mut Vec<u8>, member: &Member, long_names: LongNames) {
    let name = if member.kind == Kind::Dir { format!("{}/", member.name) } else { member.name.clone() };
    let (flag, target, content): (u8, &str, &[u8]) = match &member.kind {
        Kind::File(content) => (b'0', "", content),
        Kind::Hardlink(target) => (b'1', target, &[]),
        Kind::Symlink(target) => (b'2', target, &[]),
        Kind::CharDevice(..) => (b'3', "", &[]),
        Kind::BlockDevice(..) => (b'4', "", &[]),
        Kind::Dir => (b'5', "", &[]),
        Kind::Fifo => (b'6', "", &[]),
    };
    let mut pax = member.pax.clone();
    let (prefix, short) = match split_ustar(&name) {
        Some(parts) => parts,
        None if long_names == LongNames::Gnu => {
            write_long_link(out, b'L', &name);
            ("", cut(&name))
        }
        None => {
            pax.push(("path".into(), name.clone()));
            ("", cut(&name))
        }
    };
    if target.len() > 100 {
        match long_names {
            LongNames::Gnu => write_long_link(out, b'K', target),
            LongNames::Pax => pax.push(("linkpath".into(), target.to_string())),
        }
    }
    if !pax.is_empty() {
        let records: String = pax.iter().map(|(key, value)| pax_record(key, value)).collect();
        out.extend(header("PaxHeaders.0/pax", records.len(), b'x', 0o644));
        push_padded(out, records.as_bytes());
    }
    let mut block = header(short, content.len(), flag, member.mode);
    put_number(&mut block[108..116], member.uid);
    put_number(&mut block[116..124], member.gid);
    put_number(&mut block[136..148], member.mtime);
    put_text(&mut block[157..257], cut(target));
    if let Kind::CharDevice(major, minor) | Kind::BlockDevice(major, minor) = member.kind {
        put_number(&mut block[329..337], major.into());
        put_number(&mut block[337..345], minor.into());
    }
    put_text(&mut block[345..500], prefix);
    seal(&mut block);
    out.extend(block);
    push_padded(out, content);
}

/// One `length key=value` line; the length counts itself.
pub fn pax_record(key: &str, value: &str) -> String {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + rest.to_string().len();
    if length.to_string().len() > rest.to_string().len() {
        length = rest + length.to_string().len();
    }
    format!("{length} {key}={value}\n")
}

/// A ustar header with its checksum.
pub fn header(name: &str, size: usize, flag: u8, mode: u32) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    put_text(&mut block[..100], name);
    put_number(&mut block[100..108], mode.into());
    put_number(&mut block[108..116], 0);
    put_number(&mut block[116..124], 0);
    put_number(&mut block[124..136], size as u64);
    put_number(&mut block[136..148], 0);
    block[156] = flag;
    block[257..265].copy_from_slice(b"ustar\x0000");
    seal(&mut block);
    block
}

/// Computes the checksum anew, after a change of the header.
pub fn seal(block: &mut [u8; BLOCK]) {
    block[148..156].fill(b' ');
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

/// Content, then zeros up to the next block.
pub fn push_padded(out: &mut Vec<u8>, content: &[u8]) {
    out.extend_from_slice(content);
    out.resize(out.len().next_multiple_of(BLOCK), 0);
}

fn write_long_link(out: &mut Vec<u8>, flag: u8, text: &str) {
    out.extend(header("././@LongLink", text.len() + 1, flag, 0o644));
    push_padded(out, format!("{text}\0").as_bytes());
}

/// Octal digits, or base-256 where they do not suffice.
fn put_number(field: &mut [u8], value: u64) {
    let digits = field.len() - 1;
    let octal = format!("{value:0digits$o}");
    if octal.len() > digits {
        field.fill(0);
        let start = field.len() - 8;
        field[start..].copy_from_slice(&value.to_be_bytes());
        field[0] |= 0x80;
    } else {
        field[..digits].copy_from_slice(octal.as_bytes());
    }
}

fn put_text(field: &mut [u8], text: &str) {
    field[..text.len()].copy_from_slice(text.as_bytes());
}

/// The ustar prefix and name, where the name fits into the two.
fn split_ustar(name: &str) -> Option<(&str, &str)> {
    if name.len() <= 100 {
        return Some(("", name));
    }
    let (slash, _) = name.match_indices('/').find(|(at, _)| name.len() - at - 1 <= 100)?;
    (slash <= 155 && slash + 1 < name.len()).then(|| (&name[..slash], &name[slash + 1..]))
}

fn cut(text: &str) -> &str {
    let mut end = text.len().min(100);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
