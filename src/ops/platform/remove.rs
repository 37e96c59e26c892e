//! `platform remove` and `platform keep`

use std::collections::BTreeSet;

use super::super::Image;
use super::super::edit::{Draft, EditOptions, Entry, Holder, List, Scope, Slot};
use crate::error::Error;
use crate::graph::{NodeId, Root, Selector};
use crate::platform::Platform;

/// Removes the images for some platforms, with their attestations.
///
/// # Errors
///
/// When there is no image for one of the platforms, or no image would be left.
pub fn remove<'a>(
    image: &'a Image,
    selector: &Selector,
    platforms: &[Platform],
    options: &EditOptions,
) -> Result<Draft<'a>, Error> {
    let list = List::find(image, selector, "remove a platform")?;
    let mut going: Vec<Entry<'a>> = Vec::new();
    for platform in platforms {
        going.extend(list.for_platform(platform)?);
    }
    without(image, &list, &going, options)
}

/// Removes the images for all platforms but some, with their attestations.
///
/// # Errors
///
/// When there is no image for one of the platforms.
pub fn keep<'a>(
    image: &'a Image,
    selector: &Selector,
    platforms: &[Platform],
    options: &EditOptions,
) -> Result<Draft<'a>, Error> {
    let list = List::find(image, selector, "keep platforms")?;
    let mut staying: BTreeSet<Slot> = BTreeSet::new();
    for platform in platforms {
        staying.extend(list.for_platform(platform)?.iter().map(|entry| entry.slot));
    }
    let images = list.images().into_iter().map(|(entry, _)| entry);
    let going: Vec<Entry<'a>> = images.filter(|entry| !staying.contains(&entry.slot)).collect();
    without(image, &list, &going, options)
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
    let images = list.images();
    let any_present = images.iter().any(|(entry, _)| is_present(entry));
    let stays = |entry: &Entry<'_>| !is_going(entry) && (is_present(entry) || !any_present);
    if !going.is_empty() && !images.iter().any(|(entry, _)| stays(entry)) {
        let reason = "no image would be left; to have none, delete the file".to_owned();
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
        draft.remove(Slot { holder: Holder::Top, number: root.number });
    }
}
