//! Making an index of a lone manifest.

use crate::edit::incoming::listed_descriptor;
use crate::edit::{Draft, List, ListKind, Referent, Slot, index_of};
use crate::error::Error;
use crate::json::{Edit, Value};

/// A lone manifest, unless it leaves, and what is added to it become an index, which takes the manifest's place under all
/// its names. `more` are descriptors as JSON text: images, then attestations. Any other list stays as it is.
///
/// # Errors
///
/// When the manifest has no platform, or `index.json` cannot be read.
pub(crate) fn wrap(draft: &mut Draft<'_>, list: &List<'_>, leaves: bool, more: &[String]) -> Result<(), Error> {
    let image = draft.image();
    let ListKind::Single(lone) = list.kind else { return Ok(()) };
    let mut descriptors = Vec::new();
    if let Some(entry) = list.entries.first().filter(|_| !leaves) {
        descriptors.push(listed_descriptor(image, &mut draft.stored(), entry.slot, lone)?.0);
    }
    descriptors.extend_from_slice(more);
    let (media_type, text) = index_of(&descriptors).map_err(|fault| Error::Document {
        path: image.source.label().to_owned(),
        document: "the new index".to_owned(),
        fault: fault.to_string(),
    })?;
    let size = text.len() as u64;
    let digest = draft.add_bytes(text.into_bytes());
    let slots: Vec<Slot> = list.entries.iter().map(|entry| entry.slot).collect();
    let mut stored = draft.stored();
    for slot in slots {
        let own = stored.entry(slot)?;
        draft.retarget(slot, Referent { media_type: media_type.clone(), digest: digest.clone(), size });
        // An index has no platform of its own.
        if Value::parse(own).is_ok_and(|value| value.get("platform").is_some()) {
            draft.edit(slot.holder, Edit::Remove { pointer: format!("{}/platform", slot.pointer()) });
        }
    }
    Ok(())
}
