//! `ocikit attestation convert`

use anyhow::Result;

use crate::cli::change::{self, ChangeArgs};
use crate::cli::exit::Status;
use crate::cli::ui::{ImageArgs, Ui};
use crate::graph::Selector;
use crate::ops::attestation::{Style, convert};

/// Convert attestations to another style; the statements do not change
///
/// Some readers support only one style: several registries refuse the artifacts that BuildKit writes since 0.31.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    image: ImageArgs,
    /// Convert to index (descriptors in the index with an image config, the older BuildKit style), artifact
    /// (descriptors in the index with `subject`, the newer BuildKit style) or referrer (`subject` only, listed beside
    /// the image)
    #[arg(long, value_name = "STYLE")]
    to: Style,
    #[command(flatten)]
    change: ChangeArgs,
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    let address = ui.address(&args.image.image)?;
    let selector = Selector::new(&address, args.image.platform);
    change::run(&args.change, &address, ui, |image, options| convert(image, &selector, args.to, options))
}
