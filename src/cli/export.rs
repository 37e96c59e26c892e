//! `ocikit export`

use std::path::PathBuf;

use anyhow::{Result, bail};

use super::change;
use super::exit::Status;
use super::stdout::is_stdout;
use super::ui::{ImageArgs, Ui, is_closed_pipe};
use crate::command::CommandLine;
use crate::graph::Selector;
use crate::ops::export::{ExportOptions, export};
use crate::render;
use crate::sink::Target;
use crate::source::Access;

/// Write the root file system of an image as a tar archive
///
/// Applies the layers, as an engine does, and writes the result as one archive, for example for `docker import`. Owners,
/// modes, times, extended attributes, hard links and devices are kept, whoever runs the command; sparse files are
/// expanded. Entries are sorted by name, and the same image gives the same bytes. With PATH, only these files and
/// directories are written, with their contents and their parent directories.
///
/// Every layer is compared with its digest and its diff_id before anything is written. If one is damaged, no archive is
/// written.
///
/// Exit codes: 0 if the archive was written, 1 if it was written and another reader would create a different tree, as
/// the findings say, 2 if it was not written, or not completely to standard output.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    image: ImageArgs,
    /// Write only these paths of the image
    #[arg(value_name = "PATH")]
    paths: Vec<String>,
    /// Write the archive to TAR; - is standard output. A name that ends in .tar.gz or .tar.zst is a compressed archive
    #[arg(short, long, value_name = "TAR")]
    output: PathBuf,
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    ui.refuse_formats_of_checks()?;
    let output = change::output(&args.output, ui)?;
    let is_directory = matches!(Target::of(&args.output), Target::Directory(_));
    if !is_stdout(&args.output) && (is_directory || args.output.to_string_lossy().ends_with('/')) {
        let directory = &args.output;
        let unpack = CommandLine::ocikit("unpack").path(&args.image.image).option("-o", directory.display());
        bail!("{}: export writes a file, not a directory{}", directory.display(), unpack.hint("unpacks the image"));
    }
    let address = ui.address(&args.image.image)?;
    let image = ui.open(&address, Access::Random, false)?;
    let options = ExportOptions {
        selector: Selector::new(&address, args.image.platform),
        paths: args.paths,
        jobs: ui.jobs,
        limits: ui.limits.clone(),
        meter: ui.meter.clone(),
    };
    let report = match export(&image, &options, output) {
        Err(error) if is_closed_pipe(&error) => return Ok(Status::Ok),
        report => report?,
    };
    change::report(Some(&args.output), &report, || render::export(&report, ui.detail, ui.paint), ui)?;
    Ok(Status::without_errors(&report.findings))
}
