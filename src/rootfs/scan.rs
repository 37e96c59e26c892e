//! One layer, read once: its entries, and on the way digest, diff_id and whatever a caller wants of the contents.

use std::io::{self, BufRead};
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest as _, Sha256};

use super::choose::Layer;
use super::entry::{Entry, FileKind, LayerEntries, Span};
use super::name::{Named, Refused, normalize};
use crate::error::Error;
use crate::finding::{Code, Finding, Place};
use crate::image::Image;
use crate::limits::{LimitReached, Limits};
use crate::progress::{Meter, Metered};
use crate::source::{Walked, walk_layer};
use crate::tar_index::{EntryContent, EntryKind, Member};

/// What counts against the limits `entries` and `sparse-bytes`, over all layers of one run.
#[derive(Debug)]
pub(crate) struct Budget {
    left: AtomicU64,
    limit: u64,
    holes_left: AtomicU64,
    holes_limit: u64,
}

impl Budget {
    pub(crate) fn new(limits: &Limits) -> Self {
        Budget {
            left: AtomicU64::new(limits.entries as u64),
            limit: limits.entries as u64,
            holes_left: AtomicU64::new(limits.sparse_bytes),
            holes_limit: limits.sparse_bytes,
        }
    }

    /// Takes an entry with this many bytes of names.
    pub(super) fn take(&self, bytes: usize) -> Result<(), LimitReached> {
        let cost = 1 + bytes as u64 / 128;
        take(&self.left, cost).ok_or(LimitReached { name: "entries", limit: self.limit })
    }

    /// Takes the holes of a sparse file.
    fn take_holes(&self, bytes: u64) -> Result<(), LimitReached> {
        take(&self.holes_left, bytes).ok_or(LimitReached { name: "sparse-bytes", limit: self.holes_limit })
    }
}

fn take(left: &AtomicU64, cost: u64) -> Option<()> {
    left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(cost)).ok().map(drop)
}

/// Takes the content of a regular file, with the number of its entry. What it leaves is passed over.
pub(crate) type Take<'t> = dyn FnMut(u32, &Entry, &LayerEntries, &mut dyn EntryContent) -> io::Result<()> + 't;

/// What one layer holds, and what is wrong with it.
#[derive(Debug)]
pub(crate) struct Scanned {
    pub(crate) entries: LayerEntries,
    pub(crate) walked: Walked,
    pub(crate) findings: Vec<Finding>,
}

/// Reads one layer. Its digest and its diff_id are computed on the way; with `hash_files` so is the SHA-256 of each
/// regular file.
pub(crate) fn scan(
    image: &Image,
    layer: &Layer,
    hash_files: bool,
    budget: &Budget,
    limits: &Limits,
    meter: &Meter,
    take: &mut Take<'_>,
) -> Result<Scanned, Error> {
    let label = || format!("{}: {}", image.source.label(), layer.name);
    let reader = image.content(layer.node).map_err(|source| Error::Read { path: label(), source })?;
    let digest = layer.digest.as_ref().and_then(|digest| digest.algorithm());
    let mut scanner = Scanner {
        entries: LayerEntries::default(),
        findings: Vec::new(),
        budget,
        hash_files,
        member: 0,
        limits,
        over: None,
    };
    let at = layer.at(image);
    let walked =
        walk_layer(Metered::new(reader, meter), digest, layer.inflated_algorithm(), limits, &mut |member, content| {
            scanner.visit(&at, &member, content, take)
        });
    let Scanner { entries, findings, over, .. } = scanner;
    match walked {
        Ok(walked) => Ok(Scanned { entries, walked, findings }),
        Err(source) => Err(match over {
            // Which layer meets it depends on the threads.
            Some(reached) => Error::Limit { path: image.source.label().to_owned(), reached },
            None => Error::Read { path: label(), source },
        }),
    }
}

struct Scanner<'s> {
    entries: LayerEntries,
    findings: Vec<Finding>,
    budget: &'s Budget,
    hash_files: bool,
    member: u32,
    limits: &'s Limits,
    over: Option<LimitReached>,
}

