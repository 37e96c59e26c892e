//! `ocikit man`

mod markdown;
mod page;
mod text;
mod topics;

use std::path::PathBuf;

use anyhow::Result;

use super::exit::Status;
use super::pages;
use super::ui::Ui;

/// Write the manual pages
///
/// One page for the program and one for each command, from the same definitions as the help, and in section 7 the pages
/// ocikit-recipes and ocikit-findings. Without -o the page of the program goes to standard output.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Write all pages into this directory, made if it is missing
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    let mut program = super::definition().disable_help_subcommand(true);
    program.build();
    match args.output {
        None => ui.print(&page::page(&program, &[]))?,
        Some(directory) => {
            let topics = topics::pages(page::version(&program));
            pages::write(&directory, pages_of(&program, &[]).into_iter().chain(topics))?;
        }
    }
    Ok(Status::Ok)
}

/// The page of a command, and those of the commands below it, by name; `above` are those that it stands below.
fn pages_of(command: &clap::Command, above: &[&clap::Command]) -> Vec<(String, String)> {
    let mut pages = vec![(format!("{}.1", page::name(command)), page::page(command, above))];
    let above: Vec<&clap::Command> = above.iter().copied().chain([command]).collect();
    pages.extend(command.get_subcommands().flat_map(|below| pages_of(below, &above)));
    pages
}
