//! `ocikit man`

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::CommandFactory;

use super::Cli;
use super::exit::Status;
use super::ui::Ui;

/// Write the manual pages
///
/// One page for the program and one for each command, from the same definitions as the help. Without -o the page of the
/// program goes to standard output.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Write all pages into this directory, made when it is absent
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    // The help of arguments is laid out for a terminal; pages lay out their own.
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    match args.output {
        None => ui.print(&String::from_utf8_lossy(&page(&command)?))?,
        Some(directory) => {
            std::fs::create_dir_all(&directory).with_context(|| format!("{}: cannot make", directory.display()))?;
            write_pages(&command, &directory)?;
        }
    }
    Ok(Status::Ok)
}

/// The page of a command, and those of the commands below it.
fn write_pages(command: &clap::Command, directory: &Path) -> Result<()> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    let path = directory.join(format!("{name}.1"));
    std::fs::write(&path, page(command)?).with_context(|| format!("{}: cannot write", path.display()))?;
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        write_pages(below, directory)?;
    }
    Ok(())
}

fn page(command: &clap::Command) -> Result<Vec<u8>> {
    let mut page = Vec::new();
    // Without a date, so that the same program writes the same pages.
    clap_mangen::Man::new(command.clone()).date("").render(&mut page)?;
    Ok(page)
}
