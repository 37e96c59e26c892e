//! A layer that comes into images: read once, and compared with the files below it in each of them.

use std::path::PathBuf;

use super::below::{Below, Parents};
use super::input::LayerInput;
use super::refusal::refused;
use super::tree::{LayerTree, TreeEntry};
use super::{blob, tar_input};
use crate::codec::Compression;
use crate::edit::chosen::ChosenImage;
use crate::edit::{Draft, EditOptions};
use crate::error::Error;
use crate::image::Image;
use crate::parallel;
use crate::rootfs::{Rootfs, RootfsOptions};
use crate::sink::{LayerBlob, LayerForm, Level, Spool};
use crate::tar_index::EntryKind;

/// How a new layer is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLayerOptions {
    /// Its compression; by default that of the layer that it replaces or of the layers of the image, and gzip where it has
    /// none.
    pub compression: Option<Compression>,
    /// How hard that tries.
    pub level: Level,
    /// `created_by` of its entry in the history; by default the command with the destinations.
    pub created_by: Option<String>,
    /// Where temporary files are created; None for the system's folder.
    pub folder: Option<PathBuf>,
    /// Threads; 0 for one on each core.
    pub jobs: usize,
}

impl Default for NewLayerOptions {
    fn default() -> Self {
        NewLayerOptions { compression: None, level: Level::DEFAULT, created_by: None, folder: None, jobs: 0 }
    }
}

/// A layer, as far as it does not depend on the image.
pub(super) struct Incoming {
    content: Content,
    form: LayerForm,
    spool: Spool,
    jobs: usize,
}

enum Content {
    Stored {
        label: String,
        stored: tar_input::Stored,
    },
    Tree {
        tree: LayerTree,
        /// Directories that neither the layer nor the image describes.
        missing: TreeEntry,
        /// Which of what is hidden some image has.
        hidden: Vec<bool>,
        /// Blobs with the parent directories that they have: images may differ in these.
        written: Vec<(Parents, LayerBlob)>,
    },
}

impl Incoming {
    /// Reads an archive, or lists files on disk.
    pub(super) fn read(
        input: LayerInput<'_>,
        compression: Compression,
        wanted: &NewLayerOptions,
        options: &EditOptions,
    ) -> Result<Self, Error> {
        let threads = parallel::threads(wanted.jobs);
        let form = LayerForm { threads, ..LayerForm::new(wanted.compression.unwrap_or(compression), wanted.level) };
        let mut spool = Spool::new(wanted.folder.as_deref())?;
        let content = match input {
            LayerInput::Tar { label, reader } => {
                let stored = tar_input::store(&label, reader, form, &mut spool, &options.limits, &options.meter)?;
                Content::Stored { label, stored }
            }
            LayerInput::Files(files) => {
                let tree = files.tree(&options.limits)?;
                let hidden = vec![false; tree.hidden.len()];
                let (owner, time) = (files.attributes.default_owner(), files.attributes.time());
                let missing = TreeEntry::new(EntryKind::Directory, 0o755, owner, time);
                Content::Tree { tree, missing, hidden, written: Vec::new() }
            }
        };
        Ok(Incoming { content, form, spool, jobs: wanted.jobs })
    }

    /// The layer for a place in an image, counted from 0.
    ///
    /// # Errors
    ///
    /// When readers would do different things with it there, and when a layer below is damaged.
    pub(super) fn blob(
        &mut self,
        image: &Image,
        own: &ChosenImage,
        at: usize,
        options: &EditOptions,
        draft: &mut Draft<'_>,
    ) -> Result<LayerBlob, Error> {
        let rootfs = lower(image, own, at, self.jobs, options)?;
        let mut below = Below::new(&rootfs);
        match &mut self.content {
            Content::Stored { label, stored } => {
                for (name, kind) in &stored.entries {
                    below.check(name, *kind == EntryKind::Directory).map_err(|error| within(label, error))?;
                }
                for note in below.undescribed(&stored.entries) {
                    draft.note(format!("{label}: {note}"));
                }
                Ok(stored.blob.clone())
            }
            Content::Tree { tree, missing, hidden, written } => {
                for (name, entry) in tree.entries.values() {
                    below.check(name, entry.kind == EntryKind::Directory)?;
                }
                for (found, name) in hidden.iter_mut().zip(&tree.hidden) {
                    *found |= below.has(name);
                }
                for note in below.changed(tree) {
                    draft.note(note);
                }
                let parents = below.parents(tree, missing);
                if let Some((_, blob)) = written.iter().find(|(own, _)| *own == parents) {
                    return Ok(blob.clone());
                }
                let blob = blob::write(&tree.entries, &parents, self.form, &mut self.spool, &options.meter)?;
                written.push((parents, blob.clone()));
                Ok(blob)
            }
        }
    }

    /// Refuses to hide what is in no image, and tells what was left out.
    pub(super) fn end(self, draft: &mut Draft<'_>) -> Result<(), Error> {
        let Content::Tree { tree, hidden, .. } = self.content else { return Ok(()) };
        if let Some((name, _)) = tree.hidden.iter().zip(hidden).find(|(_, found)| !found) {
            return Err(refused(name, "no lower layer has it, so there is nothing to remove"));
        }
        tree.notes.into_iter().for_each(|note| draft.note(note));
        Ok(())
    }
}

/// The error of an entry, with the archive that has it.
fn within(label: &str, error: Error) -> Error {
    match error {
        Error::Unfit { path, verb, reason } => Error::Unfit { path: format!("{label}: {path}"), verb, reason },
        other => other,
    }
}

/// The files below the place of a new layer.
fn lower(image: &Image, own: &ChosenImage, at: usize, jobs: usize, options: &EditOptions) -> Result<Rootfs, Error> {
    let mut chosen = own.rootfs(image)?;
    chosen.layers.truncate(at);
    let (limits, meter) = (options.limits.clone(), options.meter.clone());
    let options = RootfsOptions { hash_files: false, sound: true, jobs, limits, meter };
    Rootfs::load(image, &chosen, &options)
}
