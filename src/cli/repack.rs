//! `ocikit repack`

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::change;
use super::exit::Status;
use super::ui::{STDOUT, Ui, is_closed_pipe};
use crate::codec::Compression;
use crate::graph::Selector;
use crate::ops::edit::Stale;
use crate::ops::repack::{Form, Input, LayerCompression, Output, RepackOptions, form_for, repack};
use crate::ops::target::Asked;
use crate::platform::Platform;
use crate::render;
use crate::source::Access;

/// Write image files in another shape; several become one
///
/// Blobs that several inputs share are written once. Every blob is verified while it is copied; when one is not what its digest says, nothing is written. Blobs and
/// index.json keep their bytes, and the output is the same for the same image whatever shape it came from: sorted, owner
/// 0, fixed modes, time SOURCE_DATE_EPOCH or 0. A docker archive gets manifests, and keeps its configs and layers.
///
/// A file at OUT is replaced once the new one is whole; a directory must be new or empty.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// PATH[:REF][@DIGEST], or - for standard input
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<String>,
    /// Where to write, or - for standard output. A name that ends in .tar makes an OCI archive, .tar.gz or .tar.zst a
    /// compressed one, any other a layout directory
    #[arg(short, long, value_name = "OUT", required_unless_present = "dry_run")]
    output: Option<PathBuf>,
    /// The shape: oci-dir, oci-archive, docker-archive (for docker before 25) or dual (both views in one file)
    #[arg(long, value_name = "SHAPE")]
    to: Option<Form>,
    /// Write what this program accepts, as docker-classic, podman or ctr (`ocikit doctor` lists them all)
    #[arg(long = "for", value_name = "TARGET", conflicts_with = "to")]
    target: Option<Asked>,
    /// Take only images for this platform, as linux/arm64; may be given several times
    #[arg(long, value_name = "PLATFORM")]
    platform: Vec<Platform>,
    /// Take only what has this name, in every input; IMAGE:REF says it for one
    #[arg(long = "ref", value_name = "NAME")]
    reference: Option<String>,
    /// Compress the layers: keep, none, gzip or zstd, with a level as zstd:19. Digests change, and the receipt says how
    #[arg(long, value_name = "HOW", default_value = "keep")]
    compression: LayerCompression,
    /// Decide about attestations and signatures of what gets another digest: drop them, or relink them to the new digest
    #[arg(long, value_name = "drop|relink")]
    attestations: Option<Stale>,
    /// Say what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Copy what is broken or absent as it is, and say what it was
    #[arg(long)]
    allow_broken: bool,
    /// Take links in a directory for what they lead to, wherever that is
    #[arg(long)]
    follow_links: bool,
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    let to_stdout = args.output.as_deref() == Some(Path::new("-"));
    let asked = args.to.or_else(|| args.target.as_ref().and_then(|asked| form_for(asked.target)));
    let (form, compression) = match &args.output {
        Some(path) if !to_stdout => Form::of(path, asked),
        _ => (asked.unwrap_or(Form::OciArchive), Compression::None),
    };
    if to_stdout && form == Form::OciDir {
        bail!("-: a directory cannot be written to standard output; name one, or choose another shape with `--to`");
    }
    let mut inputs = Vec::with_capacity(args.images.len());
    for text in &args.images {
        let address = ui.address(text)?;
        let image = ui.open(&address, Access::Random, args.follow_links)?;
        let mut selector = Selector::new(&address, None);
        selector.reference = selector.reference.or_else(|| args.reference.clone());
        inputs.push(Input { image, selector });
    }
    let options = RepackOptions {
        compression,
        platforms: args.platform,
        layers: args.compression,
        target: args.target,
        stale: args.attestations.unwrap_or_default(),
        mtime: change::source_date_epoch()?,
        allow_broken: args.allow_broken,
        jobs: ui.jobs,
        limits: ui.limits.clone(),
        meter: ui.meter.clone(),
        ..RepackOptions::new(form)
    };
    let output = match args.output {
        _ if args.dry_run => Output::Nothing,
        Some(_) if to_stdout => Output::Stream { label: STDOUT.to_owned(), writer: ui.archive_stdout()? },
        Some(path) => Output::Path(path),
        None => Output::Nothing,
    };
    let report = match repack(&inputs, &options, output) {
        Err(error) if is_closed_pipe(&error) => return Ok(Status::Ok),
        report => report?,
    };
    let text = || render::repack(&report, ui.detail, ui.paint);
    if to_stdout && !args.dry_run {
        ui.report_beside(&report, text)?
    } else {
        ui.report(&report, text)?
    }
    Ok(Status::of(report.broken.is_empty()))
}
