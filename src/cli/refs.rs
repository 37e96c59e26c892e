//! `ocikit ref`

use anyhow::Result;
use clap::Subcommand;

use super::exit::Status;
use super::ui::{ImageArgs, Ui};
use crate::graph::Selector;
use crate::ops::refs;
use crate::render;
use crate::source::Access;

/// The names in an image file
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(ListArgs),
}

/// List each name with its digest, kind and platforms
///
/// A dual archive has the names of `index.json` and those of `manifest.json`; both are listed.
#[derive(Debug, clap::Args)]
struct ListArgs {
    #[command(flatten)]
    image: ImageArgs,
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    match args.command {
        Command::List(args) => list(args, ui),
    }
}

fn list(args: ListArgs, ui: &Ui) -> Result<Status> {
    let address = ui.address(&args.image.image)?;
    let image = ui.open(&address, Access::Random, false)?;
    let report = refs::list(&image, &Selector::new(&address, args.image.platform))?;
    ui.report(&report, || render::ref_list(&report, ui.paint))?;
    Ok(Status::Ok)
}
