//! `ocikit layer add`

use anyhow::Result;

use super::input::InputArgs;
use crate::cli::change::{self, ChangeArgs};
use crate::cli::exit::Status;
use crate::cli::ui::{ImageArgs, Ui};
use crate::graph::Selector;
use crate::ops::layer::{self, AddOptions};

/// Add a layer from files, a directory or a tar archive
///
/// Files get the owner 0:0 and keep their mode and time; links, hard links and extended attributes are kept. Names are
/// sorted, so the same files give the same layer. A tar archive keeps its bytes. Links of a directory are added as
/// links and never followed. A layer that readers would unpack differently is refused, for example with files below a
/// symbolic link of a lower layer.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Args {
    #[command(flatten)]
    image: ImageArgs,
    #[command(flatten)]
    input: InputArgs,
    /// Make it layer N, counted from 1, the bottom; the default is on top
    #[arg(long, value_name = "N", help_heading = "Layer")]
    at: Option<usize>,
    /// Set created_by of its entry in the history
    #[arg(long, value_name = "TEXT", help_heading = "Layer")]
    created_by: Option<String>,
    #[command(flatten)]
    change: ChangeArgs,
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    let address = ui.address(&args.image.image)?;
    let selector = Selector::new(&address, args.image.platform.clone());
    let layer = args.input.options(args.created_by, &args.change, ui);
    let input = args.input.input(&args.image)?;
    let wanted = AddOptions { at: args.at, layer };
    change::run(&args.change, &address, ui, |image, options| layer::add(image, &selector, input, &wanted, options))
}
