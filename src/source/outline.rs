//! What of a layer the layers above it have to know: readers that keep layers apart, and join them by the overlay file
//! system, see something else there than those that put one layer after the other into one tree.

use crate::tar_index::show_name;

/// Symbolic links and folders of a layer, as keyed hashes of their names, and the folders that it has entries in without
/// describing them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outline {
    /// Sorted by the hash.
    entries: Box<[(u64, Lower)]>,
    implied: Vec<(u64, Box<str>)>,
    /// It holds an opaque whiteout of the root.
    pub(super) hides_all: bool,
    /// It has more links and folders than are kept.
    is_cut: bool,
    /// It implies more folders than are kept.
    implies_more: bool,
}

/// What a lower layer has under a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lower {
    Link,
    /// A folder of root with mode 0755.
    Folder,
    /// Another folder.
    OwnFolder,
    /// A whiteout.
    Removed,
}

/// What a layer does to a lower one that readers do differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Above {
    /// It has entries below what a lower layer has as a symbolic link.
    BelowLink,
    /// It has entries in a folder that a lower layer gives a mode or owner of its own.
    InOwnFolder,
    /// It hides all that lower layers hold.
    HidesAll,
    /// Not looked at: there is too much in the layers.
    TooMuch,
}

/// Folders that a layer may imply; beyond them it is cut. Their names are kept, a few dozen bytes each.
const IMPLIED: usize = 20_000;
/// The part of a name that is kept.
const NAME_BYTES: usize = 96;

impl Outline {
    /// Notes a folder that has entries and is not described before them.
    pub(super) fn imply(&mut self, key: u64, folders: &[&[u8]]) {
        let Err(place) = self.implied.binary_search_by_key(&key, |(known, _)| *known) else { return };
        if self.implied.len() < IMPLIED {
            let mut name: Vec<u8> = Vec::new();
            for part in folders.iter().take(NAME_BYTES) {
                name.extend_from_slice(if name.is_empty() { b"" } else { b"/" });
                name.extend(part.iter().take(NAME_BYTES));
            }
            self.implied.insert(place, (key, show_name(name.get(..NAME_BYTES).unwrap_or(&name)).into()));
        } else {
            self.implies_more = true;
        }
    }

    /// Takes what the layer holds: an eighth of `most` entries, for all layers of a file are kept until the last is read.
    pub(super) fn settle(&mut self, entries: impl Iterator<Item = (u64, Lower)>, most: usize) {
        let mut kept: Vec<(u64, Lower)> = Vec::new();
        for entry in entries {
            if kept.len() >= most / 8 {
                self.is_cut = true;
                break;
            }
            kept.push(entry);
        }
        // A folder that is removed and made again is a folder.
        kept.sort_unstable();
        kept.dedup_by_key(|(key, _)| *key);
        self.entries = kept.into();
    }

    fn lower(&self, key: u64) -> Option<Lower> {
        let place = self.entries.binary_search_by_key(&key, |(known, _)| *known).ok()?;
        self.entries.get(place).map(|(_, lower)| *lower)
    }

    fn implies(&self, key: u64) -> bool {
        self.implied.binary_search_by_key(&key, |(known, _)| *known).is_ok()
    }
}

/// What the layers of an image, the lowest first, do to each other: the number of the layer, the name, and what. None
/// stands for a layer that was not read.
pub fn above(layers: &[Option<&Outline>]) -> Vec<(usize, String, Above)> {
    let mut found = Vec::new();
    for (number, layer) in layers.iter().enumerate().skip(1) {
        let Some(layer) = layer else { continue };
        if layer.hides_all {
            found.push((number, ".wh..wh..opq".to_owned(), Above::HidesAll));
        }
        let lower: Vec<&Outline> = layers[..number].iter().rev().flatten().copied().collect();
        if layer.implies_more || (!layer.implied.is_empty() && lower.iter().any(|lower| lower.is_cut)) {
            found.push((number, String::new(), Above::TooMuch));
            continue;
        }
        for (key, name) in &layer.implied {
            let met = lower.iter().find(|lower| lower.lower(*key).is_some() || lower.implies(*key));
            let what = match met.and_then(|lower| lower.lower(*key)) {
                Some(Lower::Link) => Above::BelowLink,
                Some(Lower::OwnFolder) => Above::InOwnFolder,
                Some(Lower::Folder | Lower::Removed) | None => continue,
            };
            found.push((number, name.to_string(), what));
        }
    }
    found
}
