//! An archive that is read once from front to back, with nothing stored but its documents.

use std::io::{self, BufRead, Read};

use super::archive::{self, member_of};
use super::examine::{BlobFacts, ExamineOptions, examine};
use super::listing::Listing;
use super::member::{Member, MemberKind};
use super::outline::OutlineRoom;
use super::{begins_as_layer, format};
use crate::digest::{Algorithm, Digest};
use crate::finding::{Finding, Place};
use crate::limits::Limits;
use crate::tar_index::{BLOCK, Problem, StreamFeed, TarReader};

/// What is known of a member after the stream has gone by.
#[derive(Debug, Clone)]
pub(super) struct Passed {
    /// What its bytes are; None for members without content.
    pub(super) facts: Option<BlobFacts>,
    /// Its bytes, when it looked like a document or is small, and there was room.
    pub(super) kept: Option<Box<[u8]>>,
    /// Whether it begins as a JSON document does.
    pub(super) is_document: bool,
    /// Whether it begins as a layer does.
    pub(super) is_layer: bool,
}

impl Passed {
    const NOTHING: Passed = Passed { facts: None, kept: None, is_document: false, is_layer: false };
}

/// What is kept though it does not look like a document, for the message that says what it is instead: 64 KiB, larger
/// than any damaged config of a real image.
const SMALL: u64 = 64 << 10;

/// A stream that has gone by.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) listing: Listing,
    /// One for each member of the listing.
    pub(super) passed: Vec<Passed>,
    /// One for each shadowed member.
    pub(super) shadowed: Vec<Passed>,
    /// What is wrong with the archive.
    pub(super) problems: Vec<Problem>,
    /// The single folder that everything is in, with its slash.
    pub(super) folder: Option<String>,
    /// Whether there was any member.
    pub(super) is_archive: bool,
}

/// Reads an archive to its end. With `deep`, whatever looks like a layer is inflated on the way.
pub(super) fn pass(reader: impl BufRead, deep: bool, limits: &Limits) -> io::Result<Stream> {
    let mut tar = TarReader::new(StreamFeed::new(reader), limits);
    // Small things that are no documents have room of their own, so that they cannot take that of the documents.
    let mut room = Room {
        documents: limits.stream_documents,
        small: limits.stream_documents / 4,
        outlines: OutlineRoom::new(limits),
    };
    let mut entries: Vec<(Member, Passed)> = Vec::new();
    while let Some(entry) = tar.next_member()? {
        let member = member_of(&entry);
        let passed = match member.kind {
            MemberKind::File => take(&mut tar, &member, deep, limits, &mut room)?,
            _ => Passed::NOTHING,
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
    let folder = archive::unwrap(&mut members);
    let mut listing = archive::list(members);
    let mut taken = |member: &Member| {
        let known = usize::try_from(member.offset).ok().and_then(|number| known.get_mut(number));
        known.map_or(Passed::NOTHING, |(_, passed)| std::mem::replace(passed, Passed::NOTHING))
    };
    let passed = listing.members.iter().map(&mut taken).collect();
    let shadowed = listing.shadowed.iter().map(&mut taken).collect();
    let findings: Vec<Finding> = problems.iter().map(|p| archive::finding_of(p, &Place::default())).collect();
    listing.findings.extend(findings);
    Ok(Stream { listing, passed, shadowed, problems, folder, is_archive })
}

/// Bytes that may still be kept.
struct Room {
    documents: u64,
    small: u64,
    outlines: OutlineRoom,
}

impl Room {
    /// Takes the place for a member; false when there is none.
    fn take(&mut self, size: u64, is_document: bool, limits: &Limits) -> bool {
        let (left, most) =
            if is_document { (&mut self.documents, limits.document_bytes) } else { (&mut self.small, SMALL) };
        let fits = size <= most && size <= *left;
        if fits {
            *left -= size;
        }
        fits
    }

    fn keep(&self, facts: &mut BlobFacts) {
        if let Some(layer) = &mut facts.layer {
            self.outlines.keep(&mut layer.outline);
        }
    }
}

fn take(
    content: &mut impl BufRead,
    member: &Member,
    deep: bool,
    limits: &Limits,
    room: &mut Room,
) -> io::Result<Passed> {
    // The config comes later. Its diff_ids are sha256, or of the algorithm of the blobs; verification says where they are not.
    let digest = blob_digest(&member.name).and_then(|digest| digest.algorithm()).unwrap_or(Algorithm::Sha256);
    let also = Some(Algorithm::Sha256).filter(|sha256| deep && *sha256 != digest);
    let first = content.fill_buf()?;
    let begins = matches!(first.iter().find(|byte| !byte.is_ascii_whitespace()), Some(b'{' | b'[' | 0xef));
    let is_document = begins || format::is_telling(&member.name);
    // The rest of a header that is still to come cannot be waited for.
    let is_layer = begins_as_layer(first) || (1..BLOCK).contains(&first.len()) && member.size >= BLOCK as u64;
    if room.take(member.size, is_document, limits) {
        let mut bytes = Vec::new();
        content.take(member.size).read_to_end(&mut bytes)?;
        let diff_id = (deep && !is_document).then_some(digest);
        let mut facts = examine(bytes.as_slice(), ExamineOptions { digest, diff_id, diff_id_also: also }, limits)?;
        room.keep(&mut facts);
        return Ok(Passed { facts: Some(facts), kept: Some(bytes.into()), is_document, is_layer });
    }
    let diff_id = deep.then_some(digest);
    let mut facts = examine(content, ExamineOptions { digest, diff_id, diff_id_also: also }, limits)?;
    room.keep(&mut facts);
    Ok(Passed { facts: Some(facts), kept: None, is_document, is_layer })
}

/// The digest that a name stands for, also below a folder around the whole.
fn blob_digest(name: &str) -> Option<Digest> {
    Digest::from_blob_path(name).or_else(|| Digest::from_blob_path(name.split_once('/')?.1))
}
