//! Choosing images within a file: by name, by digest, by platform.

use std::collections::{HashMap, HashSet};

use super::{Graph, Kind, NodeId};
use crate::command;
use crate::doc::docker;
use crate::error::Error;
use crate::platform::Platform;
use crate::reference::{Address, DigestPrefix, is_written, position, same_image, tag_of};

/// What was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selector {
    /// A name or a tag; or `@N`, the entry at this position of `index.json`, else of `manifest.json`.
    pub reference: Option<String>,
    /// A digest or its beginning.
    pub digest: Option<DigestPrefix>,
    /// A platform within an index.
    pub platform: Option<Platform>,
}

/// What a selector selects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Selectable {
    /// The entry of `index.json` at this place of [`Graph::roots`].
    Root(usize),
    /// The image of `manifest.json` at this place of [`Graph::docker`].
    Docker(usize),
    /// A node inside.
    Node(NodeId),
}

impl Selector {
    /// What an address and an optional platform ask for.
    pub fn new(address: &Address, platform: Option<Platform>) -> Self {
        Selector { reference: address.reference.clone(), digest: address.digest.clone(), platform }
    }

    /// The error that several images fit.
    pub fn ambiguous(&self, path: &str, available: Vec<String>) -> Error {
        let wanted = if self.is_all() { "contains".to_owned() } else { format!("{} matches", wanted(self)) };
        Error::Ambiguous { path: path.to_owned(), wanted, available }
    }

    /// The name or tag that it asks for, where it does not ask for a position.
    pub(crate) fn name(&self) -> Option<&str> {
        self.reference.as_deref().filter(|reference| position(reference).is_none())
    }

    /// Whether it asks for anything less than all.
    pub fn is_all(&self) -> bool {
        self.reference.is_none() && self.digest.is_none() && self.platform.is_none()
    }
}

impl Graph {
    /// The nodes at which a selected one begins.
    pub fn nodes_of(&self, top: Selectable) -> Vec<NodeId> {
        match top {
            Selectable::Root(at) => self.roots[at].node.into_iter().collect(),
            Selectable::Docker(at) => {
                let entry = &self.docker[at];
                entry.config.into_iter().chain(entry.layers.iter().copied().flatten()).collect()
            }
            Selectable::Node(id) => vec![id],
        }
    }

    /// The platform of an image: what its config says, else what the descriptor says that led to it first.
    pub fn platform_of(&self, id: NodeId) -> Option<Platform> {
        let of_config = |id: NodeId| self.node(id).document.as_config()?.platform.as_deref().cloned();
        let mut configs = self.node(id).links.iter().filter(|link| link.role == super::Role::Config);
        let config = configs.find_map(|link| of_config(link.node?));
        let descriptor = || self.first_descriptor(id).and_then(|descriptor| descriptor.real_platform()).cloned();
        config.or_else(|| of_config(id)).filter(|platform| !platform.is_unknown()).or_else(descriptor)
    }

    /// The images to run below a node, itself included, in stored order.
    pub fn images_below(&self, id: NodeId) -> Vec<NodeId> {
        self.images_below_all([id])
    }

    /// The images to run below some nodes, each once: names may all stand for one index.
    pub fn images_below_all(&self, ids: impl IntoIterator<Item = NodeId>) -> Vec<NodeId> {
        let mut below = Below::new(self);
        ids.into_iter().flat_map(|id| below.images(id)).collect()
    }

    /// What fits a selector: entries of `index.json` first, then images of `manifest.json`; with a digest or a
    /// platform, nodes inside them.
    ///
    /// A dual file answers from `index.json`, and from `manifest.json` only what the index does not know.
    pub fn select(&self, path: &str, selector: &Selector) -> Result<Vec<Selectable>, Error> {
        let mut selected = self.named(selector.reference.as_deref());
        if selected.is_empty() && !selector.is_all() {
            return Err(self.nothing(path, selector));
        }
        if let Some(digest) = &selector.digest {
            selected = self.with_digest(path, digest, &selected)?;
        }
        if let Some(platform) = &selector.platform {
            selected = self.with_platform(platform, &selected);
        }
        if selected.is_empty() && !selector.is_all() { Err(self.nothing(path, selector)) } else { Ok(selected) }
    }

