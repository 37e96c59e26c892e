//! `ocikit delta`

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Subcommand;

use super::change;
use super::exit::Status;
use super::page::is_of_image;
use super::stdout::is_stdout;
use super::ui::{Ui, is_closed_pipe};
use crate::Error;
use crate::command::CommandLine;
use crate::graph::Selector;
use crate::image::Image;
use crate::ops::delta::{self, DeltaOptions, DeltaReport};
use crate::ops::repack::Output;
use crate::render;
use crate::source::Access;

/// Transfer only the blobs that the receiver does not have
///
/// A delta contains the blobs of a new image file that the base files do not have, and a recipe to assemble the new
/// file. It is an OCI archive with missing blobs, so other tools can inspect it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Create(CreateArgs),
    Apply(ApplyArgs),
    Show(ShowArgs),
}

/// Create a delta: the blobs of NEW that the bases do not have
#[derive(Debug, clap::Args)]
struct CreateArgs {
    /// The new image file
    #[arg(value_name = "NEW")]
    new: String,
    #[command(flatten)]
    bases: BaseArgs,
    /// Write the delta to this path; - is standard output
    #[arg(short, long, value_name = "DELTA")]
    output: PathBuf,
    /// Print what the delta would contain, without writing it
    #[arg(long)]
    dry_run: bool,
}

/// Rebuild the new file from a delta and its bases
///
/// An archive is rebuilt byte for byte, a directory with the same digests. The bases and the delta are verified
/// before anything is written.
#[derive(Debug, clap::Args)]
struct ApplyArgs {
    /// The delta file
    #[arg(value_name = "DELTA")]
    delta: String,
    #[command(flatten)]
    bases: BaseArgs,
    /// Write the new file to this path; - is standard output
    #[arg(short, long, value_name = "NEW")]
    output: PathBuf,
    /// Verify the bases and the delta, without writing the new file
    #[arg(long)]
    dry_run: bool,
}

/// Show what a delta builds, which base files it requires and what it contains
#[derive(Debug, clap::Args)]
struct ShowArgs {
    /// The delta file
    #[arg(value_name = "DELTA")]
    delta: String,
}

/// The base files
#[derive(Debug, clap::Args)]
struct BaseArgs {
    /// Use this image file, of any format, as a base; may be given several times
    #[arg(long = "base", value_name = "OLD", required = true, num_args = 1..)]
    bases: Vec<String>,
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    ui.refuse_formats_of_checks()?;
    let options = DeltaOptions {
        mtime: change::source_date_epoch()?,
        jobs: ui.jobs,
        limits: ui.limits.clone(),
        meter: ui.meter.clone(),
    };
    match args.command {
        Command::Create(args) => {
            refuse_input(&args, ui)?;
            let output = output(&args.output, args.dry_run, ui)?;
            let (new, bases) = (open(&args.new, ui)?, open_all(&args.bases, ui)?);
            let report = delta::create(&new, &bases, &options, output);
            tell(report, &args.output, args.dry_run, ui)
        }
        Command::Apply(args) => {
            let output = output(&args.output, args.dry_run, ui)?;
            let (image, bases) = (open(&args.delta, ui)?, open_all(&args.bases, ui)?);
            let report = delta::apply(&image, &bases, &options, output);
            tell(report, &args.output, args.dry_run, ui)
        }
        Command::Show(args) => {
            let report = delta::show(&open(&args.delta, ui)?, &options)?;
            ui.report(&report, || render::delta(&report, ui.detail))?;
            Ok(Status::Ok)
        }
    }
}

fn open_all(args: &BaseArgs, ui: &Ui) -> Result<Vec<Image>> {
    args.bases.iter().map(|text| open(text, ui)).collect()
}

/// In the place of the new file or of a base, the delta could never be applied.
fn refuse_input(args: &CreateArgs, ui: &Ui) -> Result<()> {
    let inputs = args.bases.bases.iter().chain([&args.new]).map(|text| ui.address(text));
    let inputs = inputs.collect::<Result<Vec<_>>>()?;
    if is_of_image(&args.output, &inputs.iter().collect::<Vec<_>>()) {
        bail!("{}: is one of the input files; pass another file to `-o`", args.output.display());
    }
    Ok(())
}

/// A delta is made of whole files: what is left out of one would be missing in the other.
fn open(text: &str, ui: &Ui) -> Result<Image> {
    let address = ui.address(text)?;
    let image = ui.open(&address, Access::Random, false)?;
    if address.reference.is_some() || address.digest.is_some() {
        image.graph.select(image.source.label(), &Selector::new(&address, None))?;
        let hint = CommandLine::ocikit("repack").path(text).into_new_file().hint("writes a file with only that image");
        bail!("{text}: a delta is created from whole files{hint}");
    }
    Ok(image)
}

fn output(path: &Path, dry_run: bool, ui: &Ui) -> Result<Output<'static>> {
    if dry_run { Ok(Output::Nothing) } else { change::output(path, ui) }
}

fn tell(report: Result<DeltaReport, Error>, path: &Path, dry_run: bool, ui: &Ui) -> Result<Status> {
    let report = match report {
        Err(error) if is_closed_pipe(&error) => return Ok(Status::Ok),
        report => report?,
    };
    let text = || render::delta(&report, ui.detail);
    if is_stdout(path) && !dry_run {
        ui.report_beside(&report, text)?
    } else {
        ui.report(&report, text)?
    }
    Ok(Status::Ok)
}
