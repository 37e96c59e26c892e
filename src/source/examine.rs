//! Reading one blob once, for everything that can be told about it: size, digest, and for a layer what is inside.

use std::io::{self, BufRead, Read};

use crate::codec::{Compression, DETECT_BYTES, Inflate, Trailing};
use crate::digest::{Algorithm, Digest, Hasher};
use crate::limits::{LimitReached, Limits};
use crate::tar_index::{Problem, ProblemKind, StreamFeed, TarReader};

/// What the bytes of a blob are.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Bytes read.
    pub size: u64,
    /// Their digest.
    pub digest: Digest,
    /// How they are compressed, by the first of them.
    pub compression: Compression,
    /// What is inside, where that was asked for.
    pub layer: Option<LayerFacts>,
}

/// What a layer is inside.
#[derive(Debug, Clone)]
pub struct LayerFacts {
    /// How it is compressed, by its first bytes.
    pub compression: Compression,
    /// The digest of the inflated bytes; None when they could not all be had.
    pub diff_id: Option<Digest>,
    /// Inflated bytes.
    pub inflated: u64,
    /// Why it does not inflate.
    pub fault: Option<Fault>,
    /// What follows the compressed data.
    pub trailing: Trailing,
    /// Whether the inflated bytes begin as a tar archive does, or are empty.
    pub is_tar: bool,
    /// What is wrong with the tar archive.
    pub tar_problems: Vec<Problem>,
}

/// Why a layer does not inflate.
#[derive(Debug, Clone)]
pub enum Fault {
    /// The compressed data is broken, or of a kind that ocikit does not inflate.
    Data(String),
    /// It asks for more than a limit allows.
    Limit(LimitReached),
}

/// What is wanted of a blob.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// The algorithm of its digest.
    pub digest: Algorithm,
    /// The algorithm of its diff_id, when it is a layer to be looked into.
    pub diff_id: Option<Algorithm>,
}

/// Reads a blob to its end.
///
/// Memory stays at a few hundred KiB whatever the blob's size, and what zstd frames ask for.
///
/// # Errors
///
/// Those of the reader. A layer that does not inflate is no error, but in [`LayerFacts::fault`].
pub fn examine<R: BufRead>(reader: R, wanted: Wanted, limits: &Limits) -> io::Result<Facts> {
    let mut raw = Hashing::new(reader, wanted.digest);
    let compression = Compression::detect(raw.peek(DETECT_BYTES)?);
    let layer = match wanted.diff_id {
        Some(algorithm) => Some(look_inside(&mut raw, compression, algorithm, limits)?),
        None => None,
    };
    raw.drain()?;
    Ok(Facts { size: raw.seen, digest: raw.hasher.finish(), compression, layer })
}

