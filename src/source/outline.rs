//! What of a layer the layers above it have to know: readers that keep layers apart, and join them by the overlay file
//! system, see something else there than those that put one layer after the other into one tree.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::limits::Limits;
use crate::tar_index::show_name;

/// Symbolic links and folders of a layer, as keyed hashes of their names, and the folders that it has entries in without
/// describing them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outline {
    /// Sorted by the hash.
    entries: Box<[(u64, Lower)]>,
    implied: Vec<Implied>,
    /// It holds an opaque whiteout of the root.
    pub(super) hides_all: bool,
    /// Files, as keyed hashes of their names, sorted.
    files: Box<[u64]>,
    /// It has more files than are kept.
    files_are_cut: bool,
    /// It has more links and folders than are kept.
    is_cut: bool,
    /// It implies more folders than are kept.
    implies_more: bool,
}

/// A folder that a layer has entries in without describing it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Implied {
    key: u64,
    /// The keys of the folders above it, the nearest first.
    above: Box<[u64]>,
    name: Box<str>,
    /// Its entries are whiteouts, and there are none below it.
    hides_only: bool,
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
    /// It has entries below what a lower layer has as a file.
    BelowFile,
    /// It has entries in a folder that it does not describe, below one that a lower layer removes or has as a file.
    BelowRemoved,
    /// It has entries in a folder that a lower layer gives a mode or owner of its own.
    InOwnFolder,
    /// It hides all that lower layers hold.
    HidesAll,
    /// It hides something in a folder that no lower layer has.
    HidesNothing,
}

/// Folders that a layer may imply; beyond them it is cut. Their names are kept, a few dozen bytes each.
const IMPLIED: usize = 20_000;
/// Folders above such a one that are looked for in lower layers.
const ABOVE: usize = 8;
/// The part of a name that is kept.
const NAME_BYTES: usize = 96;

impl Outline {
    /// Notes a folder that has entries and is not described before them.
    ///
    /// `above` are the keys of the folders above it, from the root; `hides` says that this is for a whiteout.
    pub(super) fn imply(&mut self, key: u64, above: &[u64], folders: &[&[u8]], hides: bool) {
        let place = match self.place_of(key) {
            Ok(place) => {
                if let Some(implied) = self.implied.get_mut(place) {
                    implied.hides_only &= hides;
                }
                return;
            }
            Err(place) => place,
        };
        if self.implied.len() < IMPLIED {
            let mut name: Vec<u8> = Vec::new();
            for part in folders.iter().take(NAME_BYTES) {
                name.extend_from_slice(if name.is_empty() { b"" } else { b"/" });
                name.extend(part.iter().take(NAME_BYTES));
            }
            let name = show_name(name.get(..NAME_BYTES).unwrap_or(&name)).into();
            let above = above.iter().rev().take(ABOVE).copied().collect();
            self.implied.insert(place, Implied { key, above, name, hides_only: hides });
        } else {
            self.implies_more = true;
        }
    }

    /// Takes what the layer holds: an eighth of `most` entries.
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

    /// Takes the files that the layer holds: half of `most`.
    pub(super) fn settle_files(&mut self, files: impl Iterator<Item = u64>, most: usize) {
        let mut files: Vec<u64> = files.take(most / 2 + 1).collect();
        self.files_are_cut = files.len() > most / 2;
        if self.files_are_cut {
            files = Vec::new();
        }
        files.sort_unstable();
        self.files = files.into();
    }

    /// Keeps nothing but that there was something.
    pub fn cut(&mut self) {
        let implies_more = self.implies_more || !self.implied.is_empty();
        *self = Outline {
            hides_all: self.hides_all,
            is_cut: true,
            files_are_cut: true,
            implies_more,
            ..Outline::default()
        };
    }

    fn has_file(&self, key: u64) -> bool {
        self.files.binary_search(&key).is_ok()
    }

    /// Whether it removes a folder and does not make it again.
    fn removes(&self, key: u64) -> bool {
        !self.implies(key) && self.lower(key) == Some(Lower::Removed)
    }

    fn lower(&self, key: u64) -> Option<Lower> {
        let place = self.entries.binary_search_by_key(&key, |(known, _)| *known).ok()?;
        self.entries.get(place).map(|(_, lower)| *lower)
    }

    /// Whether it has entries in a folder that it had not described before them.
    pub(super) fn implies(&self, key: u64) -> bool {
        self.place_of(key).is_ok()
    }

    /// As [`Outline::implies`]; true as well where not all such folders were kept.
    pub(super) fn implies_some(&self, key: u64) -> bool {
        self.implies_more || self.implies(key)
    }

    fn place_of(&self, key: u64) -> Result<usize, usize> {
        self.implied.binary_search_by_key(&key, |implied| implied.key)
    }
}

