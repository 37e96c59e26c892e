//! Building the tree of an image file: under each index its images, under each image what refers to it.

mod details;
mod docker;
mod layers;
mod subject;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::InspectOptions;
use super::tree::{LayerRow, State, TreeNode};
use crate::digest::Digest;
use crate::doc::{Descriptor, Document};
use crate::error::Error;
use crate::finding::{Code, Finding};
use crate::graph::{Content, Graph, Kind, NodeId, Role, Selectable};
use crate::image::Image;
use crate::image::statements::statement_layers;
use crate::limits::LimitReached;
use layers::amount;

/// Builds trees; each node is opened once, however many ways reference it.
pub(super) struct Builder<'a> {
    image: &'a Image,
    options: &'a InspectOptions,
    /// What each node is referred to by, and whether a node refers to one that is there.
    referrers: HashMap<NodeId, Vec<NodeId>>,
    hangs_below: Vec<bool>,
    shown: Vec<bool>,
    /// How many nodes are open above the one that is being built.
    depth: usize,
    /// Bytes of configs and annotations that may still be shown.
    left: usize,
    /// The configs of the images of `manifest.json` that were shown.
    docker_configs: Vec<NodeId>,
    /// The first config that could be read once and not again.
    pub(super) failed: Option<Error>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(image: &'a Image, options: &'a InspectOptions) -> Self {
        let graph = &image.graph;
        // What is shown is a copy of what the graph keeps, and becomes text once more.
        let left = usize::try_from(options.limits.graph_bytes / 4).unwrap_or(usize::MAX);
        let mut referrers: HashMap<NodeId, Vec<NodeId>> = HashMap::new();
        let mut hangs_below = vec![false; graph.nodes().len()];
        let by_digest: BTreeMap<&Digest, NodeId> =
            graph.nodes().iter().enumerate().filter_map(|(id, node)| Some((node.key.digest()?, id))).collect();
        let mut known = HashSet::new();
        for about in &graph.referrals {
            let Some(&subject) = by_digest.get(&about.subject) else { continue };
            // What is referred to is shown only where it is listed, or where it is there.
            if known.insert((subject, about.referrer)) {
                referrers.entry(subject).or_default().push(about.referrer);
            }
            hangs_below[about.referrer] = true;
        }
        Builder {
            image,
            options,
            referrers,
            hangs_below,
            shown: vec![false; graph.nodes().len()],
            depth: 0,
            left,
            docker_configs: Vec::new(),
            failed: None,
        }
    }

    /// The documents that were shown, and the configs of images that were, which are not what their digests say.
    pub(super) fn damaged(&self) -> Vec<Finding> {
        let graph = &self.image.graph;
        let shown = (0..graph.nodes().len()).filter(|&id| self.shown[id]);
        let configs = shown.clone().flat_map(|id| &graph.node(id).links).filter(|link| link.role == Role::Config);
        let documents: BTreeSet<NodeId> =
            shown.chain(configs.filter_map(|link| link.node)).chain(self.docker_configs.iter().copied()).collect();
        let damaged = documents.into_iter().filter_map(|id| {
            let (expected, found) = graph.node(id).mismatch()?;
            let detail = "the document does not match its digest, so its content is not verified";
            Some(Finding::new(Code::BlobDigest, graph.place(id), detail).compared(expected, found))
        });
        damaged.collect()
    }

    /// What was selected of `index.json`, each node once with all its names, in stored order.
    pub(super) fn roots(&mut self, selected: &[Selectable]) -> Vec<TreeNode> {
        let (order, mut names) = named_nodes(&self.image.graph, selected);
        let whole = self.options.selector.is_all();
        let mut trees = Vec::new();
        for &id in &order {
            // What refers to an image that is in the file is shown below that image.
            if !(whole && self.hangs_below[id]) {
                trees.push(self.node(id, &mut names));
            }
        }
        let left: Vec<NodeId> = order.into_iter().filter(|&id| whole && !self.shown[id]).collect();
        for id in left {
            trees.push(self.node(id, &mut names));
        }
        for &top in selected {
            let Selectable::Root(at) = top else { continue };
            let root = &self.image.graph.roots[at];
            if root.node.is_none() {
                let names = root.names().map(ToOwned::to_owned).collect();
                trees.push(self.without_digest(&root.descriptor, names));
            }
        }
        trees
    }

    fn node(&mut self, id: NodeId, names: &mut HashMap<NodeId, Vec<String>>) -> TreeNode {
        let graph = &self.image.graph;
        let node = graph.node(id);
        let descriptor = graph.first_descriptor(id);
        let mut problems = node.problems.iter().map(|problem| problem.detail.clone().into()).collect();
        let annotations = self.annotations(descriptor, &node.document, &mut problems);
        let base = self.base(&node.document, &mut problems);
        let mut tree = TreeNode {
            names: names.remove(&id).unwrap_or_default(),
            digest: node.key.digest().cloned(),
            media_type: descriptor
                .and_then(|descriptor| descriptor.media_type.ok())
                .or(node.document.media_type())
                .cloned(),
            artifact_type: node.document.artifact_type().cloned(),
            size: self.size(id, descriptor),
            shown_above: self.shown[id],
            platform: if node.kind == Kind::Image { graph.platform_of(id).map(Box::new) } else { None },
            style: style(node.kind),
            predicate_types: predicate_types(self.image, id),
            manifests: manifests(&node.document),
            annotations,
            base,
            problems,
            ..TreeNode::new(node.kind, state(node.content))
        };
        if node.kind == Kind::Index {
            tree.about = tree.names.iter().find_map(|name| self.subject_of_tag(id, name));
        }
        if node.found.is_some() {
            tree.problems.push("the document does not match its digest".into());
        }
        if std::mem::replace(&mut self.shown[id], true) {
            return tree;
        }
        // Indexes are nested no deeper than the graph follows them; one referrer may refer to another without end.
        let deepest = self.options.limits.index_depth;
        if self.depth > deepest {
            let reached = LimitReached { name: "index-depth", limit: deepest as u64 };
            tree.problems.push(format!("the referrers are not shown: {reached}").into());
            return tree;
        }
        self.depth += 1;
        self.open(id, &mut tree, names);
        self.depth -= 1;
        tree
    }

    /// Shows what is below a node: its layers or what it lists, and what refers to it.
    fn open(&mut self, id: NodeId, tree: &mut TreeNode, names: &mut HashMap<NodeId, Vec<String>>) {
        let node = self.image.graph.node(id);
        let is_manifest = matches!(node.document, Document::Manifest(_));
        let lists_layers = node.kind == Kind::Cache && matches!(node.document, Document::Index(_));
        let config = self.image.graph.config_node(id);
        if is_manifest || lists_layers {
            let layers = self.layers(id);
            tree.layers = Some(amount(&layers));
            tree.layer_list = self.listed(layers, config.filter(|_| node.kind == Kind::Image));
        }
        if is_manifest && self.options.config {
            tree.config = config.and_then(|config| self.config(config, &mut tree.problems));
        }
        if !lists_layers {
            tree.children = self.children(id, names);
        }
        for referrer in self.referrers.get(&id).cloned().unwrap_or_default() {
            tree.referrers.push(self.node(referrer, names));
        }
    }

    /// What an index lists; an attestation stands below its subject, or here when its subject is nowhere.
    fn children(&mut self, id: NodeId, names: &mut HashMap<NodeId, Vec<String>>) -> Vec<TreeNode> {
        let graph = &self.image.graph;
        let mut children = Vec::new();
        for &link in &graph.node(id).links {
            let (Role::Manifest(_), Some(descriptor)) = (link.role, graph.descriptor(id, link)) else { continue };
            match link.node {
                None => children.push(self.without_digest(descriptor, Vec::new())),
                Some(child) if self.hangs_below[child] => {}
                Some(child) => {
                    let mut tree = self.node(child, names);
                    tree.about = descriptor.attests().and_then(|subject| subject.parse().ok());
                    children.push(tree);
                }
            }
        }
        children
    }

    fn without_digest(&mut self, descriptor: &Descriptor, names: Vec<String>) -> TreeNode {
        let mut problems = vec!["its descriptor has no valid digest".into()];
        let annotations = self.annotations(Some(descriptor), &Document::Opaque, &mut problems);
        TreeNode {
            names,
            media_type: descriptor.media_type.ok().cloned(),
            artifact_type: descriptor.artifact_type.clone(),
            size: descriptor.size.ok().copied(),
            platform: descriptor.real_platform().cloned().map(Box::new),
            annotations,
            problems,
            ..TreeNode::new(crate::graph::of_descriptor(descriptor), State::Absent)
        }
    }

    fn size(&self, id: NodeId, descriptor: Option<&Descriptor>) -> Option<u64> {
        self.image.size_of(id).or_else(|| descriptor.and_then(|descriptor| descriptor.size.ok()).copied())
    }
}

