//! The rows of a comparison: an image of either view, and what a person calls it.

use std::collections::BTreeSet;

use crate::digest::Digest;
use crate::finding::{Findings, Place};
use crate::graph::{Graph, Role, Selectable};
use crate::views::pair::IndexImage;
use crate::views::{ComparedImage, Pairs, Side, Unproven, layers};

/// Names of one image that a report lists at most.
pub(crate) const MOST_NAMES: usize = 100;

/// What a row of the table is about: an image of `manifest.json` as its place in [`Graph::docker`], and one of
/// `index.json` as its place in [`Pairs::images`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct ComparedPair {
    pub(crate) docker: Option<usize>,
    pub(crate) index: Option<usize>,
}

/// All that the comparison found.
#[derive(Debug, Default)]
pub(crate) struct Comparison {
    pub(crate) images: Vec<(ComparedPair, ComparedImage)>,
    pub(crate) pairs: Pairs,
    pub(crate) unproven: Vec<Unproven>,
    pub(crate) findings: Findings,
}

impl Comparison {
    /// Keeps the images that a selector chose, and what is said of them.
    pub(crate) fn retain(&mut self, graph: &Graph, chosen: &[Selectable]) {
        let mut roots = BTreeSet::new();
        let (mut nodes, mut docker) = (BTreeSet::new(), BTreeSet::new());
        for top in chosen {
            match *top {
                Selectable::Root(at) => roots.extend(graph.roots[at].node),
                Selectable::Docker(at) => {
                    docker.insert(at);
                }
                Selectable::Node(id) => {
                    nodes.insert(id);
                }
            }
        }
        let pairs = &self.pairs;
        let is_chosen = |about: &ComparedPair| {
            let of_index = about.index.map(|at| &pairs.images[at]).is_some_and(|image| {
                nodes.contains(&image.node) || image.listed.iter().any(|&top| roots.contains(&pairs.listed[top].node))
            });
            of_index || about.docker.is_some_and(|at| docker.contains(&at))
        };
        self.images.retain(|(about, _)| is_chosen(about));
        let mut places: BTreeSet<String> = BTreeSet::new();
        for (about, _) in &self.images {
            places.extend(about.docker.map(|at| format!("manifest.json#/{}", graph.docker[at].number)));
        }
        for top in pairs.listed.iter().filter(|top| roots.contains(&top.node)) {
            let numbers = top.roots.iter().map(|&root| graph.roots[root].number);
            places.extend(numbers.map(|number| format!("index.json#{}", Role::Manifest(number).pointer())));
        }
        let belongs = |place: &Place| {
            place.steps().first().is_none_or(|step| {
                let count = if step.document == "index.json" { 3 } else { 2 };
                let first: Vec<&str> = step.pointer.split('/').take(count).collect();
                places.contains(&format!("{}#{}", step.document, first.join("/")))
            })
        };
        self.findings.retain(|finding| belongs(&finding.at));
        self.unproven.retain(|unproven| belongs(&unproven.at));
    }
}

pub(crate) fn index_side(graph: &Graph, pairs: &Pairs, image: &IndexImage) -> Side {
    let mut names: Vec<String> = Vec::new();
    for name in image.listed.iter().flat_map(|&top| pairs.listed[top].names.shown()).take(MOST_NAMES) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let layers = layers::of_index(graph, image.node);
    Side {
        at: graph.place(image.node),
        names,
        config: image.config.and_then(|id| graph.node(id).key.digest()).cloned(),
        layers: layers.iter().map(|layer| layer.digest.map_or_else(String::new, Digest::to_string)).collect(),
    }
}

/// What a person calls an image.
pub(crate) fn called(names: &[String], digest: Option<&Digest>) -> String {
    match (names, digest) {
        ([], Some(digest)) => format!("the image {}", digest.short()),
        ([], None) => "an image without a name".to_owned(),
        (names, _) => list(names),
    }
}

pub(crate) fn list(names: &[String]) -> String {
    const MOST: usize = 8;
    let shown: Vec<String> = names.iter().take(MOST).map(|name| format!("`{name}`")).collect();
    match names.len() {
        0 => "no name".to_owned(),
        count if count > MOST => format!("{} and {} more", shown.join(", "), count - MOST),
        _ => shown.join(", "),
    }
}
