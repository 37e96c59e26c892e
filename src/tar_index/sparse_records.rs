//! The pax records about a sparse file (GNU tar manual, "Storing Sparse Files"), read as Go's `archive/tar` reads them.

use super::sparse::{PaxMap, PaxSparse, Piece};

/// What the records of one header say.
#[derive(Default)]
pub(super) struct SparseRecords<'a> {
    any: bool,
    major: &'a [u8],
    minor: &'a [u8],
    /// 0.1: all numbers in one record.
    map: &'a [u8],
    /// 0.0: a record for each number.
    numbers: Vec<&'a [u8]>,
    /// Offsets and lengths do not take turns.
    is_mixed: bool,
    blocks: &'a [u8],
    size: &'a [u8],
    real_size: &'a [u8],
}

impl<'a> SparseRecords<'a> {
    pub(super) fn note(&mut self, key: &[u8], value: &'a [u8]) {
        let Some(what) = key.strip_prefix(b"GNU.sparse.") else { return };
        self.any = true;
        match what {
            b"major" => self.major = value,
            b"minor" => self.minor = value,
            b"map" => self.map = value,
            b"numblocks" => self.blocks = value,
            b"size" => self.size = value,
            b"realsize" => self.real_size = value,
            b"offset" | b"numbytes" => {
                self.is_mixed |= (what == b"offset") != self.numbers.len().is_multiple_of(2);
                self.numbers.push(value);
            }
            _ => {}
        }
    }

    /// Whether there is a sparse file of a version that readers know; None where no record is about one. 0.0 and 0.1 may
    /// leave the version out, and have a map.
    pub(super) fn is_known(&self) -> Option<bool> {
        let known = match (self.major, self.minor) {
            (b"0", b"0" | b"1") | (b"1", b"0") => true,
            (b"", b"") => !self.map.is_empty() || !self.numbers.is_empty(),
            _ => false,
        };
        self.any.then_some(known)
    }

    /// The size and the map, or where that is. Only of a version that is known.
    pub(super) fn finish(self) -> PaxSparse {
        let size = [self.size, self.real_size].into_iter().find(|size| !size.is_empty()).map(number);
        let map = match (size, self.major) {
            (Some(None), _) => PaxMap::Records(Err("the size of a sparse file is not a number".to_owned())),
            (_, b"1") => PaxMap::Content,
            _ => PaxMap::Records(self.pieces()),
        };
        PaxSparse { size: size.flatten(), map }
    }

    fn pieces(&self) -> Result<Vec<Piece>, String> {
        if self.is_mixed {
            return Err("the map of a sparse file has an offset without a length".to_owned());
        }
        let of_map = || self.map.split(|byte| *byte == b',').filter(|_| !self.map.is_empty()).collect();
        let numbers: Vec<&[u8]> = if self.numbers.is_empty() { of_map() } else { self.numbers.clone() };
        let blocks = number(self.blocks).filter(|blocks| blocks.checked_mul(2) == Some(numbers.len() as u64));
        if blocks.is_none() {
            return Err("`GNU.sparse.numblocks` is not the number of pieces of the sparse file".to_owned());
        }
        let pairs = numbers.chunks_exact(2).map(|pair| Some((number(pair.first()?)?, number(pair.get(1)?)?)));
        let pieces: Option<Vec<Piece>> = pairs.collect();
        pieces.ok_or_else(|| "the map of a sparse file contains a value that is not a decimal number".to_owned())
    }
}

fn number(text: &[u8]) -> Option<u64> {
    super::digits::digits(text).and_then(|number| u64::try_from(number).ok())
}
