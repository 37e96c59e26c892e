//! The root file system of an image: its layers read once each, in parallel, and put on top of each other.
//!
//! Floor: above `image`, beside `views`.
//!
//! What counts as which name:
//!
//! - `./a`, `/a` and `a/` are `a`; a name with `..` is refused, with a finding.
//! - A whiteout hides what the layers below have, never what its own layer has, wherever in the archive it stands.
//! - An entry below a symbolic link to a directory lands where the link leads, within the root, as containerd and umoci
//!   do it; an entry for a directory itself takes the place of the link.
//! - A hard link becomes the file that it points to, with that file's mode, owner and time. The files that aufs kept for
//!   hard links, in `.wh..wh.plnk`, have no other names than these.
//! - The entries of eStargz (`.prefetch.landmark`, `.no.prefetch.landmark`) are files like any other, as they are for
//!   every engine without its snapshotter; its `stargz.index.json` stands behind the end of the archive, where none of
//!   them looks.
//!
//! Memory keeps no contents. A million entries take about 200 MB.

mod archive;
mod choose;
mod contents;
mod difference;
mod entry;
mod lookup;
mod merge;
mod name;
mod scan;
mod soundness;
mod tree;

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

pub(crate) use archive::Item;
pub(crate) use choose::Candidate;
pub use choose::{Chosen, Layer};
pub(crate) use contents::Contents;
use contents::LayerContents;
pub(crate) use difference::Difference;
pub use entry::{Entry, FileKind, LayerEntries};
pub use lookup::{Follow, Missed};
pub(crate) use scan::{Budget, pieces, scan};
pub(crate) use soundness::{require_diff_id, require_digest, require_documents, require_sound, wrong_with};
pub use tree::FileId;
use tree::{EntryRef, ROOT, Tree};

use crate::digest::{Algorithm, Digest};
use crate::error::Error;
use crate::finding::Finding;
use crate::graph::NodeId;
use crate::image::Image;
use crate::limits::Limits;
use crate::parallel;
use crate::progress::Meter;
use crate::tar_index::{EntryContent, Xattr};

/// How to read a root file system.
#[derive(Debug, Clone, Default)]
pub struct RootfsOptions {
    /// Compute the SHA-256 of each regular file too.
    pub hash_files: bool,
    /// Fail when a layer is not what its digest says or cannot be read to its end; else that is a finding.
    pub sound: bool,
    /// Threads; 0 for one on each core.
    pub jobs: usize,
    /// The limits.
    pub limits: Limits,
    /// Receives the progress of the work.
    pub meter: Meter,
}

/// A merged root file system. Owners, modes and times are those of the entries; contents are not kept.
#[derive(Debug)]
pub struct Rootfs {
    tree: Tree,
    findings: Vec<Finding>,
}

/// A file and its layer, as a merged file system or a layer has it.
#[derive(Debug, Clone, Copy)]
pub struct File<'r> {
    /// What the layer says of it.
    pub entry: &'r Entry,
    /// The number of the layer in the image, counted from 1, the bottom.
    pub layer: usize,
    of: EntryRef,
    entries: &'r LayerEntries,
}

impl<'r> File<'r> {
    /// The target of a symbolic link.
    pub fn link(&self) -> &'r [u8] {
        self.entries.link(self.entry)
    }

    /// The name under which its layer has it.
    pub fn stored_name(&self) -> &'r [u8] {
        self.entries.name(self.entry)
    }

    /// Its extended attributes.
    pub fn xattrs(&self) -> &'r [Xattr] {
        self.entries.xattrs(self.of.entry)
    }

    /// Where its content is kept.
    fn content_place(&self) -> Option<u64> {
        self.entries.places.get(self.of.entry as usize).copied()
    }

    /// The SHA-256 of its content, where it was asked for.
    pub fn hash(&self) -> Option<&'r [u8; 32]> {
        self.entries.hash(self.of.entry)
    }

    /// Whether two files are one entry of one layer, which may be part of two images.
    pub fn is_same_entry(&self, other: &File<'_>) -> bool {
        std::ptr::eq(self.entry, other.entry)
    }

    /// Which entry of its layer it is, counted from 0. Names that are hard links of each other share it.
    pub fn number(&self) -> u32 {
        self.of.entry
    }
}

impl Rootfs {
    /// Reads the layers of an image and merges them.
    ///
    /// # Errors
    ///
    /// When a layer cannot be read, when there is more than the limits allow, and when it is to be sound and is not.
    pub fn load(image: &Image, chosen: &Chosen, options: &RootfsOptions) -> Result<Rootfs, Error> {
        Rootfs::load_with(image, chosen, options, None)
    }

    /// As [`Rootfs::load`], and keeps the contents.
    pub(crate) fn load_with(
        image: &Image,
        chosen: &Chosen,
        options: &RootfsOptions,
        contents: Option<&Contents>,
    ) -> Result<Rootfs, Error> {
        if options.sound {
            require_documents(image, chosen.documents())?;
        }
        let layers: Vec<(&Image, &Layer)> = chosen.layers.iter().map(|layer| (image, layer)).collect();
        let (entries, findings) = read_layers(&layers, options, contents)?;
        let mut rootfs = Rootfs::merge(image, chosen, entries, &options.limits)?;
        rootfs.findings.extend(findings);
        Ok(rootfs)
    }

