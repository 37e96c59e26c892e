//! `ocikit new`

use std::path::PathBuf;

use anyhow::Result;

use super::attach::{assignment, media_type};
use super::change;
use super::exit::Status;
use super::ui::Ui;
use crate::edit::{Session, empty_layout};
use crate::ops::artifact::{self, ArtifactOptions, FileInput};
use crate::source::Shape;

/// Create an artifact from files
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The files of an artifact, each with the media type of its layer
    #[arg(value_name = "FILE[:TYPE]", required = true)]
    files: Vec<FileInput>,
    /// Create an artifact of this type, a media type, for example application/spdx+json
    #[arg(long, value_name = "TYPE", value_parser = media_type)]
    artifact_type: String,
    /// Set the annotation KEY of the manifest
    #[arg(long, value_name = "KEY=VALUE", value_parser = assignment)]
    annotation: Vec<(String, String)>,
    /// Name the result NAME: a full name, for example example.com/app:1.0, or a tag
    #[arg(short = 't', long = "name", visible_alias = "tag", value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    to: ToArgs,
}

/// Where to write the result
#[derive(Debug, Clone, clap::Args)]
#[group(required = true, multiple = false)]
struct ToArgs {
    /// Write the result to PATH, a new file or directory; - is standard output
    ///
    /// A name that ends in .tar, .tar.gz or .tar.zst is an archive, any other name is an image layout.
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Print the plan without writing anything
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    let base = empty_layout("new", &ui.limits);
    let like = Shape { directory: true, ..*base.source.shape() };
    let destination = change::destination(args.to.output.as_deref(), false, ui)?;
    let session = Session::fresh(base, &like, destination)?;
    let options = change::plain_options(ui)?;
    let wanted = ArtifactOptions {
        artifact_type: args.artifact_type,
        files: args.files,
        annotations: args.annotation.into_iter().collect(),
    };
    let draft = artifact::create(&session.image, args.name.as_deref(), &wanted, &options)?;
    change::write(args.to.output.as_deref(), &session, draft, ui)
}
