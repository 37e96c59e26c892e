//! The command `ocikit`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ocikit::cli::main(std::env::args_os())
}