/// The nodes that were selected of `index.json`, each once in stored order, and the names of each.
fn named_nodes(graph: &Graph, selected: &[Selectable]) -> (Vec<NodeId>, HashMap<NodeId, Vec<String>>) {
    let mut order: Vec<NodeId> = Vec::new();
    let mut names: HashMap<NodeId, Vec<String>> = HashMap::new();
    let mut known = HashSet::new();
    for &top in selected {
        match top {
            Selectable::Root(at) => {
                let root = &graph.roots[at];
                let Some(id) = root.node else { continue };
                if let Some(name) = root.name().filter(|name| known.insert((id, *name))) {
                    names.entry(id).or_default().push(name.to_owned());
                }
                order.push(id);
            }
            Selectable::Node(id) => order.push(id),
            Selectable::Docker(_) => {}
        }
    }
    // Nodes are numbered as they are reached, so that this is the stored order.
    order.sort_unstable();
    order.dedup();
    (order, names)
}

fn manifests(document: &Document) -> Option<u64> {
    match document {
        Document::Index(index) => Some(index.manifests.len() as u64),
        _ => None,
    }
}

fn state(content: Content) -> State {
    match content {
        Content::Member(_) => State::Present,
        Content::Inline => State::Inline,
        Content::External => State::External,
        Content::Absent => State::Absent,
    }
}

fn style(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Attestation(style) => Some(style.name()),
        _ => None,
    }
}

/// The predicate types of an attestation; none for other nodes.
pub(in crate::ops) fn predicate_types(image: &Image, id: NodeId) -> Vec<String> {
    let graph = &image.graph;
    if !matches!(graph.node(id).kind, Kind::Attestation(_)) {
        return Vec::new();
    }
    statement_layers(graph, id).filter_map(|layer| layer.annotated()).map(ToOwned::to_owned).collect()
}
