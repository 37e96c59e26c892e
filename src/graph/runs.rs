//! What an engine would run: the question that `verify`, policies, selections, `gc` and edits ask.
//!
//! What a reference claims (its media type, `artifactType`, annotations, a tag) does not keep an engine from running a
//! manifest. What each one goes by, tried with skopeo 1.9 and 1.22, podman 4.3 and 5.8, containerd 1.6 and 2.1, umoci:
//!
//! | engine | entry of an index | config | layers |
//! |---|---|---|---|
//! | skopeo, podman | any media type inside an index; the platform decides, or its absence | OCI: its media type; Docker: any | any media type; unpacked by their content |
//! | containerd, docker with its store | media type of a manifest or index | any that lists `diff_ids` | media types of layers; the others are passed over since 1.7 |
//! | umoci | a tag, never inside an index | OCI media type | OCI media types |
//! | docker load | `manifest.json` alone | any | any |
//!
//! An image is what at least one of them would run.

use super::node::{Content, Link, NodeId, Role};
use super::{Graph, Kind};
use crate::doc::{Config, Document, Manifest};
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
    let Some(declared) = manifest.config.as_ref() else { return false };
    let declared = declared.media_type.ok();
    // Docker's plugins have the config and the layers of an image, and no engine runs them as one.
    if declared.is_some_and(|kind| kind.as_str() == media_type::DOCKER_PLUGIN) {
        return false;
    }
    let has_layer = || graph.nodes[id].links.iter().any(|&link| is_layer(graph, source, id, link));
    match graph.config_of(id) {
        Some(config) if is_image_config(declared) => {
            has_layer() || manifest.layers.is_empty() && config.platform.as_ref().is_some_and(|own| !own.is_unknown())
        }
        Some(Config { diff_ids, .. }) => !diff_ids.is_empty() && has_layer(),
        None => false,
    }
}

fn is_image_config(declared: Option<&MediaType>) -> bool {
    declared.is_some_and(|kind| kind.kind() == media_type::Kind::Config)
}

/// Whether a link leads to a layer that an engine would unpack: by its first bytes, and where it is not here by its media
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
