//! `ocikit layer list`

use anyhow::Result;

use crate::cli::exit::Status;
use crate::cli::ui::{ImageArgs, Ui};
use crate::graph::Selector;
use crate::ops::inspect::{self, InspectOptions};
use crate::render::{self, Detail};
use crate::source::Access;

/// List the layers with size, digest and the command that created each
///
/// This is `ocikit inspect IMAGE --layers -v`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    image: ImageArgs,
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    let address = ui.address(&args.image.image)?;
    let image = ui.open(&address, Access::Random, false)?;
    let selector = Selector::new(&address, args.image.platform);
    let limits = ui.limits.clone();
    let options = InspectOptions { layers: true, config: false, annotations: false, selector, limits };
    let report = inspect::inspect(&image, &options)?;
    ui.report(&report, || render::inspect(&report, Detail { verbose: true, ..ui.detail }, ui.paint))?;
    Ok(Status::without_errors(&report.findings))
}
