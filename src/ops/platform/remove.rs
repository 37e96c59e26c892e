//! `platform remove` and `platform keep`

use super::super::Image;
use super::super::edit::{Draft, EditOptions, Entry, Holder, List, Scope, Slot};
use crate::error::Error;
use crate::graph::Selector;
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
    let mut staying: Vec<Slot> = Vec::new();
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
    let is_going = |entry: &Entry<'_>| going.iter().any(|own| own.slot == entry.slot);
    // Of an image file that is sparse, one image that is there has to be left.
    let is_present = |entry: &Entry<'_>| entry.node.is_some_and(|id| image.graph.node(id).is_present());
    let images = list.images();
    let any_present = images.iter().any(|(entry, _)| is_present(entry));
    let stays = |entry: &Entry<'_>| !is_going(entry) && (is_present(entry) || !any_present);
    if !going.is_empty() && !images.iter().any(|(entry, _)| stays(entry)) {
        let reason = "no image would be left".to_owned();
        return Err(Error::Unfit { path: image.source.label().to_owned(), verb: "remove a platform", reason });
    }
    for entry in going {
        remove_entry(&mut draft, list, entry);
    }
    Ok(draft)
}

/// Removes an entry; with it those that list the same manifest in `index.json` beside its index, without a name.
pub(super) fn remove_entry(draft: &mut Draft<'_>, list: &List<'_>, entry: &Entry<'_>) {
    draft.remove(entry.slot);
    if list.scope == Scope::All && entry.node.is_some() {
        let roots = &draft.graph().roots;
        let beside = roots.iter().filter(|root| root.node == entry.node && root.name().is_none());
        let numbers: Vec<u32> = beside.map(|root| root.number).collect();
        for number in numbers {
            draft.remove(Slot { holder: Holder::Top, number });
        }
    }
}
