//! What a walk gives to its caller.

use std::io::{self, BufRead, Read};

use super::assemble::Assembler;
use super::log::ProblemLog;
use super::sparse::{Ahead, Expanding};
use super::{Feed, Member, Problem, ProblemKind};
use crate::limits::Limits;

/// Walks an archive, member after member.
///
/// [`TarReader::next_member`] gives a member; its content is then what the reader itself reads ([`Read`], [`BufRead`]), and
/// what is left of it is passed over by the next call. Content that the archive cuts short reads as if it ended there; the
/// next call reports it.
///
/// Problems are collected beside the walk, at most [`Limits::findings`] of them. A stream is consumed to its end when the
/// end marker is found; where the walk stopped before it, [`TarReader::into_feed`] gives the rest.
#[derive(Debug)]
pub struct TarReader<F> {
    pub(super) feed: F,
    /// Stored content bytes of the current member that are still ahead.
    pub(super) content_left: u64,
    /// How far the current member has been read, where that is a sparse file to be expanded.
    pub(super) expanding: Option<Expanding>,
    /// Bytes of holes that sparse files may still have.
    pub(super) holes_left: u64,
    pub(super) holes_max: u64,
    pub(super) current: Current,
    done: bool,
    pub(super) members: u64,
    pub(super) members_max: u64,
    pub(super) pax_max: u64,
    pub(super) extensions: u64,
    /// Whether a global header was reported, one whose name has no folder and one whose name has.
    pub(super) reported_global: [bool; 2],
    pub(super) assembler: Assembler,
    pub(super) log: ProblemLog,
    /// Content of extension headers, kept for its capacity.
    pub(super) body: Vec<u8>,
}

/// The current member, as far as a message about it needs it.
#[derive(Debug, Default)]
pub(super) struct Current {
    pub(super) header_offset: u64,
    pub(super) size: u64,
    pub(super) name: Vec<u8>,
}

impl<F: Feed> TarReader<F> {
    /// A walk from where the feed is, which should be the start of an archive.
    pub fn new(feed: F, limits: &Limits) -> Self {
        TarReader {
            feed,
            content_left: 0,
            expanding: None,
            holes_left: limits.sparse_bytes,
            holes_max: limits.sparse_bytes,
            current: Current::default(),
            done: false,
            members: 0,
            members_max: limits.members as u64,
            pax_max: limits.pax_bytes,
            extensions: 0,
            reported_global: [false; 2],
            assembler: Assembler::new(limits.name_bytes),
            log: ProblemLog::new(limits.findings),
            body: Vec::new(),
        }
    }

    /// Reads the archive as a layer, whose members become files: keeps extended attributes in the members, expands sparse
    /// files (the member is then a file with its whole size), and reports global headers. Off at first: an index has no use
    /// for attributes, and they may be large.
    pub fn as_layer(mut self, is_layer: bool) -> Self {
        self.assembler.is_layer = is_layer;
        self
    }

    /// The next member; `None` behind the last, or where the walk stopped ([`ProblemKind::stops_walk`]).
    ///
    /// # Errors
    ///
    /// Those of reading, among them broken compression underneath. The walk is over then.
    pub fn next_member(&mut self) -> io::Result<Option<Member>> {
        if self.done {
            return Ok(None);
        }
        let walked = self.walk();
        self.done = !matches!(walked, Ok(Some(_)));
        walked
    }

    /// The problems so far.
    pub fn problems(&self) -> &[Problem] {
        self.log.kept()
    }

    /// The problems so far, which are then forgotten.
    pub fn take_problems(&mut self) -> Vec<Problem> {
        self.log.take()
    }

    /// Problems beyond [`Limits::findings`]: counted, not kept.
    pub fn problems_dropped(&self) -> u64 {
        self.log.dropped()
    }

    /// The feed.
    pub fn feed(&self) -> &F {
        &self.feed
    }

    /// The feed, whose bytes are those that the walk takes.
    pub(crate) fn feed_mut(&mut self) -> &mut F {
        &mut self.feed
    }

    /// The feed, wherever the walk has left it.
    pub fn into_feed(self) -> F {
        self.feed
    }

    /// Ends the walk with a problem.
    pub(super) fn stop(&mut self, offset: u64, kind: ProblemKind) {
        self.log.at(offset, kind);
        self.done = true;
    }
}

/// The content of a member, which may have holes.
pub trait EntryContent: BufRead {
    /// Passes over zero bytes that are next and that the archive does not store, and gives their count.
    fn skip_hole(&mut self) -> u64;
}

impl<F: Feed> EntryContent for TarReader<F> {
    fn skip_hole(&mut self) -> u64 {
        match self.expanding.as_mut().map(|expanding| (expanding.ahead(), expanding)) {
            Some((Ahead::Hole(bytes), expanding)) => {
                expanding.pass(bytes);
                bytes
            }
            _ => 0,
        }
    }
}

/// What holes read as.
static ZEROS: [u8; 64 << 10] = [0; 64 << 10];

/// As much of a chunk as `left` allows.
fn within(chunk: &[u8], left: u64) -> &[u8] {
    let bytes = usize::try_from(left).map_or(chunk.len(), |left| left.min(chunk.len()));
    &chunk[..bytes]
}

impl<F: Feed> BufRead for TarReader<F> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let left = match self.expanding.as_mut().map(Expanding::ahead) {
            Some(Ahead::Hole(bytes)) => return Ok(within(&ZEROS, bytes)),
            Some(Ahead::Stored(bytes)) => bytes.min(self.content_left),
            None => self.content_left,
        };
        if left == 0 {
            return Ok(&[]);
        }
        Ok(within(self.feed.fill_buf()?, left))
    }

    fn consume(&mut self, bytes: usize) {
        match self.expanding.as_mut().map(|expanding| (expanding.ahead(), expanding)) {
            Some((Ahead::Hole(left), expanding)) => return expanding.pass(left.min(bytes as u64)),
            Some((Ahead::Stored(_), expanding)) => expanding.pass(bytes as u64),
            None => {}
        }
        let bytes = usize::try_from(self.content_left).map_or(bytes, |left| left.min(bytes));
        self.feed.consume(bytes);
        self.content_left -= bytes as u64;
    }
}

impl<F: Feed> Read for TarReader<F> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.expanding.is_some() {
            let read = self.fill_buf()?.read(out)?;
            self.consume(read);
            return Ok(read);
        }
        let bytes = usize::try_from(self.content_left).map_or(out.len(), |left| left.min(out.len()));
        if bytes == 0 {
            return Ok(0);
        }
        let read = self.feed.read(&mut out[..bytes])?;
        self.content_left -= read as u64;
        Ok(read)
    }
}
