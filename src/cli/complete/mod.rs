//! Completion: a shell that has read the script of `ocikit completions` calls ocikit with `COMPLETE` set to its name and
//! the words after `--`, and offers what is answered.

mod bash;
mod candidates;
mod image;
mod inert;
mod line;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;

use clap::Command;
use clap_complete::Shell;
use clap_complete::env::{Elvish, EnvCompleter, Fish, Powershell, Shells, Zsh};

use bash::Bash;
use line::Line;

/// The variable that asks for completion, and says for which shell.
const VARIABLE: &str = "COMPLETE";

const SHELLS: Shells<'static> = Shells(&[&Bash, &Elvish, &Fish, &Powershell, &Zsh]);

/// Answers a shell that asks for completion; false when none does.
///
/// The person is in the middle of a line: nothing is ever said but candidates, and what fails has none.
pub(crate) fn answer(arguments: &[OsString]) -> bool {
    let asked = std::env::var_os(VARIABLE);
    let name = asked.as_deref().and_then(|shell| Path::new(shell).file_stem()?.to_str());
    let Some(shell) = name.and_then(|name| SHELLS.completer(name)) else { return false };
    std::panic::set_hook(Box::new(|_| {}));
    let words = arguments.iter().position(|word| word == "--").map_or(&[][..], |at| &arguments[at + 1..]);
    let mut out = Vec::new();
    let written = if words.is_empty() {
        register(shell, &mut out)
    } else {
        let line = Line::of(shell.name(), words);
        let mut definition = candidates::attach(super::definition(), &line);
        shell.write_complete(&mut definition, line.words, std::env::current_dir().ok().as_deref(), &mut out)
    };
    if written.is_ok() {
        // A shell that has gone away needs no candidates.
        let _ = io::stdout().lock().write_all(&out);
    }
    true
}

/// The script that makes a shell ask.
pub(crate) fn script(shell: Shell) -> io::Result<Vec<u8>> {
    let mut script = Vec::new();
    let shell = SHELLS.completer(&shell.to_string()).ok_or(io::ErrorKind::Unsupported)?;
    register(shell, &mut script)?;
    Ok(script)
}

fn register(shell: &dyn EnvCompleter, script: &mut Vec<u8>) -> io::Result<()> {
    shell.write_registration(VARIABLE, "ocikit", "ocikit", "ocikit", script)?;
    if shell.name() == "zsh" {
        // As a file of `fpath` the script is itself the function, the first time that it is called.
        script.extend(b"\nif [[ \"${funcstack[1]}\" == _ocikit ]]; then _clap_dynamic_completer_ocikit \"$@\"; fi\n");
    }
    Ok(())
}

/// The words of a command, without the program's name.
fn path_of(above: &str, command: &Command) -> String {
    format!("{above} {}", command.get_name()).trim_start().to_owned()
}
