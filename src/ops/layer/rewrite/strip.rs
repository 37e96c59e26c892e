//! Which entries `--strip` leaves out of which layer, and where else their content is.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::super::tree::split;
use super::change::{Fate, Fates};
use super::links;
use super::pattern::PathPattern;
use crate::rootfs::{Entry, FileKind, LayerEntries, Rootfs};
use crate::tar_index::show_name;

/// Paths of one kind that the receipt names.
const MOST_NAMES: usize = 10;

/// What is left out of the layers of an image.
#[derive(Debug)]
pub(super) struct Strip {
    /// For each layer, from the bottom.
    pub(super) layers: Vec<Fates>,
    /// What the receipt says.
    pub(super) notes: Vec<String>,
    /// For each pattern, whether a file fits it.
    pub(super) used: Vec<bool>,
}

/// Which files are left out of which layers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'w> {
    pub(super) patterns: &'w [PathPattern],
    /// For each layer, whether it is to be changed.
    pub(super) selected: &'w [bool],
    /// Whether every layer is changed that has such a file.
    pub(super) every_layer: bool,
}

impl Wanted<'_> {
    fn takes(&self, name: &[u8]) -> bool {
        self.patterns.iter().any(|pattern| pattern.takes(name))
    }
}

/// Works out what is left out of layers, the lowest first, which are a file system together.
///
/// # Errors
///
/// Why it cannot be: the content would still be in another layer, or a hard link would point to nothing.
pub(super) fn strip(layers: &[Arc<LayerEntries>], rootfs: &Rootfs, wanted: Wanted<'_>) -> Result<Strip, String> {
    let mut used = vec![false; wanted.patterns.len()];
    let fitting = layers.iter().map(|entries| Fitting::of(entries, wanted.patterns, &mut used));
    let mut all: Vec<Fitting<'_>> = fitting.collect();
    if !wanted.every_layer {
        require_once(&all, wanted.selected)?;
        for (own, _) in all.iter_mut().zip(wanted.selected).filter(|(_, selected)| !**selected) {
            own.fits.fill(false);
        }
    }
    let names: HashSet<&[u8]> = all.iter().flat_map(Fitting::files).collect();
    require_own_names(rootfs, &names, wanted)?;
    let (mut fates, mut notes) = (Vec::new(), Vec::new());
    for (number, own) in all.iter().enumerate() {
        let links = links::follow(own.entries, &own.fits, &names, number + 1)?;
        let mut own_fates = links.fates;
        for entry in own.gone() {
            own_fates.entry(entry.member).or_insert(Fate::Gone { heir: None, directories: Vec::new() });
        }
        if !own_fates.is_empty() {
            notes.push(own.note(number + 1));
        }
        notes.extend(links.notes);
        fates.push(own_fates);
    }
    keep_directories(&all, wanted, &mut fates);
    notes.extend(still_there(&all));
    Ok(Strip { layers: fates, notes, used })
}

/// The entries of one layer, and which of them fit.
struct Fitting<'l> {
    entries: &'l LayerEntries,
    fits: Vec<bool>,
}

impl<'l> Fitting<'l> {
    /// Whiteouts go with the directory that they are in, and only with it.
    fn of(entries: &'l LayerEntries, patterns: &[PathPattern], used: &mut [bool]) -> Self {
        let fits = entries.entries().iter().map(|entry| {
            let name = match entry.kind {
                FileKind::Whiteout => split(entries.name(entry)).0,
                _ => entries.name(entry),
            };
            let mut fits = false;
            for (_, used) in patterns.iter().zip(used.iter_mut()).filter(|(pattern, _)| pattern.takes(name)) {
                *used |= !is_whiteout(entry);
                fits = true;
            }
            fits
        });
        Fitting { entries, fits: fits.collect() }
    }

    fn gone(&self) -> impl Iterator<Item = &'l Entry> + '_ {
        self.entries.entries().iter().zip(&self.fits).filter(|(_, fits)| **fits).map(|(entry, _)| entry)
    }

