//! Members that are in an archive twice.

use std::io::{self, BufRead};

use super::{MemberId, MemberKind, Source};

impl Source {
    /// Whether a member of [`shadowed`](Source::shadowed) is the same as the one of its name that counts. Where the two
    /// differ, so do readers: those that extract see the last, those that search the first.
    pub fn is_repeated(&self, number: usize) -> bool {
        let Some(earlier) = self.shadowed().get(number) else { return false };
        let Some(id) = self.find(&earlier.name) else { return false };
        let later = &self.members()[id];
        earlier.kind == later.kind
            && earlier.size == later.size
            && (earlier.kind != MemberKind::File || same_bytes(self, number, id).unwrap_or(false))
    }
}

fn same_bytes(source: &Source, shadowed: usize, member: MemberId) -> io::Result<bool> {
    if let (Some(one), Some(other)) = (source.shadowed_facts(shadowed), source.facts(member)) {
        return Ok(one.digest == other.digest);
    }
    let (mut one, mut other) = (source.shadowed_content(shadowed)?, source.content(member)?);
    loop {
        let (a, b) = (one.fill_buf()?, other.fill_buf()?);
        let count = a.len().min(b.len());
        if count == 0 {
            return Ok(a.len() == b.len());
        }
        if a[..count] != b[..count] {
            return Ok(false);
        }
        one.consume(count);
        other.consume(count);
    }
}
