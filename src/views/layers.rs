//! The layers of one image in either view, proved equal by what documents and file names say.

use std::collections::HashMap;

use crate::digest::Digest;
use crate::doc::{Field, docker};
use crate::graph::{DockerEntry, Graph, Key, NodeId, Role};

/// One layer of `index.json`.
#[derive(Debug)]
pub(crate) struct IndexLayer<'a> {
    pub(crate) node: Option<NodeId>,
    pub(crate) digest: Option<&'a Digest>,
    /// What the config says it inflates to.
    pub(crate) diff_id: Option<&'a Digest>,
}

/// One layer of `manifest.json`.
#[derive(Debug)]
pub(crate) struct DockerLayer<'a> {
    pub(crate) node: Option<NodeId>,
    /// The file, as listed.
    pub(crate) name: &'a str,
    /// The digest of the stored bytes, where a name or `LayerSources` says it.
    pub(crate) digest: Option<Digest>,
    /// What the config says it inflates to.
    pub(crate) diff_id: Option<&'a Digest>,
    /// The diff_ids that `LayerSources` gives these bytes: docker's keys.
    sources: Vec<&'a str>,
}

/// How the layers of one image stand to each other.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All equal; the numbers of those that only their content can prove.
    Same { unproven: Vec<usize> },
    /// The same layers in another order.
    Order,
    /// More or fewer.
    Count,
    /// The first that differs.
    Differ(usize),
}

pub(crate) fn of_index(graph: &Graph, image: NodeId) -> Vec<IndexLayer<'_>> {
    let diff_ids =
        diff_ids(graph, graph.node(image).links.iter().find(|l| l.role == Role::Config).and_then(|l| l.node));
    let links = graph.node(image).links.iter().filter(|link| matches!(link.role, Role::Layer(_)));
    links
        .enumerate()
        .map(|(number, &link)| IndexLayer {
            node: link.node,
            digest: graph.descriptor(image, link).and_then(|descriptor| descriptor.digest.ok()),
            diff_id: diff_ids.get(number).and_then(Field::ok),
        })
        .collect()
}

pub(crate) fn of_docker<'a>(graph: &'a Graph, entry: &'a DockerEntry) -> Vec<DockerLayer<'a>> {
    let diff_ids = diff_ids(graph, entry.config);
    let mut by_digest: HashMap<&Digest, Vec<&str>> = HashMap::new();
    let mut by_key: HashMap<&str, &Digest> = HashMap::new();
    for (key, descriptor) in &entry.image.layer_sources {
        if let Some(digest) = descriptor.digest.ok() {
            by_digest.entry(digest).or_default().push(key);
            by_key.insert(key, digest);
        }
    }
    let layers = entry.image.layers.iter().zip(&entry.layers).enumerate();
    layers
        .map(|(number, (name, &node))| {
            let diff_id = diff_ids.get(number).and_then(Field::ok);
            let digest = node.and_then(|id| match &graph.node(id).key {
                Key::Digest(digest) => Some(digest.clone()),
                Key::Member(own) => docker::layer_digest(own),
            });
            let from_sources = || diff_id.and_then(|id| by_key.get(id.as_str())).map(|digest| (*digest).clone());
            let digest = digest.or_else(|| docker::layer_digest(name)).or_else(from_sources);
            let sources = digest.as_ref().and_then(|digest| by_digest.get(digest)).cloned().unwrap_or_default();
            DockerLayer { node, name, digest, diff_id, sources }
        })
        .collect()
}

/// The diff_ids of a config that was read; none otherwise.
pub(crate) fn diff_ids(graph: &Graph, config: Option<NodeId>) -> &[Field<Digest>] {
    config.and_then(|id| graph.node(id).document.as_config()).map_or(&[], |config| &config.diff_ids)
}

pub(crate) fn compare(index: &[IndexLayer<'_>], docker: &[DockerLayer<'_>]) -> Outcome {
    if index.len() != docker.len() {
        return Outcome::Count;
    }
    let mut unproven = Vec::new();
    let mut first = None;
    for (number, (one, other)) in index.iter().zip(docker).enumerate() {
        match same(one, other) {
            Some(true) => {}
            Some(false) => first = first.or(Some(number)),
            None => unproven.push(number),
        }
    }
    match first {
        None => Outcome::Same { unproven },
        Some(_) if are_permuted(index, docker) => Outcome::Order,
        Some(number) => Outcome::Differ(number),
    }
}

/// Whether two layers are one; None where only their content can tell.
fn same(index: &IndexLayer<'_>, docker: &DockerLayer<'_>) -> Option<bool> {
    if docker.node.is_some() && docker.node == index.node {
        return Some(true);
    }
    // pack leaves out the names of layers that the daemon has.
    if docker.name.is_empty() {
        return None;
    }
    let Some(own) = &docker.digest else {
        // `<id>/layer.tar`: the configs can still contradict each other.
        return match (index.diff_id, docker.diff_id) {
            (Some(one), Some(other)) if one != other => Some(false),
            _ => None,
        };
    };
    // The uncompressed layer is its own diff_id; and `LayerSources` of docker says which diff_id a file has.
    let by_diff_id = index.diff_id.is_some_and(|id| id == own || docker.sources.contains(&id.as_str()));
    match index.digest {
        Some(digest) if digest == own || by_diff_id => Some(true),
        Some(digest) if digest.algorithm_name() != own.algorithm_name() => None,
        Some(_) => Some(false),
        None => None,
    }
}

/// Whether both list the same layers: each by the digest of its bytes or by its diff_id.
fn are_permuted(index: &[IndexLayer<'_>], docker: &[DockerLayer<'_>]) -> bool {
    let mut places: HashMap<&Digest, usize> = HashMap::new();
    for (number, layer) in index.iter().enumerate() {
        // Layers of one digest or diff_id share the first one's place.
        let known = [layer.digest, layer.diff_id].into_iter().flatten().find_map(|id| places.get(id).copied());
        let place = known.unwrap_or(number);
        for id in [layer.digest, layer.diff_id].into_iter().flatten() {
            places.entry(id).or_insert(place);
        }
    }
    let mut counts = vec![0_i64; index.len()];
    for (number, layer) in index.iter().enumerate() {
        let place = layer.digest.and_then(|id| places.get(id).copied()).unwrap_or(number);
        counts[place] += 1;
    }
    for layer in docker {
        let Some(place) = layer.digest.as_ref().and_then(|id| places.get(id).copied()) else { return false };
        counts[place] -= 1;
    }
    counts.iter().all(|count| *count == 0)
}
