//! Standard input, which one argument of a command can name.

use std::path::Path;

use anyhow::{Result, bail};

/// Whether the path of an input stands for standard input.
pub(crate) fn is_stdin(path: &Path) -> bool {
    ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"].iter().any(|name| path == Path::new(name))
}

/// Refuses to read two inputs, each with its name for the message, from standard input.
pub(crate) fn refuse_two_from_stdin(inputs: &[(&str, Option<&Path>)]) -> Result<()> {
    let mut names = inputs.iter().filter(|(_, path)| path.is_some_and(is_stdin)).map(|(name, _)| name);
    if let (Some(one), Some(other)) = (names.next(), names.next()) {
        bail!("{one} and {other} cannot both be standard input; name a file for one of them");
    }
    Ok(())
}
