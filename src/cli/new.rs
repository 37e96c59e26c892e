//! `ocikit new`

use std::path::PathBuf;

use anyhow::Result;

use super::attach::media_type;
use super::change;
use super::config::FieldArgs;
use super::doctor::this_machine;
use super::exit::Status;
use super::layer::input::{self, AttributeArgs, CompressionArgs};
use super::repack;
use super::stdin::{is_stdin, refuse_two_from_stdin};
use super::ui::Ui;
use super::values::{new_name, pair};
use crate::edit::{Draft, EditOptions, Session, Step, empty_layout};
use crate::error::Error;
use crate::image::Image;
use crate::ops::artifact::{self, ArtifactOptions, FileInput};
use crate::ops::layer::{LayerFiles, LayerInput, NewLayerOptions};
use crate::ops::new::{NewOptions, new};
use crate::ops::repack::OutputFormat;
use crate::platform::Platform;
use crate::source::FileFormat;

/// Create an image from a root file system, or an artifact from files
///
/// The root file system becomes the only layer. A tar archive keeps its bytes; a directory is archived with names
/// sorted, and keeps owners, modes, times, links and extended attributes. Without --rootfs the image has no layers,
/// for `ocikit layer add`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The files of an artifact, each with the media type of its layer
    #[arg(value_name = "FILE[:TYPE]", requires = "artifact_type")]
    files: Vec<FileInput>,
    /// Create an artifact of this type, a media type, for example application/spdx+json
    #[arg(long, value_name = "TYPE", value_parser = media_type, requires = "files", conflicts_with = "rootfs")]
    artifact_type: Option<String>,
    /// Set the annotation KEY of the manifest of the artifact
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair, requires = "artifact_type")]
    annotation: Vec<(String, String)>,
    /// Create an image with the files of a tar archive or a directory; - is an archive on standard input
    #[arg(long, value_name = "TAR|DIR|-")]
    rootfs: Option<PathBuf>,
    /// Set the platform of the image; the default is that of this machine
    #[arg(long, value_name = "PLATFORM", conflicts_with = "artifact_type")]
    platform: Option<Platform>,
    /// Name the result NAME: a full name, for example example.com/app:1.0, or a tag
    #[arg(short = 't', long = "name", visible_alias = "tag", value_name = "NAME", value_parser = new_name)]
    name: Option<String>,
    #[command(flatten)]
    attributes: AttributeArgs,
    #[command(flatten)]
    compression: CompressionArgs,
    #[command(flatten)]
    fields: FieldArgs,
    /// Write this format: oci-dir, oci-archive, docker-archive (for docker before 25) or dual (docker + OCI archive)
    #[arg(long = "to", value_name = "FORMAT")]
    result_format: Option<OutputFormat>,
    #[command(flatten)]
    to: ToArgs,
}

/// Where to write the result
#[derive(Debug, Clone, clap::Args)]
#[group(required = true, multiple = false)]
struct ToArgs {
    /// Write the result to PATH, a new file or directory; - is standard output
    ///
    /// A name that ends in .tar, .tar.gz or .tar.zst is an OCI archive, any other name is an image layout, unless --to
    /// names a format.
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Print the plan without writing anything
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    refuse_two_from_stdin(&[("--rootfs", args.rootfs.as_deref()), args.fields.input()])?;
    let base = empty_layout("new", &ui.limits);
    let like = FileFormat { directory: true, ..*base.source.format() };
    let (output, format) = (args.to.output.clone(), args.result_format);
    let destination = change::destination(output.as_deref(), false, ui)?;
    let mut session = Session::fresh(base, &like, destination)?;
    let options = change::plain_options(ui)?;
    let draft = match args.artifact_type.clone() {
        Some(artifact_type) => artifact_of(args, artifact_type, &session.image, &options)?,
        None => image_of(args, &session.image, &options, ui)?,
    };
    let Some(format) = format else { return change::write(output.as_deref(), &session, draft, ui) };
    let step = Step::of(&draft.plan()?);
    let notes = step.notes().to_vec();
    session.go_on(step, &ui.limits);
    repack::write_as(session.image, format, output.as_deref(), notes, ui)
}

fn artifact_of<'a>(
    args: Args,
    artifact_type: String,
    base: &'a Image,
    options: &EditOptions,
) -> Result<Draft<'a>, Error> {
    let annotations = args.annotation.into_iter().collect();
    let wanted = ArtifactOptions { artifact_type, files: args.files, annotations };
    artifact::create(base, args.name.as_deref(), &wanted, options)
}

fn image_of<'a>(args: Args, base: &'a Image, options: &EditOptions, ui: &Ui) -> Result<Draft<'a>> {
    let rootfs = match args.rootfs {
        Some(path) if !is_stdin(&path) && path.is_dir() => {
            let attributes = args.attributes.attributes(None)?;
            Some(LayerInput::Files(LayerFiles { directories: vec![path], attributes, ..LayerFiles::default() }))
        }
        Some(path) => Some(input::tar(&path)?),
        None => None,
    };
    let mut config = args.fields.options()?;
    config.platform = args.platform.or(config.platform).or_else(|| Some(this_machine()));
    // An entry of the history gets SOURCE_DATE_EPOCH; so does the image.
    config.created = config.created.or_else(|| config.history_created.clone());
    let (compression, level) = args.compression.options();
    let folder = args.to.output.as_deref().and_then(change::folder_of);
    let layer = NewLayerOptions { compression, level, folder, jobs: ui.jobs, ..NewLayerOptions::default() };
    let wanted = NewOptions { name: args.name, config, layer };
    Ok(new(base, rootfs, &wanted, options)?)
}
