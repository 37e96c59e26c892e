//! The command line: one file a command, each a thin wrapper over one operation.

mod annotate;
mod attestation;
mod cat;
mod change;
mod compare;
mod completions;
mod convert;
mod delta;
mod diff;
mod doctor;
mod exit;
mod explain;
mod files;
mod flatten;
mod gc;
mod inspect;
mod interrupt;
mod man;
mod merge;
mod platform;
mod progress;
mod refs;
mod repack;
mod ui;
#[cfg(unix)]
mod unpack;
mod verify;

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::render::Shown;
use exit::Status;
use ui::{Global, Ui};

/// Look into container images that lie in files, verify them and change them: OCI archives, docker archives,
/// image-layout directories. No daemon, no registry, no network.
#[derive(Debug, Parser)]
#[command(name = "ocikit", version, about, propagate_version = true, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 nothing wrong, 1 problems found or different, 2 bad usage or cannot open or write."
)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Cat(cat::Args),
    Compare(compare::Args),
    Diff(diff::Args),
    Delta(delta::Args),
    Doctor(doctor::Args),
    Files(files::Args),
    Inspect(inspect::Args),
    #[command(name = "ref")]
    Ref(refs::Args),
    Platform(platform::Args),
    Flatten(flatten::Args),
    Merge(merge::Args),
    Attestation(attestation::Args),
    Convert(convert::Args),
    Gc(gc::Args),
    Annotate(annotate::Args),
    Repack(repack::Args),
    #[cfg(unix)]
    Unpack(unpack::Args),
    Verify(verify::Args),
    Explain(explain::Args),
    Completions(completions::Args),
    Man(man::Args),
}

/// Runs the command line, and says how it ended: the exit codes are 0, 1 and 2.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let is_wrong = error.use_stderr();
            // Nothing can be said when even this cannot be written.
            let _ = error.print();
            return ExitCode::from(if is_wrong { exit::FAILED } else { exit::OK });
        }
    };
    match run(cli) {
        Ok(status) => ExitCode::from(status.code()),
        Err(error) => {
            let chain: Vec<String> = error.chain().map(ToString::to_string).collect();
            let _ = writeln!(io::stderr().lock(), "error: {}", Shown(&chain.join(": ")));
            ExitCode::from(exit::FAILED)
        }
    }
}

fn run(cli: Cli) -> Result<Status> {
    interrupt::clean_up_first();
    let ui = Ui::new(&cli.global)?;
    match cli.command {
        Command::Cat(args) => cat::run(args, &ui),
        Command::Compare(args) => compare::run(args, &ui),
        Command::Diff(args) => diff::run(args, &ui),
        Command::Delta(args) => delta::run(args, &ui),
        Command::Doctor(args) => doctor::run(args, &ui),
        Command::Files(args) => files::run(args, &ui),
        Command::Inspect(args) => inspect::run(args, &ui),
        Command::Ref(args) => refs::run(args, &ui),
        Command::Platform(args) => platform::run(args, &ui),
        Command::Flatten(args) => flatten::run(args, &ui),
        Command::Gc(args) => gc::run(args, &ui),
        Command::Convert(args) => convert::run(args, &ui),
        Command::Attestation(args) => attestation::run(args, &ui),
        Command::Merge(args) => merge::run(args, &ui),
        Command::Annotate(args) => annotate::run(args, &ui),
        Command::Repack(args) => repack::run(args, &ui),
        #[cfg(unix)]
        Command::Unpack(args) => unpack::run(args, &ui),
        Command::Verify(args) => verify::run(args, &ui),
        Command::Explain(args) => explain::run(args, &ui),
        Command::Completions(args) => completions::run(args, &ui),
        Command::Man(args) => man::run(args, &ui),
    }
}
