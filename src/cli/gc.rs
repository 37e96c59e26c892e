//! `ocikit gc`

use std::path::PathBuf;

use anyhow::Result;

use super::change;
use super::exit::Status;
use super::ui::{Ui, is_closed_pipe};
use crate::ops::gc::{GcReport, gc};
use crate::render;

/// Show and remove unreferenced blobs
///
/// Finds blobs that no index, manifest or docker document references, and temporary files of interrupted programs.
/// Attestations, signatures and other referrers of present images stay, listed or not, and so do files that are not
/// blobs. No other program may write to a directory meanwhile. Without -o or --in-place the command only shows what
/// it would remove, and why.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// PATH, or - for standard input
    #[arg(value_name = "IMAGE")]
    image: String,
    #[command(flatten)]
    to: ToArgs,
}

/// Where to write the result
#[derive(Debug, Clone, clap::Args)]
#[group(multiple = false)]
struct ToArgs {
    /// Write the result to PATH, a new file or directory; - is standard output
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Remove the blobs from the input
    #[arg(long)]
    in_place: bool,
    /// Show what would be removed, as without -o and --in-place
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    let address = ui.address(&args.image)?;
    let output = args.to.output.as_deref();
    let session = change::session(change::destination(output, args.to.in_place, ui)?, &address, ui)?;
    let options = change::plain_options(ui)?;
    let (draft, garbage) = gc(&session.image, &options)?;
    let receipt = match session.finish(draft) {
        Err(error) if is_closed_pipe(&error) => return Ok(Status::Ok),
        receipt => receipt?,
    };
    let bytes = garbage.iter().map(|row| row.size).sum();
    let report = GcReport { file: session.image.source.label().to_owned(), garbage, bytes, receipt };
    change::report(output, &report, || render::gc(&report, ui.detail, ui.paint), ui)
}
