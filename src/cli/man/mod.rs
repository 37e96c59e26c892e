//! `ocikit man`

mod markdown;
mod page;
mod text;
mod topics;

use std::path::PathBuf;

use anyhow::{Result, bail};

use super::exit::Status;
use super::pages;
use super::ui::Ui;
use crate::near;

/// Write the manual pages
///
/// One page for the program and one for each command, from the same definitions as the help, and in section 7 the pages
/// ocikit-recipes and ocikit-findings. Without NAME, the page of the program is printed.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The name of a page, for example recipes or ocikit-platform-keep
    #[arg(value_name = "NAME", conflicts_with = "output")]
    name: Option<String>,
    /// Write all pages into this directory, made if it is missing
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    let mut program = super::definition().disable_help_subcommand(true);
    program.build();
    let pages = pages_of(&program, &[]).into_iter().chain(topics::pages(page::version(&program)));
    if let Some(directory) = args.output {
        pages::write(&directory, pages)?;
        return Ok(Status::Ok);
    }
    let pages: Vec<(String, String)> = pages.collect();
    ui.print(find(&pages, args.name.as_deref().unwrap_or("ocikit"))?)?;
    Ok(Status::Ok)
}

/// The names of all pages, without `ocikit-`.
pub(super) fn names() -> Vec<String> {
    let mut program = super::definition().disable_help_subcommand(true);
    program.build();
    let topics = topics::names().map(ToOwned::to_owned);
    let names = names_of(&program).into_iter().chain(topics);
    names.map(|name| name.trim_start_matches("ocikit-").to_owned()).collect()
}

fn names_of(command: &clap::Command) -> Vec<String> {
    std::iter::once(page::name(command).to_owned()).chain(command.get_subcommands().flat_map(names_of)).collect()
}

/// The page of a name, with or without `ocikit-`.
fn find<'a>(pages: &'a [(String, String)], name: &str) -> Result<&'a str> {
    let stem = |file: &'a str| file.split('.').next().unwrap_or(file);
    let short = |file: &'a str| stem(file).trim_start_matches("ocikit-");
    match pages.iter().find(|(file, _)| stem(file) == name || short(file) == name) {
        Some((_, page)) => Ok(page),
        None => {
            let meant = near::nearest(name, pages.iter().map(|(file, _)| short(file)));
            bail!("no manual page is named `{name}`{}", near::question(meant.as_deref()))
        }
    }
}

/// The page of a command, and those of the commands below it, by name; `above` are those that it stands below.
fn pages_of(command: &clap::Command, above: &[&clap::Command]) -> Vec<(String, String)> {
    let mut pages = vec![(format!("{}.1", page::name(command)), page::page(command, above))];
    let above: Vec<&clap::Command> = above.iter().copied().chain([command]).collect();
    pages.extend(command.get_subcommands().flat_map(|below| pages_of(below, &above)));
    pages
}
