//! `repack`: any format into any other, verified while it is copied, the same bytes for the same image.

mod build;
mod check;
mod compress;
mod docker;
mod fit;
mod import;
mod in_place;
mod layout;
mod left;
mod merge;
mod output_format;
mod parcel;
mod recode;
mod rehearse;
mod repairs;
mod report;
mod rows;
mod select;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

pub use compress::{LayerCompression, UnknownCompression};
pub(super) use fit::choices;
pub use fit::form_for;
pub use left::LeftRow;
pub use output_format::{OutputFormat, UnknownFormat};
pub(super) use rehearse::Rehearsal;
pub use report::{Broken, CreatedManifest, ImageRow, RepackReport};
pub use write::Output;

use crate::codec::Compression;
use crate::edit::{EditOptions, Stale};
use crate::error::Error;
use crate::graph::{DockerEntry, Graph, Role, Selectable, Selector};
use crate::image::{Image, content};
use crate::limits::Limits;
use crate::platform::Platform;
use crate::progress::Meter;
use crate::sink::ArchiveOptions;
pub use crate::sink::Level;
use crate::source::Part;
use crate::target::Asked;
use build::Build;
use parcel::Parcel;

/// What to write, and how.
#[derive(Debug, Clone)]
pub struct RepackOptions {
    /// The format.
    pub format: OutputFormat,
    /// How an archive is compressed as a whole.
    pub compression: Compression,
    /// Only images for these platforms; all when there are none.
    pub platforms: Vec<Platform>,
    /// The compression of the layers. None for what the format has by itself: as they are, in a docker archive none.
    pub layers: Option<LayerCompression>,
    /// The program that is to accept the result. What it refuses is repaired or left out, and the report says so; the
    /// write fails when that does not help.
    pub target: Option<Asked>,
    /// The platform of the machine that reads the result, where no other is asked for.
    pub host: Platform,
    /// What becomes of attestations and signatures of what gets another digest.
    pub stale: Stale,
    /// The time of every entry of an archive, in seconds since 1970.
    pub mtime: u64,
    /// Copy what is broken as it is, and say what it was, instead of writing nothing.
    pub allow_broken: bool,
    /// Threads; 0 for one on each core.
    pub jobs: usize,
    /// The limits.
    pub limits: Limits,
    /// Receives the progress of the work.
    pub meter: Meter,
}

impl RepackOptions {
    /// One format, and nothing else asked for.
    pub fn new(format: OutputFormat) -> Self {
        RepackOptions {
            format,
            compression: Compression::None,
            platforms: Vec::new(),
            layers: None,
            target: None,
            host: Platform::new("linux", "amd64"),
            stale: Stale::Stop,
            mtime: 0,
            allow_broken: false,
            jobs: 0,
            limits: Limits::default(),
            meter: Meter::default(),
        }
    }

    /// The platform of which a target that loads one image gets it.
    fn host(&self) -> &Platform {
        self.platforms.first().unwrap_or(&self.host)
    }

    fn edit(&self) -> EditOptions {
        let stale = match (self.stale, &self.target) {
            // What a target needs is done; the report says what was left out for it.
            (Stale::Stop, Some(_)) => Stale::Drop,
            (stale, _) => stale,
        };
        EditOptions { stale, limits: self.limits.clone(), ..EditOptions::default() }
    }
}

/// An image file, and what of it is wanted.
#[derive(Debug)]
pub struct Input {
    /// The file.
    pub image: Image,
    /// What of it, by name or digest; all by default.
    pub selector: Selector,
}

/// Writes image files in another format; several become one.
///
/// Every blob is verified while it is copied; one that is not what its digest says stops the write, and nothing is left
/// behind. Without another compression and without a choice of platforms no blob changes, and `index.json` keeps its
/// bytes.
///
/// # Errors
///
/// When a selector fits nothing, when something is broken or absent and that is not allowed, when an image has no form in
/// the format, and those of reading and writing.
pub fn repack(inputs: &[Input], options: &RepackOptions, output: Output<'_>) -> Result<RepackReport, Error> {
    let mut report = RepackReport::new(inputs, options.format, output.label(), matches!(output, Output::Nothing));
    let (parcel, unverified) = assemble(inputs, options, output.folder().as_deref(), &mut report)?;
    let archive = ArchiveOptions { mtime: options.mtime, compression: options.compression };
    report.bytes_written = write::write(&parcel.files, &unverified, options.format, archive, output, &options.meter)?;
    Ok(report)
}

