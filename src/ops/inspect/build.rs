//! Building the tree of an image file: under each index its images, under each image what refers to it.

mod docker;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::InspectOptions;
use super::config::{self, ConfigSummary};
use super::tree::{Annotation, LayerRow, State, TreeNode};
use crate::digest::Digest;
use crate::doc::annotations::PREDICATE_TYPE;
use crate::doc::{Descriptor, Document, Field};
use crate::error::Error;
use crate::finding::{Code, Finding};
use crate::graph::{Content, Kind, NodeId, Role, Top, cosign_tag, cut_tag};
use crate::image::Image;
use crate::image::statements::statement_layers;
use crate::limits::LimitReached;
use crate::media_type::{self, MediaType};

/// Builds trees; each node is opened once, however many ways lead to it.
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
            let detail = "the document is not what its digest says, so what is shown of it is not proved";
            Some(Finding::new(Code::BlobDigest, graph.place(id), detail).compared(expected, found))
        });
        damaged.collect()
    }

    /// What was selected of `index.json`, each node once with all its names.
    pub(super) fn roots(&mut self, tops: &[Top]) -> Vec<TreeNode> {
        let graph = &self.image.graph;
        let mut order: Vec<NodeId> = Vec::new();
        let mut names: HashMap<NodeId, Vec<String>> = HashMap::new();
        let mut known = HashSet::new();
        let mut unreadable = Vec::new();
        for &top in tops {
            let id = match top {
                Top::Root(at) => {
                    let root = &graph.roots[at];
                    let Some(id) = root.node else {
                        unreadable
                            .push(self.without_digest(&root.descriptor, root.names().map(ToOwned::to_owned).collect()));
                        continue;
                    };
                    if let Some(name) = root.name().filter(|name| known.insert((id, *name))) {
                        names.entry(id).or_default().push(name.to_owned());
                    }
                    id
                }
                Top::Node(id) => id,
                Top::Docker(_) => continue,
            };
            order.push(id);
        }
        // Nodes are numbered as they are reached, so that this is the stored order.
        order.sort_unstable();
        order.dedup();
        let whole = self.options.selector.is_all();
        let mut trees = Vec::new();
        for &id in &order {
            // What refers to an image that is in the file stands below that image.
            if !(whole && self.hangs_below[id]) {
                trees.push(self.node(id, &mut names));
            }
        }
        let left: Vec<NodeId> = order.iter().copied().filter(|&id| whole && !self.shown[id]).collect();
        for id in left {
            trees.push(self.node(id, &mut names));
        }
        trees.extend(unreadable);
        trees
    }

    fn node(&mut self, id: NodeId, names: &mut HashMap<NodeId, Vec<String>>) -> TreeNode {
        let graph = &self.image.graph;
        let node = graph.node(id);
        let descriptor = graph.first_descriptor(id);
        let mut problems = node.problems.iter().map(|problem| problem.detail.clone().into()).collect();
        let annotations = self.annotations(descriptor, &node.document, &mut problems);
        let mut tree = TreeNode {
            names: names.remove(&id).unwrap_or_default(),
            kind: node.kind,
            digest: node.key.digest().cloned(),
            media_type: descriptor
                .and_then(|descriptor| descriptor.media_type.ok())
                .or(node.document.media_type())
                .cloned(),
            artifact_type: node.document.artifact_type().cloned(),
            size: self.size(id, descriptor),
            state: state(node.content),
            shown_above: self.shown[id],
            platform: if node.kind == Kind::Image { graph.platform_of(id).map(Box::new) } else { None },
            style: style(node.kind),
            predicate_types: predicate_types(self.image, id),
            manifests: manifests(&node.document),
            about: None,
            layers: None,
            layer_list: None,
            config: None,
            annotations,
            problems,
            children: Vec::new(),
            referrers: Vec::new(),
        };
        if node.kind == Kind::Index {
            tree.about = tree.names.iter().find_map(|name| fallback_tag(name).or_else(|| self.cut(id, name)));
        }
        if node.found.is_some() {
            tree.problems.push("the document is not what its digest says".into());
        }
        if std::mem::replace(&mut self.shown[id], true) {
            return tree;
        }
        // Indexes are nested no deeper than the graph follows them; one referrer may refer to another without end.
        let deepest = self.options.limits.index_depth;
        if self.depth > deepest {
            let reached = LimitReached { name: "index-depth", limit: deepest as u64 };
            tree.problems.push(format!("what speaks about it is not shown: {reached}").into());
            return tree;
        }
        self.depth += 1;
        if matches!(node.document, Document::Manifest(_)) {
            let layers = self.layers(id);
            tree.layers = Some(amount(&layers));
            tree.layer_list = self.options.layers.then_some(layers);
            if self.options.config {
                let config = node.links.iter().find(|link| link.role == Role::Config).and_then(|link| link.node);
                tree.config = config.and_then(|config| self.config(config, &mut tree.problems));
            }
        }
        if node.kind == Kind::Cache && matches!(node.document, Document::Index(_)) {
            let layers = self.layers(id);
            tree.layers = Some(amount(&layers));
            tree.layer_list = self.options.layers.then_some(layers);
        } else {
            tree.children = self.children(id, names);
        }
        for referrer in self.referrers.get(&id).cloned().unwrap_or_default() {
            tree.referrers.push(self.node(referrer, names));
        }
        self.depth -= 1;
        tree
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
            kind: crate::graph::of_descriptor(descriptor),
            digest: None,
            media_type: descriptor.media_type.ok().cloned(),
            artifact_type: descriptor.artifact_type.clone(),
            size: descriptor.size.ok().copied(),
            state: State::Absent,
            shown_above: false,
            platform: descriptor.real_platform().cloned().map(Box::new),
            style: None,
            predicate_types: Vec::new(),
            manifests: None,
            about: None,
            layers: None,
            layer_list: None,
            config: None,
            annotations,
            problems,
            children: Vec::new(),
            referrers: Vec::new(),
        }
    }

    /// What stands on the descriptor and in the document, where that was asked for.
    fn annotations(
        &mut self,
        descriptor: Option<&Descriptor>,
        document: &Document,
        problems: &mut Vec<Cow<'static, str>>,
    ) -> Vec<Annotation> {
        if !self.options.annotations {
            return Vec::new();
        }
        let of_document = match document {
            Document::Index(index) => Some(&index.annotations),
            Document::Manifest(manifest) => Some(&manifest.annotations),
            _ => None,
        };
        let of_descriptor = descriptor.map(|descriptor| &descriptor.annotations);
        let both = [(true, of_descriptor), (false, of_document)];
        let lists = both.iter().filter_map(|(_, list)| *list).flat_map(|list| list.iter());
        let bytes = lists.map(|(key, value)| size_of::<Annotation>() + key.len() + value.len()).sum();
        if !self.has_room(bytes, "its annotations", problems) {
            return Vec::new();
        }
        let stored = both.into_iter().filter_map(|(on_descriptor, list)| Some((on_descriptor, list?)));
        let each = stored.flat_map(|(on_descriptor, list)| list.iter().map(move |pair| (on_descriptor, pair)));
        each.map(|(on_descriptor, (key, value))| Annotation {
            on_descriptor,
            key: key.to_owned(),
            value: value.to_owned(),
        })
        .collect()
    }

    /// Whether so many bytes more may be shown; where not, that is a problem of what they would be shown of.
    fn has_room(&mut self, bytes: usize, what: &str, problems: &mut Vec<Cow<'static, str>>) -> bool {
        if let Some(left) = self.left.checked_sub(bytes) {
            self.left = left;
            return true;
        }
        let reached = LimitReached { name: "graph-bytes", limit: self.options.limits.graph_bytes };
        problems.push(format!("{what} would take too much memory to show: {reached}").into());
        false
    }

    fn config(&mut self, config: NodeId, problems: &mut Vec<Cow<'static, str>>) -> Option<Box<ConfigSummary>> {
        let summary = config::summary(self.image, config, &self.options.limits);
        let summary = summary.unwrap_or_else(|error| {
            self.failed.get_or_insert(error);
            None
        })?;
        self.has_room(summary.bytes(), "its config", problems).then(|| Box::new(summary))
    }

    fn size(&self, id: NodeId, descriptor: Option<&Descriptor>) -> Option<u64> {
        self.image.size_of(id).or_else(|| descriptor.and_then(|descriptor| descriptor.size.ok()).copied())
    }

    fn layers(&self, id: NodeId) -> Vec<LayerRow> {
        let graph = &self.image.graph;
        let config = graph.config_of(id);
        let mut rows = Vec::new();
        for &link in &graph.node(id).links {
            let (Role::Layer(number) | Role::Manifest(number)) = link.role else { continue };
            let Some(descriptor) = graph.descriptor(id, link) else { continue };
            // Among the layers of a cache export stands its config.
            if matches!(link.role, Role::Manifest(_)) && !is_layer(descriptor) {
                continue;
            }
            let diff_id = config.and_then(|config| config.diff_ids.get(number as usize)).and_then(Field::ok);
            rows.push(LayerRow {
                digest: descriptor.digest.ok().map_or_else(|| "no valid digest".to_owned(), ToString::to_string),
                size: link.node.and_then(|layer| self.size(layer, Some(descriptor))),
                media_type: descriptor.media_type.ok().cloned(),
                state: link.node.map_or(State::Absent, |layer| state(graph.node(layer).content)),
                diff_id: diff_id.cloned(),
                predicate_type: descriptor.annotations.get(PREDICATE_TYPE).map(ToOwned::to_owned),
            });
        }
        rows
    }
}