/// Room for the outlines of all layers of one file, which are kept until the last layer is read: the limit `entries`.
#[derive(Debug)]
pub struct OutlineRoom {
    left: AtomicUsize,
    is_short: AtomicBool,
}

impl OutlineRoom {
    /// All of it.
    pub fn new(limits: &Limits) -> Self {
        OutlineRoom { left: AtomicUsize::new(limits.entries), is_short: AtomicBool::new(false) }
    }

    /// Leaves an outline as it is, or takes all from it but that there was more.
    pub fn keep(&self, outline: &mut Outline) {
        // An implied folder has a name and what is above it.
        let weight = outline.entries.len() + 12 * outline.implied.len() + outline.files.len() / 2;
        let taken = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(weight));
        if taken.is_err() {
            self.is_short.store(true, Ordering::Relaxed);
            outline.cut();
        }
    }

    /// Whether there was no room for one.
    pub fn is_short(&self) -> bool {
        self.is_short.load(Ordering::Relaxed)
    }
}

/// Look-ups for each entry that the limit `entries` allows: hundreds of layers, or thousands of images on one base.
const LOOKS: usize = 8;

/// Looks that may still be taken at lower layers, for all images of one file.
#[derive(Debug)]
pub struct Looks(usize);

impl Looks {
    /// All of them.
    pub fn new(limits: &Limits) -> Self {
        Looks(limits.entries.saturating_mul(LOOKS))
    }
}

/// What an implied folder meets in the layers below, the nearest of them first.
enum Met {
    File,
    Link,
    Folder,
    OwnFolder,
    Removed,
    BelowRemoved,
}

/// None where no layer has anything of this name; the outer None where there are no looks left.
fn meet(implied: &Implied, own: &Outline, lower: &[Option<&Outline>], looks: &mut Looks) -> Option<Option<Met>> {
    for layer in lower.iter().rev().flatten() {
        looks.0 = looks.0.checked_sub(1 + implied.above.len() / 4)?;
        if layer.has_file(implied.key) {
            return Some(Some(Met::File));
        }
        match layer.lower(implied.key) {
            Some(Lower::Link) => return Some(Some(Met::Link)),
            Some(Lower::Folder) => return Some(Some(Met::Folder)),
            Some(Lower::OwnFolder) => return Some(Some(Met::OwnFolder)),
            None if layer.implies(implied.key) => return Some(Some(Met::Folder)),
            Some(Lower::Removed) => return Some(Some(Met::Removed)),
            None => {}
        }
        // Of a file above that is itself in the place of an implied folder, that one tells.
        let is_gone = |folder: u64| if layer.has_file(folder) { !own.implies(folder) } else { layer.removes(folder) };
        if implied.above.iter().any(|folder| is_gone(*folder)) {
            return Some(Some(Met::BelowRemoved));
        }
    }
    Some(None)
}

/// Tells what the layers of an image, the lowest first, do to each other: the number of the layer, the name, and what.
/// None stands for a layer that was not read.
///
/// # Errors
///
/// The number of the first layer with too much in it, or below it, to say.
pub fn above(
    layers: &[Option<&Outline>],
    looks: &mut Looks,
    tell: &mut dyn FnMut(usize, &str, Above),
) -> Result<(), usize> {
    let (mut is_cut, mut files_are_cut) = (false, false);
    for (number, layer) in layers.iter().enumerate() {
        let Some(layer) = layer.filter(|_| number > 0) else {
            is_cut |= layer.is_some_and(|layer| layer.is_cut);
            files_are_cut |= layer.is_some_and(|layer| layer.files_are_cut);
            continue;
        };
        if layer.hides_all {
            tell(number, ".wh..wh..opq", Above::HidesAll);
        }
        if layer.implies_more || (is_cut && !layer.implied.is_empty()) {
            return Err(number);
        }
        for implied in &layer.implied {
            let lower = &layers[..number];
            let met = meet(implied, layer, lower, looks).ok_or(number)?;
            match met {
                Some(Met::Link) => tell(number, &implied.name, Above::BelowLink),
                Some(Met::File) => tell(number, &implied.name, Above::BelowFile),
                Some(Met::BelowRemoved) => tell(number, &implied.name, Above::BelowRemoved),
                Some(Met::OwnFolder) => tell(number, &implied.name, Above::InOwnFolder),
                Some(Met::Folder | Met::Removed) => {}
                None if files_are_cut => return Err(number),
                // Of a layer that was not read nobody knows.
                None if implied.hides_only && lower.iter().all(Option::is_some) => {
                    tell(number, &implied.name, Above::HidesNothing);
                }
                None => {}
            }
        }
        is_cut |= layer.is_cut;
        files_are_cut |= layer.files_are_cut;
    }
    Ok(())
}