fn look_inside<R: BufRead>(
    raw: &mut Hashing<R>,
    compression: Compression,
    algorithm: Algorithm,
    limits: &Limits,
) -> io::Result<LayerFacts> {
    let mut facts = LayerFacts {
        compression,
        diff_id: None,
        inflated: 0,
        fault: None,
        trailing: Trailing::None,
        is_tar: false,
        tar_problems: Vec::new(),
    };
    let inflate = match Inflate::new(&mut *raw, compression, limits) {
        Ok(inflate) => inflate,
        Err(error) => {
            facts.fault = Some(fault_of(error)?);
            return Ok(facts);
        }
    };
    // A layer may hold any number of members, one after another; nothing of them is kept.
    let limits = Limits { members: usize::MAX, ..limits.clone() };
    let mut tar = TarReader::new(StreamFeed::new(Hashing::new(inflate, algorithm)), &limits);
    let mut members = 0_u64;
    let walked = loop {
        match tar.next_member() {
            Ok(Some(_)) => members += 1,
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    facts.tar_problems = tar.take_problems();
    let mut inflated = tar.into_feed().into_inner();
    let drained = walked.and_then(|()| inflated.drain());
    facts.inflated = inflated.seen;
    facts.trailing = inflated.inner.trailing();
    match drained {
        Ok(()) => facts.diff_id = Some(inflated.hasher.finish()),
        Err(error) => facts.fault = Some(fault_of(error)?),
    }
    let begins_wrong = |problem: &Problem| problem.offset == 0 && problem.kind.stops_walk();
    facts.is_tar = members > 0 || !facts.tar_problems.iter().any(begins_wrong);
    if facts.fault.is_some() {
        // What the inflated part lacks follows from the fault.
        facts
            .tar_problems
            .retain(|problem| !matches!(problem.kind, ProblemKind::Truncated { .. } | ProblemKind::EndMissing));
    }
    Ok(facts)
}

/// Errors of the data become facts; errors of the reader underneath stay errors.
fn fault_of(error: io::Error) -> io::Result<Fault> {
    let inner = error.get_ref();
    if let Some(reached) = inner.and_then(|inner| inner.downcast_ref::<LimitReached>()) {
        return Ok(Fault::Limit(reached.clone()));
    }
    if inner.is_some_and(|inner| inner.is::<crate::codec::InflateError>()) {
        return Ok(Fault::Data(error.to_string()));
    }
    Err(error)
}

/// A reader that hashes what it lends, each byte once, in the large pieces in which it comes.
struct Hashing<R> {
    inner: R,
    hasher: Hasher,
    /// Bytes of the lent piece that are hashed already.
    hashed: usize,
    seen: u64,
}

impl<R: BufRead> Hashing<R> {
    fn new(inner: R, algorithm: Algorithm) -> Self {
        Hashing { inner, hasher: Hasher::new(algorithm), hashed: 0, seen: 0 }
    }

    /// The first bytes, as many as are lent at once up to `count`.
    fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        let piece = self.fill_buf()?;
        Ok(&piece[..piece.len().min(count)])
    }

    fn drain(&mut self) -> io::Result<()> {
        loop {
            match self.fill_buf() {
                Ok([]) => return Ok(()),
                Ok(piece) => {
                    let length = piece.len();
                    self.consume(length);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl<R: BufRead> BufRead for Hashing<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let piece = self.inner.fill_buf()?;
        if self.hashed < piece.len() {
            self.hasher.update(&piece[self.hashed..]);
            self.seen += (piece.len() - self.hashed) as u64;
            self.hashed = piece.len();
        }
        Ok(piece)
    }

    fn consume(&mut self, count: usize) {
        self.hashed -= count.min(self.hashed);
        self.inner.consume(count);
    }
}

impl<R: BufRead> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let piece = self.fill_buf()?;
        let count = piece.len().min(buffer.len());
        buffer[..count].copy_from_slice(&piece[..count]);
        self.consume(count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn look(bytes: &[u8]) -> LayerFacts {
        let wanted = Wanted { digest: Algorithm::Sha256, diff_id: Some(Algorithm::Sha256) };
        let facts = examine(bytes, wanted, &Limits::default()).unwrap();
        assert_eq!(facts.digest, Algorithm::Sha256.digest(bytes));
        assert_eq!(facts.size, bytes.len() as u64);
        facts.layer.unwrap()
    }

    fn archive() -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_ustar();
        header.set_size(5);
        header.set_cksum();
        builder.append_data(&mut header, "hello.txt", &b"hello"[..]).unwrap();
        builder.into_inner().unwrap()
    }

    #[test]
    fn a_layer_in_one_pass() {
        let tar = archive();
        for (bytes, compression) in [(tar.clone(), Compression::None), (gzip(&tar), Compression::Gzip)] {
            let facts = look(&bytes);
            assert_eq!(facts.compression, compression);
            assert_eq!(facts.diff_id, Some(Algorithm::Sha256.digest(&tar)));
            assert!(facts.is_tar && facts.tar_problems.is_empty() && facts.fault.is_none());
        }
    }

    #[test]
    fn broken_layers_are_facts() {
        let good = gzip(&archive());
        let cut = look(&good[..good.len() - 9]);
        assert!(matches!(cut.fault, Some(Fault::Data(_))) && cut.diff_id.is_none());
        let padded = look(&[good.clone(), vec![0; 100]].concat());
        assert_eq!(padded.trailing, Trailing::Zeros(100));
        assert!(padded.diff_id.is_some());
        assert!(!look(&gzip(b"no archive at all, only text that is longer than nothing")).is_tar);
    }
}
