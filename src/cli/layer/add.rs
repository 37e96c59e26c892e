//! `ocikit layer add`

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::input::{self, AttributeArgs, CompressionArgs};
use crate::cli::change::{self, ChangeArgs};
use crate::cli::exit::Status;
use crate::cli::stdout::is_stdout;
use crate::cli::ui::{ImageArgs, Ui};
use crate::graph::Selector;
use crate::ops::layer::{self, AddOptions, LayerFiles, LayerInput};
use crate::ops::repack::Level;

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
    /// Add the entries of a tar archive, maybe compressed; - is standard input
    #[arg(
        long,
        value_name = "FILE|-",
        help_heading = "Layer",
        conflicts_with_all = ["dir", "file", "whiteout", "opaque", "to", "owner", "mode", "time"]
    )]
    tar: Option<PathBuf>,
    /// Add what is in DIR
    #[arg(long, value_name = "DIR", help_heading = "Layer")]
    dir: Vec<PathBuf>,
    /// Add the file SRC as DEST, which counts from `--to` unless it starts with a slash; a DEST that ends in a slash is a
    /// directory
    #[arg(long, value_name = "SRC[:DEST]", value_parser = input::file, help_heading = "Layer")]
    file: Vec<(PathBuf, Option<String>)>,
    /// Add directories and files below PATH of the image
    #[arg(long, value_name = "PATH", default_value = "/", hide_default_value = true, help_heading = "Layer")]
    to: String,
    /// Remove PATH of the lower layers
    #[arg(long, value_name = "PATH", help_heading = "Layer")]
    whiteout: Vec<String>,
    /// Remove everything that the lower layers have in the directory PATH
    #[arg(long, value_name = "PATH", help_heading = "Layer")]
    opaque: Vec<String>,
    #[command(flatten)]
    attributes: AttributeArgs,
    #[command(flatten)]
    compression: CompressionArgs,
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
    let selector = Selector::new(&address, args.image.platform);
    let input = match &args.tar {
        Some(path) if is_stdout(path) && is_stdout(Path::new(&args.image.image)) => {
            bail!("standard input cannot be both the image and the layer")
        }
        Some(path) => input::tar(path)?,
        None => {
            let files = LayerFiles {
                to: args.to,
                directories: args.dir,
                files: args.file,
                whiteouts: args.whiteout,
                opaque: args.opaque,
                attributes: args.attributes.attributes(Some((0, 0)))?,
            };
            input::require_some(&files)?;
            LayerInput::Files(files)
        }
    };
    let (compression, level) =
        args.compression.compression.map_or((None, Level::DEFAULT), |(to, level)| (Some(to), level));
    let wanted = AddOptions {
        at: args.at,
        compression,
        level,
        created_by: args.created_by,
        folder: args.change.folder(),
        jobs: ui.jobs,
    };
    change::run(&args.change, &address, ui, |image, options| layer::add(image, &selector, input, &wanted, options))
}
