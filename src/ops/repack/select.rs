//! What was asked for of a layout: entries of `index.json` by name or digest, and platforms within indexes.
//!
//! What is left out leaves its list by a splice, so indexes get other digests; what refers to it goes along.

use std::collections::BTreeSet;

use super::left::LeftRow;
use super::parcel::Parcel;
use crate::doc::Descriptor;
use crate::edit::{ChangedRow, Draft, EditOptions, Entry, Holder, Plan, Scope, Slot, entries_of, slots_of};
use crate::error::Error;
use crate::graph::{Graph, Kind, NodeId, Selectable, Selector};
use crate::image::Image;
use crate::platform::Platform;

/// A layout of what was asked for, and what became of the rest.
#[derive(Debug)]
pub(super) struct Selected {
    pub(super) parcel: Parcel,
    pub(super) changed: Vec<ChangedRow>,
    pub(super) left: Vec<LeftRow>,
}

impl Selected {
    pub(super) fn of(plan: &Plan<'_>, label: &str) -> Self {
        let receipt = plan.receipt();
        let left = receipt.removed.iter().map(|row| LeftRow {
            kind: row.kind,
            digest: row.digest.clone(),
            platform: row.platform.clone(),
            reason: "not selected",
        });
        let parcel = Parcel { label: label.to_owned(), files: plan.files() };
        Selected { parcel, changed: receipt.changed.clone(), left: left.collect() }
    }
}

/// Takes what a selector and some platforms fit; an image for any of the platforms is taken.
pub(super) fn select(
    image: &Image,
    selector: &Selector,
    platforms: &[Platform],
    options: &EditOptions,
) -> Result<Selected, Error> {
    let mut draft = Draft::new(image, options, &Scope::All)?;
    let kept = roots(&mut draft, selector)?;
    if !platforms.is_empty() {
        let wanted = ChosenImages::new(&image.graph, image.source.label(), &kept, platforms)?;
        wanted.keep(&mut draft, &kept);
    }
    Ok(Selected::of(&draft.plan()?, image.source.label()))
}

/// Leaves out the entries of `index.json` that were not asked for, and says what stays.
fn roots(draft: &mut Draft<'_>, selector: &Selector) -> Result<Vec<NodeId>, Error> {
    let graph = draft.graph();
    let selector = Selector { platform: None, ..selector.clone() };
    if selector.is_all() {
        return Ok(graph.roots.iter().filter_map(|root| root.node).collect());
    }
    let chosen = graph.select(draft.image().source.label(), &selector)?;
    let mut places = BTreeSet::new();
    let mut nodes = Vec::new();
    for top in chosen {
        match top {
            Selectable::Root(at) => {
                places.insert(at);
                nodes.extend(graph.roots[at].node);
            }
            Selectable::Node(id) => {
                nodes.push(id);
                lift(draft, id)?;
            }
            Selectable::Docker(_) => {}
        }
    }
    for (at, root) in graph.roots.iter().enumerate() {
        // Those that refer to others go with what they refer to.
        if !places.contains(&at) && !graph.is_about_another(root) {
            draft.remove(Slot { holder: Holder::IndexJson, number: root.number });
        }
    }
    Ok(nodes)
}

/// Lists a manifest of an index in `index.json` itself, and beside it what refers to it.
fn lift(draft: &mut Draft<'_>, id: NodeId) -> Result<(), Error> {
    let graph = draft.graph();
    let mut lifted = vec![id];
    lifted.extend(graph.referrers_of(id));
    let mut stored = draft.stored();
    for id in lifted {
        let slots = slots_of(graph, id);
        let is_listed = slots.iter().any(|slot| slot.holder == Holder::IndexJson);
        if let Some(slot) = slots.first().filter(|_| !is_listed) {
            draft.insert(Holder::IndexJson, usize::MAX, stored.entry(*slot)?);
        }
    }
    Ok(())
}

/// The images that some platforms mean, by the place where they are listed.
struct ChosenImages<'g> {
    graph: &'g Graph,
    slots: BTreeSet<Slot>,
}

