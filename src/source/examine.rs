//! Reading one blob once, for everything that can be known about it: size, digest, and for a layer what is inside.

use std::io::{self, BufRead};

use super::entry_conflict::EntryConflict;
use super::hashing::Hashing;
use super::layer_entries::LayerEntries;
use super::outline::Outline;
use crate::codec::{Compression, DETECT_BYTES, Inflate, Oddity, Trailing};
use crate::digest::{Algorithm, Digest};
use crate::limits::{LimitReached, Limits};
use crate::tar_index::{EntryContent, Member, Problem, ProblemKind, StreamFeed, TarReader};

/// What the bytes of a blob are.
#[derive(Debug, Clone)]
pub struct BlobFacts {
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
    /// The same by the second algorithm, where one was asked for.
    pub diff_id_also: Option<Digest>,
    /// Inflated bytes.
    pub inflated: u64,
    /// Why it does not inflate.
    pub fault: Option<Fault>,
    /// What follows the compressed data.
    pub trailing: Trailing,
    /// What not all readers inflate.
    pub oddity: Option<Oddity>,
    /// Whether the inflated bytes begin as a tar archive does, or are empty.
    pub is_tar: bool,
    /// What is wrong with the tar archive.
    pub tar_problems: Vec<Problem>,
    /// Names that are listed twice, or are removed where they stand, and other entries that readers take differently.
    pub conflicts: Vec<EntryConflict>,
    /// What the layers above have to know of it.
    pub outline: Outline,
}

/// Why a layer does not inflate.
#[derive(Debug, Clone)]
pub enum Fault {
    /// The compressed data is broken, or of a kind that ocikit does not inflate.
    Data(String),
    /// It asks for more than a limit allows.
    Limit(LimitReached),
}

/// What is asked of a blob.
#[derive(Debug, Clone, Copy)]
pub struct ExamineOptions {
    /// The algorithm of its digest.
    pub digest: Algorithm,
    /// The algorithm of its diff_id, when it is a layer to be inspected.
    pub diff_id: Option<Algorithm>,
    /// A second algorithm of its diff_id, where the config that will say which is not known yet.
    pub diff_id_also: Option<Algorithm>,
}

/// Reads a blob to its end.
///
/// Memory stays at a few hundred KiB whatever the blob's size, and what zstd frames ask for.
///
/// # Errors
///
/// Those of the reader. A layer that does not inflate is no error, but in [`LayerFacts::fault`].
pub fn examine<R: BufRead>(reader: R, options: ExamineOptions, limits: &Limits) -> io::Result<BlobFacts> {
    let mut raw = Hashing::new(reader, Some(options.digest));
    let compression = Compression::detect(raw.peek(DETECT_BYTES)?);
    let layer = match options.diff_id {
        Some(algorithm) => {
            let algorithms = [Some(algorithm), options.diff_id_also];
            Some(look_inside(&mut raw, compression, algorithms, limits, &mut |_, _| Ok(()))?)
        }
        None => None,
    };
    raw.drain()?;
    let (size, digest) = (raw.seen(), raw.finish().unwrap_or_else(|| options.digest.digest(b"")));
    Ok(BlobFacts { size, digest, compression, layer })
}

/// What [`walk_layer`] hands a member to, with its content.
pub type Visit<'v> = dyn FnMut(Member, &mut dyn EntryContent) -> io::Result<()> + 'v;

/// What reading a layer showed.
#[derive(Debug, Clone)]
pub struct Walked {
    /// Bytes read.
    pub size: u64,
    /// Their digest, where it was asked for.
    pub digest: Option<Digest>,
    /// What is inside.
    pub layer: LayerFacts,
}

/// Reads a layer to its end, once, and hands each of its members to `visit`. Hashes what it is asked to hash; the bytes
/// of an uncompressed layer only once.
///
/// # Errors
///
/// Those of the reader and of `visit`. A layer that does not inflate is no error, but in [`LayerFacts::fault`].
pub fn walk_layer<R: BufRead>(
    reader: R,
    digest: Option<Algorithm>,
    diff_id: Option<Algorithm>,
    limits: &Limits,
    visit: &mut Visit<'_>,
) -> io::Result<Walked> {
    let mut raw = Hashing::new(reader, digest);
    let compression = Compression::detect(raw.peek(DETECT_BYTES)?);
    let same = compression == Compression::None && digest == diff_id;
    let mut layer = look_inside(&mut raw, compression, [diff_id.filter(|_| !same), None], limits, visit)?;
    raw.drain()?;
    let (size, digest) = (raw.seen(), raw.finish());
    if same && layer.fault.is_none() {
        layer.diff_id.clone_from(&digest);
    }
    Ok(Walked { size, digest, layer })
}

fn look_inside<R: BufRead>(
    raw: &mut Hashing<R>,
    compression: Compression,
    [algorithm, also]: [Option<Algorithm>; 2],
    limits: &Limits,
    visit: &mut Visit<'_>,
) -> io::Result<LayerFacts> {
    let mut facts = LayerFacts {
        compression,
        diff_id: None,
        diff_id_also: None,
        inflated: 0,
        fault: None,
        trailing: Trailing::None,
        oddity: None,
        is_tar: false,
        tar_problems: Vec::new(),
        conflicts: Vec::new(),
        outline: Outline::default(),
    };
    let inflate = match Inflate::new(&mut *raw, compression, limits) {
        Ok(inflate) => inflate,
        Err(error) => {
            facts.fault = Some(fault_of(error)?);
            return Ok(facts);
        }
    };
    // A layer may hold any number of members, one after another; whoever keeps something of them bounds it.
    let limits = Limits { members: usize::MAX, ..limits.clone() };
    let mut tar =
        TarReader::new(StreamFeed::new(Hashing::new(Hashing::new(inflate, also), algorithm)), &limits).as_layer(true);
    let mut members = 0_u64;
    let mut entries = LayerEntries::new(limits.entries);
    let walked = loop {
        match tar.next_member() {
            Ok(Some(member)) => {
                members += 1;
                entries.add(&member);
                if let Err(error) = visit(member, &mut tar) {
                    break Err(error);
                }
            }
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    facts.tar_problems = tar.take_problems();
    (facts.conflicts, facts.outline) = entries.finish();
    let mut inflated = tar.into_feed().into_inner();
    let drained = walked.and_then(|()| inflated.drain());
    facts.inflated = inflated.seen();
    facts.trailing = inflated.get_ref().get_ref().trailing();
    facts.oddity = inflated.get_ref().get_ref().oddity();
    match drained {
        Ok(()) => {
            let (diff_id, rest) = inflated.finish_both();
            let (also, inflate) = rest.finish_both();
            (facts.diff_id, facts.diff_id_also) = (diff_id, also);
            inflate.into_inner();
        }
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
        let options =
            ExamineOptions { digest: Algorithm::Sha256, diff_id: Some(Algorithm::Sha256), diff_id_also: None };
        let facts = examine(bytes, options, &Limits::default()).unwrap();
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
