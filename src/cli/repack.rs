//! `ocikit repack`

use std::path::PathBuf;

use anyhow::{Result, bail};

use super::change;
use super::exit::Status;
use super::stdout::is_stdout;
use super::ui::{Ui, is_closed_pipe};
use crate::codec::Compression;
use crate::edit::Stale;
use crate::graph::Selector;
use crate::image::InPlace;
use crate::ops::repack::{
    Form, Input, LayerCompression, Output, RepackOptions, RepackReport, form_for, repack, repack_directory,
};
use crate::platform::Platform;
use crate::reference::Address;
use crate::render;
use crate::sink::Target;
use crate::source::Access;
use crate::target::Asked;

/// Write image files in another shape; several become one
///
/// Blobs that several inputs share are written once. Every blob is verified while it is copied; when one is not what its digest says, nothing is written. Blobs and
/// index.json keep their bytes, and the output is the same for the same image whatever shape it came from: sorted, owner
/// 0, fixed modes, time SOURCE_DATE_EPOCH or 0. A docker archive gets manifests, and keeps its configs and layers.
///
/// A file at OUT is replaced once the new one is whole; a directory must be new or empty. With --in-place the input is
/// replaced: an archive at once, compressed as a whole as it was; in a directory new blobs come first, index.json last,
/// and blobs that stay are neither copied nor read: `verify` looks at these.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// PATH[:REF][@DIGEST], or - for standard input
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<String>,
    /// Where to write, or - for standard output. A name that ends in .tar makes an OCI archive, .tar.gz or .tar.zst a
    /// compressed one, any other a layout directory
    #[arg(short, long, value_name = "OUT", required_unless_present_any = ["dry_run", "in_place"])]
    output: Option<PathBuf>,
    /// Replace the input, at once or not at all: in its shape, or for an archive in that of `--to`
    #[arg(long, conflicts_with = "output")]
    in_place: bool,
    /// The shape: oci-dir, oci-archive, docker-archive (for docker before 25) or dual (both views in one file)
    #[arg(long, value_name = "SHAPE")]
    to: Option<Form>,
    /// Write what this program accepts, for example docker-classic, podman or ctr (`ocikit doctor` lists them all)
    ///
    /// What it refuses is converted or left out, and the receipt says so: other platforms than that of this machine, attestations, other names and sizes.
    #[arg(long = "for", value_name = "TARGET", conflicts_with = "to")]
    target: Option<Asked>,
    /// Take only images for this platform, as linux/arm64; may be given several times
    #[arg(long, value_name = "PLATFORM")]
    platform: Vec<Platform>,
    /// Take only what has this name, in every input; IMAGE:REF says it for one
    #[arg(long = "ref", value_name = "NAME")]
    reference: Option<String>,
    /// Compress the layers: keep, none, gzip or zstd, with a level as zstd:19. Digests change, and the receipt says how
    ///
    /// By default layers stay as they are; those of a docker archive are uncompressed, as docker writes them, or in gzip.
    #[arg(long, value_name = "HOW")]
    compression: Option<LayerCompression>,
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
        ..RepackOptions::new(Form::OciArchive)
    };
    if args.in_place { in_place(&args, options, ui) } else { anew(&args, options, ui) }
}

/// The shape that was asked for, by itself or for a program.
fn asked(args: &Args) -> Option<Form> {
    args.to.or_else(|| args.target.as_ref().and_then(|asked| form_for(asked.target)))
}

fn anew(args: &Args, mut options: RepackOptions, ui: &Ui) -> Result<Status> {
    let to_stdout = args.output.as_deref().is_some_and(is_stdout);
    let asked = asked(args);
    (options.form, options.compression) = match &args.output {
        Some(path) if !to_stdout => Form::of(path, asked)?,
        _ => (asked.unwrap_or(Form::OciArchive), Compression::None),
    };
    if to_stdout && options.form == Form::OciDir {
        bail!("-: a directory cannot be written to standard output; name one, or choose another shape with `--to`");
    }
    let output = match &args.output {
        Some(path) if !args.dry_run => change::output(path, ui)?,
        _ => Output::Nothing,
    };
    refuse_relink(args, &options)?;
    let mut inputs = Vec::with_capacity(args.images.len());
    for text in &args.images {
        let address = ui.address(text)?;
        let image = ui.open(&address, Access::Random, args.follow_links)?;
        inputs.push(Input { image, selector: selector(args, text, &address)? });
    }
    let report = match repack(&inputs, &options, output) {
        Err(error) if is_closed_pipe(&error) => return Ok(Status::Ok),
        report => report?,
    };
    tell(&report, to_stdout && !args.dry_run, ui)
}

fn in_place(args: &Args, mut options: RepackOptions, ui: &Ui) -> Result<Status> {
    let [text] = &args.images[..] else {
        bail!("only one image file can be repacked in its place; write several into a new one with `-o`");
    };
    let address = ui.address(text)?;
    let open = ui.how_to_open(Access::Random, args.follow_links);
    let InPlace { image, target, lock } = InPlace::open(&address, &open)?;
    let shape = *image.source.shape();
    options.form = asked(args).unwrap_or_else(|| Form::like(&shape));
    options.compression = shape.compression;
    if shape.directory != (options.form == Form::OciDir) {
        bail!("{text}: a directory and an archive cannot take each other's place; write the new one with `-o`");
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
            bail!("{text}: says `{own}`, and `--ref` says `{name}`; give one of them");
        }
        selector.reference = Some(name.clone());
    }
    Ok(selector)
}

fn refuse_relink(args: &Args, options: &RepackOptions) -> Result<()> {
    if options.form == Form::DockerArchive && args.attestations == Some(Stale::Relink) {
        bail!(
            "a docker archive holds no attestations, so there is nothing to relink; choose another shape with `--to`"
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