    /// Puts layers that were read on top of each other, the first at the bottom.
    pub(crate) fn merge(
        image: &Image,
        chosen: &Chosen,
        entries: Vec<Arc<LayerEntries>>,
        limits: &Limits,
    ) -> Result<Rootfs, Error> {
        Rootfs::merge_above(image, chosen, entries, 0, limits).map(|(_, merged)| merged)
    }

    /// As [`Rootfs::merge`], and before it the file system of the lowest `cut` layers alone.
    pub(crate) fn merge_above(
        image: &Image,
        chosen: &Chosen,
        entries: Vec<Arc<LayerEntries>>,
        cut: usize,
        limits: &Limits,
    ) -> Result<(Rootfs, Rootfs), Error> {
        let place = |layer: u32| chosen.layers.get(layer as usize).map(|layer| layer.at(image)).unwrap_or_default();
        let mut merger = merge::Merger::new(Tree::new(entries), &place, limits.entries, limits.findings);
        let mut lower = None;
        for layer in 0..chosen.layers.len() {
            if layer == cut {
                lower = Some(merger.tree.clone());
                merger.tree.seal();
            }
            let path = || image.source.label().to_owned();
            merger.apply(layer as u32).map_err(|reached| Error::Limit { path: path(), reached })?;
        }
        let lower = Rootfs { tree: lower.unwrap_or_else(|| merger.tree.clone()), findings: Vec::new() };
        Ok((lower, Rootfs { tree: merger.tree, findings: merger.findings }))
    }

    /// What is wrong with the layers and with how they fit together.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The root directory.
    pub fn root(&self) -> FileId {
        ROOT
    }

    /// The last component of a file's name; empty for the root.
    pub fn name(&self, id: FileId) -> &[u8] {
        self.tree.name(id)
    }

    /// The whole name of a file, without a slash before it; empty for the root.
    pub fn path(&self, id: FileId) -> Vec<u8> {
        let mut names = Vec::new();
        let mut at = id;
        while at != ROOT {
            names.push(self.tree.name(at));
            at = self.tree.parent(at);
        }
        names.reverse();
        names.join(&b'/')
    }

    /// The directories that a file is in, up to the root.
    pub(crate) fn above(&self, id: FileId) -> impl Iterator<Item = FileId> + '_ {
        let parent = |id: FileId| Some(self.tree.parent(id)).filter(|_| id != ROOT);
        std::iter::successors(parent(id), move |id| parent(*id))
    }

    /// What a layer says of a file; None for a directory that no layer describes.
    pub fn file(&self, id: FileId) -> Option<File<'_>> {
        self.file_of(self.tree.entry_ref(id)?)
    }

    fn file_of(&self, of: EntryRef) -> Option<File<'_>> {
        let entries = self.tree.layers.get(of.layer as usize)?;
        let entry = entries.entries.get(of.entry as usize)?;
        Some(File { entry, layer: of.layer as usize + 1, of, entries })
    }

    /// What a file is.
    pub fn kind(&self, id: FileId) -> FileKind {
        self.tree.entry(id).map_or(FileKind::Directory, |entry| entry.kind)
    }

    /// What is in a directory, sorted by name.
    pub fn children(&self, id: FileId) -> Vec<FileId> {
        let mut children: Vec<FileId> = self.tree.children(id).collect();
        children.sort_unstable_by(|a, b| self.tree.name(*a).cmp(self.tree.name(*b)));
        children
    }

    /// A file and all that is below it, each directory before what is in it, in the order of names; with the depth below
    /// the first.
    pub fn walk(&self, from: FileId) -> impl Iterator<Item = (FileId, usize)> + '_ {
        let mut open = vec![(from, 0)];
        std::iter::from_fn(move || {
            let (id, depth) = open.pop()?;
            open.extend(self.children(id).into_iter().rev().map(|child| (child, depth + 1)));
            Some((id, depth))
        })
    }

    /// One more than the greatest number of a file.
    pub(crate) fn len(&self) -> usize {
        self.tree.len()
    }

    /// One entry of a layer, by the numbers of both.
    pub(crate) fn stored(&self, layer: usize, entry: u32) -> Option<File<'_>> {
        self.file_of(EntryRef { layer: u32::try_from(layer.checked_sub(1)?).ok()?, entry })
    }

    /// The layers, bottom first.
    pub fn layers(&self) -> &[Arc<LayerEntries>] {
        &self.tree.layers
    }

    /// One layer by itself, whiteouts and all, in stored order.
    pub fn layer(&self, number: usize) -> impl Iterator<Item = File<'_>> {
        let place = number.wrapping_sub(1);
        let entries = self.tree.layers.get(place).map_or(0, |layer| layer.entries.len() as u32);
        (0..entries).filter_map(move |entry| self.file_of(EntryRef { layer: place as u32, entry }))
    }

    /// For each layer, which of its entries the merged file system has.
    pub fn survivors(&self) -> Vec<Vec<bool>> {
        let mut alive: Vec<Vec<bool>> = self.tree.layers.iter().map(|layer| vec![false; layer.entries.len()]).collect();
        for (id, _) in self.walk(ROOT) {
            let Some(of) = self.tree.entry_ref(id) else { continue };
            if let Some(place) = alive.get_mut(of.layer as usize).and_then(|layer| layer.get_mut(of.entry as usize)) {
                *place = true;
            }
        }
        alive
    }
}

