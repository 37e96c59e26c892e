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
/// Layers are put on top of each other as an engine does it, in a new or empty directory. No file lands outside the directory, whatever names and
/// links the image holds. Every layer is held against its digest and its diff_id; when one is damaged, nothing is left.
/// As root, owners, setuid and setgid bits and all attributes are kept. Anybody else gets files of their own without
/// these bits, and beside the directory a file DIR.mtree that says what each should be (mtree(5)).
///
/// Exit codes: 0 unpacked, 1 unpacked and some reader would make another tree of the layers, as the findings say, 2 not
/// unpacked.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    image: ImageArgs,
    /// The directory to make
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Make devices and named pipes too; devices take root
    #[arg(long)]
    devices: bool,
    /// Do not change owners, nor keep setuid bits, not even as root
    #[arg(long)]
    no_owners: bool,
    /// Write what each file should be to FILE, as an mtree specification, whatever could be kept
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
        bail!("-: a directory cannot be written to standard output; name one");
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
