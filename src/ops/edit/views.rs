//! Whether the two descriptions in a dual archive say the same, as far as an edit has to keep them in step.

use super::super::{Image, compare};
use crate::finding::Severity;
use crate::graph::{Graph, Kind, NodeId, Role};
use crate::limits::Limits;

/// The first difference; None where the two agree, or there is only one.
pub(super) fn difference(image: &Image, limits: &Limits) -> Option<String> {
    let shape = image.source.shape();
    if !shape.index_view || !shape.docker_view {
        return None;
    }
    let findings = compare::findings(image, limits);
    let first = findings.iter().find(|finding| finding.severity == Severity::Error)?;
    Some(format!("{}: {}", first.at, first.detail))
}

/// The image manifest of the index view that has a config.
pub(super) fn manifest_of(graph: &Graph, config: NodeId) -> Option<NodeId> {
    let has_config = |id: &NodeId| {
        let node = graph.node(*id);
        node.kind == Kind::Image && node.links.iter().any(|link| link.role == Role::Config && link.node == Some(config))
    };
    (0..graph.nodes().len()).find(has_config)
}
