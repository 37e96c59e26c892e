//! `ocikit artifact`

use std::path::PathBuf;

use anyhow::Result;
use clap::Subcommand;

use super::exit::Status;
use super::ui::Ui;
use crate::graph::Selector;
use crate::ops::artifact;
use crate::render;
use crate::source::Access;

/// Extract the files of an artifact
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Extract(ExtractArgs),
}

/// Write the files of an artifact into a new directory
///
/// The name of each file is the title of its layer, as ORAS stores it; a title that is not a relative path is refused.
/// Each file is verified. Directories that ORAS packed stay tar archives.
#[derive(Debug, clap::Args)]
struct ExtractArgs {
    /// PATH[:REF][@DIGEST], or - for standard input
    #[arg(value_name = "ARTIFACT")]
    artifact: String,
    /// Write to DIR, a new or empty directory
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    let Command::Extract(args) = args.command;
    let address = ui.address(&args.artifact)?;
    let image = ui.open(&address, Access::Random, false)?;
    let report = artifact::extract(&image, &Selector::new(&address, None), &args.output)?;
    ui.report(&report, || render::artifact_extract(&report, ui.paint))?;
    Ok(Status::Ok)
}
