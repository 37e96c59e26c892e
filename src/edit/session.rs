//! One edit from opening to writing, with the lock that it needs.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::draft::Draft;
use super::output::{Earlier, Output};
use super::receipt::{Alignment, Receipt};
use super::slot::Scope;
use super::{EditOptions, Plan, write};
use crate::error::Error;
use crate::image::{Image, InPlace};
use crate::limits::Limits;
use crate::media_type::Compression;
use crate::reference::{Address, Location};
use crate::sink::{Lock, Target, archive_compression};
use crate::source::{FileFormat, Open, Part, Resolution, Source};

/// Where the result goes.
pub enum Destination<'w> {
    /// Nowhere: only the plan is wanted.
    DryRun,
    /// Into the place of the input.
    InPlace,
    /// To a new file or directory. A path that is the input itself means the place of the input.
    Path(PathBuf),
    /// Into a stream, as an archive.
    Stream {
        /// Its name for messages.
        label: String,
        /// The stream.
        writer: Box<dyn Write + 'w>,
        /// How the archive is compressed.
        compression: Compression,
    },
}

impl fmt::Debug for Destination<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Destination::DryRun => f.write_str("DryRun"),
            Destination::InPlace => f.write_str("InPlace"),
            Destination::Path(path) => f.debug_tuple("Path").field(path).finish(),
            Destination::Stream { label, .. } => f.debug_tuple("Stream").field(label).finish(),
        }
    }
}

/// An image file that is open for a change.
pub struct Session<'w> {
    /// The image file.
    pub image: Image,
    output: RefCell<Output<'w>>,
    earlier: Option<Earlier>,
    /// Held until the end of the session.
    _lock: Option<Lock>,
}

/// What a plan makes of an image, kept apart from it.
pub(crate) struct Step {
    files: BTreeMap<String, Part>,
    gone: Vec<String>,
    receipt: Receipt,
}

impl Step {
    pub(crate) fn of(plan: &Plan<'_>) -> Self {
        Step { files: plan.files(), gone: plan.gone(), receipt: plan.receipt().clone() }
    }

    /// What the receipt notes.
    #[cfg(feature = "cli")]
    pub(crate) fn notes(&self) -> &[String] {
        &self.receipt.notes
    }
}

impl<'w> Session<'w> {
    /// Opens an image file, and locks it when it is to be changed in its place: another edit of it waits until this one
    /// has ended, and then sees its result.
    ///
    /// # Errors
    ///
    /// When it or a document in it cannot be opened or locked, or it cannot be changed in its place.
    pub fn open(address: &Address, stdin: impl Read, open: &Open, destination: Destination<'w>) -> Result<Self, Error> {
        let in_place = match (&address.location, &destination) {
            (_, Destination::InPlace) => true,
            (Location::Path(input), Destination::Path(output)) => is_same(input, output),
            _ => false,
        };
        if !in_place {
            let image = Image::load(open.open(address, stdin)?, &open.limits);
            image.graph.require_read(image.source.label())?;
            let output = output_for(destination, image.source.format());
            return Ok(Session { image, output: RefCell::new(output), earlier: None, _lock: None });
        }
        let InPlace { image, target, lock } = InPlace::open(address, open)?;
        image.graph.require_read(image.source.label())?;
        let output = match target {
            Target::Directory(root) => Output::Directory(root),
            target => Output::Archive { target, compression: image.source.format().compression },
        };
        Ok(Session { image, output: RefCell::new(output), earlier: None, _lock: Some(lock) })
    }

    /// A session that makes a new image file. `image` is what it begins with, `like` the format of an output whose name
    /// says nothing about it.
    ///
    /// # Errors
    ///
    /// When it is to be written in the place of something.
    pub fn fresh(image: Image, like: &FileFormat, destination: Destination<'w>) -> Result<Self, Error> {
        if matches!(destination, Destination::InPlace) {
            let reason = "it is a new image file; write it with `-o`".to_owned();
            return Err(Error::Unfit { path: image.source.label().to_owned(), verb: "change in place", reason });
        }
        let output = output_for(destination, like);
        Ok(Session { image, output: RefCell::new(output), earlier: None, _lock: None })
    }

    /// Puts what a plan makes of the image in its place, in memory. What is written at the end is all together.
    pub(crate) fn go_on(&mut self, step: Step, limits: &Limits) {
        let before = Arc::clone(&self.image.source);
        let source = Source::assembled(before.label(), step.files, limits).with_format(*before.format());
        self.image = Image::load(source, limits);
        self.earlier = Some(match self.earlier.take() {
            None => Earlier { source: before, gone: step.gone.into_iter().collect(), receipt: step.receipt },
            Some(mut earlier) => {
                earlier.gone.extend(step.gone);
                earlier.receipt = earlier.receipt.then(step.receipt);
                earlier
            }
        });
    }

    /// Notes in the receipt which differences were fixed.
    pub(crate) fn note_aligned(&mut self, aligned: Alignment) {
        if let Some(earlier) = &mut self.earlier {
            earlier.receipt.aligned = Some(aligned);
        }
    }

    /// A draft without changes yet.
    ///
    /// # Errors
    ///
    /// As for [`Draft::new`].
    pub fn draft(&self, options: &EditOptions, scope: &Scope) -> Result<Draft<'_>, Error> {
        Draft::new(&self.image, options, scope)
    }

    /// Works out what follows from a draft of this session's image, and writes it. A session writes once.
    ///
    /// # Errors
    ///
    /// Those of [`Draft::plan`] and of writing; and when no document lists images. Then the old file or directory is there
    /// as it was.
    pub fn finish(&self, draft: Draft<'_>) -> Result<Receipt, Error> {
        refuse_rest(&self.image)?;
        let mut plan = draft.plan()?;
        if let Some(earlier) = &self.earlier {
            plan.receipt = earlier.receipt.clone().then(plan.receipt);
        }
        write::write(plan, self.output.replace(Output::Nothing), self.earlier.as_ref())
    }
}

/// What is left of an archive that was truncated in front of its documents, or whose documents are links to nowhere, can
/// be looked at; an edit of it would be no image file.
fn refuse_rest(image: &Image) -> Result<(), Error> {
    let source = &image.source;
    let is_file = |name: &&str| matches!(source.resolve(name), Resolution::File(_));
    if ["index.json", "oci-layout", "manifest.json"].iter().any(is_file) {
        return Ok(());
    }
    let reason = "it has no index.json and no manifest.json, so its images are unknown".to_owned();
    Err(Error::Unfit { path: source.label().to_owned(), verb: "change it", reason })
}

/// Whether two paths are one file or directory.
fn is_same(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

/// What a path means as an output: a directory that is there or a name that ends in a slash, an archive by its
/// extension, else the format of the input.
fn output_for<'w>(destination: Destination<'w>, format: &FileFormat) -> Output<'w> {
    let path = match destination {
        Destination::DryRun | Destination::InPlace => return Output::Nothing,
        Destination::Stream { label, writer, compression } => return Output::Stream { label, writer, compression },
        Destination::Path(path) => path,
    };
    let named = archive_compression(&path);
    match Target::of(&path) {
        Target::Directory(path) => Output::NewDirectory(path),
        _ if path.to_string_lossy().ends_with('/') => Output::NewDirectory(path),
        target if named.is_some() || !format.directory || matches!(target, Target::Stream(_)) => {
            Output::Archive { target, compression: named.unwrap_or(format.compression) }
        }
        target => Output::NewDirectory(target.path().to_owned()),
    }
}
