//! Whether the two descriptions in a dual archive say the same, as far as an edit has to keep them in step.

use std::collections::HashSet;

use crate::finding::Severity;
use crate::graph::{Graph, Kind, NodeId, Role};
use crate::image::Image;
use crate::limits::Limits;
use crate::views;

/// The first difference; None where the two agree, or there is only one.
pub(super) fn difference(image: &Image, limits: &Limits) -> Option<String> {
    let format = image.source.format();
    if !format.index_view || !format.docker_view {
        return None;
    }
    let findings = views::findings(image, limits);
    let first = findings.iter().find(|finding| finding.severity == Severity::Error)?;
    Some(format!("{}: {}", first.at, first.detail))
}

/// The configs of the image manifests of the index view.
pub(super) fn configs(graph: &Graph) -> HashSet<NodeId> {
    let images = graph.nodes().iter().filter(|node| node.kind == Kind::Image);
    let links = images.flat_map(|node| &node.links).filter(|link| link.role == Role::Config);
    links.filter_map(|link| link.node).collect()
}
