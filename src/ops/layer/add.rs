//! `layer add`

use std::path::PathBuf;

use super::below::{Below, Parents};
use super::input::LayerInput;
use super::refusal::refused;
use super::tree::{LayerTree, TreeEntry};
use super::{blob, tar_input};
use crate::codec::Compression;
use crate::command::CommandLine;
use crate::edit::chosen::{ChosenImage, choose};
use crate::edit::history::HistoryEntry;
use crate::edit::restack::{HistoryChange, NewLayer, NextLayer, restack};
use crate::edit::{Draft, EditOptions};
use crate::error::Error;
use crate::graph::Selector;
use crate::image::Image;
use crate::parallel;
use crate::rootfs::{Rootfs, RootfsOptions};
use crate::sink::{LayerBlob, LayerForm, Level, Spool};
use crate::tar_index::EntryKind;

const VERB: &str = "add a layer";

/// How a layer is added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddOptions {
    /// The number that it gets, counted from 1, the bottom; by default it is on top.
    pub at: Option<usize>,
    /// Its compression; by default that of the layers of the image, and gzip where it has none.
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

impl Default for AddOptions {
    fn default() -> Self {
        AddOptions { at: None, compression: None, level: Level::DEFAULT, created_by: None, folder: None, jobs: 0 }
    }
}

/// Adds a layer to the images that a selector means.
///
/// # Errors
///
/// When readers would do different things with the layer, when a lower layer is damaged, and as for every change of an
/// image.
pub fn add<'a>(
    image: &'a Image,
    selector: &Selector,
    input: LayerInput<'_>,
    wanted: &AddOptions,
    options: &EditOptions,
) -> Result<Draft<'a>, Error> {
    let (mut draft, images) = choose(image, selector, options, VERB)?;
    let compression = match (wanted.compression, images.first()) {
        (Some(compression), _) => compression,
        (None, Some(own)) => usual_compression(image, own)?,
        (None, None) => Compression::Gzip,
    };
    let threads = parallel::threads(wanted.jobs);
    let form = LayerForm { threads, ..LayerForm::new(compression, wanted.level) };
    let mut spool = Spool::new(wanted.folder.as_deref())?;
    let created_by = wanted.created_by.clone().unwrap_or_else(|| created_by(&input));
    let mut source = match input {
        LayerInput::Tar { label, reader } => {
            let stored = tar_input::store(&label, reader, form, &mut spool, &options.limits, &options.meter)?;
            Source::Stored { label, stored }
        }
        LayerInput::Files(files) => {
            let tree = files.tree(&options.limits)?;
            let hidden = vec![false; tree.hidden.len()];
            let missing =
                TreeEntry::new(EntryKind::Directory, 0o755, files.attributes.default_owner(), files.attributes.time());
            Source::Tree { tree, missing, hidden, written: Vec::new() }
        }
    };
    for own in &images {
        let layers = own.layers.len();
        let at = wanted.at.map_or(layers, |at| at.wrapping_sub(1));
        if at > layers {
            let reason = format!("the image has {layers} layers, so the new one can be number 1 to {}", layers + 1);
            return Err(Error::Unfit { path: image.source.label().to_owned(), verb: VERB, reason });
        }
        let rootfs = lower(image, own, at, wanted.jobs, options)?;
        let blob = source.blob(&rootfs, form, &mut spool, options, &mut draft)?;
        let history = HistoryEntry { created_by: created_by.clone(), created: None, comment: None, empty_layer: false };
        let mut stack: Vec<NextLayer> = (0..layers).map(NextLayer::Kept).collect();
        stack.insert(at, NextLayer::New(NewLayer::of(blob, history)));
        restack(&mut draft, own, &stack, &HistoryChange::Follow)?;
    }
    source.end(&mut draft)?;
    Ok(draft)
}

/// The layer, as far as it does not depend on the image.
enum Source {
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

impl Source {
    /// The layer for an image with these files below it.
    fn blob(
        &mut self,
        rootfs: &Rootfs,
        form: LayerForm,
        spool: &mut Spool,
        options: &EditOptions,
        draft: &mut Draft<'_>,
    ) -> Result<LayerBlob, Error> {
        let mut below = Below::new(rootfs);
        match self {
            Source::Stored { label, stored } => {
                for (name, kind) in &stored.entries {
                    below.check(name, *kind == EntryKind::Directory).map_err(|error| within(label, error))?;
                }
                Ok(stored.blob.clone())
            }
            Source::Tree { tree, missing, hidden, written } => {
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
                let blob = blob::write(&tree.entries, &parents, form, spool, &options.meter)?;
                written.push((parents, blob.clone()));
                Ok(blob)
            }
        }
    }

    /// Refuses to hide what is in no image, and tells what was left out.
    fn end(self, draft: &mut Draft<'_>) -> Result<(), Error> {
        let Source::Tree { tree, hidden, .. } = self else { return Ok(()) };
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

/// How the topmost layer that is in the file is compressed. Without one, not at all in a docker archive, and else gzip.
pub(crate) fn usual_compression(image: &Image, own: &ChosenImage) -> Result<Compression, Error> {
    let detect = |id| image.content(id).and_then(|mut content| Compression::of(&mut content));
    let present = own.layers.iter().rev().flatten().find(|id| image.graph.node(**id).is_present());
    let found = match present {
        Some(&id) => {
            let path = || format!("{}: {}", image.source.label(), image.graph.node(id).key.as_str());
            detect(id).map_err(|source| Error::Read { path: path(), source })?
        }
        None if own.manifests.is_empty() => Compression::None,
        None => Compression::Gzip,
    };
    Ok(if matches!(found, Compression::None | Compression::Zstd) { found } else { Compression::Gzip })
}

/// The command, with the destinations of files.
fn created_by(input: &LayerInput<'_>) -> String {
    let command = CommandLine::ocikit("layer").word("add");
    let with_files = match input {
        LayerInput::Tar { .. } => None,
        LayerInput::Files(files) => {
            files.destinations().iter().fold(command.clone(), |command, name| command.word(name)).line()
        }
    };
    with_files.or_else(|| command.line()).unwrap_or_default()
}
