//! Which attestations a selector means, and where their statements are.

use std::collections::BTreeSet;

use crate::digest::Digest;
use crate::doc::Descriptor;
use crate::error::Error;
use crate::finding::Place;
use crate::graph::{Graph, Key, Kind, Link, NodeId, Role, Selector};
use crate::image::Image;
use crate::image::statements::statement_layers;

/// One statement about one subject: a layer of an attestation manifest.
#[derive(Debug, Clone)]
pub(super) struct StatementAt {
    /// The attestation manifest.
    pub(super) manifest: NodeId,
    /// The layer; None for an attestation manifest that is absent, or has no statement.
    pub(super) layer: Option<(Role, NodeId)>,
    /// What it refers to, as far as the file says so.
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

/// The statements of the attestations that a selector means, in the order in which the file references them: those about an
/// image or about all images below an index, those of one attestation, or one statement by its digest.
///
/// # Errors
///
/// When the selector fits nothing.
pub(super) fn statements(image: &Image, selector: &Selector) -> Result<Vec<StatementAt>, Error> {
    let graph = &image.graph;
    let meant = Meant::of(image, selector)?;
    let attestations = (0..graph.nodes().len()).filter(|&id| is_attestation(graph, id));
    let all = attestations.flat_map(|id| of_manifest(graph, id));
    let is_meant = |at: &StatementAt| {
        meant.has(graph, at.manifest, at.subject.as_ref()) && at.layer.is_none_or(|(_, node)| meant.has_statement(node))
    };
    Ok(all.filter(is_meant).collect())
}

/// What a selector means among attestations.
#[derive(Debug)]
pub(super) struct Meant {
    /// None for all.
    below: Option<Vec<bool>>,
    /// Attestation manifests that were selected themselves, or for one of their statements.
    manifests: BTreeSet<NodeId>,
    /// Statements that were selected themselves.
    statements: BTreeSet<NodeId>,
}

impl Meant {
    /// # Errors
    ///
    /// When the selector fits nothing.
    pub(super) fn of(image: &Image, selector: &Selector) -> Result<Self, Error> {
        let graph = &image.graph;
        let chosen = graph.select(image.source.label(), selector)?;
        let mut meant = Meant { below: None, manifests: BTreeSet::new(), statements: BTreeSet::new() };
        if selector.is_all() {
            return Ok(meant);
        }
        let from: Vec<NodeId> = chosen.iter().flat_map(|top| graph.nodes_of(*top)).collect();
        meant.manifests.extend(from.iter().copied().filter(|&id| is_attestation(graph, id)));
        for manifest in (0..graph.nodes().len()).filter(|&id| is_attestation(graph, id)) {
            let statements =
                statement_layers(graph, manifest).filter_map(|layer| layer.node).filter(|node| from.contains(node));
            let before = meant.statements.len();
            meant.statements.extend(statements);
            if meant.statements.len() > before {
                meant.manifests.insert(manifest);
            }
        }
        meant.below = Some(graph.listed_below(from));
        Ok(meant)
    }

    /// Whether an attestation manifest is meant, as far as it is about this subject. Where the manifest itself was
    /// selected it is, whatever it is about.
    pub(super) fn has(&self, graph: &Graph, manifest: NodeId, subject: Option<&Digest>) -> bool {
        let Some(below) = &self.below else { return true };
        if !self.manifests.is_empty() {
            return self.manifests.contains(&manifest);
        }
        let subject = subject.and_then(|digest| graph.find(&Key::Digest(digest.clone())));
        below[subject.unwrap_or(manifest)]
    }

    /// Whether a statement of a manifest that is meant is itself.
    pub(super) fn has_statement(&self, node: NodeId) -> bool {
        self.statements.is_empty() || self.statements.contains(&node)
    }
}

fn is_attestation(graph: &Graph, id: NodeId) -> bool {
    matches!(graph.node(id).kind, Kind::Attestation(_))
}

/// BuildKit lists one manifest for several images where their statements name no subject; each is a statement of its own
/// here.
fn of_manifest(graph: &Graph, manifest: NodeId) -> Vec<StatementAt> {
    let mut subjects: Vec<Option<Digest>> =
        graph.referrals_of(manifest).map(|about| Some(about.subject.clone())).collect();
    let in_file = |digest: &Digest| graph.find(&Key::Digest(digest.clone()));
    subjects.sort_by_key(|subject| (subject.as_ref().and_then(in_file).unwrap_or(NodeId::MAX), subject.clone()));
    subjects.dedup();
    // One that names a manifest of before beside that of now is not listed twice.
    if subjects.iter().flatten().any(|digest| in_file(digest).is_some()) {
        subjects.retain(|subject| subject.as_ref().is_some_and(|digest| in_file(digest).is_some()));
    }
    if subjects.is_empty() {
        subjects.push(None);
    }
    let layers: Vec<(Role, NodeId)> =
        statement_layers(graph, manifest).filter_map(|layer| Some((layer.link().role, layer.node?))).collect();
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
