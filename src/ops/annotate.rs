//! `annotate`: annotations of descriptors, indexes and manifests.

use std::collections::BTreeSet;

use crate::edit::{Draft, EditOptions, Holder, List, ListKind, Slot, slots_of};
use crate::error::Error;
use crate::graph::{Kind, NodeId, Selector};
use crate::image::Image;
use crate::json::edit::quoted;
use crate::json::{Edit, Value};

/// What gets the annotations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// The descriptor that references what is selected: the digest of the manifest stays.
    Descriptor,
    /// The index.
    Index,
    /// The manifest.
    Manifest,
}

/// What is to be changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AnnotateOptions {
    /// What gets them; by default the index or manifest that is selected.
    pub on: Option<On>,
    /// Keys and values that are to be there.
    pub set: Vec<(String, String)>,
    /// Keys that are to go; those that are not there are no matter.
    pub remove: Vec<String>,
}

/// Sets and removes annotations.
///
/// # Errors
///
/// When the selector fits nothing or several images, or there is no index to annotate.
pub fn annotate<'a>(
    image: &'a Image,
    selector: &Selector,
    wanted: &AnnotateOptions,
    options: &EditOptions,
) -> Result<Draft<'a>, Error> {
    let list = List::find(image, selector, "annotate")?;
    let mut draft = Draft::new(image, options, &list.scope)?;
    let entries = match &selector.platform {
        Some(platform) => Some(list.for_platform(platform)?),
        None => None,
    };
    let unfit = |reason: &str| Error::Unfit {
        path: image.source.label().to_owned(),
        verb: "annotate",
        reason: reason.to_owned(),
    };
    match (wanted.on, &entries) {
        (Some(On::Descriptor), Some(entries)) => {
            at_slots(&mut draft, entries.iter().map(|entry| entry.slot), wanted)?;
        }
        (Some(On::Descriptor), None) => {
            let slots: Vec<Slot> = match list.kind {
                ListKind::Nested(id) => within(image, &list, id),
                ListKind::Single(_) | ListKind::Flat => list.entries.iter().map(|entry| entry.slot).collect(),
            };
            at_slots(&mut draft, slots, wanted)?;
        }
        (Some(On::Index), _) => match list.kind {
            ListKind::Nested(id) => in_document(&mut draft, Holder::Node(id), wanted)?,
            ListKind::Flat => in_document(&mut draft, Holder::IndexJson, wanted)?,
            ListKind::Single(_) => {
                return Err(unfit("the file has no index, only a manifest; annotate it with `--on manifest`"));
            }
        },
        (Some(On::Manifest) | None, Some(entries)) => {
            // An image with two names is listed twice.
            let nodes: BTreeSet<NodeId> = entries.iter().filter_map(|entry| entry.node).collect();
            for node in nodes {
                in_document(&mut draft, Holder::Node(node), wanted)?;
            }
        }
        (None, None) => match list.kind {
            ListKind::Nested(id) | ListKind::Single(id) => in_document(&mut draft, Holder::Node(id), wanted)?,
            ListKind::Flat => {
                return Err(unfit("the file has several images; select one with `--platform`, or use `--on index`"));
            }
        },
        (Some(On::Manifest), None) => {
            let manifests = manifests(&list);
            let [one] = manifests.as_slice() else { return Err(list.ambiguous()) };
            in_document(&mut draft, Holder::Node(*one), wanted)?;
        }
    }
    Ok(draft)
}

/// The entries within the scope that reference an index.
fn within(image: &Image, list: &List<'_>, id: NodeId) -> Vec<Slot> {
    let chosen = |slot: &Slot| match (&list.scope, slot.holder) {
        (crate::edit::Scope::Roots(roots), Holder::IndexJson) => {
            roots.iter().any(|&at| image.graph.roots[at].number == slot.number)
        }
        _ => true,
    };
    slots_of(&image.graph, id).into_iter().filter(chosen).collect()
}

fn manifests(list: &List<'_>) -> Vec<NodeId> {
    if let ListKind::Single(id) = list.kind {
        return vec![id];
    }
    let images = list.entries.iter().filter(|entry| entry.kind == Kind::Image);
    let nodes: BTreeSet<NodeId> = images.filter_map(|entry| entry.node).collect();
    nodes.into_iter().collect()
}

fn at_slots(
    draft: &mut Draft<'_>,
    slots: impl IntoIterator<Item = Slot>,
    wanted: &AnnotateOptions,
) -> Result<(), Error> {
    let mut stored = draft.stored();
    for slot in slots {
        for edit in edits(stored.entry(slot)?, &slot.pointer(), wanted) {
            draft.edit(slot.holder, edit);
        }
    }
    Ok(())
}

fn in_document(draft: &mut Draft<'_>, holder: Holder, wanted: &AnnotateOptions) -> Result<(), Error> {
    let text = draft.text(holder)?;
    for edit in edits(text.trim_start_matches('\u{feff}'), "", wanted) {
        draft.edit(holder, edit);
    }
    Ok(())
}

/// The splices for one object, which stands at `pointer` and has this text.
pub(crate) fn edits(text: &str, pointer: &str, wanted: &AnnotateOptions) -> Vec<Edit> {
    let members = Value::parse(text).ok().and_then(|value| value.get("annotations")?.members());
    let Some(members) = members else {
        let set: Vec<String> =
            wanted.set.iter().map(|(key, value)| format!("{}:{}", quoted(key), quoted(value))).collect();
        let value = format!("{{{}}}", set.join(","));
        let edit = Edit::Set { object: pointer.to_owned(), key: "annotations".to_owned(), value };
        return if set.is_empty() { Vec::new() } else { vec![edit] };
    };
    let is_removed = |key: &str| wanted.remove.iter().any(|own| own == key);
    if wanted.set.is_empty() && !members.is_empty() && members.iter().all(|member| is_removed(&member.key)) {
        return vec![Edit::Remove { pointer: format!("{pointer}/annotations") }];
    }
    let object = format!("{pointer}/annotations");
    let removed = members.iter().filter(|member| is_removed(&member.key));
    let removed =
        removed.map(|member| Edit::Remove { pointer: format!("{object}{}", crate::json::pointer_token(&member.key)) });
    let mut edits: Vec<Edit> = removed.collect();
    let set = wanted.set.iter().filter(|(key, _)| !is_removed(key));
    edits.extend(set.map(|(key, value)| Edit::Set { object: object.clone(), key: key.clone(), value: quoted(value) }));
    edits
}
