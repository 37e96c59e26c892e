//! Where the table of contents of a layer is in its blob, and whether it is the one that an annotation names.

use std::io::{self, BufRead, Read};

use crate::codec::{Compression, Inflate};
use crate::digest::{Algorithm, Digest};
use crate::doc::Annotations;
use crate::finding::Severity;
use crate::limits::{LimitReached, Limits};
use crate::source::walk_layer;

/// `io.github.containers.zstd-chunked.`, and what it was before 2022.
const ZSTD_CHUNKED: [&str; 2] = ["io.github.containers.zstd-chunked.", "io.containers.zstd-chunked."];
/// `containerd.io/snapshot/stargz/toc.digest`: the digest of the table of an eStargz layer.
const STARGZ_DIGEST: &str = "containerd.io/snapshot/stargz/toc.digest";
/// The name of the table in an eStargz layer.
pub(super) const STARGZ_NAME: &[u8] = b"stargz.index.json";
/// The empty gzip members at the end of an eStargz layer and of its forerunner: their length, and what is in the
/// header between its tenth byte and the sixteen hex digits that say where the table begins.
const FOOTERS: [(usize, &[u8]); 2] = [(51, &[26, 0, b'S', b'G', 22, 0]), (47, &[22, 0])];
/// The end of a layer of the stargz snapshotter's in zstd: offset, length, inflated length and kind of the table, eight
/// bytes each, and this.
const ZSTD_MAGIC: &[u8] = b"GNUlInUx";
const ZSTD_FOOTER_BYTES: usize = 40;
/// The longest of these.
const TAIL_BYTES: u64 = 51;

/// What a descriptor says about the table of its layer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Claim {
    /// The table in a skippable frame: its first byte, its length, and its digest as it is stored.
    ZstdChunked { offset: u64, length: u64, digest: Digest },
    /// The table that the footer references, and its digest.
    Stargz { digest: Digest },
}

/// Why there is no table to look at.
#[derive(Debug)]
pub(super) struct TocFault {
    pub(super) severity: Severity,
    pub(super) detail: String,
    pub(super) compared: Option<(String, String)>,
}

impl TocFault {
    /// Whoever looks for the table finds none, and takes the layer as a whole.
    pub(super) fn absent(detail: impl Into<String>) -> Self {
        TocFault { severity: Severity::Warning, detail: detail.into(), compared: None }
    }

    pub(super) fn error(detail: impl Into<String>) -> Self {
        TocFault { severity: Severity::Error, detail: detail.into(), compared: None }
    }
}

impl From<io::Error> for TocFault {
    fn from(error: io::Error) -> Self {
        TocFault::error(format!("the table of contents cannot be read: {error}"))
    }
}

impl From<LimitReached> for TocFault {
    fn from(reached: LimitReached) -> Self {
        TocFault::absent(format!("the table of contents was not compared with the layer: {reached}"))
    }
}

impl Claim {
    /// What the annotations name; they may name a table in either way.
    pub(super) fn of(annotations: &Annotations) -> impl Iterator<Item = Result<Self, TocFault>> {
        let of_chunked = ZSTD_CHUNKED.iter().find_map(|prefix| {
            let value = |key: &str| annotations.get(&format!("{prefix}{key}"));
            let (position, digest) = (value("manifest-position"), value("manifest-checksum"));
            (position.is_some() || digest.is_some()).then_some((position, digest))
        });
        let of_chunked =
            of_chunked.map(|(position, digest)| chunked(position.unwrap_or_default(), digest.unwrap_or_default()));
        let of_stargz = annotations.get(STARGZ_DIGEST).map(|digest| match digest.parse() {
            Ok(digest) => Ok(Claim::Stargz { digest }),
            Err(_) => Err(TocFault::error(format!("the value of the annotation `{STARGZ_DIGEST}` is not a digest"))),
        });
        of_chunked.into_iter().chain(of_stargz)
    }
}

/// A position is `offset:length:inflated length:kind`.
fn chunked(position: &str, digest: &str) -> Result<Claim, TocFault> {
    let mut numbers = position.split(':').map(str::parse);
    match (numbers.next(), numbers.next(), digest.parse()) {
        (Some(Ok(offset)), Some(Ok(length)), Ok(digest)) => Ok(Claim::ZstdChunked { offset, length, digest }),
        _ => Err(TocFault::error(
            "the zstd:chunked annotations do not give a valid position and digest of a table of contents",
        )),
    }
}

