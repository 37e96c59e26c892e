//! What every command that changes something shares: where the result goes, and how the edit is done.

use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::exit::Status;
use super::stdout::{STDOUT, is_stdout};
use super::ui::{Ui, is_closed_pipe};
use crate::edit::align::View;
use crate::edit::{Destination, Draft, EditOptions, Session, Stale, align};
use crate::error::Error;
use crate::image::Image;
use crate::media_type::Compression;
use crate::ops::repack::Output;
use crate::reference::Address;
use crate::render;
use crate::source::Access;

/// Where to write the result, and how to handle what depends on the change
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ChangeArgs {
    #[command(flatten)]
    to: ToArgs,
    /// Drop attestations and signatures of images whose digest changes, or relink them to the new digest
    #[arg(long, value_name = "drop|relink", help_heading = "Change")]
    attestations: Option<Stale>,
    /// Use this view if index.json and manifest.json disagree, and make the other view follow it
    #[arg(long, value_name = "index|docker", help_heading = "Change")]
    view: Option<View>,
    /// Keep blobs that the result no longer references
    #[arg(long, help_heading = "Change")]
    keep_blobs: bool,
}

/// Where to write the result
#[derive(Debug, Clone, clap::Args)]
#[group(required = true, multiple = false)]
struct ToArgs {
    /// Write the result to PATH, a new file or directory; - is standard output
    ///
    /// A name that ends in .tar, .tar.gz or .tar.zst is an archive, a name that ends in a slash is a directory. For
    /// any other name the result has the format of the input.
    #[arg(short, long, value_name = "PATH", help_heading = "Change")]
    output: Option<PathBuf>,
    /// Replace the input atomically
    #[arg(long, help_heading = "Change")]
    in_place: bool,
    /// Print the plan without writing anything
    #[arg(long, help_heading = "Change")]
    dry_run: bool,
}

impl ChangeArgs {
    /// The folder of the output, where there is room for temporary files.
    pub(crate) fn folder(&self) -> Option<PathBuf> {
        folder_of(self.to.output.as_deref()?)
    }
}

/// The folder of an output; None for standard output, and where it is not there.
pub(crate) fn folder_of(output: &Path) -> Option<PathBuf> {
    let folder = Some(output).filter(|path| !is_stdout(path))?.parent()?;
    (!folder.as_os_str().is_empty() && folder.is_dir()).then(|| folder.to_owned())
}

/// Opens the image, lets the operation say what it wants, writes the result and prints the receipt.
pub(crate) fn run(
    args: &ChangeArgs,
    address: &Address,
    ui: &Ui,
    wish: impl for<'a> FnOnce(&'a Image, &EditOptions) -> Result<Draft<'a>, Error>,
) -> Result<Status> {
    let options = options(args, ui)?;
    let session = open(args, address, &options, ui)?;
    let draft = wish(&session.image, &options)?;
    finish(args, &session, draft, ui)
}

/// Opens the image for a change; its views in step, where that is asked for.
pub(crate) fn open(args: &ChangeArgs, address: &Address, options: &EditOptions, ui: &Ui) -> Result<Session<'static>> {
    let mut session = session(destination(args.to.output.as_deref(), args.to.in_place, ui)?, address, ui)?;
    if let Some(view) = args.view {
        align::align(&mut session, view, options)?;
    }
    Ok(session)
}

/// Opens the image for a change that goes to a destination.
pub(crate) fn session(destination: Destination<'static>, address: &Address, ui: &Ui) -> Result<Session<'static>> {
    let open = ui.how_to_open(Access::Random, false);
    Ok(Session::open(address, io::stdin().lock(), &open, destination)?)
}

/// What `-o` and `--in-place` mean; neither is a dry run.
pub(crate) fn destination(output: Option<&Path>, in_place: bool, ui: &Ui) -> Result<Destination<'static>> {
    // Before anything is written, and not after.
    ui.refuse_formats_of_checks()?;
    Ok(match output {
        Some(path) if is_stdout(path) => Destination::Stream {
            label: STDOUT.to_owned(),
            writer: ui.archive_stdout()?,
            compression: Compression::None,
        },
        Some(path) => Destination::Path(path.to_owned()),
        None if in_place => Destination::InPlace,
        None => Destination::DryRun,
    })
}

/// Where a new file goes that is not made by an edit: a path, or `-` for standard output.
pub(crate) fn output(path: &Path, ui: &Ui) -> Result<Output<'static>> {
    Ok(if is_stdout(path) {
        Output::Stream { label: STDOUT.to_owned(), writer: ui.archive_stdout()? }
    } else {
        Output::Path(path.to_owned())
    })
}

/// Writes the result and prints the receipt.
pub(crate) fn finish(args: &ChangeArgs, session: &Session<'_>, draft: Draft<'_>, ui: &Ui) -> Result<Status> {
    write(args.to.output.as_deref(), session, draft, ui)
}

/// As [`finish`], for commands with options of their own.
pub(crate) fn write(output: Option<&Path>, session: &Session<'_>, draft: Draft<'_>, ui: &Ui) -> Result<Status> {
    let receipt = match session.finish(draft) {
        Err(error) if is_closed_pipe(&error) => return Ok(Status::Ok),
        receipt => receipt?,
    };
    report(output, &receipt, || render::receipt(&receipt, ui.detail, ui.paint), ui)
}

/// Prints a report; to standard error where the result itself goes to standard output.
pub(crate) fn report<R: render::Document>(
    output: Option<&Path>,
    report: &R,
    text: impl FnOnce() -> String,
    ui: &Ui,
) -> Result<Status> {
    if output.is_some_and(is_stdout) {
        ui.report_beside(report, text)?;
    } else {
        ui.report(report, text)?;
    }
    Ok(Status::Ok)
}

/// How the edit is done.
pub(crate) fn options(args: &ChangeArgs, ui: &Ui) -> Result<EditOptions> {
    Ok(EditOptions { stale: args.attestations.unwrap_or_default(), keep_blobs: args.keep_blobs, ..plain_options(ui)? })
}

/// How an edit is done that has nothing to decide.
pub(crate) fn plain_options(ui: &Ui) -> Result<EditOptions> {
    let mtime = source_date_epoch()?;
    Ok(EditOptions { mtime, limits: ui.limits.clone(), meter: ui.meter.clone(), ..EditOptions::default() })
}

/// The time of archive entries, as reproducible-builds.org has it; 0 without one.
pub(crate) fn source_date_epoch() -> Result<u64> {
    match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(text) => text.parse().with_context(|| format!("SOURCE_DATE_EPOCH: `{text}` is not a number of seconds")),
        Err(_) => Ok(0),
    }
}