impl Scanner<'_> {
    fn visit(
        &mut self,
        at: &Place,
        member: &Member,
        content: &mut dyn EntryContent,
        take: &mut Take<'_>,
    ) -> io::Result<()> {
        let number = self.member;
        self.member = self.member.checked_add(1).ok_or_else(|| io::Error::other("more than 2^32 members"))?;
        let xattrs: usize = member.xattrs().iter().map(|xattr| xattr.name.len() + xattr.value.len() + 128).sum();
        let taken = self.budget.take(member.name.len() + member.link_name().len() + xattrs);
        if let Err(reached) = taken.and_then(|()| self.budget.take_holes(member.holes())) {
            self.over = Some(reached);
            return Err(io::Error::other("a limit was reached"));
        }
        let Some(entry) = self.entry(at, number, member)? else { return Ok(()) };
        // The budget keeps this below 2^32.
        let own = self.entries.entries.len() as u32;
        if !member.xattrs().is_empty() {
            self.entries.xattrs.push((own, member.xattrs().into()));
        }
        self.entries.entries.push(entry.clone());
        if self.hash_files {
            self.entries.hashes.push([0; 32]);
        }
        if entry.kind != FileKind::File {
            return Ok(());
        }
        if self.hash_files {
            let mut hasher = Sha256::new();
            pieces(content, |piece| {
                hasher.update(piece);
                Ok(())
            })?;
            if let Some(hash) = self.entries.hashes.last_mut() {
                *hash = hasher.finalize().into();
            }
        }
        take(own, &entry, &self.entries, content)
    }

    /// The entry that a member makes; None for one that makes none.
    fn entry(&mut self, at: &Place, number: u32, member: &Member) -> io::Result<Option<Entry>> {
        let names = &mut self.entries.names;
        let start = names.len();
        let named = match normalize(&member.name, names) {
            Ok(named) => named,
            Err(Refused::Nul) => {
                self.find(
                    at,
                    Code::MemberNameUnsafe,
                    member,
                    "the name of an entry contains a NUL; the entry is skipped",
                );
                return Ok(None);
            }
            // What is known of the entries of a layer beside each other tells of these.
            Err(Refused::Climbs | Refused::HidesNothing | Refused::UnderWhiteout) => return Ok(None),
        };
        let end = names.len();
        let kind = match (named, member.kind) {
            (Named::AufsFile, EntryKind::File) => Some(FileKind::File),
            (Named::AufsFile | Named::Aufs, _) => None,
            (Named::Whiteout, _) => Some(FileKind::Whiteout),
            (Named::Opaque, _) => Some(FileKind::OpaqueWhiteout),
            (Named::Entry, EntryKind::File) => Some(FileKind::File),
            (Named::Entry, EntryKind::Directory) => Some(FileKind::Directory),
            (Named::Entry, EntryKind::SymbolicLink) => Some(FileKind::Symlink),
            (Named::Entry, EntryKind::HardLink) => Some(FileKind::HardLink),
            (Named::Entry, EntryKind::CharDevice) => Some(FileKind::CharDevice),
            (Named::Entry, EntryKind::BlockDevice) => Some(FileKind::BlockDevice),
            (Named::Entry, EntryKind::Fifo) => Some(FileKind::Fifo),
            (Named::Entry, EntryKind::Other(_)) => {
                let detail = "no engine unpacks entries of this type; the entry is skipped";
                self.find(at, Code::TarSpecialFile, member, detail);
                None
            }
        };
        let Some(kind) = kind else {
            self.entries.names.truncate(start);
            return Ok(None);
        };
        let link = member.link_name();
        if kind == FileKind::Symlink && (link.is_empty() || link.contains(&0)) {
            self.entries.names.truncate(start);
            self.find(at, Code::LinkBroken, member, "the symbolic link has no target; the entry is skipped");
            return Ok(None);
        }
        let is_link = matches!(kind, FileKind::Symlink | FileKind::HardLink);
        self.entries.names.extend_from_slice(if is_link { member.link_name() } else { &[] });
        let spans = Span::new(start, end).zip(Span::new(end, self.entries.names.len()));
        let (name, link) = spans.ok_or_else(|| io::Error::other("more than 4 GiB of names in one layer"))?;
        let device = match (kind, member.device()) {
            (FileKind::CharDevice | FileKind::BlockDevice, device) => {
                let (major, minor) = device.unwrap_or_default();
                Some(Entry::pack_device(major, minor).unwrap_or(0))
            }
            _ => None,
        };
        Ok(Some(Entry {
            name,
            link,
            size_or_device: device.unwrap_or(member.size),
            mtime: member.mtime,
            mtime_nanos: member.mtime_nanos(),
            uid: owner(member.uid),
            gid: owner(member.gid),
            member: number,
            // Some archives of docker 20 have the file type bits above the permissions.
            mode: (member.mode & 0o7777) as u16,
            kind,
        }))
    }

    fn find(&mut self, at: &Place, code: Code, member: &Member, detail: &str) {
        if self.findings.len() < self.limits.findings {
            let shown = member.show_name();
            let shown: String = shown.chars().take(1024).collect();
            self.findings.push(Finding::new(code, at.clone().then(shown), detail));
        }
    }
}

/// The number of a user or group. Linux has 32 bits for it, and the last value means "no change"; nobody stands for others.
fn owner(number: u64) -> u32 {
    u32::try_from(number).ok().filter(|number| *number != u32::MAX).unwrap_or(65534)
}

/// Hands on what a reader lends, until it ends.
pub(crate) fn pieces(content: &mut dyn BufRead, mut take: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
    loop {
        let length = match content.fill_buf() {
            Ok([]) => return Ok(()),
            Ok(piece) => {
                take(piece)?;
                piece.len()
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        content.consume(length);
    }
}
