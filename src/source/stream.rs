//! An archive that is read once from front to back, with nothing stored but its documents.

use std::io::{self, BufRead, Read};

use super::archive::{self, Listing, member_of};
use super::examine::{Facts, Wanted, examine};
use super::member::{Member, MemberKind};
use crate::codec::{Compression, DETECT_BYTES};
use crate::digest::{Algorithm, Digest};
use crate::finding::{Finding, Place};
use crate::limits::Limits;
use crate::tar_index::{StreamFeed, TarReader};

/// What is known of a member after the stream has gone by.
#[derive(Debug, Clone)]
pub(super) struct Passed {
    /// What its bytes are; None for members without content.
    pub(super) facts: Option<Facts>,
    /// Its bytes, when it looked like a document and there was room.
    pub(super) kept: Option<Box<[u8]>>,
}

/// A stream that has gone by.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) listing: Listing,
    /// One for each member of the listing.
    pub(super) passed: Vec<Passed>,
    /// One for each shadowed member.
    pub(super) shadowed: Vec<Passed>,
    /// Whether the first bytes were no archive at all.
    pub(super) is_archive: bool,
}

/// Reads an archive to its end. With `deep`, whatever looks like a layer is inflated on the way.
pub(super) fn pass(reader: impl BufRead, deep: bool, limits: &Limits) -> io::Result<Stream> {
    let mut tar = TarReader::new(StreamFeed::new(reader), limits);
    let mut room = limits.stream_documents;
    let mut entries: Vec<(Member, Passed)> = Vec::new();
    while let Some(entry) = tar.next_member()? {
        let member = member_of(&entry);
        let passed = match member.kind {
            MemberKind::File => take(&mut tar, &member, deep, limits, &mut room)?,
            _ => Passed { facts: None, kept: None },
        };
        entries.push((member, passed));
    }
    let problems = tar.take_problems();
    let is_archive = !entries.is_empty();
    let mut rest = tar.into_feed();
    io::copy(&mut rest, &mut io::sink())?;

    // The listing sorts and sets aside by name; what is known of each member goes with it by its offset.
    let mut known: Vec<(u64, Passed)> = Vec::with_capacity(entries.len());
    let mut members = Vec::with_capacity(entries.len());
    for (number, (mut member, passed)) in (0_u64..).zip(entries) {
        member.offset = number;
        members.push(member);
        known.push((number, passed));
    }
    let mut listing = archive::list(members);
    let mut taken = |member: &Member| {
        let empty = Passed { facts: None, kept: None };
        known.get_mut(member.offset as usize).map_or(empty.clone(), |(_, passed)| std::mem::replace(passed, empty))
    };
    let passed = listing.members.iter().map(&mut taken).collect();
    let shadowed = listing.shadowed.iter().map(&mut taken).collect();
    let findings: Vec<Finding> = problems.iter().map(|p| archive::finding_of(p, &Place::default())).collect();
    listing.findings.extend(findings);
    Ok(Stream { listing, passed, shadowed, is_archive })
}

fn take(
    content: &mut impl BufRead,
    member: &Member,
    deep: bool,
    limits: &Limits,
    room: &mut u64,
) -> io::Result<Passed> {
    let digest =
        Digest::from_blob_path(&member.name).and_then(|digest| digest.algorithm()).unwrap_or(Algorithm::Sha256);
    let first = content.fill_buf()?;
    let is_document = matches!(first.iter().find(|byte| !byte.is_ascii_whitespace()), Some(b'{' | b'[' | 0xef));
    if is_document && member.size <= limits.document_bytes && member.size <= *room {
        *room -= member.size;
        let mut bytes = Vec::new();
        content.take(member.size).read_to_end(&mut bytes)?;
        let facts = Facts { size: bytes.len() as u64, digest: digest.digest(&bytes), layer: None };
        return Ok(Passed { facts: Some(facts), kept: Some(bytes.into()) });
    }
    let compressed = Compression::detect(&first[..first.len().min(DETECT_BYTES)]) != Compression::None;
    let is_layer = compressed || first.get(257..262) == Some(b"ustar") || member.name.ends_with(".tar");
    let diff_id = (deep && is_layer).then_some(Algorithm::Sha256);
    let facts = examine(content, Wanted { digest, diff_id }, limits)?;
    Ok(Passed { facts: Some(facts), kept: None })
}
