//! What an engine would run: the question that `verify`, policies, selections, `gc` and edits ask.
//!
//! An image is what at least one engine would run, by the table of [`engines`].

use super::node::{Content, Link, NodeId, Role};
use super::{Graph, Kind, engines};
use crate::doc::{Document, Manifest};
use crate::media_type::{self, MediaType};
use crate::source::{Source, begins_as_layer};

/// Makes an image of every manifest that an engine would run, whatever the reference by which it was read claims.
pub(super) fn find(graph: &mut Graph, source: &Source) {
    for id in 0..graph.nodes.len() {
        let Document::Manifest(manifest) = &graph.nodes[id].document else { continue };
        if graph.nodes[id].kind != Kind::Image && would_run(graph, source, id, manifest) {
            graph.nodes[id].kind = Kind::Image;
        }
    }
}

fn would_run(graph: &Graph, source: &Source, id: NodeId, manifest: &Manifest) -> bool {
    let (Some(declared), Some(config)) = (manifest.config.as_ref(), graph.config_of(id)) else { return false };
    let declared = declared.media_type.ok();
    let is_run = |has_diff_ids| engines::BY_INDEX.iter().any(|engine| engine.runs_config(declared, has_diff_ids));
    if !is_run(!config.diff_ids.is_empty()) {
        return false;
    }
    let is_unpacked = |link: &Link| is_layer(graph, source, id, *link);
    // Without a layer, what its media type alone makes an image still starts as one.
    let is_empty = || manifest.layers.is_empty() && is_run(false);
    graph.nodes[id].links.iter().any(is_unpacked)
        || is_empty() && config.platform.as_ref().is_some_and(|own| !own.is_unknown())
}

/// Whether a link references a layer that an engine would unpack: by its first bytes, and where it is not here by its media
/// type.
fn is_layer(graph: &Graph, source: &Source, manifest: NodeId, link: Link) -> bool {
    let (Role::Layer(_), Some(id)) = (link.role, link.node) else { return false };
    let descriptor = graph.descriptor(manifest, link);
    let declared = descriptor.and_then(|layer| layer.media_type.ok()).map(MediaType::kind);
    match graph.nodes[id].content {
        _ if matches!(declared, Some(media_type::Kind::Layer(layer)) if layer.encrypted) => true,
        Content::Member(member) => source.begins_as_layer(member),
        Content::Inline => graph.inline(id).is_some_and(begins_as_layer),
        Content::External | Content::Absent => matches!(declared, Some(media_type::Kind::Layer(_))),
    }
}
