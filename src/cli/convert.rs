//! `ocikit convert`

use anyhow::Result;

use super::change::{self, ChangeArgs};
use super::exit::Status;
use super::ui::Ui;
use crate::graph::Selector;
use crate::ops::convert::{self, Dialect};

/// Convert Docker and OCI media types, or a BuildKit cache export
///
/// With --to, manifests and indexes get the media types of OCI or Docker. With --cache, a cache export that is an
/// index of layers becomes an image manifest. Layers and configs do not change. Manifests and indexes get new
/// digests, and the names move to them. Docker has no media types for zstd layers, attestations and other artifacts.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// PATH[:REF][@DIGEST], or - for standard input
    #[arg(value_name = "IMAGE")]
    image: String,
    /// Convert to these media types
    #[arg(long, value_name = "oci|docker", required_unless_present = "cache")]
    to: Option<Dialect>,
    /// Convert a cache export from an index of layers, which registries refuse, to an image manifest
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
