//! The attestations that a command means: every place where one is listed, and those that nothing lists.

use std::collections::BTreeSet;

use super::find::Meant;
use crate::digest::Digest;
use crate::edit::{Holder, Scope, Slot, entries_of};
use crate::error::Error;
use crate::graph::{AttestationStyle, Graph, Kind, NodeId, Selectable, Selector};
use crate::image::Image;

/// One place where an attestation manifest is listed. One manifest may be listed several times: about images whose
/// statements name no subject, BuildKit writes the same manifest for each platform.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// The entry; None for a referrer that no list names.
    pub(super) slot: Option<Slot>,
    pub(super) node: NodeId,
    pub(super) style: AttestationStyle,
    /// The manifest that it refers to, as far as it says so.
    pub(super) subject: Option<Digest>,
}

/// The attestations that an edit is about.
#[derive(Debug)]
pub(super) struct Chosen {
    /// The scope of the edit.
    pub(super) scope: Scope,
    pub(super) places: Vec<Place>,
    /// Which of their statements.
    pub(super) meant: Meant,
}

/// The attestations that a selector means.
///
/// # Errors
///
/// When the selector fits nothing.
pub(super) fn chosen(image: &Image, selector: &Selector) -> Result<Chosen, Error> {
    let graph = &image.graph;
    let meant = Meant::of(image, selector)?;
    let is_meant = |place: &Place| meant.has(graph, place.node, place.subject.as_ref());
    let places: Vec<Place> = all(graph).into_iter().filter(is_meant).collect();
    let scope = match &selector.reference {
        None => Scope::All,
        Some(_) => Scope::Roots(roots_for(graph, &graph.select(image.source.label(), selector)?, &places)),
    };
    Ok(Chosen { scope, places, meant })
}

/// The entries of `index.json` that follow a change under a name: those of the name, and those that list what changes.
fn roots_for(graph: &Graph, selected: &[Selectable], places: &[Place]) -> Vec<usize> {
    let holders: BTreeSet<Holder> = places.iter().filter_map(|place| Some(place.slot?.holder)).collect();
    let named: BTreeSet<NodeId> = selected.iter().flat_map(|top| graph.nodes_of(*top)).collect();
    let is_selected = |at: usize| selected.contains(&Selectable::Root(at));
    let lists = |at: usize| {
        let node = graph.roots[at].node;
        node.is_some_and(|id| !named.contains(&id) && holders.contains(&Holder::Node(id)))
    };
    (0..graph.roots.len()).filter(|&at| is_selected(at) || lists(at)).collect()
}

fn all(graph: &Graph) -> Vec<Place> {
    let mut places = Vec::new();
    let indexes = graph.nodes().iter().enumerate().filter(|(_, node)| node.kind == Kind::Index);
    let holders = std::iter::once(Holder::IndexJson).chain(indexes.map(|(id, _)| Holder::Node(id)));
    for entry in holders.flat_map(|holder| entries_of(graph, holder)) {
        if let (Kind::Attestation(style), Some(node)) = (entry.kind, entry.node) {
            let subject = entry.descriptor.attests().and_then(|text| text.parse().ok());
            let subject = subject.or_else(|| graph.referrals_of(node).next().map(|about| about.subject.clone()));
            places.push(Place { slot: Some(entry.slot), node, style, subject });
        }
    }
    for (node, found) in graph.nodes().iter().enumerate() {
        if let (Kind::Attestation(style), crate::graph::Via::Found) = (found.kind, found.via) {
            let subject = graph.referrals_of(node).next().map(|about| about.subject.clone());
            places.push(Place { slot: None, node, style, subject });
        }
    }
    places
}
