//! `ocikit gc`

use std::path::PathBuf;

use anyhow::Result;

use super::change;
use super::exit::Status;
use super::ui::{Ui, is_closed_pipe};
use crate::ops::gc::{GcReport, gc};
use crate::render;

/// Show what nothing reaches any more, and why; remove it
///
/// Blobs that no index, manifest or docker document leads to, and what killed programs left behind. Attestations, signatures and
/// other referrers of what is there stay, listed or not; so does every file that is no blob. Nobody else should be writing into
/// a directory meanwhile. Without -o or --in-place it is only shown.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// PATH, or - for standard input
    #[arg(value_name = "IMAGE")]
    image: String,
    #[command(flatten)]
    to: ToArgs,
}

/// Where the result goes
#[derive(Debug, Clone, clap::Args)]
#[group(multiple = false)]
struct ToArgs {
    /// Write a new file or directory without it; - is standard output
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Remove it from the input
    #[arg(long)]
    in_place: bool,
    /// Only show it, as without any of these
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
