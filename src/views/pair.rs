//! Which image of `index.json` and which of `manifest.json` are one image.

use std::collections::{BTreeSet, HashMap};

use crate::digest::{Algorithm, Digest};
use crate::doc::docker;
use crate::graph::{Content, DockerEntry, Graph, Key, Kind, NodeId, Role};
use crate::image::Image;
use crate::limits::Limits;
use crate::platform::Platform;
use crate::views::{Names, meaning};

/// What some entries of `index.json` reference: one manifest or index, with all its names.
#[derive(Debug)]
pub(crate) struct ListedRoot {
    /// Their places in [`Graph::roots`].
    pub(crate) roots: Vec<usize>,
    pub(crate) node: NodeId,
    pub(crate) names: Names,
    /// Roots of one number are platforms of one image.
    pub(crate) family: usize,
}

/// One image that the index view references: manifests that differ in annotations alone are one, as `manifest.json`, which
/// names files, cannot tell them apart.
#[derive(Debug)]
pub(crate) struct IndexImage {
    /// The first of its manifests.
    pub(crate) node: NodeId,
    pub(crate) config: Option<NodeId>,
    /// The places of the listed roots that reference it.
    pub(crate) listed: Vec<usize>,
    pub(crate) platform: Option<Platform>,
    /// The images of `manifest.json` that are this one, as places in [`Graph::docker`].
    pub(crate) docker: Vec<usize>,
}

/// Both views, and which of their images belong together.
#[derive(Debug, Default)]
pub(crate) struct Pairs {
    pub(crate) listed: Vec<ListedRoot>,
    pub(crate) images: Vec<IndexImage>,
    /// For each image of `manifest.json`, the place of its partner in `images`.
    pub(crate) partner: Vec<Option<usize>>,
    /// For each listed root, the names that `manifest.json` gives its images, and the first that it lists.
    pub(crate) docker_names: Vec<(BTreeSet<String>, Option<usize>)>,
}

/// The most images that are looked at for one name or one config, lest hostile lists cost the square of their length.
const MOST_CANDIDATES: usize = 16;

/// The most indexes that one image is followed up to.
const MOST_TOPS: usize = 256;

pub(crate) fn pair(image: &Image, limits: &Limits) -> Pairs {
    let graph = &image.graph;
    let mut pairs = Pairs { listed: listed(image), ..Pairs::default() };
    collect_images(graph, limits, &mut pairs);
    by_config(image, &mut pairs);
    by_name(image, &mut pairs);
    the_last_unnamed(graph, &mut pairs);
    pairs.docker_names = vec![Default::default(); pairs.listed.len()];
    for (place, entry) in graph.docker.iter().enumerate() {
        let Some(at) = pairs.partner[place] else { continue };
        for &top in &pairs.images[at].listed {
            let (names, first) = &mut pairs.docker_names[top];
            names.extend(entry.image.repo_tags.iter().filter_map(|tag| meaning(tag)));
            first.get_or_insert(place);
        }
    }
    pairs
}

fn listed(image: &Image) -> Vec<ListedRoot> {
    let graph = &image.graph;
    // Without `oci-layout` it is apko's: `index.json` is the image index itself, and lists platforms.
    let is_layout = image.source.find("oci-layout").is_some();
    let mut listed: Vec<ListedRoot> = Vec::new();
    let mut known: HashMap<NodeId, usize> = HashMap::new();
    for (place, root) in graph.roots.iter().enumerate() {
        let Some(node) = root.node else { continue };
        let at = *known.entry(node).or_insert(listed.len());
        if at == listed.len() {
            listed.push(ListedRoot { roots: Vec::new(), node, names: Names::default(), family: at });
        }
        listed[at].roots.push(place);
        listed[at].names.add_root(root);
    }
    let mut families: HashMap<String, usize> = HashMap::new();
    for (at, top) in listed.iter_mut().enumerate() {
        let has_platform = || top.roots.iter().any(|&root| graph.roots[root].descriptor.real_platform().is_some());
        let family = match (is_layout, top.names.key()) {
            (false, _) => String::new(),
            (true, Some(names)) => names,
            (true, None) if has_platform() => String::new(),
            (true, None) => continue,
        };
        top.family = *families.entry(family).or_insert(at);
    }
    listed
}

