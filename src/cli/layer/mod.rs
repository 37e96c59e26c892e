//! `ocikit layer`

mod add;
mod base;
pub(crate) mod input;
mod list;
mod remove;
mod replace;
mod rewrite;

use anyhow::Result;
use clap::Subcommand;

use super::exit::Status;
use super::ui::Ui;

/// List and change the layers of an image
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::Args),
    Add(add::Args),
    Base(base::Args),
    Remove(remove::Args),
    Replace(replace::Args),
    Rewrite(rewrite::Args),
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    match args.command {
        Command::List(args) => list::run(args, ui),
        Command::Add(args) => add::run(args, ui),
        Command::Base(args) => base::run(args, ui),
        Command::Remove(args) => remove::run(args, ui),
        Command::Replace(args) => replace::run(args, ui),
        Command::Rewrite(args) => rewrite::run(args, ui),
    }
}
