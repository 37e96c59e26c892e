//! The contents of files, layer by layer, before it is known where they belong.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::fs::File;
use std::hash::BuildHasher;
use std::io::{self, Seek, SeekFrom, Write};
use std::sync::{Arc, PoisonError, RwLock};

use super::UnpackOptions;
use crate::error::Error;
use crate::finding::Finding;
use crate::graph::NodeId;
use crate::image::Image;
use crate::parallel;
use crate::rootfs::{Budget, Chosen, Entry, FileKind, Layer, LayerEntries, Rootfs, require_sound, scan, wrong_with};
use crate::sink::{Attributes, Folder, NewTree, set, set_xattr};
use crate::source::Walked;
use crate::tar_index::{EntryContent, Xattr};

/// The files of all layers.
pub(super) struct Staged {
    pub(super) layers: Vec<StagedLayer>,
    pub(super) findings: Vec<Finding>,
    pub(super) lost_xattrs: u64,
}

/// The files of one layer, which wait under the numbers of layer and entry.
pub(super) struct StagedLayer {
    pub(super) entries: Arc<LayerEntries>,
    /// By the number of the entry, whether its file is there; those at the end that are not are left out.
    written: Vec<bool>,
    /// Attributes that could not be set, by the number of the entry.
    lost: Vec<(u32, u64)>,
    findings: Vec<Finding>,
}

impl StagedLayer {
    /// The same blob where it is listed once more, below: none of its files is written there.
    fn copy(&self, image: &Image, layer: &Layer, walked: &Walked) -> Result<StagedLayer, Error> {
        require_sound(image, layer, walked)?;
        Ok(StagedLayer {
            entries: Arc::clone(&self.entries),
            written: Vec::new(),
            lost: Vec::new(),
            findings: wrong_with(image, layer, walked),
        })
    }

    fn is_written(&self, number: usize) -> bool {
        self.written.get(number) == Some(&true)
    }
}

/// The name under which an entry's file waits. All layers have one folder: there may be more of them than a process may
/// have open.
pub(super) fn name(layer: usize, entry: u32) -> String {
    format!("{layer}.{entry}")
}

/// What an entry's file is to have beside its content, as far as it can have it.
pub(super) fn attributes(entry: &Entry, owners: bool) -> Attributes {
    Attributes {
        // A file that belongs to whoever unpacks must not lend that person's rights.
        mode: if owners { entry.mode } else { entry.mode & 0o1777 },
        owner: owners.then_some((entry.uid, entry.gid)),
        mtime: (entry.mtime, entry.mtime_nanos),
    }
}

/// Sets those attributes that may be set; says how many were not. Only root may set others than `user.*`.
pub(super) fn set_xattrs(xattrs: &[Xattr], owners: bool, set: impl Fn(&[u8], &[u8]) -> io::Result<()>) -> u64 {
    let lost = xattrs.iter().filter(|xattr| {
        let may = owners || xattr.name.starts_with(b"user.");
        !may || xattr.name.contains(&0) || set(&xattr.name, &xattr.value).is_err()
    });
    lost.count() as u64
}

/// What the layers that were read hide of those below them, by a keyed hash of the name. Where two names have one hash a
/// file may be taken for hidden that is not; it is then read once more.
struct Hidden {
    keys: RandomState,
    /// The highest layer that has this very name, or hides all below it.
    by_name: RwLock<HashMap<(u64, bool), usize>>,
}

impl Hidden {
    fn is_hidden(&self, name: &[u8], layer: usize) -> bool {
        let known = self.by_name.read().unwrap_or_else(PoisonError::into_inner);
        if known.is_empty() {
            return false;
        }
        let above = |name: &[u8], all_below| {
            known.get(&(self.keys.hash_one(name), all_below)).is_some_and(|above| *above > layer)
        };
        let folders = name.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| &name[..at]);
        above(name, false) || std::iter::once(&name[..0]).chain(folders).any(|folder| above(folder, true))
    }

    fn add(&self, entries: &LayerEntries, layer: usize) {
        let mut known = self.by_name.write().unwrap_or_else(PoisonError::into_inner);
        for entry in entries.entries() {
            let hash = self.keys.hash_one(entries.name(entry));
            let mut note = |all_below| {
                let highest = known.entry((hash, all_below)).or_insert(layer);
                *highest = layer.max(*highest);
            };
            if entry.kind != FileKind::OpaqueWhiteout {
                note(false);
            }
            if entry.kind != FileKind::Directory {
                note(true);
            }
        }
    }
}

