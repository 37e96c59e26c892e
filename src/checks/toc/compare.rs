//! A table of contents against the archive: names, kinds, attributes and contents; times aside.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, BufRead};
use std::sync::LazyLock;

use super::place::{STARGZ_NAME, TocFault};
use crate::digest::{Algorithm, Hasher};
use crate::doc::{TocEntry, read_toc};
use crate::limits::{LimitReached, Limits};
use crate::source::walk_layer;
use crate::tar_index::{EntryKind, Member, show_name};

/// How many differences of one layer are reported.
const MOST: usize = 20;

/// Names are untrusted: they may collide under any hash without a secret key.
static KEYS: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// How an entry differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Differs {
    /// The archive has it, the table has not.
    Unlisted,
    /// The table has it, the archive has not.
    Listed,
    /// Kind, mode, owner, size, target, device or attributes.
    Attributes,
    /// The bytes.
    Content,
}

impl fmt::Display for Differs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Differs::Unlisted => {
                "the table of contents does not list this entry of the layer; readers that use the table do not have \
                the file"
            }
            Differs::Listed => {
                "the table of contents lists an entry that is not in the layer; only readers that use the table have \
                the file"
            }
            Differs::Attributes => {
                "the table of contents gives another type, mode, owner, size, link target or xattrs for this entry; \
                readers that use the table have these values"
            }
            Differs::Content => {
                "the table of contents gives another digest for the content of this entry; readers that use the \
                table have that content, or fail"
            }
        })
    }
}

/// What the table says of one name, in few bytes: keyed hashes.
#[derive(Debug, Clone, Copy)]
struct Row {
    attributes: u64,
    digest: u64,
    is_seen: bool,
}

/// A piece of a file: where it begins, its length where that is said, and the hash of its digest.
#[derive(Debug, Clone, Copy)]
struct Chunk {
    offset: u64,
    size: u64,
    digest: u64,
}

#[derive(Default)]
struct Table {
    rows: HashMap<u64, Row>,
    chunks: HashMap<u64, Vec<Chunk>>,
    /// Rows and chunks.
    kept: usize,
    /// Whether a name is listed twice, and not the same both times.
    is_ambiguous: bool,
}

/// Compares a table, as JSON, with its layer, and tells each name that differs. `room` is what entries there may be.
pub(super) fn compare<R: BufRead>(
    table: &[u8],
    layer: R,
    limits: &Limits,
    room: &mut usize,
    mut tell: impl FnMut(&str, Differs),
) -> Result<(), TocFault> {
    let mut listed = Table::read(table, limits, room)?;
    let mut reported = 0;
    let mut differs = |name: &str, how: Differs| {
        reported += 1;
        if reported <= MOST {
            tell(name, how);
        }
    };
    let walked = walk_layer(layer, None, None, limits, &mut |member, content| {
        if let Some(how) = listed.meet(&member, content)? {
            differs(&show_name(&member.name), how);
        }
        Ok(())
    })?;
    // What a broken layer lacks is reported with it.
    if walked.layer.fault.is_some() || listed.rows.values().all(|row| row.is_seen) {
        return Ok(());
    }
    read_toc(table, &mut |entry| {
        let key = key_of(entry.name.as_bytes());
        if listed.rows.get_mut(&key).is_some_and(|row| !std::mem::replace(&mut row.is_seen, true)) {
            differs(&entry.name, Differs::Listed);
        }
        true
    })
    .map_err(no_table)
}

fn no_table(error: String) -> TocFault {
    TocFault::error(format!("the table of contents cannot be read: {error}"))
}

impl Table {
    fn read(table: &[u8], limits: &Limits, room: &mut usize) -> Result<Self, TocFault> {
        let mut listed = Table::default();
        let most = *room;
        let read = read_toc(table, &mut |entry| {
            listed.add(&entry);
            listed.kept <= most
        });
        *room = most.saturating_sub(listed.kept);
        if listed.kept > most {
            return Err(LimitReached { name: "entries", limit: limits.entries as u64 }.into());
        }
        read.map_err(no_table)?;
        if listed.is_ambiguous {
            return Err(TocFault::error("the table of contents lists a name twice with different values"));
        }
        Ok(listed)
    }

    fn add(&mut self, entry: &TocEntry<'_>) {
        let key = key_of(entry.name.as_bytes());
        self.kept += 1;
        if entry.kind != "chunk" {
            let row = Row {
                attributes: listed_attributes(entry),
                digest: hash_text(&entry.digest),
                is_seen: is_left_out(key),
            };
            let had_chunks = self.chunks.remove(&key).is_some();
            let is_same = |before: Row| (before.attributes, before.digest) == (row.attributes, row.digest);
            let before = self.rows.insert(key, row);
            self.is_ambiguous |= before.is_some_and(|before| had_chunks || !is_same(before));
        }
        let is_whole = entry.chunk_digest == entry.digest && (entry.chunk_size == 0 || entry.chunk_size == entry.size);
        let is_told = is_whole && entry.kind != "chunk";
        if !is_told && !entry.chunk_digest.is_empty() {
            self.kept += 1;
            let (offset, size) = (entry.chunk_offset, entry.chunk_size);
            self.chunks.entry(key).or_default().push(Chunk { offset, size, digest: hash_text(&entry.chunk_digest) });
        }
    }

