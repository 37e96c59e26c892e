//! `ocikit files`

use anyhow::Result;

use super::exit::Status;
use super::ui::{Format, ImageArgs, Ui};
use crate::graph::Selector;
use crate::ops::files::{FilesOptions, files};
use crate::render::{self, FilesStyle};
use crate::source::Access;

/// List the files of an image, and the layer that each is from
///
/// Mode, owner, size, time and layer of each file. The layers are put on top of each other as an engine does it: whiteouts hide files, opaque directories hide what is
/// below them, hard links become the file that they lead to. Nothing is unpacked. The last line says how much space
/// is taken by files that a higher layer replaces or deletes; --top shows which.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    image: ImageArgs,
    /// Only these files and directories, and what is in them
    #[arg(value_name = "PATH")]
    paths: Vec<String>,
    /// Only what this layer holds, counted from 1, the bottom, with what it hides
    #[arg(long, value_name = "N")]
    layer: Option<usize>,
    /// As a tree, directories with the size of all that is in them
    #[arg(long, conflicts_with_all = ["layer", "top"])]
    tree: bool,
    /// Only the N biggest files, and the N that waste most space
    #[arg(long, value_name = "N")]
    top: Option<usize>,
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    let address = ui.address(&args.image.image)?;
    let image = ui.open(&address, Access::Random, false)?;
    let options = FilesOptions {
        selector: Selector::new(&address, args.image.platform),
        paths: args.paths,
        layer: args.layer,
        top: args.top,
        jobs: ui.jobs,
        limits: ui.limits.clone(),
    };
    let report = files(&image, &options)?;
    let style = match (args.tree, args.top) {
        (true, _) => FilesStyle::Tree,
        (false, Some(_)) => FilesStyle::Top,
        (false, None) => FilesStyle::List,
    };
    match ui.format {
        Format::Text => ui.print_with(|out| render::files(&report, style, ui.detail, ui.paint, out))?,
        _ => ui.report(&report, String::new)?,
    }
    Ok(Status::without_errors(&report.findings))
}
