//! `ocikit man`

mod page;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

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
    let mut program = super::definition().disable_help_subcommand(true);
    program.build();
    match args.output {
        None => ui.print(&page::page(&program, &[]))?,
        Some(directory) => {
            std::fs::create_dir_all(&directory).with_context(|| format!("{}: cannot make", directory.display()))?;
            write_pages(&program, &[], &directory)?;
        }
    }
    Ok(Status::Ok)
}

/// The page of a command, and those of the commands below it; `above` are those that it stands below.
fn write_pages(command: &clap::Command, above: &[&clap::Command], directory: &Path) -> Result<()> {
    let path = directory.join(format!("{}.1", page::name(command)));
    std::fs::write(&path, page::page(command, above)).with_context(|| format!("{}: cannot write", path.display()))?;
    let above: Vec<&clap::Command> = above.iter().copied().chain([command]).collect();
    for below in command.get_subcommands() {
        write_pages(below, &above, directory)?;
    }
    Ok(())
}
