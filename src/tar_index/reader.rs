//! The walk from header to header.

use std::io::{self, BufRead, Read};

use super::assemble::Assembler;
use super::block::{BLOCK, Block, Taken, is_zero, take_block, text};
use super::extension::{Body, PAX_BYTES, Pending, padding, read_body};
use super::header::Header;
use super::log::ProblemLog;
use super::{After, Feed, Member, Problem, ProblemKind, pax, tail};
use crate::limits::{LimitReached, Limits};

/// Extension headers for each member that [`Limits::members`] allows: real members have at most three.
const EXTENSIONS_A_MEMBER: u64 = 4;

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
    feed: F,
    /// Content bytes of the current member that are still ahead.
    content_left: u64,
    current: Current,
    done: bool,
    members: u64,
    members_max: u64,
    extensions: u64,
    assembler: Assembler,
    log: ProblemLog,
    /// Content of extension headers, kept for its capacity.
    body: Vec<u8>,
}

/// The current member, as far as a message about it needs it.
#[derive(Debug, Default)]
struct Current {
    header_offset: u64,
    size: u64,
    name: Vec<u8>,
}

/// Whether the walk goes on.
#[derive(PartialEq, Eq)]
enum Flow {
    On,
    Stop,
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
            extensions: 0,
            assembler: Assembler::new(limits.name_bytes),
            log: ProblemLog::new(limits.findings),
            body: Vec::new(),
        }
    }

    /// Keeps extended attributes in the members. Off at first: an index has no use for them, and they may be large.
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

    fn walk(&mut self) -> io::Result<Option<Member>> {
        if self.finish_content()? == Flow::Stop {
            return Ok(None);
        }
        let mut pending = Pending::default();
        let mut block: Block = [0; BLOCK];
        loop {
            let mut at = self.feed.position();
            match take_block(&mut self.feed, &mut block, 0)? {
                Taken::Block => {}
                Taken::End => {
                    self.end_extensions(&pending);
                    self.log.at(at, ProblemKind::EndMissing);
                    return Ok(None);
                }
                Taken::Partial(found) => {
                    self.end_extensions(&pending);
                    self.log.at(at, ProblemKind::Truncated { expected: BLOCK as u64, found: found as u64 });
                    return Ok(None);
                }
            }
            if is_zero(&block) {
                if self.end_marker(at, &mut block, &pending)? == Flow::Stop {
                    return Ok(None);
                }
                at += BLOCK as u64;
            }
            let header = Header(&block);
            let size = match (header.check(), header.size()) {
                (Ok(()), Some(size)) => size,
                (Ok(()), None) => {
                    let what = String::from("the size is not a number from 0 to 2^63 - 1");
                    self.log.at(at, ProblemKind::HeaderMalformed { what });
                    return Ok(None);
                }
                (Err(what), _) => {
                    self.log.at(at, ProblemKind::HeaderMalformed { what });
                    return Ok(None);
                }
            };
            match header.type_flag() {
                type_flag @ (b'x' | b'g' | b'L' | b'K') => {
                    if self.extension(at, type_flag, size, &mut pending)? == Flow::Stop {
                        return Ok(None);
                    }
                }
                _ => return self.member(at, &header, size, pending),
            }
        }
    }

    /// Passes over what is left of the current member.
    fn finish_content(&mut self) -> io::Result<Flow> {
        let Current { header_offset, size, .. } = self.current;
        let missing = self.content_left - self.feed.skip(self.content_left)?;
        self.content_left = 0;
        if missing > 0 {
            let kind = ProblemKind::Truncated { expected: size, found: size - missing };
            self.log.of(header_offset, &self.current.name, kind);
            return Ok(Flow::Stop);
        }
        // Padding that is cut off loses nothing; the missing end marker is reported in its place.
        self.feed.skip(padding(size))?;
        Ok(Flow::On)
    }

    /// Looks behind a zero block at `at`. Goes on with a header in `block` where only one zero block stood.
    fn end_marker(&mut self, at: u64, block: &mut Block, pending: &Pending) -> io::Result<Flow> {
        let after = match take_block(&mut self.feed, block, 0)? {
            Taken::Block if is_zero(block) => {
                self.end_extensions(pending);
                if let Some(problem) = tail::examine(&mut self.feed)? {
                    self.log.push(problem);
                }
                return Ok(Flow::Stop);
            }
            // Tools that append to an archive leave one zero block behind when they misjudge where it ends.
            Taken::Block if Header(block).check().is_ok() => After::Member,
            Taken::Block => After::Data,
            Taken::Partial(found) if !is_zero(&block[..found]) => After::Data,
            Taken::Partial(_) | Taken::End => After::Nothing,
        };
        self.log.at(at, ProblemKind::LoneZeroBlock { after });
        if after == After::Member {
            return Ok(Flow::On);
        }
        self.end_extensions(pending);
        Ok(Flow::Stop)
    }

    fn end_extensions(&mut self, pending: &Pending) {
        if let Some(first) = pending.first {
            self.log.at(first, ProblemKind::DanglingExtension);
        }
    }

    /// Reads an extension header's content into `pending`.
    fn extension(&mut self, at: u64, type_flag: u8, size: u64, pending: &mut Pending) -> io::Result<Flow> {
        self.extensions += 1;
        if self.extensions > self.members_max.saturating_mul(EXTENSIONS_A_MEMBER) {
            self.log.at(at, self.too_many());
            return Ok(Flow::Stop);
        }
        let is_name = matches!(type_flag, b'L' | b'K');
        // One more for the NUL that ends a name.
        let limit = if is_name { self.assembler.name_max.saturating_add(1) } else { PAX_BYTES };
        if size > limit {
            self.log.at(at, ProblemKind::ExtensionOverLimit { size, limit });
            return Ok(Flow::Stop);
        }
        if let Body::Truncated(found) = read_body(&mut self.feed, size, &mut self.body)? {
            self.log.at(at, ProblemKind::Truncated { expected: size, found });
            return Ok(Flow::Stop);
        }
        let (body, log) = (self.body.as_slice(), &mut self.log);
        let mut report = |kind| log.at(at, kind);
        let repeated = match type_flag {
            b'g' => {
                pax::parse_global(body, &mut report);
                return Ok(Flow::On);
            }
            b'x' => pending.pax.replace(pax::parse(body, self.assembler.keep_xattrs, &mut report)).is_some(),
            b'L' => pending.long_name.replace(text(body).to_vec()).is_some(),
            _ => pending.long_link.replace(text(body).to_vec()).is_some(),
        };
        if repeated {
            report(ProblemKind::ExtensionRepeated);
        }
        pending.first.get_or_insert(at);
        Ok(Flow::On)
    }

    /// Makes a member of its header and what was said before, and enters its content.
    fn member(&mut self, at: u64, header: &Header<'_>, size: u64, pending: Pending) -> io::Result<Option<Member>> {
        self.members += 1;
        if self.members > self.members_max {
            self.log.at(at, self.too_many());
            return Ok(None);
        }
        let Some(mut member) = self.assembler.build(at, header, size, pending, &mut self.log) else {
            return Ok(None);
        };
        if header.sparse_map_goes_on() && self.pass_sparse_map(&member)? == Flow::Stop {
            return Ok(None);
        }
        member.offset = self.feed.position();
        if member.offset.checked_add(member.size).is_none() {
            let what = format!("the size {} reaches beyond 2^64", member.size);
            self.log.at(at, ProblemKind::HeaderMalformed { what });
            return Ok(None);
        }
        self.content_left = member.size;
        self.current.header_offset = at;
        self.current.size = member.size;
        self.current.name.clear();
        self.current.name.extend_from_slice(&member.name);
        Ok(Some(member))
    }

    /// Passes over the blocks that carry on a GNU sparse map; each says in its byte 504 whether another follows.
    fn pass_sparse_map(&mut self, member: &Member) -> io::Result<Flow> {
        let mut block: Block = [0; BLOCK];
        for passed in 0..PAX_BYTES / BLOCK as u64 {
            let taken = take_block(&mut self.feed, &mut block, 0)?;
            if !matches!(taken, Taken::Block) {
                let found = if let Taken::Partial(found) = taken { found as u64 } else { 0 };
                let kind = ProblemKind::Truncated {
                    expected: (passed + 1) * BLOCK as u64,
                    found: passed * BLOCK as u64 + found,
                };
                self.log.of(member.header_offset, &member.name, kind);
                return Ok(Flow::Stop);
            }
            if block[504] == 0 {
                return Ok(Flow::On);
            }
        }
        let kind = ProblemKind::ExtensionOverLimit { size: PAX_BYTES + BLOCK as u64, limit: PAX_BYTES };
        self.log.of(member.header_offset, &member.name, kind);
        Ok(Flow::Stop)
    }

    fn too_many(&self) -> ProblemKind {
        ProblemKind::LimitReached(LimitReached { name: "members", limit: self.members_max })
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
