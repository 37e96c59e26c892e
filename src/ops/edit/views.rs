//! Whether the two descriptions in a dual archive say the same, as far as an edit has to keep them in step.

use super::super::Image;
use crate::graph::{DockerEntry, Graph, Kind, NodeId, Role};
use crate::reference::{normalized, same_image, tag_of};

/// The first difference; None where there is only one description.
pub(super) fn difference(image: &Image) -> Option<String> {
    let shape = image.source.shape();
    if !shape.index_view || !shape.docker_view {
        return None;
    }
    let graph = &image.graph;
    graph.docker.iter().find_map(|entry| of_entry(graph, entry))
}

fn of_entry(graph: &Graph, entry: &DockerEntry) -> Option<String> {
    let config = entry.config?;
    let shown = graph.node(config).key.as_str();
    let Some(manifest) = manifest_of(graph, config) else {
        return Some(format!(
            "manifest.json lists an image with the config {shown}, which index.json does not lead to"
        ));
    };
    let layers = graph.node(manifest).links.iter().filter(|link| matches!(link.role, Role::Layer(_)));
    let layers: Vec<Option<NodeId>> = layers.map(|link| link.node).collect();
    if layers != entry.layers && entry.layers.iter().all(Option::is_some) {
        return Some(format!("they list other layers for the image with the config {shown}"));
    }
    let names = names_of(graph, manifest);
    let tags = &entry.image.repo_tags;
    let missing = tags.iter().find(|tag| !names.iter().any(|name| is_same_name(name, tag)));
    if let Some(tag) = missing.filter(|_| !names.is_empty()) {
        return Some(format!("only manifest.json has the name `{tag}`"));
    }
    let surplus = names.iter().find(|name| !tags.iter().any(|tag| is_same_name(name, tag)));
    surplus.filter(|_| !tags.is_empty()).map(|name| format!("only index.json has the name `{name}`"))
}

/// The image manifest of the index view that has a config.
pub(super) fn manifest_of(graph: &Graph, config: NodeId) -> Option<NodeId> {
    let has_config = |id: &NodeId| {
        let node = graph.node(*id);
        node.kind == Kind::Image && node.links.iter().any(|link| link.role == Role::Config && link.node == Some(config))
    };
    (0..graph.nodes().len()).find(has_config)
}

/// The most telling name of each entry of `index.json` that leads to a manifest.
fn names_of(graph: &Graph, manifest: NodeId) -> Vec<String> {
    let leads = |id: NodeId| graph.images_below(id).contains(&manifest);
    let roots = graph.roots.iter().filter(|root| root.node.is_some_and(leads));
    roots.filter_map(|root| root.name().map(ToOwned::to_owned)).collect()
}

/// Whether a name of `index.json`, in full or a tag alone, is one of `RepoTags`.
pub(super) fn is_same_name(name: &str, tag: &str) -> bool {
    same_image(name, tag) || (!name.contains(['/', ':']) && tag_of(&normalized(tag)) == Some(name))
}
