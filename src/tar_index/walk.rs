//! The walk from header to header.

use std::io;

use super::block::{BLOCK, Block, Taken, is_zero, take_block, text};
use super::extension::{Body, Pending, padding, read_body};
use super::header::Header;
use super::reader::Current;
use super::sparse::{self, Piece};
use super::{After, EntryKind, Feed, Member, ProblemKind, TarReader, pax, tail};
use crate::limits::LimitReached;

/// Extension headers for each member that [`Limits::members`] allows: real members have at most three.
const EXTENSIONS_A_MEMBER: u64 = 4;

/// Whether the walk goes on.
#[derive(PartialEq, Eq)]
enum Flow {
    On,
    Stop,
}

impl<F: Feed> TarReader<F> {
    /// The next member, from wherever in the current one the caller has read to.
    pub(super) fn walk(&mut self) -> io::Result<Option<Member>> {
        if self.finish_content()? == Flow::Stop {
            return Ok(None);
        }
        let mut pending = Pending::default();
        let mut block: Block = [0; BLOCK];
        loop {
            let mut at = self.feed.position();
            match take_block(&mut self.feed, &mut block, 0)? {
                Taken::Block => {}
                Taken::Partial(found) if !is_zero(&block[..found]) => {
                    self.end_extensions(&pending);
                    self.log.at(at, ProblemKind::Truncated { expected: BLOCK as u64, found: found as u64 });
                    return Ok(None);
                }
                Taken::Partial(_) | Taken::End => {
                    self.end_extensions(&pending);
                    self.log.at(at, ProblemKind::EndMissing);
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
            let size = match header.check().and_then(|()| header.size()) {
                Ok(size) => size,
                Err(what) => {
                    self.log.at(at, ProblemKind::HeaderMalformed { what });
                    return Ok(None);
                }
            };
            if let Some(field) = header.ambiguous_number() {
                self.log.at(at, ProblemKind::NumberDoubtful { field });
            }
            match header.type_flag() {
                b'x' | b'g' | b'L' | b'K' => {
                    if self.extension(at, &header, size, &mut pending)? == Flow::Stop {
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

    fn pax_limit(&self) -> LimitReached {
        LimitReached { name: "pax-bytes", limit: self.pax_max }
    }

    /// Reads an extension header's content into `pending`.
    fn extension(&mut self, at: u64, header: &Header<'_>, size: u64, pending: &mut Pending) -> io::Result<Flow> {
        let type_flag = header.type_flag();
        self.extensions += 1;
        if self.extensions > self.members_max.saturating_mul(EXTENSIONS_A_MEMBER) {
            self.log.at(at, self.too_many());
            return Ok(Flow::Stop);
        }
        let is_name = matches!(type_flag, b'L' | b'K');
        let reached = if is_name { self.assembler.name_limit() } else { self.pax_limit() };
        // One more for the NUL that ends a name.
        if size > reached.limit.saturating_add(u64::from(is_name)) {
            self.log.at(at, ProblemKind::ExtensionOverLimit { size, reached });
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
                let is_layer = self.assembler.is_layer;
                pax::parse_global(body, is_layer, &mut report);
                let makes_folder = path_parts(&header.name()) > 1;
                let reported = &mut self.reported_global[usize::from(makes_folder)];
                if is_layer && !std::mem::replace(reported, true) {
                    report(ProblemKind::GlobalHeader { makes_folder });
                }
                if std::mem::take(pending).first.is_some() {
                    report(ProblemKind::ExtensionInterrupted);
                }
                return Ok(Flow::On);
            }
            b'x' => pending.pax.replace(pax::parse(body, self.assembler.is_layer, &mut report)).is_some(),
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
    fn member(&mut self, at: u64, header: &Header<'_>, size: u64, mut pending: Pending) -> io::Result<Option<Member>> {
        self.members += 1;
        if self.members > self.members_max {
            self.log.at(at, self.too_many());
            return Ok(None);
        }
        let of_records = pending.pax.as_mut().and_then(|pax| pax.sparse_map.take());
        let Some(mut member) = self.assembler.build(at, header, size, pending, &mut self.log) else {
            return Ok(None);
        };
        let mut blocks = Vec::new();
        if header.sparse_map_goes_on() && self.old_map(&member, &mut blocks)? == Flow::Stop {
            return Ok(None);
        }
        member.offset = self.feed.position();
        if member.offset.checked_add(member.size).is_none() {
            let what = format!("the size {} exceeds 2^64 bytes", member.size);
            self.log.at(at, ProblemKind::HeaderMalformed { what });
            return Ok(None);
        }
        self.content_left = member.size;
        self.expanding = None;
        self.current.header_offset = at;
        self.current.size = member.size;
        self.current.name.clear();
        self.current.name.extend_from_slice(&member.name);
        let is_sparse = of_records.is_some() || header.type_flag() == b'S';
        if is_sparse && self.assembler.is_layer && member.kind == EntryKind::File {
            let expanded = match (header.type_flag(), of_records) {
                (b'S', _) | (_, None) => self.expand_old(header, blocks, &mut member),
                (_, Some(records)) => self.expand_pax(records, &mut member)?,
            };
            if let Err(kind) = expanded {
                self.log.of(at, &member.name, kind);
                return Ok(None);
            }
        }
        Ok(Some(member))
    }

    /// Reads the blocks that carry on a GNU sparse map; each says in its byte 504 whether another follows.
    fn old_map(&mut self, member: &Member, blocks: &mut Vec<Piece>) -> io::Result<Flow> {
        let mut block: Block = [0; BLOCK];
        for passed in 0..self.pax_max / BLOCK as u64 {
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
            if self.assembler.is_layer
                && let Err(what) = sparse::old_in_block(&block, blocks)
            {
                self.log.of(member.header_offset, &member.name, ProblemKind::HeaderMalformed { what });
                return Ok(Flow::Stop);
            }
            if block[504] == 0 {
                return Ok(Flow::On);
            }
        }
        let kind = ProblemKind::ExtensionOverLimit { size: self.pax_max + BLOCK as u64, reached: self.pax_limit() };
        self.log.of(member.header_offset, &member.name, kind);
        Ok(Flow::Stop)
    }

    fn too_many(&self) -> ProblemKind {
        ProblemKind::LimitReached(LimitReached { name: "members", limit: self.members_max })
    }
}

/// How many names a path has, those that stand for nothing left out.
fn path_parts(name: &[u8]) -> usize {
    name.split(|byte| *byte == b'/').filter(|part| !matches!(part, [] | [b'.'])).count()
}
