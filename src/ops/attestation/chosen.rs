//! The attestations that a command means: every place where one is listed, and those that nothing lists.

use std::collections::BTreeSet;

use super::super::Image;
use super::super::edit::{Holder, Scope, Slot, entries_of};
use super::super::verify::{is_statement, read_statement};
use crate::digest::Digest;
use crate::doc::Descriptor;
use crate::doc::annotations::{PREDICATE_TYPE, SIGSTORE_PREDICATE_TYPE};
use crate::doc::{Document, attestation::Statement};
use crate::error::Error;
use crate::graph::{AttestationStyle, Content, Graph, Kind, Link, NodeId, Role, Selector, Top};
use crate::limits::Limits;

/// One place where an attestation manifest is listed. One manifest may be listed several times: about images whose
/// statements name no subject, BuildKit writes the same manifest for each platform.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// The entry; None for a referrer that no list names.
    pub(super) slot: Option<Slot>,
    pub(super) node: NodeId,
    pub(super) style: AttestationStyle,
    /// The manifest that it speaks about, as far as it says so.
    pub(super) subject: Option<Digest>,
}

/// The attestations about what a selector means, and the scope of an edit of them.
pub(super) fn chosen(image: &Image, selector: &Selector) -> Result<(Scope, Vec<Place>), Error> {
    let graph = &image.graph;
    let tops = graph.select(image.source.label(), selector)?;
    let subjects = if selector.is_all() { None } else { Some(subjects_of(graph, &tops)) };
    let is_meant = |place: &Place| {
        let Some(wanted) = &subjects else { return true };
        match &place.subject {
            Some(subject) => wanted.contains(subject),
            None => graph.said_by(place.node).any(|about| wanted.contains(&about.subject)),
        }
    };
    let places: Vec<Place> = all(graph).into_iter().filter(is_meant).collect();
    let scope = match &selector.reference {
        None => Scope::All,
        Some(_) => Scope::Roots(roots_for(graph, &tops, &places)),
    };
    Ok((scope, places))
}

/// The digests of what was selected, and of the indexes and images below.
fn subjects_of(graph: &Graph, tops: &[Top]) -> BTreeSet<Digest> {
    let nodes: BTreeSet<NodeId> = tops.iter().flat_map(|top| graph.nodes_of(*top)).collect();
    let below = nodes.iter().flat_map(|&id| graph.images_below(id));
    let all: BTreeSet<NodeId> = below.chain(nodes.iter().copied()).collect();
    all.into_iter().filter_map(|id| graph.node(id).key.digest().cloned()).collect()
}

/// The entries of `index.json` that follow a change under a name: those of the name, and those that list what changes.
fn roots_for(graph: &Graph, tops: &[Top], places: &[Place]) -> Vec<usize> {
    let holders: BTreeSet<Holder> = places.iter().filter_map(|place| Some(place.slot?.holder)).collect();
    let named: BTreeSet<NodeId> = tops.iter().flat_map(|top| graph.nodes_of(*top)).collect();
    let is_selected = |at: usize| tops.contains(&Top::Root(at));
    let lists = |at: usize| {
        let node = graph.roots[at].node;
        node.is_some_and(|id| !named.contains(&id) && holders.contains(&Holder::Node(id)))
    };
    (0..graph.roots.len()).filter(|&at| is_selected(at) || lists(at)).collect()
}

fn all(graph: &Graph) -> Vec<Place> {
    let mut places = Vec::new();
    let indexes = graph.nodes().iter().enumerate().filter(|(_, node)| node.kind == Kind::Index);
    let holders = std::iter::once(Holder::Top).chain(indexes.map(|(id, _)| Holder::Node(id)));
    for entry in holders.flat_map(|holder| entries_of(graph, holder)) {
        if let (Kind::Attestation(style), Some(node)) = (entry.kind, entry.node) {
            let subject = entry.descriptor.attests().and_then(|text| text.parse().ok());
            let subject = subject.or_else(|| graph.said_by(node).next().map(|about| about.subject.clone()));
            places.push(Place { slot: Some(entry.slot), node, style, subject });
        }
    }
    for (node, found) in graph.nodes().iter().enumerate() {
        if let (Kind::Attestation(style), crate::graph::Via::Found) = (found.kind, found.via) {
            let subject = graph.said_by(node).next().map(|about| about.subject.clone());
            places.push(Place { slot: None, node, style, subject });
        }
    }
    places
}

/// One statement of an attestation manifest.
#[derive(Debug, Clone)]
pub(super) struct Held<'a> {
    /// Its number in `layers`.
    pub(super) layer: u32,
    pub(super) descriptor: &'a Descriptor,
    pub(super) node: Option<NodeId>,
    /// What the annotation says, else the statement itself.
    pub(super) predicate_type: Option<String>,
}

/// The statements of an attestation manifest, in stored order.
pub(super) fn statements<'a>(image: &'a Image, manifest: NodeId, limits: &Limits) -> Vec<Held<'a>> {
    let graph = &image.graph;
    let layers = graph.node(manifest).links.iter().filter_map(|&link| match link.role {
        Role::Layer(number) => Some((number, link, graph.descriptor(manifest, link)?)),
        _ => None,
    });
    let held = layers.filter(|(_, _, descriptor)| is_statement(descriptor)).map(|(layer, link, descriptor)| Held {
        layer,
        descriptor,
        node: link.node,
        predicate_type: predicate_type(image, manifest, link, descriptor, limits),
    });
    held.collect()
}

fn predicate_type(
    image: &Image,
    manifest: NodeId,
    link: Link,
    descriptor: &Descriptor,
    limits: &Limits,
) -> Option<String> {
    if let Some(annotated) = descriptor.annotations.get(PREDICATE_TYPE) {
        return Some(annotated.to_owned());
    }
    if let Document::Manifest(document) = &image.graph.node(manifest).document
        && let Some(annotated) = document.annotations.get(SIGSTORE_PREDICATE_TYPE)
    {
        return Some(annotated.to_owned());
    }
    let statement: Statement = read_statement(image, link.node?, descriptor, limits)?.ok()?;
    statement.predicate_type
}

/// Whether a node can be read.
pub(super) fn is_present(image: &Image, node: Option<NodeId>) -> bool {
    node.is_some_and(|id| matches!(image.graph.node(id).content, Content::Member(_) | Content::Inline))
}
