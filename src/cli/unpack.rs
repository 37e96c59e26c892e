//! `ocikit unpack`

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::exit::Status;
use super::stdout::is_stdout;
use super::ui::{ImageArgs, Ui};
use crate::command::CommandLine;
use crate::graph::Selector;
use crate::ops::unpack::{UnpackOptions, unpack};
use crate::render;
use crate::source::Access;

/// Unpack the root file system of an image
///
/// Applies the layers, as an engine does, to a new or empty directory. No file is written outside the directory,
/// whatever names and links the image contains. Every layer is compared with its digest and its diff_id; if one is
/// damaged, nothing stays. As root, owners, setuid and setgid bits and all xattrs are kept. Other users own the files
/// themselves and do not get these bits; for them the file DIR.mtree beside the directory lists the original metadata
/// (mtree(5)).
///
/// Exit codes: 0 if the image was unpacked, 1 if it was unpacked and another reader would create a different tree, as
/// the findings say, 2 if it was not unpacked.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    image: ImageArgs,
    /// Unpack to DIR, a new or empty directory
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Create devices and named pipes too; devices require root
    #[arg(long)]
    devices: bool,
    /// Do not change owners and do not keep setuid bits, even as root
    #[arg(long)]
    no_owners: bool,
    /// Write the original metadata of every file to FILE, as an mtree specification
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
}

/// The ending of a path that is meant to be an archive.
fn archive_name(path: &Path) -> Option<&'static str> {
    let name = path.file_name()?.to_str()?;
    let is_directory = || path.is_dir() || path.as_os_str().to_string_lossy().ends_with('/');
    [".tar", ".tar.gz", ".tgz", ".tar.zst"].into_iter().find(|ending| name.ends_with(ending) && !is_directory())
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    ui.refuse_formats_of_checks()?;
    if is_stdout(&args.output) {
        bail!("-: a directory cannot be written to standard output; name a directory");
    }
    if let Some(format) = archive_name(&args.output) {
        let repack = CommandLine::ocikit("repack").path(&args.image.image).option("-o", args.output.display());
        let hint = repack.hint("writes the image as an archive");
        bail!("{}: unpack creates a directory, not a {format} file{hint}", args.output.display());
    }
    let address = ui.address(&args.image.image)?;
    let image = ui.open(&address, Access::Random, false)?;
    let record_if_lossy = args.record.is_none();
    let beside = || {
        let mut name = args.output.components().as_path().as_os_str().to_owned();
        name.push(".mtree");
        PathBuf::from(name)
    };
    let options = UnpackOptions {
        selector: Selector::new(&address, args.image.platform),
        owners: rustix::process::geteuid().is_root() && !args.no_owners,
        devices: args.devices,
        record: Some(args.record.unwrap_or_else(beside)),
        record_if_lossy,
        target: args.output,
        jobs: ui.jobs,
        limits: ui.limits.clone(),
        meter: ui.meter.clone(),
    };
    let report = unpack(&image, &options)?;
    ui.report(&report, || render::unpack(&report, ui.detail, ui.paint))?;
    Ok(Status::without_errors(&report.findings))
}
