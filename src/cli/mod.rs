//! The command line: one file a command, each a thin wrapper over one operation.
//!
//! Floor: the highest. Only here are arguments parsed, and is anything printed.

mod annotate;
mod artifact;
mod attach;
mod attestation;
mod base;
mod cat;
mod change;
mod checks;
mod compare;
mod complete;
mod completions;
mod config;
mod convert;
mod delta;
mod diff;
mod doctor;
mod exit;
mod explain;
mod export;
mod files;
mod gc;
mod given;
mod help;
mod hints;
mod inspect;
mod interrupt;
#[cfg(feature = "signatures")]
mod keys;
mod layer;
mod man;
mod merge;
mod new;
mod page;
mod pages;
mod platform;
mod policy;
mod progress;
mod rebase;
mod refs;
mod repack;
mod schema;
mod signature;
mod squash;
mod stdin;
mod stdout;
mod time;
mod ui;
#[cfg(unix)]
mod unpack;
mod unwrap;
mod values;
mod verify;

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Result;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::render::Shown;
use exit::Status;
use ui::{Global, Ui};

/// Inspect, verify, change and repack container images in files
///
/// ocikit uses no daemon, no registry and no network. An image is addressed by its file, as PATH[:REF][@DIGEST]. PATH
/// is an image layout, an OCI archive, a docker archive or an archive that is both, also compressed with gzip or
/// zstd, or a directory of skopeo's `dir:` transport; `-` is standard input. ocikit detects the format from the
/// content, not from the name. REF is a name or tag in the file, DIGEST a digest or its prefix; `PATH:@N` selects the
/// Nth entry of index.json, in a docker archive of manifest.json, counted from 0; `--platform` selects an image of an
/// index. The transport prefixes of other tools (`oci:`, `oci-archive:`, `docker-archive:`, `dir:`, `ocidir://`) are
/// accepted and require the format.
///
/// A command that changes an image requires `-o PATH` for a new file, `--in-place` or `--dry-run`. It changes only
/// what it was asked to change, and prints a receipt with each digest that changed.
#[derive(Debug, Parser)]
#[command(name = "ocikit", version, propagate_version = true, max_term_width = 100)]
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
    Config(Box<config::Args>),
    Diff(diff::Args),
    Delta(delta::Args),
    Doctor(doctor::Args),
    Files(files::Args),
    Inspect(inspect::Args),
    Layer(layer::Args),
    #[command(name = "ref")]
    Ref(refs::Args),
    Platform(platform::Args),
    Unwrap(unwrap::Args),
    Merge(merge::Args),
    New(Box<new::Args>),
    Attestation(attestation::Args),
    Signature(signature::Args),
    Attach(attach::Args),
    Artifact(artifact::Args),
    Convert(convert::Args),
    Gc(gc::Args),
    Annotate(annotate::Args),
    Rebase(rebase::Args),
    Repack(repack::Args),
    Squash(squash::Args),
    Export(export::Args),
    #[cfg(unix)]
    Unpack(unpack::Args),
    Verify(verify::Args),
    Explain(explain::Args),
    Completions(completions::Args),
    Man(man::Args),
    Schema(schema::Args),
}

/// Runs the command line, and says how it ended: the exit codes are 0, 1 and 2.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    if complete::answer(&arguments) {
        return ExitCode::from(exit::OK);
    }
    let cli = match parse(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            return if error.use_stderr() {
                complain(&error);
                ExitCode::from(exit::FAILED)
            } else {
                answered(error.print())
            };
        }
    };
    match run(cli) {
        Ok(status) => ExitCode::from(status.code()),
        Err(error) => {
            ui::tell(&error);
            ExitCode::from(exit::FAILED)
        }
    }
}

/// The whole definition of the command line: the help and the manual pages come from it too.
fn definition() -> clap::Command {
    help::dress(Cli::command())
}

fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let mut definition = definition();
    let matches = definition.try_get_matches_from_mut(arguments)?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut definition))
}

/// Help and version are a result like any other: where nobody reads on it ends quietly, and a full disk is no success.
fn answered(printed: io::Result<()>) -> ExitCode {
    match printed.and_then(|()| io::stdout().flush()) {
        Err(source) if source.kind() != io::ErrorKind::BrokenPipe => {
            ui::tell(&ui::unwritten(source).into());
            ExitCode::from(exit::FAILED)
        }
        _ => ExitCode::from(exit::OK),
    }
}

/// What was typed may be the name of an untrusted file, as a shell's `*` puts it there.
fn complain(error: &clap::Error) {
    let plain = error.render().to_string();
    let shown: Vec<String> = plain.split('\n').map(|line| Shown(line).to_string()).collect();
    let shown = shown.join("\n");
    // Nothing can be said when even this cannot be written.
    let _ = if shown == plain { error.print() } else { io::stderr().lock().write_all(shown.as_bytes()) };
    if let Some(advice) = hints::advice(error) {
        let _ = writeln!(io::stderr().lock(), "\ntip: {advice}");
    }
}

fn run(cli: Cli) -> Result<Status> {
    interrupt::clean_up_first();
    let ui = Ui::new(&cli.global)?;
    match cli.command {
        Command::Cat(args) => cat::run(args, &ui),
        Command::Compare(args) => compare::run(args, &ui),
        Command::Config(args) => config::run(*args, &ui),
        Command::Diff(args) => diff::run(args, &ui),
        Command::Delta(args) => delta::run(args, &ui),
        Command::Doctor(args) => doctor::run(args, &ui),
        Command::Files(args) => files::run(args, &ui),
        Command::Inspect(args) => inspect::run(args, &ui),
        Command::Layer(args) => layer::run(args, &ui),
        Command::Ref(args) => refs::run(args, &ui),
        Command::Platform(args) => platform::run(args, &ui),
        Command::Unwrap(args) => unwrap::run(args, &ui),
        Command::Gc(args) => gc::run(args, &ui),
        Command::Convert(args) => convert::run(args, &ui),
        Command::Attestation(args) => attestation::run(args, &ui),
        Command::Signature(args) => signature::run(args, &ui),
        Command::Attach(args) => attach::run(args, &ui),
        Command::Artifact(args) => artifact::run(args, &ui),
        Command::Merge(args) => merge::run(args, &ui),
        Command::New(args) => new::run(*args, &ui),
        Command::Annotate(args) => annotate::run(args, &ui),
        Command::Rebase(args) => rebase::run(args, &ui),
        Command::Repack(args) => repack::run(args, &ui),
        Command::Squash(args) => squash::run(args, &ui),
        Command::Export(args) => export::run(args, &ui),
        #[cfg(unix)]
        Command::Unpack(args) => unpack::run(args, &ui),
        Command::Verify(args) => verify::run(args, &ui),
        Command::Explain(args) => explain::run(args, &ui),
        Command::Completions(args) => completions::run(args, &ui),
        Command::Man(args) => man::run(args, &ui),
        Command::Schema(args) => schema::run(args, &ui),
    }
}
