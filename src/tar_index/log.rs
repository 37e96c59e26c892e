//! The problems of one walk.

use super::{Problem, ProblemKind};

/// Problems in the order in which they were met, up to a number; beyond it they are counted.
#[derive(Debug)]
pub(super) struct ProblemLog {
    kept: Vec<Problem>,
    max: usize,
    dropped: u64,
}

/// The part of a name that a problem keeps: 10,000 problems with names of 64 KiB would take 600 MiB.
pub(crate) fn shorten(name: &[u8]) -> &[u8] {
    name.get(..NAME_BYTES).unwrap_or(name)
}

/// Longer than any name in an image that tools make.
const NAME_BYTES: usize = 1024;

impl ProblemLog {
    pub(super) fn new(max: usize) -> Self {
        ProblemLog { kept: Vec::new(), max, dropped: 0 }
    }

    pub(super) fn push(&mut self, problem: Problem) {
        // The one that ends the walk is always kept: it says that the others are not all.
        if self.kept.len() < self.max || problem.kind.stops_walk() {
            self.kept.push(problem);
        } else {
            self.dropped += 1;
        }
    }

    /// A problem of the archive at an offset.
    pub(super) fn at(&mut self, offset: u64, kind: ProblemKind) {
        self.push(Problem { offset, member: None, kind });
    }

    /// A problem of a member whose header stands at an offset.
    pub(super) fn of(&mut self, offset: u64, name: &[u8], kind: ProblemKind) {
        self.push(Problem { offset, member: Some(shorten(name).into()), kind });
    }

    pub(super) fn kept(&self) -> &[Problem] {
        &self.kept
    }

    pub(super) fn take(&mut self) -> Vec<Problem> {
        std::mem::take(&mut self.kept)
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }
}
