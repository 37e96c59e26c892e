//! What readers find below the entries of `index.json`.

use std::collections::HashMap;

use crate::doc::Document;
use crate::graph::{Graph, Kind, NodeId, Role, Root};
use crate::media_type;
use crate::platform::Platform;

/// What a reader that takes one image finds below an entry of `index.json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Instance {
    /// A manifest.
    Manifest(NodeId),
    /// An index inside the index.
    Nested,
    /// A cache export: layers where manifests should stand.
    Layers,
    /// No manifest for the platform of the reader.
    OtherPlatforms,
    /// A docker manifest list whose entries have no platform.
    NoPlatforms,
    /// The entry has no digest, or the blob is absent.
    Absent,
}

/// What the entries reference, down through indexes.
pub(super) fn below(graph: &Graph, roots: &[usize]) -> Vec<NodeId> {
    let mut seen = vec![false; graph.nodes().len()];
    let mut open: Vec<NodeId> = roots.iter().rev().filter_map(|&root| graph.roots[root].node).collect();
    let mut found = Vec::new();
    while let Some(id) = open.pop() {
        if std::mem::replace(&mut seen[id], true) {
            continue;
        }
        found.push(id);
        let children = graph.node(id).links.iter().rev().filter(|link| matches!(link.role, Role::Manifest(_)));
        open.extend(children.filter_map(|link| link.node));
    }
    found
}

/// The manifest itself, or of an index the first that fits the platform, else the first without one.
pub(super) fn instances(graph: &Graph, host: &Platform) -> Vec<Instance> {
    let mut known: HashMap<NodeId, Instance> = HashMap::new();
    let below = |root: &Root| match root.node {
        Some(id) => *known.entry(id).or_insert_with(|| instance(graph, id, host)),
        None => Instance::Absent,
    };
    graph.roots.iter().map(below).collect()
}

fn instance(graph: &Graph, id: NodeId, host: &Platform) -> Instance {
    let node = graph.node(id);
    if !node.is_present() {
        return Instance::Absent;
    }
    let Document::Index(index) = &node.document else { return Instance::Manifest(id) };
    if node.kind == Kind::Cache {
        return Instance::Layers;
    }
    let children = || node.links.iter().filter(|link| matches!(link.role, Role::Manifest(_)));
    let platform = |role: Role| crate::graph::descriptor(&node.document, role)?.platform.as_deref();
    let fits = children().find(|link| platform(link.role).is_some_and(|own| own.satisfies(host)));
    let docker = index.media_type.as_ref().is_some_and(|kind| kind.as_str() == media_type::DOCKER_INDEX);
    let bare = || children().find(|link| platform(link.role).is_none());
    let link = match (fits, bare()) {
        (Some(link), _) => link,
        (None, Some(_)) if docker => return Instance::NoPlatforms,
        (None, Some(link)) => link,
        (None, None) => return Instance::OtherPlatforms,
    };
    match link.node.map(|id| (id, graph.node(id))) {
        Some((_, child)) if child.kind == Kind::Index => Instance::Nested,
        Some((id, child)) if child.is_present() => Instance::Manifest(id),
        _ => Instance::Absent,
    }
}

/// The manifest itself, or of an index the first, whatever its platform.
pub(super) fn first(graph: &Graph, mut id: NodeId) -> Instance {
    // An index may list itself.
    for _ in 0..=graph.nodes().len() {
        let node = graph.node(id);
        if !node.is_present() {
            return Instance::Absent;
        }
        if !matches!(node.document, Document::Index(_)) {
            return Instance::Manifest(id);
        }
        if node.kind == Kind::Cache {
            return Instance::Layers;
        }
        let child = node.links.iter().find(|link| matches!(link.role, Role::Manifest(_)));
        let Some(child) = child.and_then(|link| link.node) else { return Instance::Absent };
        id = child;
    }
    Instance::Absent
}
