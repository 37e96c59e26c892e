//! What a whole archive holds.

use std::io;

use super::{FileFeed, Member, Problem, ProblemKind, ReadAt, TarReader};
use crate::limits::{LimitReached, Limits};

/// Bytes of names and link targets kept for each member that [`Limits::members`] allows, on average: 200,000 members
/// keep at most 64 MiB of names. A blob's name in an image layout has 77 bytes.
const NAME_BYTES_A_MEMBER: u64 = 320;

/// The members of an archive, in their order, and what is wrong with it.
#[derive(Debug, Clone, Default)]
pub struct Index {
    /// The members.
    pub members: Vec<Member>,
    /// The problems, in the order in which they were met.
    pub problems: Vec<Problem>,
    /// Problems beyond [`Limits::findings`], which were counted and not kept.
    pub problems_dropped: u64,
}

impl Index {
    /// Whether the walk came to the archive's end; if not, there may be members that are not listed.
    pub fn is_complete(&self) -> bool {
        !self.problems.iter().any(|problem| problem.kind.stops_walk())
    }
}

/// Walks an archive in a file of `length` bytes by its headers alone.
///
/// # Errors
///
/// Those of reading the file; all that is wrong with the archive is in [`Index::problems`].
pub fn index<R: ReadAt>(file: R, length: u64, limits: &Limits) -> io::Result<Index> {
    let mut reader = TarReader::new(FileFeed::new(file, length), limits);
    let mut members = Vec::new();
    let budget = (limits.members as u64).saturating_mul(NAME_BYTES_A_MEMBER);
    let mut names = 0_u64;
    while let Some(member) = reader.next_member()? {
        names += (member.name.len() + member.link_name().len()) as u64;
        if names > budget {
            let limit = LimitReached { name: "members", limit: limits.members as u64 };
            reader.stop(member.header_offset, ProblemKind::LimitReached(limit));
            break;
        }
        members.push(member);
    }
    members.shrink_to_fit();
    let problems_dropped = reader.problems_dropped();
    Ok(Index { members, problems: reader.take_problems(), problems_dropped })
}
