//! Which attestations a selector means, and where their statements are.

use crate::digest::Digest;
use crate::doc::Descriptor;
use crate::doc::annotations::PREDICATE_TYPE;
use crate::error::Error;
use crate::finding::Place;
use crate::graph::{Graph, Key, Kind, Link, NodeId, Role, Selector};
use crate::ops::Image;
use crate::ops::verify::is_statement;

/// One statement about one subject: a layer of an attestation manifest.
#[derive(Debug, Clone)]
pub(super) struct StatementAt {
    /// The attestation manifest.
    pub(super) manifest: NodeId,
    /// The layer; None for an attestation manifest that is absent, or has no statement.
    pub(super) layer: Option<(Role, NodeId)>,
    /// What it speaks about, as far as the file says so.
    pub(super) subject: Option<Digest>,
}

impl StatementAt {
    pub(super) fn descriptor<'a>(&self, graph: &'a Graph) -> Option<&'a Descriptor> {
        let (role, node) = self.layer?;
        graph.descriptor(self.manifest, Link { role, node: Some(node) })
    }

    pub(super) fn place(&self, graph: &Graph) -> Place {
        match self.layer {
            Some((role, node)) => graph.place_of_link(self.manifest, role).then(graph.node(node).key.as_str()),
            None => graph.place(self.manifest),
        }
    }
}

/// The statements of the attestations that a selector means, in the order in which the file leads to them: those about an
/// image or about all images below an index, those of one attestation, or one statement by its digest.
///
/// # Errors
///
/// When the selector fits nothing.
pub(super) fn statements(image: &Image, selector: &Selector) -> Result<Vec<StatementAt>, Error> {
    let graph = &image.graph;
    let tops = graph.select(image.source.label(), selector)?;
    let is_attestation = |id: &NodeId| matches!(graph.node(*id).kind, Kind::Attestation(_));
    let all = || (0..graph.nodes().len()).filter(is_attestation).flat_map(|id| of_manifest(graph, id));
    if selector.is_all() {
        return Ok(all().collect());
    }
    let from: Vec<NodeId> = tops.iter().flat_map(|top| graph.nodes_of(*top)).collect();
    if let Some(chosen) = from.iter().find(|id| is_attestation(id)) {
        return Ok(of_manifest(graph, *chosen));
    }
    let is_below = below(graph, &from);
    let meant = |at: &StatementAt| {
        let subject = at.subject.as_ref().and_then(|digest| graph.find(&Key::Digest(digest.clone())));
        match subject {
            Some(id) => is_below[id],
            None => is_below[at.manifest],
        }
    };
    let found: Vec<StatementAt> = all().filter(meant).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    Ok(all().filter(|at| at.layer.is_some_and(|(_, node)| from.contains(&node))).collect())
}

/// Whether a node is one of these, listed by one of them, or speaks about one.
fn below(graph: &Graph, from: &[NodeId]) -> Vec<bool> {
    let mut seen = vec![false; graph.nodes().len()];
    let mut open = from.to_vec();
    while let Some(id) = open.pop() {
        if std::mem::replace(&mut seen[id], true) {
            continue;
        }
        let listed = graph.node(id).links.iter().filter(|link| matches!(link.role, Role::Manifest(_)));
        open.extend(listed.filter_map(|link| link.node));
        open.extend(graph.speakers_of(id));
    }
    seen
}

/// BuildKit lists one manifest for several images where their statements name no subject; each is a statement of its own
/// here.
fn of_manifest(graph: &Graph, manifest: NodeId) -> Vec<StatementAt> {
    let mut subjects: Vec<Option<Digest>> = graph.said_by(manifest).map(|about| Some(about.subject.clone())).collect();
    let in_file = |digest: &Digest| graph.find(&Key::Digest(digest.clone()));
    subjects.sort_by_key(|subject| (subject.as_ref().and_then(in_file).unwrap_or(NodeId::MAX), subject.clone()));
    subjects.dedup();
    // One that names a manifest of before beside that of now is not told twice.
    if subjects.iter().flatten().any(|digest| in_file(digest).is_some()) {
        subjects.retain(|subject| subject.as_ref().is_some_and(|digest| in_file(digest).is_some()));
    }
    if subjects.is_empty() {
        subjects.push(None);
    }
    let layers: Vec<(Role, NodeId)> = graph
        .node(manifest)
        .links
        .iter()
        .filter_map(|&link| {
            let descriptor = graph.descriptor(manifest, link).filter(|_| matches!(link.role, Role::Layer(_)))?;
            let holds = is_statement(descriptor) || descriptor.annotations.get(PREDICATE_TYPE).is_some();
            Some((link.role, link.node.filter(|_| holds)?))
        })
        .collect();
    let mut found = Vec::new();
    for subject in subjects {
        if layers.is_empty() {
            found.push(StatementAt { manifest, layer: None, subject: subject.clone() });
        }
        found.extend(layers.iter().map(|&layer| StatementAt {
            manifest,
            layer: Some(layer),
            subject: subject.clone(),
        }));
    }
    found
}
