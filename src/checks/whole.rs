//! Whether an image is in the file with all that an engine needs to run it.

use crate::checks::options::VerifyOptions;
use crate::graph::{Below, Selectable};
use crate::graph::{Content, Graph, Kind, NodeId, Role};

/// Whether the manifest, the config and the layers of an image are in the file. A layer that is kept elsewhere on purpose
/// (`urls`) is not missing; a config or manifest is. For images of docker archives, which are known by their config, the
/// layers that `manifest.json` lists count.
pub(crate) fn is_whole(graph: &Graph, id: NodeId) -> bool {
    is_sound(graph, id)
        && match graph.node(id).kind {
            Kind::Config => is_whole_in_docker(graph, id),
            _ => has_parts(graph, id),
        }
}

/// Whether a document is in the file under its own digest.
pub(crate) fn is_sound(graph: &Graph, id: NodeId) -> bool {
    graph.node(id).is_present() && graph.node(id).found.is_none()
}

fn has_parts(graph: &Graph, id: NodeId) -> bool {
    let mut has_config = false;
    let links = graph.node(id).links.iter();
    let mut parts = links.filter(|link| matches!(link.role, Role::Config | Role::Layer(_)));
    let are_there = parts.all(|&link| {
        has_config |= link.role == Role::Config;
        let Some(part) = link.node else { return false };
        let is_elsewhere = || {
            let is_layer = matches!(link.role, Role::Layer(_)) && graph.node(part).content == Content::External;
            is_layer && graph.descriptor(id, link).is_some_and(|descriptor| !descriptor.urls.is_empty())
        };
        is_sound(graph, part) || is_elsewhere()
    });
    are_there && has_config
}

fn is_whole_in_docker(graph: &Graph, config: NodeId) -> bool {
    let mut entries = graph.docker.iter().filter(|entry| entry.config == Some(config));
    entries.any(|entry| entry.layers.iter().all(|layer| layer.is_some_and(|id| graph.node(id).is_present())))
}

/// Whether an image can meet a policy: all of it is in the file, or its manifest where a sparse file is allowed.
pub(crate) fn is_there(graph: &Graph, id: NodeId, options: &VerifyOptions) -> bool {
    if options.sparse { is_sound(graph, id) } else { is_whole(graph, id) }
}

/// The images below what was selected: manifests, and for docker archives the configs.
pub(crate) fn images(graph: &Graph, selected: &[Selectable]) -> Vec<NodeId> {
    let mut below = Below::new(graph);
    let mut images: Vec<NodeId> = selected
        .iter()
        .flat_map(|top| match top {
            Selectable::Docker(at) => graph.docker[*at].config.into_iter().collect(),
            top => graph.nodes_of(*top).into_iter().flat_map(|id| below.images(id)).collect::<Vec<_>>(),
        })
        .collect();
    images.sort_unstable();
    images.dedup();
    images
}
