//! `ocikit attestation convert`

use anyhow::Result;

use crate::cli::change::{self, ChangeArgs};
use crate::cli::exit::Status;
use crate::cli::ui::{ImageArgs, Ui};
use crate::graph::Selector;
use crate::ops::attestation::{Style, convert};

/// Keep attestations in another style; the statements stay as they are
///
/// For readers that take only one: several registries refuse the artifacts that BuildKit writes since 0.31.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    image: ImageArgs,
    /// index: entries of the image's index with an image config, BuildKit's older style; artifact: entries of the index with
    /// `subject`, its newer one; referrer: `subject` alone, listed beside the image
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
