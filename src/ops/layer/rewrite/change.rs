//! What becomes of the entries of one layer.

use std::collections::BTreeMap;
use std::path::Path;

/// What becomes of an entry that is not only copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is left out.
    Gone {
        /// The number of the hard link to it that gets its content.
        heir: Option<u32>,
        /// Directories that no entry describes, to be written in its place: it was the last thing in them.
        directories: Vec<Vec<u8>>,
    },
    /// A hard link that becomes the file.
    Heir,
    /// A hard link that points elsewhere.
    Linked(Vec<u8>),
}

/// The fates of entries, by their numbers in the archive, counted from 0.
pub(super) type Fates = BTreeMap<u32, Fate>;

/// What is changed in a layer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Change<'c> {
    pub(super) fates: &'c Fates,
    /// User and group number of all entries.
    pub(super) owner: Option<(u32, u32)>,
    /// The latest time, in seconds since 1970.
    pub(super) latest: Option<i64>,
    /// Where temporary files are created; None for the system's folder.
    pub(super) folder: Option<&'c Path>,
}

impl<'c> Change<'c> {
    pub(super) fn fate(&self, number: u32) -> Option<&'c Fate> {
        self.fates.get(&number)
    }

    /// Whether the headers of all entries may change.
    pub(super) fn is_of_headers(&self) -> bool {
        self.owner.is_some() || self.latest.is_some()
    }

    pub(super) fn is_nothing(&self) -> bool {
        self.fates.is_empty() && !self.is_of_headers()
    }
}
