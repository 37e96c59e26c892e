//! The signatures among what is verified: they are counted, none is checked.

use crate::checks::scope::Scope;
use crate::graph::{Graph, Kind, Role};
use crate::media_type::{DSSE, SIGSTORE_BUNDLE};

/// Signatures that are in the file: each layer of a manifest of signatures, and each signed statement of an attestation.
pub(crate) fn count(graph: &Graph, scope: &Scope) -> usize {
    let mut count = 0;
    for (id, node) in graph.nodes().iter().enumerate().filter(|(id, _)| scope.has(*id)) {
        let is_signature = |media_type: &str| match node.kind {
            Kind::Signature => true,
            Kind::Attestation(_) => media_type == DSSE || media_type.starts_with(SIGSTORE_BUNDLE),
            _ => false,
        };
        let layers = node.links.iter().filter(|link| matches!(link.role, Role::Layer(_)));
        let present = layers.filter(|link| link.node.is_some_and(|layer| graph.node(layer).is_present()));
        let media_types = present.filter_map(|link| graph.descriptor(id, *link)?.media_type.ok());
        count += media_types.filter(|media_type| is_signature(media_type.as_str())).count();
    }
    count
}
