//! `files`: the root file system of an image, merged or layer by layer, and the space that it wastes.

mod listing;
pub(super) mod waste;

use serde::Serialize;

pub use listing::{FileRow, Listing};
pub use waste::{Waste, WastedFile};

use crate::digest::Digest;
use crate::error::Error;
use crate::finding::Findings;
use crate::graph::Selector;
use crate::image::{Amount, Image};
use crate::limits::Limits;
use crate::platform::Platform;
use crate::rootfs::{Chosen, Follow, Rootfs, RootfsOptions, require_documents};

/// What to list.
#[derive(Debug, Clone, Default)]
pub struct FilesOptions {
    /// Which image.
    pub selector: Selector,
    /// Only these names and what is below them; all by default. Links at their end are not followed.
    pub paths: Vec<String>,
    /// Only this layer, counted from 1, the bottom: its own entries, with its whiteouts.
    pub layer: Option<usize>,
    /// Only this many files, the biggest first; the report then has as many of the files that waste most.
    pub top: Option<usize>,
    /// Threads; 0 for one on each core.
    pub jobs: usize,
    /// The limits.
    pub limits: Limits,
}

/// The files of an image.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct FilesReport {
    /// The file, as named on the command line.
    pub file: String,
    /// The image's manifest; in a docker archive its config.
    pub image: Option<Digest>,
    /// Its platform.
    pub platform: Option<Platform>,
    /// Its layers, bottom first.
    pub layers: Vec<LayerFiles>,
    /// The listed files, each directory before its contents, by name; with `top` by descending size.
    pub files: Listing,
    /// The regular files of the merged file system and their bytes, hard links counted once.
    pub total: Amount,
    /// The space of files that a higher layer replaces or deletes.
    pub waste: Waste,
    /// Findings in the layers.
    pub findings: Findings,
}

/// One layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LayerFiles {
    /// Its number, counted from 1, the bottom.
    pub number: usize,
    /// Its digest, or its member in a docker archive.
    pub name: String,
    /// The stored size in bytes.
    pub size: u64,
    /// Its regular files, and their bytes.
    pub files: Amount,
    /// Names that it hides.
    pub whiteouts: u64,
}

/// Lists the files of an image.
///
/// # Errors
///
/// When no or more than one image fits, when its manifest or config is damaged, when a layer is absent or encrypted, and
/// when a name is not in it. What is wrong inside a layer is a finding.
pub fn files(image: &Image, options: &FilesOptions) -> Result<FilesReport, Error> {
    let chosen = Chosen::one(image, &options.selector)?;
    require_documents(image, chosen.documents())?;
    let rootfs_options = RootfsOptions {
        hash_files: false,
        sound: false,
        jobs: options.jobs,
        limits: options.limits.clone(),
        ..RootfsOptions::default()
    };
    let label = image.source.label();
    if let Some(layer) = options.layer.filter(|layer| *layer == 0 || *layer > chosen.layers.len()) {
        let fault = format!("the image has {} layers", chosen.layers.len());
        return Err(Error::NoSuchFile { path: label.to_owned(), name: format!("layer {layer}"), fault });
    }
    let rootfs = Rootfs::load(image, &chosen, &rootfs_options)?;
    let survivors = rootfs.survivors();
    let total = waste::total(&rootfs, &survivors);
    let wasted = waste::waste(&rootfs, &survivors, options.top.unwrap_or(waste::SHOWN));
    let layers = chosen.layers.iter().zip(rootfs.layers()).map(|(layer, entries)| {
        let (files, whiteouts) = waste::of_layer(entries);
        LayerFiles { number: layer.number, name: layer.name.clone(), size: layer.size, files, whiteouts }
    });
    let layers = layers.collect();
    let mut findings = Findings::new();
    findings.extend(rootfs.findings().iter().cloned());
    findings.settle(options.limits.findings);
    let files = Listing::new(rootfs, options).map_err(|(name, fault)| Error::NoSuchFile {
        path: label.to_owned(),
        name,
        fault,
    })?;
    Ok(FilesReport {
        file: label.to_owned(),
        image: chosen.digest,
        platform: chosen.platform,
        layers,
        files,
        total,
        waste: wasted,
        findings,
    })
}

/// The file of a name as a person writes it: as it is, or with the `\xNN` and `\\` of [`show_name`].
///
/// [`show_name`]: crate::tar_index::show_name
pub(super) fn find(
    rootfs: &Rootfs,
    name: &str,
    follow: Follow,
) -> Result<crate::rootfs::FileId, crate::rootfs::Missed> {
    rootfs.find(name.as_bytes(), follow).or_else(|missed| match listing::unescaped(name) {
        Some(bytes) => rootfs.find(&bytes, follow),
        None => Err(missed),
    })
}
