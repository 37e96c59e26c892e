//! What one layer has to hold to make one merged file system of another: the work of several layers.
//!
//! - Whatever the layers above the lower file system say last is an entry: so is a directory that they make without
//!   describing it, and a file of a lower layer that has become another name by a hard link. Such a file is held with all
//!   of its names, since a hard link within one layer is the only one that every engine follows.
//! - What is gone is a whiteout where its directory is still there. Where a directory was replaced by another, or made
//!   opaque, it is an opaque whiteout, which hides what a new base might have there as well.
//! - The directories of all these are entries too, with what is known of them: engines that unpack each layer by itself
//!   create missing ones with attributes of their own, which then hide those of the lower layers.

use std::collections::HashSet;

use super::archive::Item;
use super::tree::EntryRef;
use super::{FileId, FileKind, Rootfs};

const WHITEOUT: &[u8] = b".wh.";
const OPAQUE: &[u8] = b".wh..wh..opq";

/// Two states of a file system, of which the second is the first with more layers on it.
#[derive(Debug)]
pub(crate) struct Difference<'r> {
    lower: &'r Rootfs,
    merged: &'r Rootfs,
    /// By file of the merged one, what the lower one has under this name, as far as nothing hides it.
    below: Vec<Option<FileId>>,
    /// By file of the merged one, whether the layer has an entry for it.
    wanted: Vec<bool>,
}

impl<'r> Difference<'r> {
    /// The difference of the two that [`Rootfs::merge_above`] gives.
    pub(crate) fn new(lower: &'r Rootfs, merged: &'r Rootfs) -> Self {
        let mut difference =
            Difference { lower, merged, below: vec![None; merged.len()], wanted: vec![false; merged.len()] };
        difference.find_below();
        let mut linked: HashSet<EntryRef> = HashSet::new();
        for (id, _) in merged.walk(merged.root()) {
            let is_changed = difference.is_changed(id);
            if is_changed {
                linked.extend(difference.regular(id));
            }
            if is_changed || !difference.whiteouts(id).is_empty() {
                difference.want(id);
            }
        }
        for (id, _) in merged.walk(merged.root()) {
            if difference.regular(id).is_some_and(|of| linked.contains(&of)) {
                difference.want(id);
            }
        }
        difference
    }

    /// The entries of the layer, in the order of names, whiteouts before what else is in their directory.
    pub(crate) fn items(&self) -> impl Iterator<Item = Item> + '_ {
        self.merged.walk(self.merged.root()).flat_map(|(id, _)| {
            let is_described = id != self.merged.root() || self.is_changed(id);
            let file = Some(Item::File(id)).filter(|_| self.is_wanted(id) && is_described);
            file.into_iter().chain(self.whiteouts(id).into_iter().map(move |name| Item::Whiteout(id, name)))
        })
    }

    fn find_below(&mut self) {
        let root = self.merged.root();
        self.set_below(root, Some(self.lower.root()));
        for (id, _) in self.merged.walk(root) {
            let Some(below) = self.directory_below(id) else { continue };
            // The root cannot be opaque in every engine.
            if id != root && self.merged.tree.is_own(id) {
                continue;
            }
            for child in self.merged.children(id) {
                self.set_below(child, self.lower.tree.child(below, self.merged.name(child)));
            }
        }
    }

    fn set_below(&mut self, id: FileId, below: Option<FileId>) {
        if let Some(place) = self.below.get_mut(id as usize) {
            *place = below;
        }
    }

    fn below(&self, id: FileId) -> Option<FileId> {
        self.below.get(id as usize).copied().flatten()
    }

    /// The directory that the lower file system has where the merged one has one.
    fn directory_below(&self, id: FileId) -> Option<FileId> {
        let is_directory = self.merged.kind(id) == FileKind::Directory;
        self.below(id).filter(|below| is_directory && self.lower.kind(*below) == FileKind::Directory)
    }

    /// Whether the lower file system has something else under a name, or nothing.
    fn is_changed(&self, id: FileId) -> bool {
        let of = self.merged.tree.entry_ref(id);
        match self.below(id) {
            Some(below) => self.lower.kind(below) != self.merged.kind(id) || self.lower.tree.entry_ref(below) != of,
            None => true,
        }
    }

    /// The names of the whiteouts in a directory.
    fn whiteouts(&self, id: FileId) -> Vec<Vec<u8>> {
        let Some(below) = self.directory_below(id) else { return Vec::new() };
        let children = self.lower.children(below);
        if id != self.merged.root() && self.merged.tree.is_own(id) {
            return if children.is_empty() { Vec::new() } else { vec![OPAQUE.to_vec()] };
        }
        let names = children.into_iter().map(|child| self.lower.name(child));
        let gone = names.filter(|name| self.merged.tree.child(id, name).is_none());
        gone.map(|name| [WHITEOUT, name].concat()).collect()
    }

    fn regular(&self, id: FileId) -> Option<EntryRef> {
        self.merged.tree.entry_ref(id).filter(|_| self.merged.kind(id) == FileKind::File)
    }

    fn is_wanted(&self, id: FileId) -> bool {
        self.wanted.get(id as usize) == Some(&true)
    }

    /// Wants an entry for a file, and for the directories that it is in.
    fn want(&mut self, id: FileId) {
        for id in std::iter::once(id).chain(self.merged.above(id)) {
            match self.wanted.get_mut(id as usize) {
                Some(wanted) if !*wanted => *wanted = true,
                _ => return,
            }
        }
    }
}
