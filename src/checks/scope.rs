//! The part of a file that is verified: all of it, or a selection with everything that decides what readers see under its
//! name.

use std::collections::BTreeSet;

use crate::digest::Digest;
use crate::finding::{Code, Finding, Place};
use crate::graph::{Graph, Key, NodeId, Selectable, Selector};
use crate::image::Image;
use crate::source::Source;
use crate::views::Names;

/// The part of the graph that is verified.
pub(crate) struct Scope {
    /// By the number of each node.
    nodes: Vec<bool>,
    /// The lists among them of which only some entries are verified.
    lists: Vec<bool>,
    /// Whether it is the whole file, so that unreferenced blobs count.
    pub(crate) whole: bool,
    /// By the place in `roots`: entries that are selected, or have something selected below.
    roots: Vec<bool>,
    /// By the place in `docker`: images that are selected, or that readers of `manifest.json` take for what is selected.
    docker: Vec<bool>,
    /// The names of what is selected, as keys of [`Names`].
    names: BTreeSet<String>,
}

impl Scope {
    pub(crate) fn of(image: &Image, selector: &Selector, chosen: &[Selectable]) -> Self {
        let graph = &image.graph;
        let is_all = selector.is_all();
        let mut scope = Scope {
            nodes: vec![is_all; graph.nodes().len()],
            lists: vec![false; graph.nodes().len()],
            whole: is_all,
            roots: vec![is_all; graph.roots.len()],
            docker: vec![is_all; graph.docker.len()],
            names: BTreeSet::new(),
        };
        if !is_all {
            scope.nodes = graph.reachable(chosen.iter().flat_map(|top| graph.nodes_of(*top)));
            scope.add_roots(image, selector, chosen);
            scope.add_docker(graph, selector, chosen);
        }
        scope
    }

    pub(crate) fn has(&self, id: NodeId) -> bool {
        self.nodes[id]
    }

    /// Whether an entry of `index.json`, by its place in [`Graph::roots`], is selected or references what is.
    #[cfg(feature = "signatures")]
    pub(crate) fn has_root(&self, at: usize) -> bool {
        self.roots[at]
    }

    /// Whether an index is verified for the sake of some of its entries alone.
    pub(crate) fn is_partial(&self, id: NodeId) -> bool {
        self.lists[id]
    }

    /// The entries of `index.json` that reference the selection, with the lists between.
    fn add_roots(&mut self, image: &Image, selector: &Selector, chosen: &[Selectable]) {
        let graph = &image.graph;
        let named = Selector { reference: selector.reference.clone(), ..Selector::default() };
        let named = graph.select(image.source.label(), &named).unwrap_or_default();
        let mut is_named = vec![false; graph.roots.len()];
        for top in named {
            if let Selectable::Root(at) = top {
                is_named[at] = true;
            }
        }
        let mut open: Vec<NodeId> = Vec::new();
        for top in chosen {
            match *top {
                Selectable::Root(at) => self.roots[at] = true,
                Selectable::Docker(at) => self.docker[at] = true,
                Selectable::Node(id) => open.push(id),
            }
        }
        let below_named = self.below(graph, &is_named);
        let mut seen = vec![false; graph.nodes().len()];
        while let Some(id) = open.pop() {
            if std::mem::replace(&mut seen[id], true) {
                continue;
            }
            for listing in graph.listings_of(id) {
                match listing.list {
                    Some(list) if below_named[list] => {
                        if !std::mem::replace(&mut self.nodes[list], true) {
                            self.lists[list] = true;
                        }
                        open.push(list);
                    }
                    Some(_) => {}
                    None => {
                        if let Ok(at) = graph.roots.binary_search_by_key(&listing.number, |root| root.number) {
                            self.roots[at] |= is_named[at];
                        }
                    }
                }
            }
        }
        let mut names = Names::default();
        for (root, _) in graph.roots.iter().zip(&self.roots).filter(|(_, is_selected)| **is_selected) {
            names.add_root(root);
        }
        self.names.extend(names.keys());
        self.names.extend(selector.reference.as_deref().filter(|text| text.contains([':', '/'])).and_then(full));
        // One image may be listed under several names; what is wrong with it is reported at the first.
        let selected: BTreeSet<NodeId> =
            graph.roots.iter().zip(&self.roots).filter(|(_, is)| **is).filter_map(|(root, _)| root.node).collect();
        for (root, is_selected) in graph.roots.iter().zip(&mut self.roots) {
            *is_selected |= root.node.is_some_and(|id| selected.contains(&id));
        }
    }

    /// The nodes that some entries of `index.json` reference.
    fn below(&self, graph: &Graph, roots: &[bool]) -> Vec<bool> {
        let from = graph.roots.iter().zip(roots).filter(|(_, is)| **is).filter_map(|(root, _)| root.node);
        graph.reachable(from)
    }

