//! The names of one layer's entries, for what image-spec `layer.md` forbids: one name twice, and what readers make of a
//! whiteout behind the file that it names.

use std::collections::HashSet;
use std::hash::{BuildHasher, Hasher, RandomState};

use crate::tar_index::show_name;

/// What is said of one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryConflict {
    /// The name stands twice.
    Twice(Box<str>),
    /// A whiteout of this name comes behind an entry of it.
    Removed(Box<str>),
    /// The layer has more entries than the limit `entries`; those behind were not compared.
    TooMany,
}

/// How many conflicts of one layer are kept.
const MOST: usize = 100;

/// The names that have gone by, as keyed hashes: nine bytes each.
pub(super) struct LayerNames {
    keys: RandomState,
    seen: HashSet<u64>,
    most: usize,
    found: Vec<EntryConflict>,
}

impl LayerNames {
    /// For at most `most` names.
    pub(super) fn new(most: usize) -> Self {
        LayerNames { keys: RandomState::new(), seen: HashSet::new(), most, found: Vec::new() }
    }

    pub(super) fn add(&mut self, name: &[u8]) {
        if self.found.len() >= MOST || self.found.last() == Some(&EntryConflict::TooMany) {
            return;
        }
        if self.seen.len() >= self.most {
            self.found.push(EntryConflict::TooMany);
            return;
        }
        if !self.seen.insert(self.hash(name, None)) {
            self.found.push(EntryConflict::Twice(show_name(name).into()));
        }
        let own = name.trim_ascii_end().rsplit(|byte| *byte == b'/').find(|part| !part.is_empty()).unwrap_or_default();
        if let Some(hidden) =
            own.strip_prefix(b".wh.").filter(|hidden| !hidden.is_empty() && !hidden.starts_with(b".wh."))
            && self.seen.contains(&self.hash(name, Some(hidden)))
        {
            self.found.push(EntryConflict::Removed(show_name(name).into()));
        }
    }

    pub(super) fn into_found(self) -> Vec<EntryConflict> {
        self.found
    }

    /// Of a name without `.` and doubled slashes, its last part replaced where `last` is given.
    fn hash(&self, name: &[u8], last: Option<&[u8]>) -> u64 {
        let mut hasher = self.keys.build_hasher();
        let mut parts = name.split(|byte| *byte == b'/').filter(|part| !matches!(part, [] | [b'.'])).peekable();
        while let Some(part) = parts.next() {
            let part = last.filter(|_| parts.peek().is_none()).unwrap_or(part);
            hasher.write_usize(part.len());
            hasher.write(part);
        }
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_conflict() {
        let twice = |name: &str| EntryConflict::Twice(name.into());
        let removed = |name: &str| EntryConflict::Removed(name.into());
        for (names, expected) in [
            (&["a", "b", "a/b", "ab"][..], vec![]),
            (&["d/", "d/x", "d/"], vec![twice("d/")]),
            (&["a", "./a", "b//c", "b/c"], vec![twice("./a"), twice("b/c")]),
            (&[".wh.a", "a", "d/.wh.b"], vec![]),
            (&["d/a", "a", "d/.wh.a"], vec![removed("d/.wh.a")]),
            (&["d/", "d/x", ".wh.d"], vec![removed(".wh.d")]),
            (&["d/x", "d/.wh..wh..opq", ".wh."], vec![]),
        ] {
            let mut layer = LayerNames::new(10);
            names.iter().for_each(|name| layer.add(name.as_bytes()));
            assert_eq!(layer.into_found(), expected, "{names:?}");
        }
        let mut small = LayerNames::new(2);
        ["a", "b", "c", "a"].iter().for_each(|name| small.add(name.as_bytes()));
        assert_eq!(small.into_found(), [EntryConflict::TooMany]);
    }
}
