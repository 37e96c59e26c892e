//! `ocikit completions`

use anyhow::Result;
use clap_complete::Shell;

use super::complete;
use super::exit::Status;
use super::ui::Ui;

/// Write the script that lets a shell complete
///
/// With it the shell asks ocikit itself at each press of the key: for commands and options, for the names and digests in
/// an image file (image.tar: and image.tar@), for platforms of the image that stands on the line, for findings, targets
/// and limits. Text from an image is offered only where it means nothing to a shell.
///
/// The script belongs to this version of ocikit: write it anew after an upgrade, or read it each time a shell starts.
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
