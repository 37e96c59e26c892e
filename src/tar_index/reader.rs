//! What a walk gives to its caller.

use std::io::{self, BufRead, Read};

use super::assemble::Assembler;
use super::log::ProblemLog;
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
    /// Content bytes of the current member that are still ahead.
    pub(super) content_left: u64,
    pub(super) current: Current,
    done: bool,
    pub(super) members: u64,
    pub(super) members_max: u64,
    pub(super) pax_max: u64,
    pub(super) extensions: u64,
    /// Whether a global header was told of, one whose name has no folder and one whose name has.
    pub(super) told_global: [bool; 2],
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
            current: Current::default(),
            done: false,
            members: 0,
            members_max: limits.members as u64,
            pax_max: limits.pax_bytes,
            extensions: 0,
            told_global: [false; 2],
            assembler: Assembler::new(limits.name_bytes),
            log: ProblemLog::new(limits.findings),
            body: Vec::new(),
        }
    }

    /// Reads the archive as a layer: keeps extended attributes in the members, and tells of global headers, which matter
    /// where files are made of members. Off at first: an index has no use for attributes, and they may be large.
    pub fn keep_xattrs(mut self, keep: bool) -> Self {
        self.assembler.keep_xattrs = keep;
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

impl<F: Feed> BufRead for TarReader<F> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.content_left == 0 {
            return Ok(&[]);
        }
        let chunk = self.feed.fill_buf()?;
        let bytes = usize::try_from(self.content_left).map_or(chunk.len(), |left| left.min(chunk.len()));
        Ok(&chunk[..bytes])
    }

    fn consume(&mut self, bytes: usize) {
        let bytes = usize::try_from(self.content_left).map_or(bytes, |left| left.min(bytes));
        self.feed.consume(bytes);
        self.content_left -= bytes as u64;
    }
}

impl<F: Feed> Read for TarReader<F> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let bytes = usize::try_from(self.content_left).map_or(out.len(), |left| left.min(out.len()));
        if bytes == 0 {
            return Ok(0);
        }
        let read = self.feed.read(&mut out[..bytes])?;
        self.content_left -= read as u64;
        Ok(read)
    }
}
