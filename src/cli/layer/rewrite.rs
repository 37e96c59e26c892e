//! `ocikit layer rewrite`

use anyhow::{Result, bail};
use clap::builder::NonEmptyStringValueParser;

use super::input::{self, CompressionArgs};
use crate::cli::base::BaseArgs;
use crate::cli::change::{self, ChangeArgs};
use crate::cli::exit::Status;
use crate::cli::time;
use crate::cli::ui::{ImageArgs, Ui};
use crate::graph::Selector;
use crate::ops::layer::{self, LayerChoice, PathPattern, RewriteOptions, RewriteRange};

/// Strip files from layers, or change times, owners or the compression
///
/// All layers are rewritten, or those that are selected. What no option names keeps its bytes: the headers of the other
/// entries, the entries of the history, and each layer in which nothing changes. The images of all platforms change unless
/// `--platform` selects one.
///
/// `--strip` removes a file from the layer that has it, as if it had never been there. If several layers have it, the
/// content would still be in the others, so this is refused without `--every-layer`. A hard link to a stripped file becomes
/// the file. The result says where the same content is still in the image.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Args {
    #[command(flatten)]
    image: ImageArgs,
    /// The layers: numbers from 1, the bottom, or digests; `ocikit layer list IMAGE` shows them
    #[arg(value_name = "LAYER", conflicts_with_all = ["above_base", "base", "every_layer"])]
    layers: Vec<LayerChoice>,
    /// Rewrite the layers whose command in the history contains TEXT
    #[arg(
        long,
        value_name = "TEXT",
        value_parser = NonEmptyStringValueParser::new(),
        conflicts_with_all = ["above_base", "base", "every_layer"]
    )]
    created_by: Vec<String>,
    #[command(flatten)]
    base: BaseArgs,
    /// Remove the file or directory GLOB, for example etc/secret or '**/*.pem'
    ///
    /// The path counts from the root. `*` and `?` stand for part of a name, `[a-z]` for one character, and `**` for any
    /// number of directories. A directory goes with everything below it.
    #[arg(long, value_name = "GLOB", help_heading = "Layer")]
    strip: Vec<PathPattern>,
    /// Strip from every layer that has the file
    #[arg(long, help_heading = "Layer", requires = "strip", conflicts_with_all = ["above_base", "base"])]
    every_layer: bool,
    /// Lower times that are later than TIME to it (RFC 3339)
    #[arg(long, value_name = "TIME|now|SOURCE_DATE_EPOCH", help_heading = "Layer")]
    clamp_time: Option<String>,
    /// Set the owner of all files
    #[arg(long, value_name = "UID:GID", help_heading = "Layer", value_parser = input::numbers)]
    owner: Option<(u32, u32)>,
    #[command(flatten)]
    compression: CompressionArgs,
    #[command(flatten)]
    change: ChangeArgs,
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    let compression = args.compression.pair();
    if args.strip.is_empty() && args.clamp_time.is_none() && args.owner.is_none() && compression.is_none() {
        bail!("nothing to change; use `--strip`, `--clamp-time`, `--owner` or `--compression`");
    }
    let address = ui.address(&args.image.image)?;
    let selector = Selector::new(&address, args.image.platform);
    let base = args.base.open(ui)?;
    let mut choices = args.layers;
    choices.extend(args.created_by.into_iter().map(LayerChoice::CreatedBy));
    let range = match base.image() {
        Some(base) => RewriteRange::Above(base),
        None if choices.is_empty() => RewriteRange::All,
        None => RewriteRange::These(choices),
    };
    let wanted = RewriteOptions {
        range,
        strip: args.strip,
        every_layer: args.every_layer,
        latest: args.clamp_time.as_deref().map(time::seconds).transpose()?,
        owner: args.owner,
        compression,
        folder: args.change.folder(),
        jobs: ui.jobs,
    };
    change::run(&args.change, &address, ui, |image, options| layer::rewrite(image, &selector, &wanted, options))
}
