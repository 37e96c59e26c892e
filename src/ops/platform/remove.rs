//! `platform remove` and `platform keep`

use std::collections::BTreeSet;

use super::choice::{self, Choice};
use crate::digest::Digest;
use crate::edit::{Draft, EditOptions, Entry, Holder, List, Scope, Slot};
use crate::error::Error;
use crate::graph::{Kind, NodeId, Root, Selector};
use crate::image::Image;

/// Removes the images for some platforms or with some digests, with their attestations.
///
/// # Errors
///
/// When there is no such image, or no image would be left.
pub fn remove<'a>(
    image: &'a Image,
    selector: &Selector,
    choices: &[Choice],
    options: &EditOptions,
) -> Result<Draft<'a>, Error> {
    let list = choice::list(image, selector, choices, "remove a platform")?;
    let mut going: Vec<Entry<'a>> = Vec::new();
    for choice in choices {
        going.extend(runnable(image, choice, &list)?);
    }
    without(image, &list, &going, options)
}

/// Removes all images but those for some platforms or with some digests, with their attestations.
///
/// # Errors
///
/// When there is no such image.
pub fn keep<'a>(
    image: &'a Image,
    selector: &Selector,
    choices: &[Choice],
    options: &EditOptions,
) -> Result<Draft<'a>, Error> {
    let list = choice::list(image, selector, choices, "keep platforms")?;
    let mut staying: BTreeSet<Slot> = BTreeSet::new();
    for choice in choices {
        staying.extend(runnable(image, choice, &list)?.iter().map(|entry| entry.slot));
    }
    // An index in the list may hold images of every platform; a digest says that it is another.
    let by_digest = choices.iter().all(|choice| matches!(choice, Choice::Digest(_)));
    let is_other = |entry: &&Entry<'a>| entry.kind == Kind::Image || by_digest && entry.kind == Kind::Index;
    let others = list.entries.iter().filter(is_other);
    let going: Vec<Entry<'a>> = others.filter(|entry| !staying.contains(&entry.slot)).copied().collect();
    without(image, &list, &going, options)
}

/// The images and indexes that a choice means.
fn runnable<'a>(image: &Image, choice: &Choice, list: &List<'a>) -> Result<Vec<Entry<'a>>, Error> {
    let found = choice.among(image, list)?;
    match found.iter().find(|entry| !choice::is_runnable(entry)) {
        None => Ok(found),
        Some(other) => {
            let reason =
                format!("{} is not an image", other.descriptor.digest.ok().map_or("the entry", Digest::as_str));
            Err(Error::Unfit { path: image.source.label().to_owned(), verb: "select an image", reason })
        }
    }
}

fn without<'a>(
    image: &'a Image,
    list: &List<'a>,
    going: &[Entry<'a>],
    options: &EditOptions,
) -> Result<Draft<'a>, Error> {
    let mut draft = Draft::new(image, options, &list.scope)?;
    let slots: BTreeSet<Slot> = going.iter().map(|entry| entry.slot).collect();
    let is_going = |entry: &Entry<'_>| slots.contains(&entry.slot);
    // Of an image file that is sparse, one image that is there has to be left.
    let is_present = |entry: &Entry<'_>| entry.node.is_some_and(|id| image.graph.node(id).is_present());
    let images: Vec<&Entry<'_>> = list.entries.iter().filter(|entry| choice::is_runnable(entry)).collect();
    let any_present = images.iter().any(|entry| is_present(entry));
    let stays = |entry: &Entry<'_>| !is_going(entry) && (is_present(entry) || !any_present);
    if !going.is_empty() && !images.iter().any(|entry| stays(entry)) {
        let reason = "no image would remain; to remove all images, delete the file".to_owned();
        return Err(Error::Unfit { path: image.source.label().to_owned(), verb: "remove a platform", reason });
    }
    remove_entries(&mut draft, list, going);
    Ok(draft)
}

/// Removes entries; with them those that list the same manifests in `index.json` beside their index, without a name.
pub(super) fn remove_entries(draft: &mut Draft<'_>, list: &List<'_>, going: &[Entry<'_>]) {
    for entry in going {
        draft.remove(entry.slot);
    }
    if list.scope != Scope::All {
        return;
    }
    let nodes: BTreeSet<NodeId> = going.iter().filter_map(|entry| entry.node).collect();
    let is_beside = |root: &&Root| root.name().is_none() && root.node.is_some_and(|id| nodes.contains(&id));
    for root in draft.graph().roots.iter().filter(is_beside) {
        draft.remove(Slot { holder: Holder::IndexJson, number: root.number });
    }
}