    /// The one image, index or artifact that fits a selector.
    pub fn select_one(&self, path: &str, selector: &Selector) -> Result<Selectable, Error> {
        let selected = self.select(path, selector)?;
        let named = selector.reference.is_some() || selector.digest.is_some();
        // Referrers are not meant by the file alone, unless it has nothing else.
        let is_about_another = |top: &Selectable| match *top {
            Selectable::Root(at) => self.is_about_another(&self.roots[at]),
            Selectable::Docker(_) => false,
            Selectable::Node(id) => self.is_referrer(id),
        };
        let is_claimed =
            |top: &Selectable| self.nodes_of(*top).first().is_some_and(|&id| self.node(id).kind.is_about_another());
        let mut chosen: Vec<Selectable> =
            selected.iter().copied().filter(|top| named || !is_about_another(top)).collect();
        if chosen.is_empty() {
            chosen.extend(selected.iter().copied().filter(|top| !is_claimed(top)));
        }
        let mut known: HashSet<Vec<NodeId>> = HashSet::new();
        let distinct: Vec<Selectable> = chosen.into_iter().filter(|top| known.insert(self.nodes_of(*top))).collect();
        match distinct.as_slice() {
            [one] => Ok(*one),
            [] => Err(self.nothing(path, selector)),
            _ => Err(selector.ambiguous(path, self.labels_to_paste(&distinct))),
        }
    }

    fn named(&self, reference: Option<&str>) -> Vec<Selectable> {
        if let Some(number) = reference.and_then(position) {
            return self.at_position(number).into_iter().collect();
        }
        let is_called = |top: &Selectable| {
            reference.is_none_or(|reference| self.names_of(*top).into_iter().any(|name| fits(name, reference)))
        };
        let mut selected: Vec<Selectable> = (0..self.roots.len()).map(Selectable::Root).filter(is_called).collect();
        if selected.is_empty() {
            selected.extend((0..self.docker.len()).map(Selectable::Docker).filter(is_called));
        }
        exact_first(selected, reference, |top| self.names_of(top))
    }

    /// The entry at a position, counted from 0 as it is listed.
    fn at_position(&self, number: u32) -> Option<Selectable> {
        if self.roots.is_empty() {
            let at = self.docker.iter().position(|entry| entry.number == number);
            return at.map(Selectable::Docker);
        }
        self.roots.iter().position(|root| root.number == number).map(Selectable::Root)
    }

    fn with_digest(
        &self,
        path: &str,
        digest: &DigestPrefix,
        selected: &[Selectable],
    ) -> Result<Vec<Selectable>, Error> {
        let direct: Vec<Selectable> = selected.iter().copied().filter(|top| self.is_called(*top, digest)).collect();
        if !direct.is_empty() {
            return Ok(direct);
        }
        let within = self.reachable(selected.iter().flat_map(|top| self.nodes_of(*top)));
        let fits = |id: &NodeId| within[*id] && self.node(*id).key.digest().is_some_and(|own| digest.matches(own));
        let found: Vec<NodeId> = (0..self.nodes().len()).filter(fits).collect();
        if found.len() > 1 {
            let available = found.iter().map(|&id| format!("@{}", self.node(id).key.as_str())).collect();
            return Err(Error::Ambiguous { path: path.to_owned(), wanted: format!("`@{digest}` matches"), available });
        }
        Ok(found.into_iter().map(Selectable::Node).collect())
    }

    /// Whether a selected one itself has a digest: an entry's, or for docker's images that of the config.
    fn is_called(&self, top: Selectable, digest: &DigestPrefix) -> bool {
        match top {
            Selectable::Docker(at) => {
                let config = self.docker[at].image.config.ok().and_then(|name| docker::config_digest(name));
                config.is_some_and(|own| digest.matches(&own))
            }
            _ => self.nodes_of(top).iter().any(|&id| self.node(id).key.digest().is_some_and(|own| digest.matches(own))),
        }
    }

