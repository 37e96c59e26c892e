//! Faults of the container itself, made on the bytes of a finished archive.

use super::tar_writer::{BLOCK, header, pax_record, push_padded, seal};

/// Keeps the first `len` bytes: a download that broke off.
pub fn cut(tar: &[u8], len: usize) -> Vec<u8> {
    assert!(len < tar.len(), "the archive has {} bytes, cutting at {len} changes nothing", tar.len());
    tar[..len].to_vec()
}

/// Bytes after the end marker.
pub fn append(tar: &[u8], bytes: &[u8]) -> Vec<u8> {
    [tar, bytes].concat()
}

/// The archive without the zero blocks at its end.
pub fn without_end_marker(tar: &[u8]) -> Vec<u8> {
    tar[..content_end(tar)].to_vec()
}

/// The archive with a single zero block at its end.
pub fn with_lone_end_block(tar: &[u8]) -> Vec<u8> {
    let end = content_end(tar);
    [&tar[..end], &[0; BLOCK]].concat()
}

/// A lone zero block between two members, as appending at a wrong offset leaves it.
pub fn with_zero_block_before(tar: &[u8], name: &str) -> Vec<u8> {
    let at = member_start(tar, name);
    [&tar[..at], &[0; BLOCK], &tar[at..]].concat()
}

/// Two archives one after the other, each with its end marker, as `cat a.tar b.tar` makes them.
pub fn concatenated(first: &[u8], second: &[u8]) -> Vec<u8> {
    [first, second].concat()
}

/// Zero blocks up to a multiple of 10,240 bytes, as GNU tar ends an archive.
pub fn padded_to_record(tar: &[u8]) -> Vec<u8> {
    let mut out = tar.to_vec();
    out.resize(out.len().next_multiple_of(20 * BLOCK), 0);
    out
}

/// A PAX `size` record in front of the member, against the size that its header states.
pub fn with_pax_size(tar: &[u8], name: &str, size: u64) -> Vec<u8> {
    let at = member_start(tar, name);
    [&tar[..at], &extended_header(b'x', &pax_record("size", &size.to_string())), &tar[at..]].concat()
}

/// A global PAX header in front of everything, as `git archive` writes one.
pub fn with_global_header(tar: &[u8], key: &str, value: &str) -> Vec<u8> {
    [&extended_header(b'g', &pax_record(key, value)), tar].concat()
}

/// An extension header of this type with one record, in front of the member.
pub fn with_extension(tar: &[u8], name: &str, flag: u8, key: &str, value: &str) -> Vec<u8> {
    let at = member_start(tar, name);
    [&tar[..at], &extended_header(flag, &pax_record(key, value)), &tar[at..]].concat()
}

/// A PAX header with these bytes as its records, well formed or not, in front of the member.
pub fn with_pax_bytes(tar: &[u8], name: &str, records: &str) -> Vec<u8> {
    let at = member_start(tar, name);
    [&tar[..at], &extended_header(b'x', records), &tar[at..]].concat()
}

/// Changes the header of a member; the checksum is computed anew.
pub fn with_header(tar: &[u8], name: &str, change: impl FnOnce(&mut [u8; BLOCK])) -> Vec<u8> {
    let at = member_start(tar, name);
    let mut block: [u8; BLOCK] = tar[at..at + BLOCK].try_into().unwrap();
    change(&mut block);
    seal(&mut block);
    [&tar[..at], &block, &tar[at + BLOCK..]].concat()
}

/// Breaks the checksum of a member's header.
pub fn with_bad_checksum(tar: &[u8], name: &str) -> Vec<u8> {
    let at = member_start(tar, name);
    let mut out = tar.to_vec();
    out[at + 148..at + 154].copy_from_slice(b"000000");
    out
}

/// The offset of a member's header. The name must fit into the header's 100 bytes.
pub fn member_start(tar: &[u8], name: &str) -> usize {
    headers(tar)
        .into_iter()
        .find(|at| {
            let field = &tar[*at..at + 100];
            field.starts_with(name.as_bytes()) && field.get(name.len()).is_none_or(|byte| *byte == 0)
        })
        .unwrap_or_else(|| panic!("the archive has no member `{name}`"))
}

/// The offset where a member's content starts.
pub fn content_start(tar: &[u8], name: &str) -> usize {
    member_start(tar, name) + BLOCK
}

fn extended_header(flag: u8, records: &str) -> Vec<u8> {
    let mut out = header("PaxHeaders.0/pax", records.len(), flag, 0o644).to_vec();
    push_padded(&mut out, records.as_bytes());
    out
}

fn headers(tar: &[u8]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(block) = tar.get(at..at + BLOCK).filter(|block| block[0] != 0) {
        found.push(at);
        let digits = std::str::from_utf8(&block[124..135]).expect("sizes here are octal");
        at += BLOCK + usize::from_str_radix(digits, 8).expect("sizes here are octal").next_multiple_of(BLOCK);
    }
    found
}

fn content_end(tar: &[u8]) -> usize {
    let last = *headers(tar).last().expect("the archive has a member");
    let digits = std::str::from_utf8(&tar[last + 124..last + 135]).unwrap();
    last + BLOCK + usize::from_str_radix(digits, 8).unwrap().next_multiple_of(BLOCK)
}