/// What makes two layers one to read: their digest, so that what two files share is taken apart once, else file and
/// blob; and the algorithm of their diff_ids, since one pass computes one.
#[derive(PartialEq, Eq, Hash)]
enum Bytes<'l> {
    Of(&'l Digest, Option<Algorithm>),
    At(*const Image, NodeId, Option<Algorithm>),
}

/// The entries of each layer, and what is wrong with them. A layer that stands several times, in one image file or in
/// two, is taken apart once; every copy of it is compared with its digest, and against each diff_id that it should have.
pub(crate) fn read_layers(
    layers: &[(&Image, &Layer)],
    options: &RootfsOptions,
    contents: Option<&Contents>,
) -> Result<(Vec<Arc<LayerEntries>>, Vec<Finding>), Error> {
    let budget = Budget::new(&options.limits);
    let mut groups: HashMap<Bytes, usize> = HashMap::new();
    let mut distinct: Vec<Vec<(&Image, &Layer)>> = Vec::new();
    let mut of_layer = Vec::with_capacity(layers.len());
    for &(image, layer) in layers {
        let bytes = match &layer.digest {
            Some(digest) if digest.algorithm().is_some() => Bytes::Of(digest, layer.inflated_algorithm()),
            _ => Bytes::At(std::ptr::from_ref(image), layer.node, layer.inflated_algorithm()),
        };
        let group = *groups.entry(bytes).or_insert(distinct.len());
        if group == distinct.len() {
            distinct.push(Vec::new());
        }
        distinct[group].push((image, layer));
        of_layer.push(group);
    }
    let mut order: Vec<usize> = (0..distinct.len()).collect();
    order.sort_by_key(|group| std::cmp::Reverse(distinct[*group].first().map_or(0, |(_, layer)| layer.size)));
    let results = parallel::map(&order, parallel::threads(options.jobs), |group| {
        read_copies(&distinct[*group], options, contents, &budget)
    });
    let mut entries: Vec<Option<Arc<LayerEntries>>> = vec![None; distinct.len()];
    let mut findings = Vec::new();
    let mut failures: Vec<(usize, Error)> = Vec::new();
    for (group, result) in order.into_iter().zip(results) {
        match result {
            Ok((own, wrong)) => {
                findings.extend(wrong);
                entries[group] = Some(Arc::new(own));
            }
            Err(error) => failures.push((group, error)),
        }
    }
    // The lowest layer's, whichever thread met its own first.
    if let Some((_, error)) = failures.into_iter().min_by_key(|(group, _)| *group) {
        return Err(error);
    }
    let entries = of_layer.into_iter().filter_map(|group| entries.get(group).cloned().flatten()).collect();
    Ok((entries, findings))
}

/// Takes the first of several copies of a layer apart, and compares all of them with what they should be.
fn read_copies(
    copies: &[(&Image, &Layer)],
    options: &RootfsOptions,
    contents: Option<&Contents>,
    budget: &Budget,
) -> Result<(LayerEntries, Vec<Finding>), Error> {
    let Some((&(image, layer), others)) = copies.split_first() else { return Ok(Default::default()) };
    let mut kept = contents.map(Contents::of_layer);
    let mut take = |number: u32, entry: &Entry, _: &LayerEntries, content: &mut dyn EntryContent| match &mut kept {
        Some(kept) => kept.take(number, entry, content),
        None => Ok(()),
    };
    let scanned = scan(image, layer, options.hash_files, budget, &options.limits, &options.meter, &mut take);
    // A content that cannot be kept ends the scan too.
    let places = kept.map_or(Ok(Vec::new()), LayerContents::finish)?;
    let mut scanned = scanned?;
    scanned.entries.places = places;
    options.meter.blob();
    if options.sound {
        require_sound(image, layer, &scanned.walked)?;
    }
    let mut findings = wrong_with(image, layer, &scanned.walked);
    findings.extend(scanned.findings);
    let mut proved = HashSet::from([(std::ptr::from_ref(image), layer.node)]);
    for &(image, layer) in others {
        let is_new = proved.insert((std::ptr::from_ref(image), layer.node));
        let found = if is_new { soundness::digest_of(image, layer)? } else { scanned.walked.digest.clone() };
        if options.sound {
            soundness::require_digest(image, layer, found.as_ref())?;
            soundness::require_diff_id(image, layer, scanned.walked.layer.diff_id.as_ref())?;
        }
        findings.extend(soundness::wrong_digest(image, layer, found.as_ref()));
        findings.extend(soundness::wrong_diff_id(image, layer, &scanned.walked));
    }
    Ok((scanned.entries, findings))
}
