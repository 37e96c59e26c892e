//! The space of files that nobody sees: each layer keeps what higher layers replace or delete.

use std::collections::HashMap;

use serde::Serialize;

use crate::image::Amount;
use crate::rootfs::{FileKind, LayerEntries, Rootfs};
use crate::tar_index::show_name;

/// Wasting files shown when nobody says how many.
pub(in crate::ops) const SHOWN: usize = 10;

/// Space that the layers take and the merged file system does not show. Sizes are those of the files, not compressed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Waste {
    /// Files that a higher layer replaces or deletes, counted per version, and their size in bytes.
    pub hidden: Amount,
    /// The bytes of all files of all layers.
    pub of_bytes: u64,
    /// The hidden part of these in percent, with one decimal.
    pub percent: f64,
    /// The names that hide most space, in descending order.
    pub files: Vec<WastedFile>,
}

/// One name and what is hidden of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WastedFile {
    /// The name, as in a listing.
    pub path: String,
    /// Hidden bytes, of all hidden versions.
    pub bytes: u64,
    /// The layers that contain these versions, counted from 1.
    pub layers: Vec<usize>,
}

/// The regular files that are seen, each counted once however many names it has.
pub(in crate::ops) fn total(rootfs: &Rootfs, survivors: &[Vec<bool>]) -> Amount {
    let mut amount = Amount::default();
    for (layer, alive) in rootfs.layers().iter().zip(survivors) {
        for (entry, _) in layer.entries().iter().zip(alive).filter(|(_, alive)| **alive) {
            if entry.kind == FileKind::File {
                amount.add(entry.size());
            }
        }
    }
    amount
}

/// The regular files of one layer, and the names that it hides.
pub(in crate::ops) fn of_layer(layer: &LayerEntries) -> (Amount, u64) {
    let (mut files, mut whiteouts) = (Amount::default(), 0);
    for entry in layer.entries() {
        match entry.kind {
            FileKind::File => files.add(entry.size()),
            FileKind::Whiteout | FileKind::OpaqueWhiteout => whiteouts += 1,
            _ => {}
        }
    }
    (files, whiteouts)
}

pub(in crate::ops) fn waste(rootfs: &Rootfs, survivors: &[Vec<bool>], shown: usize) -> Waste {
    let (mut hidden, mut all) = (Amount::default(), 0_u64);
    let mut by_name: HashMap<&[u8], (u64, Vec<usize>)> = HashMap::new();
    for (number, (layer, alive)) in rootfs.layers().iter().zip(survivors).enumerate() {
        for (entry, alive) in layer.entries().iter().zip(alive).filter(|(entry, _)| entry.kind == FileKind::File) {
            all = all.saturating_add(entry.size());
            if *alive {
                continue;
            }
            hidden.add(entry.size());
            let (bytes, layers) = by_name.entry(layer.name(entry)).or_default();
            *bytes = bytes.saturating_add(entry.size());
            if layers.last() != Some(&(number + 1)) {
                layers.push(number + 1);
            }
        }
    }
    let mut names: Vec<&[u8]> = by_name.iter().filter(|(_, (bytes, _))| *bytes > 0).map(|(name, _)| *name).collect();
    names.sort_unstable_by_key(|name| (std::cmp::Reverse(by_name.get(name).map(|(bytes, _)| *bytes)), *name));
    names.truncate(shown);
    let files = names.into_iter().filter_map(|name| {
        let (bytes, layers) = by_name.remove(name)?;
        Some(WastedFile { path: show_name(name).into_owned(), bytes, layers })
    });
    let files = files.collect();
    let thousandths = if all == 0 { 0 } else { u128::from(hidden.bytes) * 1000 / u128::from(all) };
    Waste { hidden, of_bytes: all, percent: thousandths as f64 / 10.0, files }
}