    /// How a member of the archive differs; its content is read here.
    fn meet(&mut self, member: &Member, content: &mut dyn BufRead) -> io::Result<Option<Differs>> {
        let key = key_of(&member.name);
        if is_left_out(key) {
            return Ok(None);
        }
        let Some(row) = self.rows.get_mut(&key) else { return Ok(Some(Differs::Unlisted)) };
        row.is_seen = true;
        if row.attributes != attributes(member) {
            return Ok(Some(Differs::Attributes));
        }
        if member.kind != EntryKind::File || member.size == 0 {
            return Ok(None);
        }
        let digest = row.digest;
        let chunks = self.chunks.get_mut(&key).map(|chunks| {
            chunks.sort_unstable_by_key(|chunk| chunk.offset);
            chunks.as_slice()
        });
        let is_same = is_content(content, member.size, digest, chunks.unwrap_or_default())?;
        Ok((!is_same).then_some(Differs::Content))
    }
}

/// Whether a file has this digest, and its pieces theirs.
fn is_content(content: &mut dyn BufRead, size: u64, digest: u64, chunks: &[Chunk]) -> io::Result<bool> {
    let mut whole = Hasher::new(Algorithm::Sha256);
    let mut is_same = true;
    let mut at = 0;
    // The pieces, and what no digest covers before and between them.
    let ends = chunks.iter().map(|chunk| chunk.offset).chain([size]);
    let pieces = std::iter::once(None).chain(chunks.iter().map(Some));
    for (piece, end) in pieces.zip(ends) {
        let start = at;
        let mut own = Hasher::new(Algorithm::Sha256);
        while at < end {
            let lent = content.fill_buf()?;
            let count = lent.len().min(usize::try_from(end - at).unwrap_or(usize::MAX));
            let Some(lent) = lent.get(..count).filter(|lent| !lent.is_empty()) else { return Ok(false) };
            whole.update(lent);
            own.update(lent);
            content.consume(count);
            at += count as u64;
        }
        if let Some(chunk) = piece {
            let is_sized = chunk.size == 0 || chunk.size == at - start;
            is_same &= chunk.offset == start && is_sized && chunk.digest == hash_text(own.finish().as_str());
        }
    }
    Ok(is_same && hash_text(whole.finish().as_str()) == digest)
}

/// The root, which some writers leave out, and the table itself.
fn is_left_out(key: u64) -> bool {
    key == key_of(b"/") || key == key_of(STARGZ_NAME)
}

/// A name without empty components and `.`. A table is JSON and has no bytes that are not UTF-8: Go writes U+FFFD for each.
fn key_of(name: &[u8]) -> u64 {
    let parts = name.split(|byte| *byte == b'/').filter(|part| !matches!(part, [] | [b'.']));
    parts.fold(0, |key, part| KEYS.hash_one((key, hash_name(part))))
}

fn hash_name(name: &[u8]) -> u64 {
    let mut text = String::with_capacity(name.len());
    for chunk in name.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    hash_text(&text)
}

fn hash_text(text: &str) -> u64 {
    KEYS.hash_one(text)
}

/// What both sides say of an entry, beside its name and content.
#[derive(Hash)]
struct EntryAttributes {
    kind: EntryKind,
    mode: u64,
    owner: (u64, u64),
    size: u64,
    target: u64,
    device: (u64, u64),
    xattrs: u64,
}

fn listed_attributes(entry: &TocEntry<'_>) -> u64 {
    let kind = match &*entry.kind {
        "reg" => EntryKind::File,
        "dir" => EntryKind::Directory,
        "symlink" => EntryKind::SymbolicLink,
        "hardlink" => EntryKind::HardLink,
        "char" => EntryKind::CharDevice,
        "block" => EntryKind::BlockDevice,
        "fifo" => EntryKind::Fifo,
        _ => EntryKind::Other(0),
    };
    let xattrs = entry.xattrs.iter().map(|(name, value)| hash_xattr(name.as_bytes(), value));
    hash_attributes(EntryAttributes {
        kind,
        mode: entry.mode,
        owner: (entry.uid, entry.gid),
        size: entry.size,
        target: target(kind, entry.link_name.as_bytes()),
        device: entry.device,
        xattrs: xattrs.fold(0, u64::wrapping_add),
    })
}

fn attributes(member: &Member) -> u64 {
    let xattrs = member.xattrs().iter().map(|xattr| hash_xattr(&xattr.name, &xattr.value));
    hash_attributes(EntryAttributes {
        kind: member.kind,
        mode: u64::from(member.mode),
        owner: (member.uid, member.gid),
        size: member.size,
        target: target(member.kind, member.link_name()),
        device: member.device().unwrap_or_default(),
        xattrs: xattrs.fold(0, u64::wrapping_add),
    })
}

fn hash_attributes(mut attributes: EntryAttributes) -> u64 {
    attributes.mode &= 0o7777;
    if attributes.kind != EntryKind::File {
        attributes.size = 0;
    }
    if !matches!(attributes.kind, EntryKind::CharDevice | EntryKind::BlockDevice) {
        attributes.device = (0, 0);
    }
    KEYS.hash_one(attributes)
}

fn target(kind: EntryKind, name: &[u8]) -> u64 {
    match kind {
        EntryKind::HardLink => key_of(name),
        EntryKind::SymbolicLink => hash_name(name),
        _ => 0,
    }
}

fn hash_xattr(name: &[u8], value: &[u8]) -> u64 {
    KEYS.hash_one((hash_name(name), value))
}
