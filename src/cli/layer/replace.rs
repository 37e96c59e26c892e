//! `ocikit layer replace`

use anyhow::Result;
use clap::builder::NonEmptyStringValueParser;

use super::input::InputArgs;
use crate::cli::change::{self, ChangeArgs};
use crate::cli::exit::Status;
use crate::cli::ui::{ImageArgs, Ui};
use crate::graph::Selector;
use crate::ops::layer::{self, LayerChoice, ReplaceOptions};

/// Replace a layer by files, a directory or a tar archive
///
/// The new layer is written as `layer add` writes it, and gets the diff_id and the place in the history of the old one. The
/// other layers keep their bytes. The images of all platforms change unless `--platform` selects one; of those it must be
/// one layer each. An archive that the layer was created from changes nothing.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Args {
    #[command(flatten)]
    image: ImageArgs,
    /// The layer: its number from 1, the bottom, or its digest; `ocikit layer list IMAGE` shows them
    #[arg(value_name = "LAYER", required_unless_present = "created_by")]
    layer: Option<LayerChoice>,
    /// Replace the layer whose command in the history contains TEXT
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new(), conflicts_with = "layer")]
    created_by: Option<String>,
    #[command(flatten)]
    input: InputArgs,
    /// Set created_by of its entry in the history
    #[arg(long, value_name = "TEXT", help_heading = "Layer")]
    history: Option<String>,
    #[command(flatten)]
    change: ChangeArgs,
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    let address = ui.address(&args.image.image)?;
    let selector = Selector::new(&address, args.image.platform.clone());
    let by_history = args.created_by.map(LayerChoice::CreatedBy);
    let Some(choice) = args.layer.or(by_history) else { anyhow::bail!("no layer is named") };
    let layer = args.input.options(args.history, &args.change, ui);
    let input = args.input.input(&args.image)?;
    let wanted = ReplaceOptions { choice, layer };
    change::run(&args.change, &address, ui, |image, options| layer::replace(image, &selector, input, &wanted, options))
}
