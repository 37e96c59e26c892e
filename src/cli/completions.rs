//! `ocikit completions`

use anyhow::Result;
use clap_complete::Shell;

use super::complete;
use super::exit::Status;
use super::ui::Ui;

/// Write a completion script for a shell
///
/// With the script the shell calls ocikit to complete commands and options, names and digests in an image file
/// (image.tar: and image.tar@), platforms of the image on the command line, findings, targets and limits. Text from
/// an image is offered only if no character of it is special to a shell.
///
/// The script belongs to this version of ocikit: write it again after an upgrade, or evaluate it each time a shell
/// starts.
///
/// bash: eval "$(ocikit completions bash)" in ~/.bashrc.
///
/// zsh: eval "$(ocikit completions zsh)" in ~/.zshrc, after compinit.
///
/// fish: ocikit completions fish | source in ~/.config/fish/config.fish.
///
/// PowerShell: ocikit completions powershell | Out-String | Invoke-Expression in $PROFILE.
///
/// elvish: eval (ocikit completions elvish | slurp) in ~/.config/elvish/rc.elv.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    let script = complete::script(args.shell)?;
    ui.print(&String::from_utf8_lossy(&script))?;
    Ok(Status::Ok)
}