/// What `manifest.json` could name of a manifest: the config and the layers. A manifest without them is only itself.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Identity {
    Files(NodeId, Vec<NodeId>),
    Manifest(NodeId),
}

impl Identity {
    fn of(graph: &Graph, id: NodeId) -> Self {
        let links = &graph.node(id).links;
        let config = graph.config_node(id);
        let layers = links.iter().filter(|link| matches!(link.role, Role::Layer(_))).map(|link| link.node);
        match (config, layers.collect::<Option<Vec<NodeId>>>()) {
            (Some(config), Some(layers)) => Identity::Files(config, layers),
            _ => Identity::Manifest(id),
        }
    }
}

/// The images below each listed root, each once, with all the listed roots that reference it.
fn collect_images(graph: &Graph, limits: &Limits, pairs: &mut Pairs) {
    let mut known: HashMap<Identity, usize> = HashMap::new();
    // Many entries may reference one manifest of many layers.
    let mut by_node: HashMap<NodeId, usize> = HashMap::new();
    let mut seen_by: Vec<usize> = vec![usize::MAX; graph.nodes().len()];
    // Indexes that share children could make this the square of the file; no real one comes near.
    let mut steps = limits.descriptors.saturating_mul(2);
    for top in 0..pairs.listed.len() {
        let mut open = vec![pairs.listed[top].node];
        while let Some(id) = open.pop() {
            if std::mem::replace(&mut seen_by[id], top) == top {
                continue;
            }
            let node = graph.node(id);
            if node.kind == Kind::Index {
                let children = node.links.iter().rev().filter(|link| matches!(link.role, Role::Manifest(_)));
                let before = open.len();
                open.extend(children.filter_map(|link| link.node));
                steps = steps.saturating_sub(open.len() - before);
                if steps == 0 {
                    return;
                }
            } else if !node.kind.is_about_another() {
                let next = pairs.images.len();
                let of_identity = || *known.entry(Identity::of(graph, id)).or_insert(next);
                let at = *by_node.entry(id).or_insert_with(of_identity);
                if at == pairs.images.len() {
                    let config = graph.config_node(id);
                    let platform = graph.platform_of(id);
                    pairs.images.push(IndexImage {
                        node: id,
                        config,
                        listed: Vec::new(),
                        platform,
                        docker: Vec::new(),
                    });
                }
                let listed = &mut pairs.images[at].listed;
                if listed.len() < MOST_TOPS && listed.last() != Some(&top) {
                    listed.push(top);
                }
            }
        }
    }
}

/// One config is one image: docker names images by it.
fn by_config(image: &Image, pairs: &mut Pairs) {
    let graph = &image.graph;
    let mut by_node: HashMap<NodeId, Vec<usize>> = HashMap::new();
    let mut by_digest: HashMap<&Digest, Vec<usize>> = HashMap::new();
    for (at, candidate) in pairs.images.iter().enumerate() {
        let Some(config) = candidate.config else { continue };
        by_node.entry(config).or_default().push(at);
        if let Some(digest) = graph.node(config).key.digest() {
            by_digest.entry(digest).or_default().push(at);
        }
    }
    let found: Vec<Option<usize>> = graph
        .docker
        .iter()
        .map(|entry| {
            let same_node = entry.config.and_then(|config| by_node.get(&config));
            let candidates = match same_node {
                Some(candidates) => candidates,
                None => by_digest.get(&config_digest(image, entry)?)?,
            };
            best(graph, pairs, entry, candidates)
        })
        .collect();
    for (place, at) in found.iter().enumerate() {
        if let Some(at) = *at {
            pairs.images[at].docker.push(place);
        }
    }
    pairs.partner = found;
}