/// The table, as JSON. `open` opens the blob, which has this size.
pub(super) fn read<R: BufRead>(
    claim: &Claim,
    open: &dyn Fn() -> io::Result<R>,
    size: u64,
    limits: &Limits,
) -> Result<Vec<u8>, TocFault> {
    match claim {
        Claim::ZstdChunked { offset, length, digest } => {
            if offset.checked_add(*length).is_none_or(|end| end > size) {
                let detail = "the zstd:chunked annotations give a position beyond the end of the layer";
                let (end, found) = (format!("at most {size} bytes"), format!("{offset} + {length} bytes"));
                return Err(TocFault { compared: Some((end, found)), ..TocFault::absent(detail) });
            }
            let stored = bytes_at(open, *offset, *length, limits)?;
            require_digest(&stored, digest)?;
            let inflate = Inflate::new(stored.as_slice(), Compression::Zstd, limits)?;
            all_of(inflate, limits)
        }
        Claim::Stargz { digest } => {
            let tail = bytes_at(open, size.saturating_sub(TAIL_BYTES), TAIL_BYTES, limits)?;
            let table = match (zstd_footer(&tail, size), stargz_footer(&tail, size)) {
                (Some((offset, length)), _) => {
                    let stored = bytes_at(open, offset, length, limits)?;
                    all_of(Inflate::new(stored.as_slice(), Compression::Zstd, limits)?, limits)?
                }
                (None, Some((offset, end))) => stargz_table(open, offset, end, limits)?,
                // It may be kept elsewhere, in an image of its own.
                (None, None) => {
                    let detail = "the layer has no eStargz footer, so its table of contents was not found";
                    return Err(TocFault::absent(detail));
                }
            };
            require_digest(&table, digest)?;
            Ok(table)
        }
    }
}

fn require_digest(bytes: &[u8], expected: &Digest) -> Result<(), TocFault> {
    let found = expected.algorithm().unwrap_or(Algorithm::Sha256).digest(bytes);
    if found == *expected {
        return Ok(());
    }
    let detail = "the table of contents does not match the digest in the annotation; lazy-pulling snapshotters \
        refuse it";
    Err(TocFault { compared: Some((expected.to_string(), found.to_string())), ..TocFault::error(detail) })
}

/// Reads from a place in the blob on.
fn from<R: BufRead>(open: &dyn Fn() -> io::Result<R>, offset: u64) -> io::Result<R> {
    let mut reader = open()?;
    io::copy(&mut reader.by_ref().take(offset), &mut io::sink())?;
    Ok(reader)
}

fn bytes_at<R: BufRead>(
    open: &dyn Fn() -> io::Result<R>,
    offset: u64,
    length: u64,
    limits: &Limits,
) -> Result<Vec<u8>, TocFault> {
    all_of(from(open, offset)?.take(length), limits)
}

fn all_of(reader: impl Read, limits: &Limits) -> Result<Vec<u8>, TocFault> {
    let limit = limits.document_bytes;
    let mut bytes = Vec::new();
    reader.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(LimitReached { name: "document-bytes", limit }.into());
    }
    Ok(bytes)
}

/// Where the table stands that the end of a layer in zstd names, and how long it is.
fn zstd_footer(tail: &[u8], size: u64) -> Option<(u64, u64)> {
    let footer = tail.get(tail.len().checked_sub(ZSTD_FOOTER_BYTES)?..)?;
    let number = |at: usize| footer.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes);
    let (offset, length) = number(0).zip(number(8)).filter(|_| footer.ends_with(ZSTD_MAGIC))?;
    offset.checked_add(length).is_some_and(|end| end <= size).then_some((offset, length))
}

/// Where the table of an eStargz layer begins, and where the footer that says so does.
fn stargz_footer(tail: &[u8], size: u64) -> Option<(u64, u64)> {
    FOOTERS.iter().find_map(|(length, before)| {
        let footer = tail.get(tail.len().checked_sub(*length)?..)?;
        let field = footer.strip_prefix(&[0x1f, 0x8b, 8, 4])?.get(6..)?.strip_prefix(*before)?;
        let digits = std::str::from_utf8(field.get(..16)?).ok().filter(|_| field.get(16..22) == Some(b"STARGZ"))?;
        let (offset, start) = (u64::from_str_radix(digits, 16).ok()?, size.checked_sub(*length as u64)?);
        (offset < start).then_some((offset, start))
    })
}

/// The table is the one member of a tar archive in a gzip member of its own.
fn stargz_table<R: BufRead>(
    open: &dyn Fn() -> io::Result<R>,
    offset: u64,
    end: u64,
    limits: &Limits,
) -> Result<Vec<u8>, TocFault> {
    let stored = from(open, offset)?.take(end - offset);
    let mut table = None;
    walk_layer(stored, None, None, limits, &mut |member, content| {
        if table.is_none() && *member.name == *STARGZ_NAME {
            table = Some(all_of(content, limits));
        }
        Ok(())
    })?;
    table.unwrap_or_else(|| Err(TocFault::absent("the eStargz footer does not point to a table of contents")))
}
