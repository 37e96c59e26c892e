//! `unpack`: the root file system of an image in a directory.
//!
//! Each layer is inflated once, all of them side by side, from the top down. The files of a layer wait in a directory
//! beside the tree until all layers are merged; a file that a layer above is known to hide is not written at all. Then
//! every file that is left is moved to its place. The tree is made under a name of its own beside its target and renamed
//! when it is whole; what is made is not synced, since it can be made again.
//!
//! No name of the image is ever handed to the system but as one component of a directory that is open, and no link is
//! followed: a link may lead wherever it wants.

mod place;
mod record;
mod stage;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use crate::digest::Digest;
use crate::error::Error;
use crate::finding::Findings;
use crate::graph::Selector;
use crate::image::{Amount, Image};
use crate::limits::Limits;
use crate::platform::Platform;
use crate::progress::Meter;
use crate::rootfs::{Budget, Chosen, FileId, Rootfs, require_documents};
use crate::sink::{Attributes, NewFile, NewTree};

/// What to unpack, and how.
#[derive(Debug, Clone, Default)]
pub struct UnpackOptions {
    /// Which image.
    pub selector: Selector,
    /// The directory: new, or empty.
    pub target: PathBuf,
    /// Keep owners, setuid and setgid bits, and attributes that only root may set. For root.
    pub owners: bool,
    /// Make devices and named pipes too.
    pub devices: bool,
    /// Where to record what the tree should be, as an mtree specification: each name with owner, mode, time, size, link
    /// and device, whether or not it could be made so. It must not exist.
    pub record: Option<PathBuf>,
    /// Record only when something could not be made as it should be: an owner, a bit, an attribute.
    pub record_if_lossy: bool,
    /// Threads; 0 for one on each core.
    pub jobs: usize,
    /// The limits.
    pub limits: Limits,
    /// Receives the progress of the work.
    pub meter: Meter,
}

/// The unpacked content.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct UnpackReport {
    /// The file, as named on the command line.
    pub file: String,
    /// The image's manifest; in a docker archive its config.
    pub image: Option<Digest>,
    /// Its platform.
    pub platform: Option<Platform>,
    /// The directory.
    pub target: String,
    /// Regular files, hard links counted once.
    pub files: Amount,
    /// Directories, the root not counted.
    pub directories: u64,
    /// Symbolic links.
    pub symlinks: u64,
    /// Further names of files.
    pub hard_links: u64,
    /// Devices and named pipes that were created.
    pub devices: u64,
    /// Metadata that could not be restored.
    pub lost: Lost,
    /// The file with the original metadata.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
    /// Findings in the layers.
    pub findings: Findings,
}

/// Metadata that could not be restored, by number of names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Lost {
    /// Files that are owned by the user who unpacked the image.
    pub owners: u64,
    /// Files without their setuid or setgid bit.
    pub set_id_bits: u64,
    /// Devices and named pipes that were skipped.
    pub devices: u64,
    /// Extended attributes that were skipped or that the file system refused.
    pub xattrs: u64,
}

impl Lost {
    /// Whether all was kept of what is there; devices that nobody asked for are no loss.
    pub fn is_nothing(&self) -> bool {
        *self == Lost { devices: self.devices, ..Lost::default() }
    }
}

/// Unpacks the root file system of an image.
///
/// # Errors
///
/// When no or more than one image fits, when the directory is not empty or cannot be written, and when a layer is
/// absent, encrypted, or not what its digest and diff_id say. Then nothing is left.
pub fn unpack(image: &Image, options: &UnpackOptions) -> Result<UnpackReport, Error> {
    let chosen = Chosen::one(image, &options.selector)?;
    require_documents(image, chosen.documents())?;
    if let Some(record) = options.record.as_deref().filter(|record| record.symlink_metadata().is_ok()) {
        let source = std::io::Error::from(std::io::ErrorKind::AlreadyExists);
        return Err(Error::Write { path: record.display().to_string(), source });
    }
    let tree = NewTree::create(&options.target)?;
    let Filled { report, root, record } = fill(image, &chosen, options, &tree)?;
    tree.finish(&root, record)?;
    Ok(report)
}

/// A tree that is made and has no name yet.
struct Filled {
    report: UnpackReport,
    /// What its root is to be.
    root: Attributes,
    record: Option<NewFile>,
}

fn fill(image: &Image, chosen: &Chosen, options: &UnpackOptions, tree: &NewTree) -> Result<Filled, Error> {
    let budget = Budget::new(&options.limits);
    let bytes = chosen.layers.iter().map(|layer| layer.size).sum();
    let what = format!("unpacking into {}", options.target.display());
    let _work = options.meter.begin_blobs(&what, bytes, chosen.layers.len());
    let staged = stage::all(image, chosen, options, tree, &budget)?;
    let entries = staged.layers.iter().map(|layer| Arc::clone(&layer.entries)).collect();
    let rootfs = Rootfs::merge(image, chosen, entries, &options.limits)?;
    let staged = stage::missing(image, chosen, options, &rootfs, tree, staged)?;
    let names = shared(&rootfs);
    let mut placer = place::Placer::new(options, &rootfs, &tree.stage, &names);
    let root = placer.place(tree)?;
    let mut findings = Findings::new();
    findings.extend(staged.findings.iter().chain(rootfs.findings()).cloned());
    findings.settle(options.limits.findings);
    let mut report = UnpackReport {
        file: image.source.label().to_owned(),
        image: chosen.digest.clone(),
        platform: chosen.platform.clone(),
        target: options.target.display().to_string(),
        findings,
        ..placer.report
    };
    report.lost.xattrs += staged.lost_xattrs;
    let path = options.record.as_deref().filter(|_| !options.record_if_lossy || !report.lost.is_nothing());
    report.record = path.map(|path| path.display().to_string());
    let record = path.map(|path| record::write(path, &rootfs, options)).transpose()?;
    Ok(Filled { report, root, record })
}

/// By layer and entry, how many names a file has, where it has several.
fn shared(rootfs: &Rootfs) -> HashMap<(usize, u32), u32> {
    let mut names: HashMap<(usize, u32), u32> = HashMap::new();
    let mut seen: Vec<Vec<bool>> = rootfs.layers().iter().map(|layer| vec![false; layer.entries().len()]).collect();
    for (id, _) in rootfs.walk(rootfs.root()) {
        let Some(file) = rootfs.file(id) else { continue };
        let place = seen.get_mut(file.layer - 1).and_then(|layer| layer.get_mut(file.number() as usize));
        if place.is_some_and(|seen| std::mem::replace(seen, true)) {
            *names.entry((file.layer, file.number())).or_insert(1) += 1;
        }
    }
    names
}

fn label(target: &Path, rootfs: &Rootfs, id: FileId) -> String {
    format!("{}/{}", target.display(), crate::tar_index::show_name(&rootfs.path(id)))
}