/// Repacks a layout directory where it stands; the caller holds its lock. What is new is written, and what the old images
/// needed and the new ones do not is removed; all else stays. What stays is not read.
///
/// # Errors
///
/// Those of [`repack`]. Killed at any moment, the directory holds the old images or the new.
pub fn repack_directory(input: Input, root: &Path, options: &RepackOptions) -> Result<RepackReport, Error> {
    let inputs = [input];
    let mut report = RepackReport::new(&inputs, options.format, root.display().to_string(), false);
    let (parcel, unverified) = assemble(&inputs, options, Some(root), &mut report)?;
    let [Input { image, .. }] = inputs;
    report.bytes_written = in_place::write(&image, &parcel.files, &unverified, root, options)?;
    Ok(report)
}

/// Puts together the files of the output, and says which of them are copied whatever they are. `folder` is where
/// temporary files are made.
fn assemble(
    inputs: &[Input],
    options: &RepackOptions,
    folder: Option<&Path>,
    report: &mut RepackReport,
) -> Result<(Parcel, BTreeSet<String>), Error> {
    let mut parcels = Vec::with_capacity(inputs.len());
    for input in inputs {
        parcels.push(take(&input.image, &input.selector, options, report)?);
    }
    let mut image = merge::merge(parcels, &options.limits)?.load(&options.limits);
    let mut layers = options.layers;
    if let Some(asked) = &options.target {
        let shown = if report.dry_run { "the output" } else { &report.output }.to_owned();
        let fitted = fit::fit(image, asked, &shown, options, report)?;
        (image, layers) = (fitted.image, fitted.layers);
    }
    let checked = check::check(&image, options)?;
    report.absent = checked.absent;
    report.broken.extend(checked.broken);
    let parcel = build::build(&image, Build { layers, folder, rehearsed: false, options }, report)?;
    for (_, part) in parcel.files.iter().filter(|(name, _)| !content::TOPS.contains(&name.as_str())) {
        report.blobs.add(part.size());
    }
    Ok((parcel, checked.unverified))
}

/// The files of a layout: of an image file with an `index.json` as they are stored, of a docker archive as a repack makes
/// them.
pub(super) fn layout_files(image: &Image, limits: &Limits) -> Result<BTreeMap<String, Part>, Error> {
    if image.source.format().index_view {
        return Ok(layout::of(image, true, limits)?.files);
    }
    let options = RepackOptions { limits: limits.clone(), ..RepackOptions::new(OutputFormat::OciArchive) };
    let entries: Vec<&DockerEntry> = image.graph.docker.iter().collect();
    Ok(import::of(image, &entries, &options)?.0.files)
}

/// Writes files that were put together, in the order and with the checks of a repack.
pub(super) fn write_files(
    files: &BTreeMap<String, Part>,
    options: &RepackOptions,
    output: Output<'_>,
) -> Result<u64, Error> {
    let archive = ArchiveOptions { mtime: options.mtime, compression: options.compression };
    write::write(files, &BTreeSet::new(), options.format, archive, output, &options.meter)
}

/// One input as a layout: what was selected of it.
fn take(
    image: &Image,
    selector: &Selector,
    options: &RepackOptions,
    report: &mut RepackReport,
) -> Result<Parcel, Error> {
    let limits = &options.limits;
    let graph = &image.graph;
    let by_index = image.source.format().index_view;
    let (parcel, imported) = if by_index {
        let is_whole = selector.is_all() && options.platforms.is_empty();
        let mut parcel = layout::of(image, is_whole, limits)?;
        let unlisted = if selector.is_all() { only_docker_lists(graph) } else { Vec::new() };
        let imported = import::into(&mut parcel, image, &unlisted, options)?;
        merge::append(&mut parcel, &imported.descriptors)?;
        (parcel, imported)
    } else {
        let chosen = graph.select(image.source.label(), selector)?;
        let entries = chosen.into_iter().filter_map(|top| match top {
            Selectable::Docker(at) => graph.docker.get(at),
            _ => None,
        });
        import::of(image, &entries.collect::<Vec<_>>(), options)?
    };
    report.made.extend(imported.created);
    report.broken.extend(imported.broken);
    // What was asked for of a docker archive is chosen already, by digests that are others in a layout; of an image with
    // several names, the others stay behind.
    let named = Selector { reference: selector.name().map(ToOwned::to_owned), ..Selector::default() };
    let selector = if by_index { selector.clone() } else { named };
    if selector.is_all() && options.platforms.is_empty() {
        return Ok(parcel);
    }
    let image = parcel.load(limits);
    Ok(report.take(select::select(&image, &selector, &options.platforms, &options.edit())?))
}

/// Images of `manifest.json` whose config no manifest of the index view has.
fn only_docker_lists(graph: &Graph) -> Vec<&DockerEntry> {
    let links = graph.nodes().iter().flat_map(|node| &node.links);
    let configs: BTreeSet<_> = links.filter(|link| link.role == Role::Config).filter_map(|link| link.node).collect();
    graph.docker.iter().filter(|entry| entry.config.is_some_and(|config| !configs.contains(&config))).collect()
}
