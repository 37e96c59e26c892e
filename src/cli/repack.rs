//! `ocikit repack`

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::change;
use super::exit::Status;
use super::stdout::is_stdout;
use super::ui::{Ui, is_closed_pipe};
use crate::codec::Compression;
use crate::edit::Stale;
use crate::graph::Selector;
use crate::image::{Image, InPlace};
use crate::ops::repack::{
    Input, LayerCompression, Output, OutputFormat, RepackOptions, RepackReport, form_for, repack, repack_directory,
};
use crate::platform::Platform;
use crate::reference::Address;
use crate::render;
use crate::sink::Target;
use crate::source::Access;
use crate::target::Asked;

/// Write image files in another format; merge several into one
///
/// Blobs that several inputs share are written once. Every blob is verified while it is copied; if one does not match
/// its digest, nothing is written. Blobs and index.json keep their bytes, and the output is the same for the same
/// image in every input format: sorted, owner 0, fixed modes, time SOURCE_DATE_EPOCH or 0. The image of a docker
/// archive gets a manifest, and keeps its config and layers.
///
/// A file at OUT is replaced once the new file is complete; a directory must be new or empty. With --in-place the
/// input is replaced: an archive atomically, with the same compression; in a directory new blobs are written first
/// and index.json last. Existing blobs are neither copied nor read: `verify` checks them.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// PATH[:REF][@DIGEST], or - for standard input
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<String>,
    /// Write the result to OUT; - is standard output. A name that ends in .tar is an OCI archive, .tar.gz or .tar.zst
    /// a compressed one, any other an image layout
    #[arg(short, long, value_name = "OUT", required_unless_present_any = ["dry_run", "in_place"])]
    output: Option<PathBuf>,
    /// Replace the input atomically, in its format or, for an archive, in the format of `--to`
    #[arg(long, conflicts_with = "output")]
    in_place: bool,
    /// Write this format: oci-dir, oci-archive, docker-archive (for docker before 25) or dual (docker + OCI archive)
    #[arg(long, value_name = "FORMAT")]
    to: Option<OutputFormat>,
    /// Write an image that this program accepts, for example docker-classic, podman or ctr (`ocikit doctor` lists all
    /// targets)
    ///
    /// Content that the program refuses is converted or left out, and the receipt lists it: platforms other than that
    /// of this machine, attestations, further names.
    #[arg(long = "for", value_name = "TARGET", conflicts_with = "to")]
    target: Option<Asked>,
    /// Include only images for this platform, for example linux/arm64; may be given several times
    #[arg(long, value_name = "PLATFORM")]
    platform: Vec<Platform>,
    /// Include only images with this name in every input; IMAGE:REF selects one for a single input
    #[arg(long = "ref", value_name = "NAME")]
    reference: Option<String>,
    /// Recompress the layers: keep, none, gzip or zstd, with an optional level, for example zstd:19. Digests change,
    /// and the receipt lists them
    ///
    /// By default layers do not change; those of a docker archive are uncompressed, as docker writes them, or gzip.
    #[arg(long, value_name = "HOW")]
    compression: Option<LayerCompression>,
    /// Drop attestations and signatures of images whose digest changes, or relink them to the new digest
    #[arg(long, value_name = "drop|relink")]
    attestations: Option<Stale>,
    /// Print what would be written, without writing it
    #[arg(long)]
    dry_run: bool,
    /// Copy broken and incomplete images as they are, and report what is wrong
    #[arg(long)]
    allow_broken: bool,
    /// Follow links in a directory, also those that point outside it
    #[arg(long)]
    follow_links: bool,
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    ui.refuse_formats_of_checks()?;
    let options = RepackOptions {
        platforms: args.platform.clone(),
        layers: args.compression,
        target: args.target.clone(),
        host: super::doctor::this_machine(),
        stale: args.attestations.unwrap_or_default(),
        mtime: change::source_date_epoch()?,
        allow_broken: args.allow_broken,
        jobs: ui.jobs,
        limits: ui.limits.clone(),
        meter: ui.meter.clone(),
        ..RepackOptions::new(OutputFormat::OciArchive)
    };
    if args.in_place { in_place(&args, options, ui) } else { new_file(&args, options, ui) }
}

/// The format that was asked for, by itself or for a program.
fn asked(args: &Args) -> Option<OutputFormat> {
    args.to.or_else(|| args.target.as_ref().and_then(|asked| form_for(asked.target)))
}

