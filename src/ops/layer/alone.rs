//! A layer with nothing below it.

use super::incoming::NewLayerOptions;
use super::input::LayerInput;
use super::tree::TreeEntry;
use super::{blob, tar_input};
use crate::codec::Compression;
use crate::edit::EditOptions;
use crate::error::Error;
use crate::parallel;
use crate::sink::{LayerBlob, LayerForm, Spool};
use crate::tar_index::EntryKind;

/// Writes the only layer of an image, and says what was left out of it.
///
/// # Errors
///
/// When readers would do different things with the layer, and those of reading and writing.
pub(crate) fn alone(
    input: LayerInput<'_>,
    wanted: &NewLayerOptions,
    options: &EditOptions,
) -> Result<(LayerBlob, Vec<String>), Error> {
    let threads = parallel::threads(wanted.jobs);
    let compression = wanted.compression.unwrap_or(Compression::Gzip);
    let form = LayerForm { threads, ..LayerForm::new(compression, wanted.level) };
    let mut spool = Spool::new(wanted.folder.as_deref())?;
    let files = match input {
        LayerInput::Tar { label, reader } => {
            let stored = tar_input::store(&label, reader, form, &mut spool, &options.limits, &options.meter)?;
            return Ok((stored.blob, Vec::new()));
        }
        LayerInput::Files(files) => files,
    };
    let tree = files.tree(&options.limits)?;
    let missing =
        TreeEntry::new(EntryKind::Directory, 0o755, files.attributes.default_owner(), files.attributes.time());
    let parents = tree.parents().into_iter().map(|name| {
        let entry = tree.defaults.get(&name).unwrap_or(&missing).clone();
        (name, entry)
    });
    let blob = blob::write(&tree.entries, &parents.collect::<Vec<_>>(), form, &mut spool, &options.meter)?;
    Ok((blob, tree.notes))
}