    fn kept(&self) -> impl Iterator<Item = (usize, &'l Entry)> + '_ {
        let entries = self.entries.entries().iter().enumerate().zip(&self.fits);
        entries.filter(|(_, fits)| !**fits).map(|(entry, _)| entry)
    }

    /// The names of what has content of its own, or stands for it.
    fn files(&self) -> impl Iterator<Item = &'l [u8]> + '_ {
        let files = self.gone().filter(|entry| !is_whiteout(entry) && entry.kind != FileKind::Directory);
        files.map(|entry| self.entries.name(entry))
    }

    /// What the receipt says of the layer: what is below a directory that goes is not named.
    fn note(&self, number: usize) -> String {
        let (mut names, mut above): (Vec<&[u8]>, BTreeSet<&[u8]>) = Default::default();
        let directories = self.gone().filter(|entry| entry.kind == FileKind::Directory);
        above.extend(directories.map(|entry| self.entries.name(entry)));
        let is_below = |name: &[u8]| ancestors(name).any(|folder| above.contains(folder));
        let entries = self.gone().filter(|entry| !is_whiteout(entry)).map(|entry| self.entries.name(entry));
        names.extend(entries.filter(|name| !is_below(name)));
        let shown: Vec<_> = names.iter().take(MOST_NAMES).map(|name| show_name(name)).collect();
        format!("stripped from layer {number}: {}{}", shown.join(", "), more(names.len()))
    }
}

/// That there are more than are named.
fn more(count: usize) -> String {
    count.checked_sub(MOST_NAMES).filter(|more| *more > 0).map_or(String::new(), |more| format!(" and {more} more"))
}

fn is_whiteout(entry: &Entry) -> bool {
    matches!(entry.kind, FileKind::Whiteout | FileKind::OpaqueWhiteout)
}

/// The directories that a name is in, the nearest first.
fn ancestors(name: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::successors(Some(split(name).0), |folder| Some(split(folder).0)).take_while(|folder| !folder.is_empty())
}

/// Refuses files that are in several layers, or in one that is not to be changed: without the layer that is changed, the
/// file of the other one is there again, and so is its content in any case.
fn require_once(all: &[Fitting<'_>], selected: &[bool]) -> Result<(), String> {
    let mut layers: BTreeMap<&[u8], BTreeSet<usize>> = BTreeMap::new();
    for (number, own) in all.iter().enumerate() {
        for name in own.files() {
            layers.entry(name).or_default().insert(number);
        }
    }
    for (name, layers) in layers {
        let name = show_name(name);
        if let Some(other) = layers.iter().find(|layer| !selected.get(**layer).is_some_and(|selected| *selected)) {
            return Err(format!(
                "the content of {name} would still be in layer {}, which is not selected; `--every-layer` strips it \
                 from every layer",
                other + 1
            ));
        }
        if layers.len() > 1 {
            let lower: Vec<String> = layers.iter().rev().skip(1).rev().map(|layer| (layer + 1).to_string()).collect();
            let what = if lower.len() == 1 { "the lower layer" } else { "the lower layers" };
            return Err(format!(
                "the content of {name} would still be in {what} {}; `--every-layer` strips it from every layer",
                lower.join(", ")
            ));
        }
    }
    Ok(())
}

/// Refuses files that a layer has under another name: below a symbolic link to their directory.
fn require_own_names(rootfs: &Rootfs, names: &HashSet<&[u8]>, wanted: Wanted<'_>) -> Result<(), String> {
    for (id, _) in rootfs.walk(rootfs.root()) {
        let Some(file) = rootfs.file(id).filter(|file| file.entry.kind != FileKind::Directory) else { continue };
        let path = rootfs.path(id);
        if wanted.takes(&path) && !names.contains(path.as_slice()) && file.stored_name() != path {
            return Err(format!(
                "layer {} has {} under the name {}, below a symbolic link; strip that name",
                file.layer,
                show_name(&path),
                show_name(file.stored_name())
            ));
        }
    }
    Ok(())
}

/// Directories that no layer describes are there for what is in them. Those that would go with it are written in its place.
fn keep_directories(all: &[Fitting<'_>], wanted: Wanted<'_>, fates: &mut [Fates]) {
    let mut lonely: BTreeMap<&[u8], (usize, u32)> = BTreeMap::new();
    for (number, own) in all.iter().enumerate() {
        for entry in own.gone().filter(|entry| !is_whiteout(entry)) {
            let above = ancestors(own.entries.name(entry)).filter(|folder| !wanted.takes(folder));
            for folder in above {
                lonely.entry(folder).or_insert((number, entry.member));
            }
        }
    }
    for own in all {
        if lonely.is_empty() {
            return;
        }
        for (_, entry) in own.kept().filter(|(_, entry)| !is_whiteout(entry)) {
            let name = own.entries.name(entry);
            lonely.remove(name);
            for folder in ancestors(name) {
                lonely.remove(folder);
            }
        }
    }
    for (folder, (number, member)) in lonely {
        let fate = fates.get_mut(number).and_then(|fates| fates.get_mut(&member));
        if let Some(Fate::Gone { directories, .. }) = fate {
            directories.push(folder.to_vec());
        }
    }
}

/// Says which files that stay have the content of one that goes.
fn still_there(all: &[Fitting<'_>]) -> Vec<String> {
    let mut contents: HashMap<&[u8; 32], &[u8]> = HashMap::new();
    for own in all {
        let entries = own.entries.entries().iter().enumerate().zip(&own.fits);
        for ((at, entry), _) in entries.filter(|((_, entry), fits)| **fits && entry.size() > 0) {
            if let Some(hash) = u32::try_from(at).ok().and_then(|at| own.entries.hash(at)) {
                contents.entry(hash).or_insert(own.entries.name(entry));
            }
        }
    }
    let mut notes = Vec::new();
    for (number, own) in all.iter().enumerate().filter(|_| !contents.is_empty()) {
        for (at, entry) in own.kept().filter(|(_, entry)| entry.size() > 0) {
            let hash = u32::try_from(at).ok().and_then(|at| own.entries.hash(at));
            let Some(gone) = hash.and_then(|hash| contents.get(hash)) else { continue };
            let name = show_name(own.entries.name(entry));
            notes.push(format!("the content of {} is still in layer {} as {name}", show_name(gone), number + 1));
        }
    }
    let count = notes.len();
    notes.truncate(MOST_NAMES);
    if count > MOST_NAMES {
        notes.push(format!("the content of stripped files is still in {} more files", count - MOST_NAMES));
    }
    notes
}
