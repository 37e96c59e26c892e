//! `ocikit unwrap`

use anyhow::Result;

use super::change::{self, ChangeArgs};
use super::exit::Status;
use super::ui::{ImageArgs, Ui};
use crate::graph::Selector;
use crate::ops;

/// Replace an index by its only image
///
/// The names of the index then reference the image, whose digest stays the same: `docker manifest create`, AWS Lambda and other
/// readers that do not accept an index require this. The attestations in the index are removed. Layers are not merged.
#[derive(Debug, clap::Args)]
#[command(alias = "flatten")]
pub(crate) struct Args {
    #[command(flatten)]
    image: ImageArgs,
    #[command(flatten)]
    change: ChangeArgs,
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    let address = ui.address(&args.image.image)?;
    let selector = Selector::new(&address, args.image.platform);
    change::run(&args.change, &address, ui, |image, options| ops::unwrap::unwrap(image, &selector, options))
}