    /// The images for a platform: by the platform of the entry that lists each, which engines go by, else by that of its
    /// config. An image listed for exactly this platform is taken before one of a variant that was not asked for.
    fn with_platform(&self, wanted: &Platform, selected: &[Selectable]) -> Vec<Selectable> {
        let mut found = self.with_platforms(selected);
        found.retain(|(_, own)| own.satisfies(wanted));
        let exact = wanted.normalized();
        let is_exact = |own: &Platform| {
            let own = own.normalized();
            own.variant == exact.variant && own.os_version == exact.os_version
        };
        if found.iter().any(|(_, own)| is_exact(own)) {
            found.retain(|(_, own)| is_exact(own));
        }
        let mut found: Vec<Selectable> = found.into_iter().map(|(top, _)| top).collect();
        found.dedup();
        found
    }

    /// All images of what was selected, each with its platform.
    fn with_platforms(&self, selected: &[Selectable]) -> Vec<(Selectable, Platform)> {
        let mut found: Vec<(Selectable, Platform)> = Vec::new();
        let mut below = Below::new(self);
        for &top in selected {
            let mut add = |top: Selectable, own: Option<Platform>| found.extend(own.map(|own| (top, own)));
            match top {
                Selectable::Docker(at) => add(top, self.docker[at].config.and_then(|id| self.platform_of(id))),
                _ => {
                    let ids = self.nodes_of(top).into_iter();
                    let listed = ids.flat_map(|id| below.listed(id, self.listed_platform(top)));
                    listed
                        .for_each(|(id, own)| add(Selectable::Node(id), own.cloned().or_else(|| self.platform_of(id))));
                }
            }
        }
        found
    }

    fn listed_platform(&self, top: Selectable) -> Option<&Platform> {
        match top {
            Selectable::Root(at) => self.roots[at].descriptor.real_platform(),
            Selectable::Docker(_) | Selectable::Node(_) => None,
        }
    }

    /// The names of a selected one.
    pub fn names_of(&self, top: Selectable) -> Vec<&str> {
        match top {
            Selectable::Root(at) => self.roots[at].names().collect(),
            Selectable::Docker(at) => self.docker[at].image.repo_tags.iter().map(String::as_str).collect(),
            Selectable::Node(_) => Vec::new(),
        }
    }

    /// What a person writes behind the path to choose this one: its name, or `@` and its digest where it has none that can
    /// be written there.
    pub fn label(&self, top: Selectable) -> String {
        let names = self.names_of(top);
        let name = names.iter().find(|name| is_written(name));
        name.map(|name| (*name).to_owned()).unwrap_or_else(|| match self.digest_label(top) {
            digest if digest.is_empty() => names.first().map_or(digest, |name| (*name).to_owned()),
            digest => digest,
        })
    }

    /// What a person writes behind the path to choose each of several: the digest where a name does not tell them apart.
    pub fn labels(&self, selected: &[Selectable]) -> Vec<String> {
        let labels: Vec<String> = selected.iter().map(|top| self.label(*top)).collect();
        let mut count: HashMap<&str, usize> = HashMap::new();
        labels.iter().for_each(|label| *count.entry(label).or_default() += 1);
        let digest = |top: &Selectable| Some(self.digest_label(*top)).filter(|digest| !digest.is_empty());
        let label = |(top, label): (&Selectable, &String)| {
            digest(top).filter(|_| count.get(&**label) > Some(&1)).unwrap_or_else(|| label.clone())
        };
        selected.iter().zip(&labels).map(label).collect()
    }

    /// As [`Graph::labels`], quoted for a shell.
    pub(crate) fn labels_to_paste(&self, selected: &[Selectable]) -> Vec<String> {
        self.labels(selected).iter().map(|label| command::pasted(label)).collect()
    }

    fn digest_label(&self, top: Selectable) -> String {
        match top {
            Selectable::Docker(at) => {
                let config = self.docker[at].image.config.ok().cloned().unwrap_or_default();
                docker::config_digest(&config).map_or(config, |digest| format!("@{digest}"))
            }
            _ => self.nodes_of(top).first().map_or(String::new(), |&id| format!("@{}", self.node(id).key.as_str())),
        }
    }

    /// The platforms of all images, each once, in order.
    pub fn platforms(&self) -> Vec<Platform> {
        let images = self.images_below_all(self.roots.iter().filter_map(|root| root.node)).into_iter();
        let configs = self.docker.iter().filter_map(|entry| entry.config);
        let mut platforms: Vec<Platform> = images.chain(configs).filter_map(|id| self.platform_of(id)).collect();
        platforms.sort();
        platforms.dedup();
        platforms
    }

