//! Sparse files: where in a file the stored pieces belong (GNU tar manual, "Storing Sparse Files").

use std::io;

use super::block::{BLOCK, Block, Taken, number, take_block};
use super::header::Header;
use super::{Feed, Member, ProblemKind, TarReader};
use crate::limits::LimitReached;

/// A piece of a file that the archive stores: where it begins in the file, and its length.
pub(super) type Piece = (u64, u64);

/// What pax records say about a sparse file.
#[derive(Debug)]
pub(super) struct PaxSparse {
    /// The size of the whole file; where no record says it, the size in the header is that.
    pub(super) size: Option<u64>,
    pub(super) map: PaxMap,
}

/// Where the map of a sparse file is.
#[derive(Debug)]
pub(super) enum PaxMap {
    /// In the records, as versions 0.0 and 0.1 have it; or what is wrong with it.
    Records(Result<Vec<Piece>, String>),
    /// In front of the content, as version 1.0 has it.
    Content,
}

/// What comes next in a sparse file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ahead {
    /// Zero bytes that the archive does not store.
    Hole(u64),
    /// Stored bytes.
    Stored(u64),
}

/// How far a sparse file has been read.
#[derive(Debug, Default)]
pub(super) struct Expanding {
    pieces: std::vec::IntoIter<Piece>,
    current: Option<Piece>,
    at: u64,
    size: u64,
}

impl Expanding {
    /// What comes next; `Hole(0)` at the end.
    pub(super) fn ahead(&mut self) -> Ahead {
        while self.current.is_none_or(|(offset, length)| offset + length <= self.at) {
            match self.pieces.next() {
                Some(piece) => self.current = Some(piece),
                None => return Ahead::Hole(self.size.saturating_sub(self.at)),
            }
        }
        match self.current {
            Some((offset, _)) if offset > self.at => Ahead::Hole(offset - self.at),
            Some((offset, length)) => Ahead::Stored(offset + length - self.at),
            None => Ahead::Hole(0),
        }
    }

    /// Passes over bytes of what comes next.
    pub(super) fn pass(&mut self, bytes: u64) {
        self.at += bytes;
    }
}

/// Orders the map of a file of this size, of which `stored` bytes are stored; or what is wrong with it.
///
/// As strict as Go's `archive/tar`: pieces in order, none beyond the end, all that is stored in one of them.
pub(super) fn expand(pieces: Vec<Piece>, size: u64, stored: u64) -> Result<Expanding, String> {
    let mut end = 0;
    let mut sum = 0_u64;
    for &(offset, length) in &pieces {
        if offset < end {
            return Err("the pieces of a sparse file overlap or are out of order".to_owned());
        }
        end = offset
            .checked_add(length)
            .filter(|end| *end <= size)
            .ok_or("a piece of a sparse file is beyond its end")?;
        // The pieces do not overlap, so that their sum is at most the end.
        sum += length;
    }
    if sum != stored {
        return Err(format!("the pieces of a sparse file have {sum} bytes, but the member stores {stored} bytes"));
    }
    Ok(Expanding { pieces: pieces.into_iter(), current: None, at: 0, size })
}

/// Where the numbers of an old GNU map begin in a header, and how many pieces it holds.
const OLD_IN_HEADER: (usize, usize) = (386, 4);
/// The same for each block that goes on with it.
const OLD_IN_BLOCK: (usize, usize) = (0, 21);

/// The part of an old GNU map in a block behind the header.
pub(super) fn old_in_block(block: &Block, pieces: &mut Vec<Piece>) -> Result<(), String> {
    old_pieces(block, OLD_IN_BLOCK, pieces)
}

fn old_pieces(block: &Block, (from, most): (usize, usize), pieces: &mut Vec<Piece>) -> Result<(), String> {
    for entry in block[from..].chunks_exact(24).take(most) {
        // The end, as GNU tar, libarchive and Go have it.
        if entry[0] == 0 {
            break;
        }
        pieces.push((positive(&entry[..12])?, positive(&entry[12..])?));
    }
    Ok(())
}

fn positive(field: &[u8]) -> Result<u64, String> {
    let value = number(field).and_then(|value| u64::try_from(value).ok());
    value.ok_or_else(|| "the map of a sparse file contains a value that is not a number from 0 to 2^63 - 1".to_owned())
}