/// Of several images with one config (recompressed, or listed twice), the one that shares a name, else the first
/// layer.
fn best(graph: &Graph, pairs: &Pairs, entry: &DockerEntry, candidates: &[usize]) -> Option<usize> {
    let shares_name = |at: usize| {
        let listed = pairs.images[at].listed.iter().take(MOST_CANDIDATES);
        listed.into_iter().any(|&top| entry.image.repo_tags.iter().any(|tag| pairs.listed[top].names.has(tag)))
    };
    let first_layer = |at: usize| {
        let mut links = graph.node(pairs.images[at].node).links.iter();
        links.find(|link| link.role == Role::Layer(0)).and_then(|link| link.node)
    };
    let shares_layer = |at: usize| entry.layers.first().copied().flatten() == first_layer(at);
    let few = || candidates.iter().copied().take(MOST_CANDIDATES);
    few()
        .find(|&at| shares_name(at) && shares_layer(at))
        .or_else(|| few().find(|&at| shares_name(at)))
        .or_else(|| few().find(|&at| shares_layer(at)))
        .or_else(|| candidates.first().copied())
}

/// What no config joins, a name joins: then the configs differ.
fn by_name(image: &Image, pairs: &mut Pairs) {
    let graph = &image.graph;
    let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, candidate) in pairs.images.iter().enumerate().filter(|(_, candidate)| candidate.docker.is_empty()) {
        for &top in candidate.listed.iter().take(MOST_CANDIDATES) {
            for name in pairs.listed[top].names.keys() {
                let list = by_name.entry(name).or_default();
                if list.len() < MOST_CANDIDATES {
                    list.push(at);
                }
            }
        }
    }
    for (place, entry) in graph.docker.iter().enumerate() {
        if pairs.partner[place].is_some() {
            continue;
        }
        let own = entry.config.and_then(|config| graph.platform_of(config)).map(|platform| platform.normalized());
        let names = entry.image.repo_tags.iter().flat_map(|tag| Names::keys_of(tag));
        let free: Vec<usize> = names
            .filter_map(|name| by_name.get(&name))
            .flatten()
            .copied()
            .filter(|&at| pairs.images[at].docker.is_empty())
            .take(MOST_CANDIDATES)
            .collect();
        let same_platform = |at: usize| {
            let other = pairs.images[at].platform.as_ref().map(Platform::normalized);
            own.is_none() || other.is_none() || own == other
        };
        if let Some(at) = free.iter().copied().find(|&at| same_platform(at)).or(free.first().copied()) {
            pairs.partner[place] = Some(at);
            pairs.images[at].docker.push(place);
        }
    }
}

/// One image left on each side, and neither has a name: it can only be the same.
fn the_last_unnamed(graph: &Graph, pairs: &mut Pairs) {
    let mut images = pairs.images.iter().enumerate().filter(|(_, image)| {
        image.docker.is_empty() && graph.node(image.node).kind == Kind::Image && graph.node(image.node).is_present()
    });
    let mut entries = pairs.partner.iter().enumerate().filter(|(_, partner)| partner.is_none());
    let (Some((at, image)), None) = (images.next(), images.next()) else { return };
    let (Some((place, _)), None) = (entries.next(), entries.next()) else { return };
    let index_unnamed = image.listed.iter().all(|&top| pairs.listed[top].names.is_empty());
    if index_unnamed && graph.docker[place].image.repo_tags.is_empty() {
        pairs.partner[place] = Some(at);
        pairs.images[at].docker.push(place);
    }
}

/// The digest of a config that `manifest.json` names: of its bytes, for its name need not be one.
pub(crate) fn config_digest(image: &Image, entry: &DockerEntry) -> Option<Digest> {
    let name = || entry.image.config.ok().and_then(|name| docker::config_digest(name));
    let Some(id) = entry.config else { return name() };
    let node = image.graph.node(id);
    if let Some(found) = &node.found {
        return Some(found.clone());
    }
    if let Key::Digest(digest) = &node.key {
        return Some(digest.clone());
    }
    if let Some(named) = name() {
        return Some(named);
    }
    let Content::Member(member) = node.content else { return None };
    let bytes = image.source.read(member, Limits::default().document_bytes).ok()?;
    Some(Algorithm::Sha256.digest(&bytes))
}
