//! `ocikit convert`

use anyhow::Result;

use super::change::{self, ChangeArgs};
use super::exit::Status;
use super::ui::Ui;
use crate::graph::Selector;
use crate::ops::convert::{self, Dialect};

/// Convert docker's media types and OCI's, and BuildKit cache exports
///
/// Media types are written in docker's words or in OCI's; a cache export that is an index of layers becomes an image manifest.
/// Layers and configs stay as they are; manifests and indexes get new digests, and with them the names. Docker has no types for
/// zstd layers, attestations and other artifacts.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// PATH[:REF][@DIGEST], or - for standard input
    #[arg(value_name = "IMAGE")]
    image: String,
    /// Whose media types
    #[arg(long, value_name = "oci|docker", required_unless_present = "cache")]
    to: Option<Dialect>,
    /// Make an image manifest of a cache export that is an index of layers, which registries refuse
    #[arg(long, conflicts_with = "to")]
    cache: bool,
    #[command(flatten)]
    change: ChangeArgs,
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    let address = ui.address(&args.image)?;
    let selector = Selector::new(&address, None);
    change::run(&args.change, &address, ui, |image, options| match args.to {
        Some(to) => convert::convert(image, &selector, to, options),
        None => convert::cache(image, &selector, options),
    })
}
