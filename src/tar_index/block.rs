//! One block of 512 bytes, and the fields that a header keeps in it.
//!
//! The fields are decoded here and not by `tar::Header`, which reads a base-256 number modulo 2^64, takes negative ones for
//! huge ones, and an empty octal field for an error: two of these let a crafted size pass, and the third refuses archives
//! that every other reader takes.

use std::io::{self, BufRead};

/// The unit of an archive, in bytes.
pub(crate) const BLOCK: usize = 512;

/// One block as it was read.
pub(super) type Block = [u8; BLOCK];

/// What was there when a block was wanted.
pub(super) enum Taken {
    /// A whole block.
    Block,
    /// Fewer bytes, then the end.
    Partial(usize),
    /// The end.
    End,
}

/// Reads the next block into `block`, from its byte `from` on.
pub(super) fn take_block<F: BufRead>(feed: &mut F, block: &mut Block, from: usize) -> io::Result<Taken> {
    let mut filled = from.min(BLOCK);
    while filled < BLOCK {
        let bytes = match feed.fill_buf() {
            Ok([]) => return Ok(if filled == 0 { Taken::End } else { Taken::Partial(filled) }),
            Ok(chunk) => {
                let bytes = chunk.len().min(BLOCK - filled);
                block[filled..filled + bytes].copy_from_slice(&chunk[..bytes]);
                bytes
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
        feed.consume(bytes);
        filled += bytes;
    }
    Ok(Taken::Block)
}

/// Whether these bytes begin with the header of a member, or with the end marker of an archive without members.
pub(crate) fn begins_with_header(bytes: &[u8]) -> bool {
    bytes.first_chunk::<BLOCK>().is_some_and(|block| is_zero(block) || checksum(block).is_ok())
}

pub(super) fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|b| *b == 0)
}

/// The bytes of a text field up to its first NUL.
pub(super) fn text(field: &[u8]) -> &[u8] {
    field.split(|b| *b == 0).next().unwrap_or_default()
}

/// A number field: octal digits, or base 256 when the first bit is set (GNU; also what star and Go write).
///
/// Spaces and NULs may stand before the digits, and a space or NUL ends them; an empty field is 0. `None` for anything
/// else and for what does not fit.
pub(crate) fn number(field: &[u8]) -> Option<i64> {
    match field.first() {
        Some(first) if first & 0x80 != 0 => base_256(field),
        _ => octal(field),
    }
}

fn octal(field: &[u8]) -> Option<i64> {
    let start = field.iter().position(|b| !matches!(b, b' ' | 0)).unwrap_or(field.len());
    let digits = field.get(start..)?;
    let end = digits.iter().position(|b| matches!(b, b' ' | 0)).unwrap_or(digits.len());
    let (digits, rest) = digits.split_at(end);
    // "12 34": two numbers, of which each reader may take another. Behind a NUL anything may stand.
    if !text(rest).iter().all(|b| *b == b' ') {
        return None;
    }
    digits.iter().try_fold(0_i64, |value, digit| match digit {
        b'0'..=b'7' => value.checked_mul(8)?.checked_add(i64::from(digit - b'0')),
        _ => None,
    })
}

/// Whether readers take a number field for different numbers: NUL bytes before the digits end it for some, and blanks
/// without a digit are 0 or no number.
pub(super) fn is_ambiguous(field: &[u8]) -> bool {
    let start = field.iter().position(|b| !matches!(b, b' ' | 0));
    match start {
        Some(start) => field.get(..start).is_some_and(|before| before.contains(&0)),
        None => field.contains(&b' '),
    }
}

/// Two's complement, big-endian, with the first bit taken as the mark and the second as the sign.
fn base_256(field: &[u8]) -> Option<i64> {
    let (first, rest) = field.split_first()?;
    let negative = first & 0x40 != 0;
    let start = i64::from(first & 0x3f) - if negative { 0x40 } else { 0 };
    rest.iter().try_fold(start, |value, byte| value.checked_mul(256)?.checked_add(i64::from(*byte)))
}

/// Whether the checksum field holds the sum of the header's bytes, with the field itself taken as spaces.
///
/// POSIX sums unsigned bytes; some old tars summed signed ones, and readers take both. `Err` has the sum and what is stored.
pub(super) fn checksum(block: &Block) -> Result<(), (i64, Option<i64>)> {
    let spaces = 8 * i64::from(b' ');
    let field = &block[148..156];
    let unsigned = |bytes: &[u8]| bytes.iter().map(|b| u32::from(*b)).sum::<u32>();
    let sum = i64::from(unsigned(block)) - i64::from(unsigned(field)) + spaces;
    let stored = octal(field);
    if stored == Some(sum) {
        return Ok(());
    }
    let above = |bytes: &[u8]| bytes.iter().filter(|b| **b >= 0x80).count() as i64;
    let signed = sum - 256 * (above(block) - above(field));
    if stored == Some(signed) { Ok(()) } else { Err((sum, stored)) }
}
