//! What a descriptor says of a layer.

use crate::graph::{Graph, Kind, Link, NodeId, Role};
use crate::media_type::{self, Compression, MediaType};

/// What a descriptor says of a layer.
pub(crate) enum DeclaredLayer {
    /// A tar archive, compressed in this way where the media type is one of a layer.
    Tar(Option<Compression>),
    /// It is encrypted.
    Encrypted,
}

/// The layer that a link references, and what its descriptor says of it; None where it is no layer that an engine would
/// unpack. In an image engines unpack each, whatever its media type.
pub(crate) fn declared_layer(graph: &Graph, id: NodeId, link: Link) -> Option<(NodeId, DeclaredLayer)> {
    let (layer, descriptor) = (link.node?, graph.descriptor(id, link)?);
    let declared = match descriptor.media_type.ok().map(MediaType::kind) {
        Some(media_type::Kind::Layer(layer)) if layer.encrypted => DeclaredLayer::Encrypted,
        Some(media_type::Kind::Layer(layer)) => DeclaredLayer::Tar(Some(layer.compression)),
        _ if graph.node(id).kind == Kind::Image && matches!(link.role, Role::Layer(_)) => DeclaredLayer::Tar(None),
        _ => return None,
    };
    Some((layer, declared))
}