fn new_file(args: &Args, mut options: RepackOptions, ui: &Ui) -> Result<Status> {
    let output = args.output.as_deref();
    (options.format, options.compression) = format_of(output, asked(args))?;
    let to = if args.dry_run { Output::Nothing } else { written_to(output, ui)? };
    refuse_relink(args, &options)?;
    let mut inputs = Vec::with_capacity(args.images.len());
    for text in &args.images {
        let address = ui.address(text)?;
        let image = ui.open(&address, Access::Random, args.follow_links)?;
        inputs.push(Input { image, selector: selector(args, text, &address)? });
    }
    let report = match repack(&inputs, &options, to) {
        Err(error) if is_closed_pipe(&error) => return Ok(Status::Ok),
        report => report?,
    };
    tell(&report, output.is_some_and(is_stdout) && !args.dry_run, ui)
}

/// The format that an output has, with its compression as a whole; None is a plan.
fn format_of(output: Option<&Path>, asked: Option<OutputFormat>) -> Result<(OutputFormat, Compression)> {
    match output {
        Some(path) if is_stdout(path) && asked == Some(OutputFormat::OciDir) => bail!(
            "-: a directory cannot be written to standard output; name a directory, or choose another format with \
            `--to`"
        ),
        Some(path) if !is_stdout(path) => Ok(OutputFormat::of(path, asked)?),
        _ => Ok((asked.unwrap_or(OutputFormat::OciArchive), Compression::None)),
    }
}

fn written_to(output: Option<&Path>, ui: &Ui) -> Result<Output<'static>> {
    output.map_or(Ok(Output::Nothing), |path| change::output(path, ui))
}

/// Writes an image that was created in memory in another format, and reports it with these notes.
pub(super) fn write_as(
    image: Image,
    format: OutputFormat,
    output: Option<&Path>,
    notes: Vec<String>,
    ui: &Ui,
) -> Result<Status> {
    let (format, compression) = format_of(output, Some(format))?;
    let options = RepackOptions {
        compression,
        mtime: change::source_date_epoch()?,
        jobs: ui.jobs,
        limits: ui.limits.clone(),
        meter: ui.meter.clone(),
        ..RepackOptions::new(format)
    };
    let input = Input { image, selector: Selector::default() };
    let mut report = match repack(&[input], &options, written_to(output, ui)?) {
        Err(error) if is_closed_pipe(&error) => return Ok(Status::Ok),
        report => report?,
    };
    report.notes = notes;
    tell(&report, output.is_some_and(is_stdout), ui)
}

fn in_place(args: &Args, mut options: RepackOptions, ui: &Ui) -> Result<Status> {
    let [text] = &args.images[..] else {
        bail!("--in-place repacks only one image file; merge several into a new file with `-o`");
    };
    let address = ui.address(text)?;
    let open = ui.how_to_open(Access::Random, args.follow_links);
    let InPlace { image, target, lock } = InPlace::open(&address, &open)?;
    let format = *image.source.format();
    options.format = asked(args).unwrap_or_else(|| OutputFormat::like(&format));
    options.compression = format.compression;
    if format.directory != (options.format == OutputFormat::OciDir) {
        bail!("{text}: a directory cannot replace an archive, nor an archive a directory; write a new one with `-o`");
    }
    refuse_relink(args, &options)?;
    let input = Input { image, selector: selector(args, text, &address)? };
    let report = match target {
        _ if args.dry_run => repack(&[input], &options, Output::Nothing)?,
        Target::Directory(root) => repack_directory(input, &root, &options)?,
        Target::File(path) | Target::Stream(path) => repack(&[input], &options, Output::Path(path))?,
    };
    drop(lock);
    tell(&report, false, ui)
}

/// What is wanted of one input.
fn selector(args: &Args, text: &str, address: &Address) -> Result<Selector> {
    let mut selector = Selector::new(address, None);
    if let Some(name) = &args.reference {
        if let Some(own) = &selector.reference {
            bail!("{text}: selects `{own}`, but `--ref` selects `{name}`; use only one of them");
        }
        selector.reference = Some(name.clone());
    }
    Ok(selector)
}

fn refuse_relink(args: &Args, options: &RepackOptions) -> Result<()> {
    if options.format == OutputFormat::DockerArchive && args.attestations == Some(Stale::Relink) {
        bail!(
            "a docker archive cannot contain attestations, so `relink` has no effect; choose another format with \
            `--to`"
        );
    }
    Ok(())
}

fn tell(report: &RepackReport, beside: bool, ui: &Ui) -> Result<Status> {
    let text = || render::repack(report, ui.detail, ui.paint);
    if beside {
        ui.report_beside(report, text)?
    } else {
        ui.report(report, text)?
    }
    Ok(Status::of(report.broken.is_empty()))
}
