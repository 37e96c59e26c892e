//! What `man` and `schema` share: files for a directory, each whole or as it was.

use std::path::Path;

use anyhow::{Context, Result};

use crate::error::Error;
use crate::sink::{Plain, Target};

/// Writes a file of each name into a directory, which is made when it is absent.
pub(crate) fn write(directory: &Path, files: impl IntoIterator<Item = (String, String)>) -> Result<()> {
    std::fs::create_dir_all(directory).with_context(|| format!("{}: cannot create", directory.display()))?;
    for (name, text) in files {
        one(&directory.join(name), &text)?;
    }
    Ok(())
}

fn one(path: &Path, text: &str) -> Result<(), Error> {
    let mut file = Plain::create(&Target::of(path))?;
    file.write(text.as_bytes())?;
    file.finish()
}
