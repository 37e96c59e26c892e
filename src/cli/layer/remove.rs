//! `ocikit layer remove`

use anyhow::Result;

use crate::cli::change::{self, ChangeArgs};
use crate::cli::exit::Status;
use crate::cli::ui::{ImageArgs, Ui};
use crate::graph::Selector;
use crate::ops::layer::{self, LayerChoice};

/// Remove layers, with their diff_ids and entries in the history
///
/// The other layers keep their bytes. Files that a removed layer replaced or deleted are there again. The images of all
/// platforms change unless `--platform` selects one.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    image: ImageArgs,
    /// The layers: numbers from 1, the bottom, or digests; `ocikit layer list IMAGE` shows them
    #[arg(value_name = "LAYER", required_unless_present = "created_by")]
    layers: Vec<LayerChoice>,
    /// Remove the layers whose command in the history contains TEXT
    #[arg(long, value_name = "TEXT", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    created_by: Vec<String>,
    #[command(flatten)]
    change: ChangeArgs,
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    let address = ui.address(&args.image.image)?;
    let selector = Selector::new(&address, args.image.platform);
    let mut choices = args.layers;
    choices.extend(args.created_by.into_iter().map(LayerChoice::CreatedBy));
    change::run(&args.change, &address, ui, |image, options| layer::remove(image, &selector, &choices, options))
}
