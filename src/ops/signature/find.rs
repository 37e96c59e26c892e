//! Which signatures a selector means.

use std::collections::BTreeSet;

use crate::error::Error;
use crate::graph::{NodeId, Selector};
use crate::image::Image;
use crate::image::signatures::{SignatureLayer, signature_layers};

/// The signatures that a selector means, in stored order: of an image or of all below an index, those of one manifest of
/// signatures, or one by the digest of its blob.
///
/// # Errors
///
/// When the selector fits nothing.
pub(super) fn signatures<'a>(image: &'a Image, selector: &Selector) -> Result<Vec<SignatureLayer<'a>>, Error> {
    let graph = &image.graph;
    let chosen = graph.select(image.source.label(), selector)?;
    let all = || (0..graph.nodes().len()).flat_map(|id| signature_layers(graph, id));
    if selector.is_all() {
        return Ok(all().collect());
    }
    let from: BTreeSet<NodeId> = chosen.iter().flat_map(|top| graph.nodes_of(*top)).collect();
    let own: Vec<SignatureLayer<'a>> =
        all().filter(|layer| from.contains(&layer.manifest) || from.contains(&layer.node)).collect();
    if !own.is_empty() {
        return Ok(own);
    }
    let below = graph.listed_below(from);
    Ok(all().filter(|layer| below[layer.manifest]).collect())
}
