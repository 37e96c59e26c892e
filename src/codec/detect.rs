//! What a file is compressed with, by its magic bytes. Media types and file names are claims; these bytes are the fact.

use std::io::{self, BufRead};

use crate::media_type::Compression;

/// How many first bytes [`Compression::detect`] needs: bzip2 has the longest magic, ten bytes.
pub const DETECT_BYTES: usize = 10;

impl Compression {
    /// Tells the compression from the first [`DETECT_BYTES`] bytes; fewer are enough for a file that is shorter.
    ///
    /// A zstd file may begin with a skippable frame (RFC 8878, section 3.1.2), where seekable formats keep their index.
    /// Bzip2 is taken only with the magic of a first block or of an empty stream behind `BZh1`..`BZh9`, because text
    /// can begin like that.
    pub fn detect(first_bytes: &[u8]) -> Compression {
        match first_bytes {
            [0x1f, 0x8b, 8, ..] => Compression::Gzip,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Compression::Xz,
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..]
            | [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, 0x45, 0x38, 0x50, 0x90, ..] => Compression::Bzip2,
            [a, b, c, d, ..] if is_zstd_frame([*a, *b, *c, *d]) => Compression::Zstd,
            _ => Compression::None,
        }
    }

    /// Tells the compression of what a reader has next, which stays there to be read.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub(crate) fn of(reader: &mut impl BufRead) -> io::Result<Compression> {
        let first = reader.fill_buf()?;
        Ok(Compression::detect(&first[..first.len().min(DETECT_BYTES)]))
    }
}

/// Whether these bytes begin a zstd frame: the magic `0xFD2FB528`, or one of the sixteen skippable `0x184D2A50..=5F`,
/// little-endian (RFC 8878, sections 3.1.1 and 3.1.2).
pub(super) fn is_zstd_frame(magic: [u8; 4]) -> bool {
    magic == [0x28, 0xb5, 0x2f, 0xfd] || is_skippable(&magic)
}

/// Whether these bytes begin a skippable frame.
pub(super) fn is_skippable(magic: &[u8]) -> bool {
    matches!(magic, [0x50..=0x5f, 0x2a, 0x4d, 0x18])
}