impl Builder<'_> {
    /// As [`fallback_tag`], where the tag has but the beginning of the digest: what it lists, or what is in the file, has all
    /// of it.
    fn cut(&self, index: NodeId, name: &str) -> Option<Digest> {
        let digits = cut_tag(name)?;
        let graph = &self.image.graph;
        let is_it = |digest: &&Digest| digest.algorithm_name() == "sha512" && digest.encoded().starts_with(digits);
        let listed = graph.node(index).links.iter().filter_map(|link| link.node);
        let mut subjects = listed.flat_map(|id| graph.referrals_of(id)).map(|about| &about.subject);
        let mut there = graph.nodes().iter().filter_map(|node| node.key.digest());
        subjects.find(is_it).or_else(|| there.find(is_it)).cloned()
    }
}

/// What an index under such a tag lists the referrers of (distribution-spec, "Referrers Tag Schema").
fn fallback_tag(name: &str) -> Option<Digest> {
    cosign_tag(name).filter(|(_, suffix)| suffix.is_empty()).map(|(subject, _)| subject)
}

fn is_layer(descriptor: &Descriptor) -> bool {
    matches!(descriptor.media_type.ok().map(MediaType::kind), Some(media_type::Kind::Layer(_)))
}

fn manifests(document: &Document) -> Option<u64> {
    match document {
        Document::Index(index) => Some(index.manifests.len() as u64),
        _ => None,
    }
}

fn amount(layers: &[LayerRow]) -> crate::image::Amount {
    let mut amount = crate::image::Amount::default();
    for layer in layers {
        amount.add(layer.size.unwrap_or(0));
    }
    amount
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
