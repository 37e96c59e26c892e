//! `ocikit squash`

use anyhow::Result;

use super::base::BaseArgs;
use super::change::{self, ChangeArgs};
use super::exit::Status;
use super::ui::{ImageArgs, Ui};
use crate::graph::Selector;
use crate::ops::squash::{SquashOptions, SquashRange, squash};

/// Merge several layers into one
///
/// The file system stays the same, file by file: whiteouts remain where they hide files of the layers below. The new layer
/// has the compression of the top layer, sorted entries and the same bytes each time. The history keeps its entries, marked
/// as empty, and gets one for the new layer. The images of all platforms change unless `--platform` selects one.
///
/// With `--above-base`, the layers of the base stay: of the image that the annotation org.opencontainers.image.base.digest
/// names, if the file contains it, or of `--base`. A base is used only if the image begins with its diff_ids.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    image: ImageArgs,
    /// Merge all layers; this is the default
    #[arg(long, conflicts_with_all = ["last", "above_base", "base"])]
    all: bool,
    /// Merge the top N layers
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..), conflicts_with_all = ["above_base", "base"])]
    last: Option<u32>,
    #[command(flatten)]
    base: BaseArgs,
    #[command(flatten)]
    change: ChangeArgs,
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    let address = ui.address(&args.image.image)?;
    let base = args.base.open(ui)?;
    let range = match (base.image(), args.last) {
        (Some(base), _) => SquashRange::Above(base),
        (None, Some(last)) => SquashRange::Last(last as usize),
        (None, None) => SquashRange::All,
    };
    let options = SquashOptions {
        selector: Selector::new(&address, args.image.platform),
        range,
        folder: args.change.folder(),
        jobs: ui.jobs,
    };
    change::run(&args.change, &address, ui, |image, edit| squash(image, &options, edit))
}
