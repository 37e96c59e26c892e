//! An artifact in a new image file.

use super::manifest::{self, ArtifactOptions};
use crate::edit::names::{annotations_text, note_unaccepted};
use crate::edit::{Draft, EditOptions, Holder, Scope};
use crate::error::Error;
use crate::image::Image;

/// Lists an artifact of files under a name, or without one. `base` is an [empty layout](crate::edit::empty_layout).
///
/// # Errors
///
/// When a file cannot be read, or two have the same title.
pub fn create<'a>(
    base: &'a Image,
    name: Option<&str>,
    wanted: &ArtifactOptions,
    options: &EditOptions,
) -> Result<Draft<'a>, Error> {
    let mut draft = Draft::new(base, options, &Scope::All)?;
    let to = manifest::put(&mut draft, wanted, None, options)?;
    if let Some(name) = name {
        note_unaccepted(&mut draft, name);
    }
    let annotations = name.map(|name| annotations_text(base, name));
    let entry = manifest::entry(&to, &wanted.artifact_type, annotations.as_deref());
    draft.insert(Holder::IndexJson, usize::MAX, &entry);
    Ok(draft)
}
