//! Gzip and zstd.
//!
//! The default kinds hold stored blocks, written here: their bytes, and so the digests in snapshots, depend on no
//! library, no version and no processor. [`Compression::GzipDeflate`] and [`Compression::ZstdReal`] really compress.

use std::io::Write as _;

/// How bytes are wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    None,
    /// One gzip member of stored blocks.
    Gzip,
    /// This many gzip members, one after the other, as eStargz and pigz -i write them.
    GzipMembers(usize),
    /// Deflate at this level; the bytes depend on the library.
    GzipDeflate(u32),
    /// One zstd frame of raw blocks.
    Zstd,
    /// This many zstd frames and a skippable one at the end, as zstd:chunked writes them.
    ZstdFrames(usize),
    /// Zstd at this level; the bytes depend on the library.
    ZstdReal(i32),
}

/// Wraps the bytes.
pub fn compress(bytes: &[u8], how: Compression) -> Vec<u8> {
    match how {
        Compression::None => bytes.to_vec(),
        Compression::Gzip => gzip_member(bytes),
        Compression::GzipMembers(count) => pieces(bytes, count).flat_map(gzip_member).collect(),
        Compression::GzipDeflate(level) => {
            let builder = flate2::GzBuilder::new().mtime(0);
            let mut encoder = builder.write(Vec::new(), flate2::Compression::new(level));
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
        Compression::Zstd => zstd_frame(bytes),
        Compression::ZstdFrames(count) => {
            let mut out: Vec<u8> = pieces(bytes, count).flat_map(zstd_frame).collect();
            out.extend(skippable_frame(b"a table of contents would stand here"));
            out
        }
        Compression::ZstdReal(level) => zstd::encode_all(bytes, level).unwrap(),
    }
}

/// One gzip member (RFC 1952): no name, no time, stored deflate blocks.
pub fn gzip_member(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let mut blocks = bytes.chunks(0xffff).peekable();
    if blocks.peek().is_none() {
        out.extend([1, 0, 0, 0xff, 0xff]);
    }
    while let Some(block) = blocks.next() {
        let length = block.len() as u16;
        out.push(u8::from(blocks.peek().is_none()));
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend(block);
    }
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    out.extend(crc.sum().to_le_bytes());
    out.extend((bytes.len() as u32).to_le_bytes());
    out
}

/// One zstd frame (RFC 8878): single segment, content size stated, raw blocks, no checksum.
pub fn zstd_frame(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0x28, 0xb5, 0x2f, 0xfd, 0b1010_0000];
    out.extend((bytes.len() as u32).to_le_bytes());
    let mut blocks = bytes.chunks(0x1_0000).peekable();
    if blocks.peek().is_none() {
        out.extend([1, 0, 0]);
    }
    while let Some(block) = blocks.next() {
        let last = u32::from(blocks.peek().is_none());
        let block_header = (block.len() as u32) << 3 | last;
        out.extend(&block_header.to_le_bytes()[..3]);
        out.extend(block);
    }
    out
}

/// A zstd frame that decoders pass over.
pub fn skippable_frame(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0x50, 0x2a, 0x4d, 0x18];
    out.extend((bytes.len() as u32).to_le_bytes());
    out.extend(bytes);
    out
}

fn pieces(bytes: &[u8], count: usize) -> impl Iterator<Item = &[u8]> {
    bytes.chunks(bytes.len().div_ceil(count).max(1))
}
