//! `ocikit ref`

use anyhow::Result;
use clap::Subcommand;

use super::change::{self, ChangeArgs};
use super::exit::Status;
use super::ui::{ImageArgs, Ui};
use super::values::new_name;
use crate::graph::Selector;
use crate::ops::{names, refs};
use crate::render;
use crate::source::Access;

/// List and change the names in an image file
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(ListArgs),
    Add(AddArgs),
    Remove(RemoveArgs),
    Rename(RenameArgs),
}

/// List each name with its digest, kind and platforms
///
/// A docker + OCI archive has names in `index.json` and in `manifest.json`; both are listed.
#[derive(Debug, clap::Args)]
struct ListArgs {
    #[command(flatten)]
    image: ImageArgs,
}

/// Add a name to an image
///
/// In a docker + OCI archive the name is added to both views: as annotations in index.json, as RepoTags in
/// manifest.json and in `repositories`.
#[derive(Debug, clap::Args)]
struct AddArgs {
    /// PATH[:REF][@DIGEST], or - for standard input
    #[arg(value_name = "IMAGE")]
    image: String,
    /// The new name: a full name or a tag
    #[arg(value_name = "NAME", value_parser = new_name)]
    name: String,
    /// Move the name if another image has it
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    change: ChangeArgs,
}

/// Remove a name; the image stays
#[derive(Debug, clap::Args)]
struct RemoveArgs {
    /// PATH, or - for standard input
    #[arg(value_name = "IMAGE")]
    image: String,
    /// The name: a full name or a tag
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    change: ChangeArgs,
}

/// Rename an image
#[derive(Debug, clap::Args)]
struct RenameArgs {
    /// PATH[@DIGEST], or - for standard input
    #[arg(value_name = "IMAGE")]
    image: String,
    /// The current name: a full name or a tag
    #[arg(value_name = "OLD")]
    old: String,
    /// The new name: a full name or a tag
    #[arg(value_name = "NEW", value_parser = new_name)]
    new: String,
    /// Move the new name if another image has it
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    change: ChangeArgs,
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    match args.command {
        Command::List(args) => list(args, ui),
        Command::Add(args) => {
            let address = ui.address(&args.image)?;
            let selector = Selector::new(&address, None);
            change::run(&args.change, &address, ui, |image, options| {
                names::add(image, &selector, &args.name, args.replace, options)
            })
        }
        Command::Remove(args) => {
            let address = ui.address(&args.image)?;
            change::run(&args.change, &address, ui, |image, options| names::remove(image, &args.name, options))
        }
        Command::Rename(args) => {
            let address = ui.address(&args.image)?;
            let selector = Selector::new(&address, None);
            change::run(&args.change, &address, ui, |image, options| {
                names::rename(image, &selector, &args.old, &args.new, args.replace, options)
            })
        }
    }
}

fn list(args: ListArgs, ui: &Ui) -> Result<Status> {
    let address = ui.address(&args.image.image)?;
    let image = ui.open(&address, Access::Random, false)?;
    let report = refs::list(&image, &Selector::new(&address, args.image.platform), &ui.limits)?;
    ui.report(&report, || render::ref_list(&report, ui.paint))?;
    Ok(Status::Ok)
}
