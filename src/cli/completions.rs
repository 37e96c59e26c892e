//! `ocikit completions`

use anyhow::Result;
use clap::CommandFactory;
use clap_complete::Shell;

use super::Cli;
use super::exit::Status;
use super::ui::Ui;

/// Write a completion script for a shell
///
/// For bash: ocikit completions bash > /etc/bash_completion.d/ocikit
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "ocikit", &mut script);
    ui.print(&String::from_utf8_lossy(&script))?;
    Ok(Status::Ok)
}
