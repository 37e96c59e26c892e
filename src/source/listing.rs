//! The members of an image file, before anything is looked up among them.

use super::Member;
use crate::finding::Finding;

/// The members of an archive, sorted by name, each name once.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub(super) members: Vec<Member>,
    /// Earlier members whose name stands again later; readers that extract see the last, others the first.
    pub(super) shadowed: Vec<Member>,
    pub(super) findings: Vec<Finding>,
}
