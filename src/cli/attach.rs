//! `ocikit attach`

use anyhow::Result;

use super::change::{self, ChangeArgs};
use super::exit::Status;
use super::ui::{ImageArgs, Ui};
use super::values::pair;
use crate::graph::Selector;
use crate::ops::artifact::{self, ArtifactOptions, FileInput};

/// Attach files to an image as a referrer
///
/// The files become an artifact whose manifest has the image as its subject, and `index.json` lists it, as `oras attach`
/// does it. The image keeps its digest. An index is the subject itself unless `--platform` selects one of its images.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    image: ImageArgs,
    /// The files, each with the media type of its layer
    #[arg(value_name = "FILE[:TYPE]", required = true)]
    files: Vec<FileInput>,
    /// The type of the artifact, a media type, for example application/spdx+json
    #[arg(long, value_name = "TYPE", value_parser = media_type)]
    artifact_type: String,
    /// Set the annotation KEY of the manifest
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    annotation: Vec<(String, String)>,
    #[command(flatten)]
    change: ChangeArgs,
}

/// A type and a subtype (RFC 6838, 4.2).
pub(super) fn media_type(text: &str) -> Result<String, String> {
    let is_name = |name: &str| {
        let others = |c: char| c.is_ascii_alphanumeric() || "!#$&-^_.+".contains(c);
        name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.len() <= 127 && name.chars().all(others)
    };
    match text.split_once('/') {
        Some((top, sub)) if is_name(top) && is_name(sub) => Ok(text.to_owned()),
        _ => Err("not a media type, for example application/spdx+json".to_owned()),
    }
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    let address = ui.address(&args.image.image)?;
    let selector = Selector::new(&address, args.image.platform);
    let wanted = ArtifactOptions {
        artifact_type: args.artifact_type,
        files: args.files,
        annotations: args.annotation.into_iter().collect(),
    };
    change::run(&args.change, &address, ui, |image, options| artifact::attach(image, &selector, &wanted, options))
}
