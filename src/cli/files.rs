//! `ocikit files`

use anyhow::Result;

use super::exit::Status;
use super::ui::{Format, ImageArgs, Ui};
use crate::graph::Selector;
use crate::ops::files::{FilesOptions, files};
use crate::render::{self, FilesStyle};
use crate::source::Access;

/// List the files of an image and the layer of each
///
/// Lists mode, owner, size, time and layer of each file in the merged root file system: whiteouts hide files, opaque
/// directories hide the contents of lower layers, hard links become their targets. Nothing is unpacked. The last line
/// gives the space that files take which a higher layer replaces or deletes; --top lists them.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    image: ImageArgs,
    /// List only this file, or this directory and its contents
    #[arg(value_name = "PATH")]
    paths: Vec<String>,
    /// List only the entries of this layer, counted from 1 at the bottom, and the files it hides
    #[arg(long, value_name = "N")]
    layer: Option<usize>,
    /// Show a tree, with the total size of each directory
    #[arg(long, conflicts_with_all = ["layer", "top"])]
    tree: bool,
    /// List only the N largest files, and the N files that waste most space
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