    fn nothing(&self, path: &str, selector: &Selector) -> Error {
        if let Err(unreadable) = self.require_readable(path) {
            return unreadable;
        }
        let is_named = || !self.named(selector.reference.as_deref()).is_empty();
        let platform = selector.platform.as_ref().filter(|_| is_named());
        let available: Vec<String> = match platform {
            Some(_) => {
                let listed = self.with_platforms(&self.named(selector.reference.as_deref()));
                let mut platforms: Vec<Platform> = listed.into_iter().map(|(_, own)| own.without_features()).collect();
                platforms.sort();
                platforms.dedup();
                platforms.into_iter().filter(Platform::is_written).map(|own| own.to_string()).collect()
            }
            None => self.named(None).into_iter().map(|top| self.label(top)).collect(),
        };
        let written = platform.map(ToString::to_string).or_else(|| selector.reference.clone()).unwrap_or_default();
        Error::no_such_image(path, wanted(selector), &written, available)
    }
}

/// Walks down to images, through each index once.
#[derive(Debug)]
pub struct Below<'g> {
    graph: &'g Graph,
    seen: Vec<bool>,
}

impl<'g> Below<'g> {
    /// Nothing is walked through yet.
    pub fn new(graph: &'g Graph) -> Self {
        Below { graph, seen: vec![false; graph.nodes().len()] }
    }

    /// The images to run below a node, itself included, in stored order, without those that came before.
    pub fn images(&mut self, id: NodeId) -> Vec<NodeId> {
        self.listed(id, None).into_iter().map(|(id, _)| id).collect()
    }

    /// As [`Below::images`], each with the platform of the entry that lists it; `own` is that of the entry for `id`.
    fn listed(&mut self, id: NodeId, own: Option<&'g Platform>) -> Vec<(NodeId, Option<&'g Platform>)> {
        let (mut open, mut images) = (vec![(id, own)], Vec::new());
        while let Some((id, own)) = open.pop() {
            if std::mem::replace(&mut self.seen[id], true) {
                continue;
            }
            let graph = self.graph;
            let node = graph.node(id);
            match node.kind {
                Kind::Image => images.push((id, own)),
                Kind::Index => {
                    let manifests = node.links.iter().rev().filter(|link| link.role != super::Role::Subject);
                    open.extend(manifests.filter_map(|&link| {
                        let listed = graph.descriptor(id, link).and_then(|entry| entry.real_platform());
                        Some((link.node?, listed))
                    }));
                }
                _ => {}
            }
        }
        images
    }
}

/// Whether a name in a file is the one that was asked for: the same image, or the tag alone.
fn fits(name: &str, reference: &str) -> bool {
    same_image(name, reference) || tag_of(name) == Some(reference)
}

/// The names that are meant by what was asked for; where some are exactly this, only those.
pub(crate) fn fitting<'n>(names: &[&'n str], reference: &str) -> Vec<&'n str> {
    let exact: Vec<&str> = names.iter().copied().filter(|name| *name == reference).collect();
    let all = || names.iter().copied().filter(|name| fits(name, reference)).collect();
    if exact.is_empty() { all() } else { exact }
}

/// Where some names are exactly what was asked for, only those.
fn exact_first<'a>(
    selected: Vec<Selectable>,
    reference: Option<&str>,
    names: impl Fn(Selectable) -> Vec<&'a str>,
) -> Vec<Selectable> {
    let Some(reference) = reference else { return selected };
    let exact: Vec<Selectable> = selected.iter().copied().filter(|&top| names(top).contains(&reference)).collect();
    if exact.is_empty() { selected } else { exact }
}

fn wanted(selector: &Selector) -> String {
    let reference = selector.reference.as_ref().map(|reference| format!("`{reference}`"));
    let digest = selector.digest.as_ref().map(|digest| format!("`@{digest}`"));
    let platform = selector.platform.as_ref().map(|platform| format!("platform {platform}"));
    let parts: Vec<String> = [reference, digest, platform].into_iter().flatten().collect();
    if parts.is_empty() { "the image".to_owned() } else { parts.join(" with ") }
}
