//! `export`: the root file system of an image, or a part of it, as one tar archive.
//!
//! The layers are read once, in parallel, merged, and compared with their digests and diff_ids; nothing is written before
//! all are sound. Contents wait in a temporary file beside the output: which of them the archive has, and in which order,
//! is known when the last layer has been read. Memory stays flat.

use serde::Serialize;

use super::files::find;
use super::repack::Output;
use crate::digest::Digest;
use crate::error::Error;
use crate::finding::Findings;
use crate::graph::Selector;
use crate::image::{Amount, Image};
use crate::limits::Limits;
use crate::platform::Platform;
use crate::progress::Meter;
use crate::rootfs::{Chosen, Contents, FileId, FileKind, Follow, Item, Rootfs, RootfsOptions};
use crate::sink::{Plain, Target};

/// What to export.
#[derive(Debug, Clone, Default)]
pub struct ExportOptions {
    /// Which image.
    pub selector: Selector,
    /// Only these names, what is below them, and the directories that they are in; all by default. Links at their end
    /// are not followed.
    pub paths: Vec<String>,
    /// Threads; 0 for one on each core.
    pub jobs: usize,
    /// The limits.
    pub limits: Limits,
    /// Receives the progress of the work.
    pub meter: Meter,
}

/// The exported files.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ExportReport {
    /// The file, as named on the command line.
    pub file: String,
    /// The image's manifest; in a docker archive its config.
    pub image: Option<Digest>,
    /// Its platform.
    pub platform: Option<Platform>,
    /// The archive that was written.
    pub output: String,
    /// Regular files, hard links counted once.
    pub files: Amount,
    /// Directories, the root not counted.
    pub directories: u64,
    /// Symbolic links.
    pub symlinks: u64,
    /// Further names of files.
    pub hard_links: u64,
    /// Devices and named pipes.
    pub devices: u64,
    /// Findings in the layers.
    pub findings: Findings,
}

/// Writes the root file system of an image as a tar archive. The end of the output's name says how it is compressed.
///
/// # Errors
///
/// When no or more than one image fits, when a name is not in the image, when a layer is missing, encrypted, or not what
/// its digest and diff_id say, and those of reading and writing. Then no file is left; a stream has a part only when it
/// cannot be written to its end.
pub fn export(image: &Image, options: &ExportOptions, output: Output<'_>) -> Result<ExportReport, Error> {
    let chosen = Chosen::one(image, &options.selector)?;
    let path = output.label();
    let bytes: u64 = chosen.layers.iter().map(|layer| layer.size).sum();
    let _work = options.meter.begin_blobs(&format!("exporting to {path}"), bytes, chosen.layers.len());
    let rootfs_options = RootfsOptions {
        sound: true,
        jobs: options.jobs,
        limits: options.limits.clone(),
        meter: options.meter.clone(),
        ..RootfsOptions::default()
    };
    let folder = output.folder();
    let compression = output.compression();
    let mut plain = match output {
        Output::Path(path) => Plain::packed(&Target::of(&path), compression)?,
        Output::Stream { label, writer } => Plain::to_writer(label, writer),
        Output::Nothing => Plain::to_writer(String::new(), Box::new(std::io::sink())),
    };
    let contents = Contents::new(folder.as_deref())?;
    let rootfs = Rootfs::load_with(image, &chosen, &rootfs_options, Some(&contents))?;
    let selected = select(image, &rootfs, &options.paths)?;
    let files = || rootfs.walk(rootfs.root()).map(|(id, _)| id).filter(|id| selected.contains(*id));
    // Whether there is an entry for the root is up to the layers.
    let described = files().filter(|id| *id != rootfs.root() || rootfs.file(*id).is_some());
    image.source.require_unchanged()?;
    let written = rootfs.archive(described.map(Item::File), &contents, plain.writer(), &path)?;
    plain.finish()?;
    let mut findings = Findings::new();
    findings.extend(rootfs.findings().iter().cloned());
    findings.settle(options.limits.findings);
    let mut report = ExportReport {
        file: image.source.label().to_owned(),
        image: chosen.digest.clone(),
        platform: chosen.platform.clone(),
        output: path,
        files: written.files,
        directories: 0,
        symlinks: 0,
        hard_links: written.links,
        devices: 0,
        findings,
    };
    for id in files().filter(|id| *id != rootfs.root()) {
        match rootfs.kind(id) {
            FileKind::Directory => report.directories += 1,
            FileKind::Symlink => report.symlinks += 1,
            FileKind::CharDevice | FileKind::BlockDevice | FileKind::Fifo => report.devices += 1,
            _ => {}
        }
    }
    Ok(report)
}

/// The files that were asked for.
struct Selected(Option<Vec<bool>>);

impl Selected {
    fn contains(&self, id: FileId) -> bool {
        self.0.as_ref().is_none_or(|selected| selected.get(id as usize) == Some(&true))
    }
}

/// These names, with all below them and the directories that they are in.
fn select(image: &Image, rootfs: &Rootfs, paths: &[String]) -> Result<Selected, Error> {
    if paths.is_empty() {
        return Ok(Selected(None));
    }
    let mut selected = vec![false; rootfs.len()];
    let mut select = |id: FileId| {
        if let Some(place) = selected.get_mut(id as usize) {
            *place = true;
        }
    };
    for path in paths {
        let id = find(rootfs, path, Follow::Nothing).map_err(|missed| Error::NoSuchFile {
            path: image.source.label().to_owned(),
            name: path.clone(),
            fault: missed.to_string(),
        })?;
        rootfs.walk(id).for_each(|(below, _)| select(below));
        rootfs.above(id).for_each(&mut select);
    }
    Ok(Selected(Some(selected)))
}