    /// The images of `manifest.json` that have the config of a selected image, or its name: readers of that file load them
    /// in its place.
    fn add_docker(&mut self, graph: &Graph, selector: &Selector, chosen: &[Selectable]) {
        for top in chosen {
            if let Selectable::Docker(at) = *top {
                self.names.extend(graph.docker[at].image.repo_tags.iter().filter_map(|tag| full(tag)));
            }
        }
        let mut from: Vec<NodeId> = Vec::new();
        for (entry, is_selected) in graph.docker.iter().zip(&mut self.docker) {
            let has_config = entry.config.is_some_and(|config| self.nodes[config]);
            let mut keys = entry.image.repo_tags.iter().flat_map(|tag| Names::keys_of(tag));
            let platform = entry.config.and_then(|config| graph.platform_of(config));
            let fits = selector.platform.as_ref().is_none_or(|wanted| platform.is_none_or(|own| own.satisfies(wanted)));
            *is_selected |= has_config || fits && keys.any(|key| self.names.contains(&key));
            if *is_selected {
                from.extend(entry.config.into_iter().chain(entry.layers.iter().copied().flatten()));
            }
        }
        for (own, is_reached) in self.nodes.iter_mut().zip(graph.reachable(from)) {
            *own |= is_reached;
        }
    }

    /// Whether a finding about the file as a whole, or about its entries, may change what readers see of the selection.
    pub(crate) fn concerns(&self, image: &Image, finding: &Finding) -> bool {
        if self.whole {
            return true;
        }
        let (graph, steps) = (&image.graph, finding.at.steps());
        let Some(first) = steps.first() else { return true };
        if let Some(id) = steps.last().filter(|_| steps.len() > 1).and_then(|step| node_of(graph, &step.document)) {
            return self.has(id);
        }
        match first.document.as_str() {
            "index.json" => self.concerns_root(graph, &first.pointer, finding.code),
            "manifest.json" => self.concerns_docker(graph, &first.pointer, finding.code),
            "repositories" => self.concerns_repositories(graph, &finding.at),
            name => self.concerns_member(graph, &image.source, name),
        }
    }

    fn concerns_root(&self, graph: &Graph, pointer: &str, code: Code) -> bool {
        let Some(number) = number_after(pointer, "/manifests/") else { return true };
        let at = graph.roots.binary_search_by_key(&number, |root| root.number);
        let Ok(at) = at else { return true };
        if self.roots[at] || decides_reading(code) {
            return true;
        }
        let mut names = Names::default();
        names.add_root(&graph.roots[at]);
        names.keys().any(|key| self.names.contains(&key))
    }

    fn concerns_docker(&self, graph: &Graph, pointer: &str, code: Code) -> bool {
        let Some(number) = number_after(pointer, "/") else { return true };
        let at = graph.docker.binary_search_by_key(&number, |entry| entry.number);
        at.map_or(true, |at| self.docker[at] || decides_reading(code))
    }

    fn concerns_repositories(&self, graph: &Graph, at: &Place) -> bool {
        let pointer = at.steps().first().map_or("", |step| &step.pointer);
        let mut tags = graph.repositories.iter().filter(|tag| tag.pointer == pointer).peekable();
        tags.peek().is_none() || tags.any(|tag| full(&tag.name).is_some_and(|name| self.names.contains(&name)))
    }

    /// Members that hold a blob of another image stay out, and blobs that nothing references.
    fn concerns_member(&self, graph: &Graph, source: &Source, name: &str) -> bool {
        match source.find(name).and_then(|member| graph.held_by(member)) {
            Some(id) => self.has(id),
            None => Digest::from_blob_path(name).is_none(),
        }
    }
}

/// A name in full, as a key of [`Names`].
fn full(name: &str) -> Option<String> {
    Names::keys_of(name).find(|key| !key.starts_with(':'))
}

fn node_of(graph: &Graph, document: &str) -> Option<NodeId> {
    let digest: Option<Digest> = document.parse().ok();
    digest.and_then(|digest| graph.find(&Key::Digest(digest))).or_else(|| graph.find(&Key::Member(document.into())))
}

fn number_after(pointer: &str, prefix: &str) -> Option<u32> {
    pointer.strip_prefix(prefix)?.split('/').next()?.parse().ok()
}

/// Findings for which readers take a whole document in different ways or refuse it, wherever in it they are.
fn decides_reading(code: Code) -> bool {
    matches!(
        code,
        Code::JsonSyntax
            | Code::JsonDuplicateKey
            | Code::JsonKeyCase
            | Code::JsonNul
            | Code::JsonBom
            | Code::FieldType
            | Code::DocumentAmbiguous
            | Code::LimitExceeded
    )
}
