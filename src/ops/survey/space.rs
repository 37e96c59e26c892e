//! Where the space of an image goes: to which layers, and in these to which files.

use std::cmp::Reverse;

use serde::Serialize;

use super::SurveyOptions;
use crate::error::Error;
use crate::finding::Finding;
use crate::image::{Amount, Image, history};
use crate::ops::files::{Waste, waste};
use crate::rootfs::{Chosen, FileKind, Rootfs, RootfsOptions};
use crate::tar_index::show_name;

/// The layers of an image, and what they hold. Sizes of files are those of their contents, not compressed.
#[derive(Debug, Clone, Serialize)]
pub struct Space {
    /// The layers, bottom first.
    pub layers: Vec<LayerSpace>,
    /// The regular files that are seen in the end, and their bytes.
    pub total: Amount,
    /// What is hidden below higher layers.
    pub waste: Waste,
}

/// One layer, and its share of the biggest files of the image.
#[derive(Debug, Clone, Serialize)]
pub struct LayerSpace {
    /// Its number, counted from 1, the bottom.
    pub number: usize,
    /// Its digest, or its member in a docker archive.
    pub name: String,
    /// The stored size in bytes.
    pub size: u64,
    /// The command that made it, where the history tells.
    pub made_by: Option<String>,
    /// Its regular files.
    pub files: Amount,
    /// Those of them that a higher layer replaces or deletes.
    pub hidden: Amount,
    /// Names that it hides.
    pub whiteouts: u64,
    /// Those of its files that are among the biggest of the image, the biggest first.
    pub biggest: Vec<BigFile>,
}

/// One of the biggest files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BigFile {
    /// Its name, as in a listing.
    pub path: String,
    /// Bytes of content.
    pub bytes: u64,
    /// Whether a higher layer replaces or deletes it.
    pub hidden: bool,
}

impl LayerSpace {
    /// What is not among the biggest: first the files that are seen, then the hidden ones.
    pub fn rest(&self) -> (Amount, Amount) {
        let without = |all: Amount, hidden: bool| {
            let mut rest = all;
            for file in self.biggest.iter().filter(|file| file.hidden == hidden) {
                rest.count = rest.count.saturating_sub(1);
                rest.bytes = rest.bytes.saturating_sub(file.bytes);
            }
            rest
        };
        let seen = Amount {
            count: self.files.count.saturating_sub(self.hidden.count),
            bytes: self.files.bytes.saturating_sub(self.hidden.bytes),
        };
        (without(seen, false), without(self.hidden, true))
    }
}

/// Reads the layers of an image; also what is wrong with them.
pub(super) fn of(image: &Image, chosen: &Chosen, options: &SurveyOptions) -> Result<(Space, Vec<Finding>), Error> {
    let rootfs_options = RootfsOptions {
        hash_files: false,
        sound: false,
        jobs: options.jobs,
        limits: options.limits.clone(),
        ..RootfsOptions::default()
    };
    let rootfs = Rootfs::load(image, chosen, &rootfs_options)?;
    let survivors = rootfs.survivors();
    let made_by = history::created_by(image, chosen.config, chosen.layers.len(), &options.limits)?;
    let mut layers: Vec<LayerSpace> = Vec::with_capacity(chosen.layers.len());
    for (((layer, made_by), entries), alive) in chosen.layers.iter().zip(made_by).zip(rootfs.layers()).zip(&survivors) {
        let (files, whiteouts) = waste::of_layer(entries);
        let mut hidden = Amount::default();
        let stored = entries.entries().iter().zip(alive);
        stored
            .filter(|(entry, alive)| !**alive && entry.kind == FileKind::File)
            .for_each(|(e, _)| hidden.add(e.size()));
        layers.push(LayerSpace {
            number: layer.number,
            name: layer.name.clone(),
            size: layer.size,
            made_by,
            files,
            hidden,
            whiteouts,
            biggest: Vec::new(),
        });
    }
    for (place, entry) in biggest(&rootfs, options.files) {
        let Some((entries, layer)) = rootfs.layers().get(place).zip(layers.get_mut(place)) else { continue };
        let Some(file) = entries.entries().get(entry) else { continue };
        let hidden = !survivors.get(place).and_then(|alive| alive.get(entry)).copied().unwrap_or(false);
        let path = show_name(entries.name(file)).into_owned();
        layer.biggest.push(BigFile { path, bytes: file.size(), hidden });
    }
    let space = Space {
        layers,
        total: waste::total(&rootfs, &survivors),
        waste: waste::waste(&rootfs, &survivors, waste::SHOWN),
    };
    Ok((space, rootfs.findings().to_vec()))
}

/// Layer and entry of the biggest files of all layers, the biggest first.
fn biggest(rootfs: &Rootfs, count: usize) -> Vec<(usize, usize)> {
    let mut sized: Vec<(Reverse<u64>, usize, usize)> = Vec::new();
    for (place, layer) in rootfs.layers().iter().enumerate() {
        let files = layer.entries().iter().enumerate().filter(|(_, entry)| entry.size() > 0);
        sized.extend(files.map(|(number, entry)| (Reverse(entry.size()), place, number)));
    }
    if count < sized.len() {
        sized.select_nth_unstable(count);
        sized.truncate(count);
    }
    sized.sort_unstable();
    sized.into_iter().map(|(_, place, number)| (place, number)).collect()
}
