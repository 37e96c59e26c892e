//! What `inspect` and `diff` share: a page instead of the report.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::stdout::is_stdout;
use crate::error::Error;
use crate::reference::{Address, Location};
use crate::sink::{Plain, Target};

/// Write a page instead of the report
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct PageArgs {
    /// Write an HTML page to FILE instead of the report; - is standard output
    ///
    /// The page is one file that loads nothing and runs no script. A line reports that it was written. With --format
    /// json, or another format that the command supports, the report is printed too.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// A page that is being written.
pub(crate) struct Page {
    file: Plain<'static>,
    name: Written,
}

/// Where a page was written.
pub(crate) enum Written {
    /// Into a file of this name.
    File(String),
    /// To standard output.
    Stdout,
}

impl PageArgs {
    /// Begins the page that was asked for, before the work that fills it. It never takes the place of an image.
    pub(crate) fn begin(&self, images: &[&Address]) -> Result<Option<Page>> {
        let Some(path) = &self.html else { return Ok(None) };
        if is_stdout(path) {
            let file = Plain::to_writer("standard output".to_owned(), Box::new(io::stdout()));
            return Ok(Some(Page { file, name: Written::Stdout }));
        }
        let name = path.display().to_string();
        if is_of_image(path, images) {
            bail!("{name}: is the image itself; pass another file to `--html`");
        }
        Ok(Some(Page { file: Plain::create(&Target::of(path))?, name: Written::File(name) }))
    }
}

/// Whether a path resolves to an image file, or to a file that a layout directory is made of.
pub(crate) fn is_of_image<'a>(path: &Path, images: impl IntoIterator<Item = &'a &'a Address>) -> bool {
    let Ok(path) = path.canonicalize() else { return false };
    let is_part = |inside: &Path| {
        let first = inside.components().next();
        first.is_none_or(|first| {
            let first = first.as_os_str();
            ["blobs", "oci-layout", "index.json", "manifest.json", "repositories"].iter().any(|name| first == *name)
        })
    };
    images.into_iter().any(|image| match &image.location {
        Location::Path(image) => image.canonicalize().is_ok_and(|image| path.strip_prefix(image).is_ok_and(is_part)),
        Location::Stdin => false,
    })
}

impl Page {
    /// Writes the page. A reader of standard output that has gone away ends it quietly.
    pub(crate) fn write(mut self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<Written, Error> {
        let written = write(self.file.writer());
        let path = || match &self.name {
            Written::File(name) => name.clone(),
            Written::Stdout => "standard output".to_owned(),
        };
        let failed = |source| Error::Write { path: path(), source };
        match written.map_err(failed).and_then(|()| self.file.finish()) {
            Err(Error::Write { source, .. })
                if matches!(self.name, Written::Stdout) && source.kind() == io::ErrorKind::BrokenPipe =>
            {
                Ok(self.name)
            }
            finished => finished.map(|()| self.name),
        }
    }
}
