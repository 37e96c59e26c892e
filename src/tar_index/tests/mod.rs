mod build;
mod feeds;
mod fields;
mod fixtures;
mod hostile;
mod members;
mod problems;
mod second_opinion;

use super::*;
use crate::limits::Limits;

/// Indexes bytes as a file, and holds that a stream of them gives the same.
fn index_both(bytes: &[u8], limits: &Limits) -> Index {
    let as_file = index(bytes, bytes.len() as u64, limits).unwrap();
    let mut stream = TarReader::new(StreamFeed::new(std::io::BufReader::with_capacity(37, bytes)), limits);
    let mut members = Vec::new();
    while let Some(member) = stream.next_member().unwrap() {
        members.push(member);
    }
    assert_eq!(as_file.members, members);
    // Only the end of a long tail is passed over in a file.
    if bytes.len() < 1 << 20 {
        assert_eq!(as_file.problems, stream.problems());
    }
    as_file
}

fn problems_of(bytes: &[u8]) -> Vec<ProblemKind> {
    index_both(bytes, &Limits::default()).problems.into_iter().map(|problem| problem.kind).collect()
}
