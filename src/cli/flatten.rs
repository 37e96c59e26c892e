//! `ocikit flatten`

use anyhow::Result;

use super::change::{self, ChangeArgs};
use super::exit::Status;
use super::ui::{ImageArgs, Ui};
use crate::graph::Selector;
use crate::ops;

/// Make an index with one image that image
///
/// The names of the index then stand for the image, whose digest stays as it is: what `docker manifest create`, AWS Lambda and
/// other readers need that take no index. The attestations in the index go with it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    image: ImageArgs,
    #[command(flatten)]
    change: ChangeArgs,
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    let address = ui.address(&args.image.image)?;
    let selector = Selector::new(&address, args.image.platform);
    change::run(&args.change, &address, ui, |image, options| ops::flatten::flatten(image, &selector, options))
}
