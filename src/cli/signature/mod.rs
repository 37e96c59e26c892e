//! `ocikit signature`

mod list;
mod show;

use anyhow::Result;
use clap::Subcommand;

use super::exit::Status;
use super::ui::Ui;

/// List and show signatures; `verify --key` compares them
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::Args),
    Show(show::Args),
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    match args.command {
        Command::List(args) => list::run(args, ui),
        Command::Show(args) => show::run(args, ui),
    }
}