/// Reads all layers, from the top down, and writes their files.
pub(super) fn all(
    image: &Image,
    chosen: &Chosen,
    options: &UnpackOptions,
    tree: &NewTree,
    budget: &Budget,
) -> Result<Staged, Error> {
    let hidden = Hidden { keys: RandomState::new(), by_name: RwLock::default() };
    // A layer that is listed several times is read for the highest of them, which hides the files of the others.
    let mut groups: HashMap<NodeId, usize> = HashMap::new();
    let mut order: Vec<Vec<&Layer>> = Vec::new();
    for layer in chosen.layers.iter().rev() {
        let group = *groups.entry(layer.node).or_insert(order.len());
        if group == order.len() {
            order.push(Vec::new());
        }
        order[group].push(layer);
    }
    let results = parallel::map(&order, parallel::threads(options.jobs), |copies| {
        let Some((&layer, lower)) = copies.split_first() else { return Ok(Vec::new()) };
        let is_wanted = |name: &[u8], _| !hidden.is_hidden(name, layer.number);
        let (staged, walked) = one(image, layer, options, &tree.stage, budget, &is_wanted)?;
        hidden.add(&staged.entries, layer.number);
        let copy = |&layer: &&Layer| {
            options.meter.blob();
            staged.copy(image, layer, &walked)
        };
        let copies: Vec<StagedLayer> = lower.iter().map(copy).collect::<Result<_, Error>>()?;
        options.meter.blob();
        Ok::<_, Error>(std::iter::once(staged).chain(copies).collect())
    });
    let mut layers: Vec<(usize, StagedLayer)> = Vec::new();
    // The lowest layer that failed, whichever thread met its own first.
    for (copies, staged) in order.iter().zip(results).rev() {
        layers.extend(copies.iter().map(|layer| layer.number).zip(staged?));
    }
    layers.sort_by_key(|(number, _)| *number);
    let mut staged = Staged { layers: Vec::with_capacity(layers.len()), findings: Vec::new(), lost_xattrs: 0 };
    for (_, mut layer) in layers {
        staged.findings.append(&mut layer.findings);
        staged.layers.push(layer);
    }
    Ok(staged)
}

/// Reads those layers once more that have files which were taken for hidden and are not: links made other names of them.
pub(super) fn missing(
    image: &Image,
    chosen: &Chosen,
    options: &UnpackOptions,
    rootfs: &Rootfs,
    tree: &NewTree,
    mut staged: Staged,
) -> Result<Staged, Error> {
    let survivors = rootfs.survivors();
    for ((layer, alive), chosen) in staged.layers.iter_mut().zip(&survivors).zip(&chosen.layers) {
        let entries = layer.entries.entries().iter().zip(alive).enumerate();
        let is_missing = |number, entry: &Entry| entry.kind == FileKind::File && !layer.is_written(number);
        let wanted: Vec<bool> = entries.map(|(number, (entry, alive))| *alive && is_missing(number, entry)).collect();
        if wanted.contains(&true) {
            let budget = Budget::new(&options.limits);
            let is_wanted = |_: &[u8], number: u32| wanted.get(number as usize) == Some(&true);
            let (more, _) = one(image, chosen, options, &tree.stage, &budget, &is_wanted)?;
            layer.lost.extend(more.lost);
        }
        let lost = layer.lost.iter().filter(|(number, _)| alive.get(*number as usize) == Some(&true));
        staged.lost_xattrs += lost.map(|(_, count)| count).sum::<u64>();
    }
    Ok(staged)
}

/// Writes the content of one file, whose holes stay holes. What writing fails with is in `wrong`.
fn write(content: &mut dyn EntryContent, file: &mut File, wrong: &mut Option<io::Error>) -> io::Result<()> {
    let mut keep = |written: io::Result<()>| {
        written.map_err(|error| {
            *wrong = Some(error);
            io::Error::other("writing failed")
        })
    };
    let (mut size, mut ends_in_hole) = (0, false);
    loop {
        let hole = content.skip_hole();
        if hole > 0 {
            size += hole;
            ends_in_hole = true;
            keep(file.seek(SeekFrom::Start(size)).map(drop))?;
        }
        let bytes = match content.fill_buf() {
            Ok([]) => break,
            Ok(piece) => {
                keep(file.write_all(piece))?;
                piece.len()
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        content.consume(bytes);
        size += bytes as u64;
        ends_in_hole = false;
    }
    keep(if ends_in_hole { file.set_len(size) } else { Ok(()) })
}

/// Reads one layer, and writes those of its files that are wanted.
fn one(
    image: &Image,
    layer: &Layer,
    options: &UnpackOptions,
    stage: &Folder,
    budget: &Budget,
    is_wanted: &dyn Fn(&[u8], u32) -> bool,
) -> Result<(StagedLayer, Walked), Error> {
    let (mut written, mut lost, mut failed) = (Vec::new(), Vec::new(), None);
    let scanned =
        scan(image, layer, false, budget, &options.limits, &options.meter, &mut |number, entry, entries, content| {
            if !is_wanted(entries.name(entry), number) {
                return Ok(());
            }
            // Whether reading or writing failed makes two different errors.
            let mut refuse = |error| {
                failed = Some(error);
                Err(io::Error::other("writing failed"))
            };
            let mut file = match stage.make_file(name(layer.number, number).as_bytes()) {
                Ok(file) => file,
                Err(error) => return refuse(error),
            };
            let mut wrong = None;
            let read = write(content, &mut file, &mut wrong);
            if let Some(error) = wrong {
                return refuse(error);
            }
            read?;
            // Attributes behind the owner: a change of owner takes `security.capability` away.
            if let Err(error) = set(&file, &attributes(entry, options.owners)) {
                return refuse(error);
            }
            let count = set_xattrs(entries.xattrs(number), options.owners, |name, value| set_xattr(&file, name, value));
            if count > 0 {
                lost.push((number, count));
            }
            written.resize(number as usize + 1, false);
            if let Some(place) = written.last_mut() {
                *place = true;
            }
            Ok(())
        });
    if let Some(source) = failed {
        return Err(Error::Write { path: options.target.display().to_string(), source });
    }
    let scanned = scanned?;
    require_sound(image, layer, &scanned.walked)?;
    let mut findings = wrong_with(image, layer, &scanned.walked);
    findings.extend(scanned.findings);
    Ok((StagedLayer { entries: Arc::new(scanned.entries), written, lost, findings }, scanned.walked))
}
