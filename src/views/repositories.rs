//! The file `repositories`, which docker before 1.10 read, against `RepoTags`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::doc::docker;
use crate::finding::{Code, Finding, Findings, Place};
use crate::graph::{Content, Graph, Kind};
use crate::image::Image;
use crate::source::{MemberId, Resolution};
use crate::views::layers::{DockerLayer, IndexLayer};
use crate::views::meaning;

/// The top layers that a name of `manifest.json` stands for, in either view.
#[derive(Debug, Default)]
pub(crate) struct TopLayers {
    hexes: BTreeSet<String>,
    members: BTreeSet<MemberId>,
    folders: BTreeSet<String>,
}

impl TopLayers {
    pub(crate) fn of(graph: &Graph, docker: &[DockerLayer<'_>], index: &[IndexLayer<'_>]) -> Self {
        let mut tops = TopLayers::default();
        let member = |node: Option<usize>| match graph.node(node?).content {
            Content::Member(member) => Some(member),
            _ => None,
        };
        if let Some(layer) = docker.last() {
            tops.hexes.extend(layer.digest.iter().chain(layer.diff_id).map(|digest| digest.encoded().to_owned()));
            tops.members.extend(member(layer.node));
            tops.folders.extend(layer.name.rsplit_once('/').map(|(folder, _)| folder.to_owned()));
        }
        if let Some(layer) = index.last() {
            let digests = layer.digest.into_iter().chain(layer.diff_id);
            tops.hexes.extend(digests.map(|digest| digest.encoded().to_owned()));
            tops.members.extend(member(layer.node));
        }
        tops
    }

    /// Whether an identifier of `repositories` is one of them: a layer's digest (docker 25 and later), or the folder
    /// of a v1 layer, which may be a link.
    fn have(&self, image: &Image, id: &str) -> bool {
        let by_folder = || match image.source.resolve(&format!("{id}/layer.tar")) {
            Resolution::File(member) => self.members.contains(&member),
            _ => false,
        };
        self.hexes.contains(id) || self.folders.contains(id) || by_folder()
    }

    fn is_empty(&self) -> bool {
        self.hexes.is_empty() && self.members.is_empty()
    }
}

/// Compares names, and what each stands for. `index` holds the names of `index.json` in full: where they side with
/// `repositories` against `RepoTags`, that is said of `RepoTags` already.
pub(crate) fn check(
    image: &Image,
    tops: &BTreeMap<String, Vec<TopLayers>>,
    index: &BTreeSet<String>,
    findings: &mut Findings,
) {
    let graph = &image.graph;
    if image.source.find("repositories").is_none() || graph.docker.is_empty() {
        return;
    }
    if graph.findings.iter().any(|finding| {
        finding.at.steps().first().is_some_and(|step| step.document == "repositories" && step.pointer.is_empty())
    }) {
        return;
    }
    let mut listed: HashMap<String, (&str, &str)> = HashMap::new();
    for tag in &graph.repositories {
        if let Some(name) = meaning(&tag.name) {
            listed.insert(name, (&tag.pointer, &tag.layer));
        }
    }
    let names: BTreeSet<&String> = listed.keys().collect();
    let sides_with_index = !index.is_empty() && names.iter().copied().eq(index);
    for (name, (pointer, id)) in &listed {
        let at = || Place::at("repositories", (*pointer).to_owned());
        match tops.get(name) {
            None if sides_with_index => {}
            None => {
                let detail = format!("`RepoTags` of `manifest.json` do not contain `{name}`");
                findings.push(Finding::new(Code::ViewRepositories, at(), detail));
            }
            Some(images) => {
                let known = images.iter().any(|tops| tops.is_empty() || tops.have(image, id));
                if !known && stands_for_a_layer(image, id) {
                    let detail = format!("`{name}` refers to another layer than the top layer of its image");
                    findings.push(Finding::new(Code::ViewRepositories, at(), detail).found(id));
                }
            }
        }
    }
    if sides_with_index {
        return;
    }
    for name in tops.keys().filter(|name| !listed.contains_key(*name)) {
        let detail = format!("`repositories` does not contain `{name}`, which `manifest.json` lists");
        findings.push(Finding::new(Code::ViewRepositories, Place::of("repositories"), detail));
    }
}

/// What is absent is `repositories-dangling`, and no disagreement.
fn stands_for_a_layer(image: &Image, id: &str) -> bool {
    let names = [format!("{id}/layer.tar"), format!("{id}.tar"), format!("blobs/sha256/{id}")];
    names.iter().any(|name| match image.source.resolve(name) {
        Resolution::File(member) => {
            let held = image.graph.held_by(member);
            held.is_none_or(|id| image.graph.node(id).kind == Kind::Layer) || docker::layer_digest(name).is_some()
        }
        _ => false,
    })
}