impl<'g> ChosenImages<'g> {
    fn new(graph: &'g Graph, path: &str, kept: &[NodeId], platforms: &[Platform]) -> Result<Self, Error> {
        let mut images: Vec<(Slot, Platform)> = Vec::new();
        let entries: Vec<Entry<'_>> = top(graph, kept).into_iter().chain(nested(graph, kept)).collect();
        for entry in &entries {
            if let Some(platform) = platform_of(graph, entry) {
                images.push((entry.slot, platform));
            }
        }
        let mut slots = BTreeSet::new();
        for wanted in platforms {
            let is_exact = |own: &Platform| own.normalized() == wanted.normalized();
            // Where some are for exactly this platform, those that would do as well are not meant.
            let exact: Vec<Slot> = images.iter().filter(|(_, own)| is_exact(own)).map(|(slot, _)| *slot).collect();
            let found: Vec<Slot> = if exact.is_empty() {
                images.iter().filter(|(_, own)| own.satisfies(wanted)).map(|(slot, _)| *slot).collect()
            } else {
                exact
            };
            if found.is_empty() {
                let available = images.iter().map(|(_, own)| own);
                let available = available.filter(|own| own.is_written()).map(|own| own.to_string()).collect();
                let (wanted, written) = (format!("platform {wanted}"), wanted.to_string());
                return Err(Error::no_such_image(path, wanted, &written, available));
            }
            let is_present = |slot: &Slot| {
                let held = entries.iter().filter(|entry| entry.slot == *slot).find_map(|entry| entry.node);
                held.is_some_and(|id| graph.node(id).is_present())
            };
            if !found.iter().any(is_present) {
                let digest = format!("the image for {wanted}");
                return Err(Error::Absent { path: path.to_owned(), digest });
            }
            slots.extend(found);
        }
        Ok(ChosenImages { graph, slots })
    }

    /// Leaves out images for other platforms, and indexes in which none stays.
    fn keep(&self, draft: &mut Draft<'_>, kept: &[NodeId]) {
        let mut removed = BTreeSet::new();
        let all: Vec<Entry<'_>> = top(self.graph, kept).into_iter().chain(nested(self.graph, kept)).collect();
        for entry in &all {
            let is_image = entry.kind == Kind::Image && !self.slots.contains(&entry.slot);
            if is_image || entry.node.is_some_and(|id| self.is_emptied(id)) {
                removed.insert(entry.slot);
            }
        }
        for slot in removed {
            draft.remove(slot);
        }
    }

    fn is_emptied(&self, id: NodeId) -> bool {
        if self.graph.node(id).kind != Kind::Index {
            return false;
        }
        let below = nested(self.graph, &[id]);
        let mut images = below.iter().filter(|entry| entry.kind == Kind::Image).peekable();
        images.peek().is_some() && images.all(|entry| !self.slots.contains(&entry.slot))
    }
}

fn top<'g>(graph: &'g Graph, kept: &[NodeId]) -> Vec<Entry<'g>> {
    let mut entries = entries_of(graph, Holder::IndexJson);
    entries.retain(|entry| entry.node.is_some_and(|id| kept.contains(&id)));
    entries
}

/// The entries of all indexes below some nodes.
fn nested<'g>(graph: &'g Graph, from: &[NodeId]) -> Vec<Entry<'g>> {
    let mut seen = BTreeSet::new();
    let mut open = from.to_vec();
    let mut entries = Vec::new();
    while let Some(id) = open.pop() {
        if graph.node(id).kind != Kind::Index || !seen.insert(id) {
            continue;
        }
        let own = entries_of(graph, Holder::Node(id));
        open.extend(own.iter().filter_map(|entry| entry.node));
        entries.extend(own);
    }
    entries
}

/// The platform of an image: what its descriptor says, else its config.
fn platform_of(graph: &Graph, entry: &Entry<'_>) -> Option<Platform> {
    let by_descriptor = Descriptor::real_platform(entry.descriptor).cloned();
    let by_config = || entry.node.and_then(|id| graph.platform_of(id));
    (entry.kind == Kind::Image).then(|| by_descriptor.or_else(by_config)).flatten()
}
