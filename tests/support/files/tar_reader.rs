//! Tar bytes to members: ustar, PAX and GNU long names, nothing else.

use std::io::Read as _;
use std::path::Path;

use super::tar_writer::BLOCK;
use super::{Files, Kind, Member, trimmed};

impl Files {
    /// Reads an archive from disk, taking a gzip or zstd wrapper off.
    pub fn from_tar(path: impl AsRef<Path>) -> Files {
        let path = path.as_ref();
        let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut plain = Vec::new();
        match bytes.get(..4) {
            Some([0x1f, 0x8b, ..]) => {
                flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut plain).expect("gzip");
            }
            Some([0x28, 0xb5, 0x2f, 0xfd]) => plain = zstd::decode_all(&bytes[..]).expect("zstd"),
            _ => plain = bytes,
        }
        Files::from_tar_bytes(&plain)
    }

    /// Reads an archive up to its end marker.
    pub fn from_tar_bytes(bytes: &[u8]) -> Files {
        let mut files = Files::new();
        let mut at = 0;
        let mut pax: Vec<(String, String)> = Vec::new();
        let mut long: [Option<String>; 2] = [None, None];
        while let Some(block) = bytes.get(at..at + BLOCK) {
            if block.iter().all(|byte| *byte == 0) {
                break;
            }
            let size = usize::try_from(number(&block[124..136])).unwrap();
            let content = &bytes[at + BLOCK..][..size];
            at += BLOCK + size.next_multiple_of(BLOCK);
            match block[156] {
                b'x' => pax = pax_records(content),
                b'g' => {}
                b'L' => long[0] = Some(text(content)),
                b'K' => long[1] = Some(text(content)),
                _ => {
                    let mut member = member(block, content);
                    let record = |key| pax.iter().rev().find(|(k, _)| k == key).map(|(_, v)| v.clone());
                    if let Some(name) = long[0].take().or(record("path")) {
                        member.name = trimmed(&name).to_string();
                    }
                    if let Some(link) = long[1].take().or(record("linkpath")) {
                        match &mut member.kind {
                            Kind::Symlink(target) | Kind::Hardlink(target) => *target = link,
                            _ => {}
                        }
                    }
                    // What the member itself now says need not be written a second time.
                    pax.retain(|(key, _)| key != "path" && key != "linkpath");
                    member.pax = std::mem::take(&mut pax);
                    files.push(member);
                }
            }
        }
        files
    }
}

fn member(block: &[u8], content: &[u8]) -> Member {
    let link = text(&block[157..257]);
    let device = || (number(&block[329..337]) as u32, number(&block[337..345]) as u32);
    let kind = match block[156] {
        b'1' => Kind::Hardlink(link),
        b'2' => Kind::Symlink(link),
        b'3' => Kind::CharDevice(device().0, device().1),
        b'4' => Kind::BlockDevice(device().0, device().1),
        b'5' => Kind::Dir,
        b'6' => Kind::Fifo,
        b'0' | 0 => Kind::File(content.to_vec()),
        other => panic!("member type `{}` is not known here", char::from(other)),
    };
    let prefix = if &block[257..263] == b"ustar\0" { text(&block[345..500]) } else { String::new() };
    let name = if prefix.is_empty() { text(&block[..100]) } else { format!("{prefix}/{}", text(&block[..100])) };
    Member {
        mode: number(&block[100..108]) as u32,
        uid: number(&block[108..116]),
        gid: number(&block[116..124]),
        mtime: number(&block[136..148]),
        ..Member::new(&name, kind)
    }
}

fn pax_records(mut content: &[u8]) -> Vec<(String, String)> {
    let mut records = Vec::new();
    while !content.is_empty() {
        let space = content.iter().position(|byte| *byte == b' ').expect("a PAX record has a length");
        let length: usize = text(&content[..space]).parse().expect("a PAX length is a number");
        let record = text(&content[space + 1..length - 1]);
        let (key, value) = record.split_once('=').expect("a PAX record has a key");
        records.push((key.to_string(), value.to_string()));
        content = &content[length..];
    }
    records
}

fn number(field: &[u8]) -> u64 {
    if field[0] & 0x80 != 0 {
        return field[1..].iter().fold(u64::from(field[0] & 0x7f), |sum, byte| sum << 8 | u64::from(*byte));
    }
    let digits = text(field);
    let digits = digits.trim();
    if digits.is_empty() { 0 } else { u64::from_str_radix(digits, 8).expect("a tar number is octal") }
}

fn text(field: &[u8]) -> String {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    String::from_utf8(field[..end].to_vec()).expect("names here are UTF-8")
}
