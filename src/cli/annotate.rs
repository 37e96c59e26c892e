//! `ocikit annotate`

use anyhow::Result;
use clap::ValueEnum;

use super::change::{self, ChangeArgs};
use super::exit::Status;
use super::ui::{ImageArgs, Ui};
use crate::graph::Selector;
use crate::ops::annotate::{self, AnnotateOptions};

/// Set or remove annotations of a descriptor, an index or a manifest
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    image: ImageArgs,
    /// What to set
    #[arg(value_name = "KEY=VALUE", value_parser = assignment, required_unless_present = "remove")]
    set: Vec<(String, String)>,
    /// Remove an annotation
    #[arg(long, value_name = "KEY")]
    remove: Vec<String>,
    /// What gets the annotations; by default the index, or the manifest where one is selected
    #[arg(long, value_enum, value_name = "WHAT")]
    on: Option<On>,
    #[command(flatten)]
    change: ChangeArgs,
}

/// What gets the annotations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum On {
    /// The descriptor that leads to it; no digest of a manifest changes
    Descriptor,
    /// The index
    Index,
    /// The image manifest
    Manifest,
}

fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("not of the form KEY=VALUE".to_owned()),
    }
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    let address = ui.address(&args.image.image)?;
    let selector = Selector::new(&address, args.image.platform);
    let wanted = AnnotateOptions {
        on: args.on.map(|on| match on {
            On::Descriptor => annotate::On::Descriptor,
            On::Index => annotate::On::Index,
            On::Manifest => annotate::On::Manifest,
        }),
        set: args.set,
        remove: args.remove,
    };
    change::run(&args.change, &address, ui, |image, options| annotate::annotate(image, &selector, &wanted, options))
}