/// Reads the numbers of a 1.0 map: decimal digits, a newline after each.
#[derive(Default)]
struct Numbers {
    /// How many there are; the first of them says it.
    expected: Option<u64>,
    offset: Option<u64>,
    digits: Option<u64>,
    pieces: Vec<Piece>,
}

impl Numbers {
    fn is_whole(&self) -> bool {
        self.expected == Some(self.pieces.len() as u64)
    }

    fn take(&mut self, block: &[u8]) -> Result<(), String> {
        let malformed = || "the map of a sparse file does not consist of decimal numbers".to_owned();
        for &byte in block {
            if self.is_whole() {
                break;
            }
            if byte != b'\n' {
                let digit = byte.checked_sub(b'0').filter(|digit| *digit < 10).ok_or_else(malformed)?;
                let value = self.digits.unwrap_or(0).checked_mul(10).and_then(|value| value.checked_add(digit.into()));
                self.digits = Some(value.filter(|value| i64::try_from(*value).is_ok()).ok_or_else(malformed)?);
                continue;
            }
            let value = self.digits.take().ok_or_else(malformed)?;
            match (self.expected, self.offset.take()) {
                (None, _) => self.expected = Some(value),
                (Some(_), None) => self.offset = Some(value),
                (Some(_), Some(offset)) => self.pieces.push((offset, value)),
            }
        }
        Ok(())
    }
}

impl<F: Feed> TarReader<F> {
    /// Begins to expand a file with an old GNU map: the pieces in its header, and those in the blocks behind it.
    pub(super) fn expand_old(
        &mut self,
        header: &Header<'_>,
        blocks: Vec<Piece>,
        member: &mut Member,
    ) -> Result<(), ProblemKind> {
        if !header.is_gnu() {
            return Err(malformed("a sparse file in a header that is not in GNU format"));
        }
        let mut pieces = Vec::with_capacity(OLD_IN_HEADER.1 + blocks.len());
        let read = old_pieces(header.0, OLD_IN_HEADER, &mut pieces).and_then(|()| positive(&header.0[483..495]));
        let size = read.map_err(malformed)?;
        pieces.extend(blocks);
        self.begin_expanding(pieces, size, member)
    }

    /// Begins to expand a file of which pax records say that it is sparse; a map in front of its content is passed.
    pub(super) fn expand_pax(
        &mut self,
        records: PaxSparse,
        member: &mut Member,
    ) -> io::Result<Result<(), ProblemKind>> {
        let size = records.size.unwrap_or(member.size);
        let pieces = match records.map {
            PaxMap::Records(pieces) => pieces.map_err(malformed),
            PaxMap::Content => self.map_in_content()?,
        };
        Ok(pieces.and_then(|pieces| self.begin_expanding(pieces, size, member)))
    }

    fn map_in_content(&mut self) -> io::Result<Result<Vec<Piece>, ProblemKind>> {
        let mut numbers = Numbers::default();
        let mut block: Block = [0; BLOCK];
        let mut read = 0;
        while !numbers.is_whole() {
            read += BLOCK as u64;
            if read > self.pax_max {
                let reached = LimitReached { name: "pax-bytes", limit: self.pax_max };
                return Ok(Err(ProblemKind::ExtensionOverLimit { size: read, reached }));
            }
            // A map fills whole blocks.
            let left = self.content_left.checked_sub(BLOCK as u64);
            let (Some(left), Taken::Block) = (left, take_block(&mut self.feed, &mut block, 0)?) else {
                return Ok(Err(malformed("the content ends in the map of a sparse file")));
            };
            self.content_left = left;
            if let Err(what) = numbers.take(&block) {
                return Ok(Err(malformed(what)));
            }
        }
        Ok(Ok(numbers.pieces))
    }

    fn begin_expanding(&mut self, pieces: Vec<Piece>, size: u64, member: &mut Member) -> Result<(), ProblemKind> {
        let stored = self.content_left;
        let expanding = expand(pieces, size, stored).map_err(malformed)?;
        let Some(left) = self.holes_left.checked_sub(size - stored) else {
            return Err(ProblemKind::LimitReached(LimitReached { name: "sparse-bytes", limit: self.holes_max }));
        };
        self.holes_left = left;
        self.expanding = Some(expanding);
        member.size = size;
        if size > stored {
            member.extra.get_or_insert_default().holes = size - stored;
        }
        Ok(())
    }
}

fn malformed(what: impl Into<String>) -> ProblemKind {
    ProblemKind::HeaderMalformed { what: what.into() }
}
