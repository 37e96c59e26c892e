//! `ocikit attestation`

mod add;
mod convert;
mod extract;
mod list;
mod remove;
mod show;

use anyhow::Result;
use clap::Subcommand;

use super::exit::Status;
use super::ui::Ui;

/// List, show and change attestations: provenance, SBOMs and others
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Add(add::Args),
    Remove(remove::Args),
    Extract(extract::Args),
    Convert(convert::Args),
    List(list::Args),
    Show(show::Args),
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    match args.command {
        Command::Add(args) => add::run(args, ui),
        Command::Remove(args) => remove::run(args, ui),
        Command::Extract(args) => extract::run(args, ui),
        Command::Convert(args) => convert::run(args, ui),
        Command::List(args) => list::run(args, ui),
        Command::Show(args) => show::run(args, ui),
    }
}
