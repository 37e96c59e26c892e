//! The images whose config or layers an edit changes.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::EditOptions;
use super::draft::Draft;
use super::lists::List;
use super::slot::{Holder, Scope};
use crate::digest::Digest;
use crate::doc::{Document, docker};
use crate::error::Error;
use crate::graph::{Graph, NodeId, Role, Selectable, Selector, fitting};
use crate::image::Image;
use crate::reference::normalized;
use crate::rootfs::{Candidate, Chosen};

/// One image: a config, with what lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChosenImage {
    /// The config.
    pub(crate) config: NodeId,
    /// Configs with the same bytes: `manifest.json` may name a file of its own.
    copies: Vec<NodeId>,
    /// The manifests that are chosen and have this config; none in a docker archive.
    pub(crate) manifests: Vec<NodeId>,
    /// The layers, bottom first; None for one that is not known.
    pub(crate) layers: Vec<Option<NodeId>>,
}

impl ChosenImage {
    /// The config under each of its names.
    pub(crate) fn configs(&self) -> impl Iterator<Item = NodeId> {
        std::iter::once(self.config).chain(self.copies.iter().copied())
    }

    /// The image as a root file system.
    ///
    /// # Errors
    ///
    /// When a layer is not in the file, or encrypted.
    pub(crate) fn rootfs(&self, image: &Image) -> Result<Chosen, Error> {
        let of_docker = || image.graph.docker.iter().position(|entry| entry.config == Some(self.config));
        let of_manifest = self.manifests.first().copied().map(Candidate::Manifest);
        let absent = || {
            let digest = image.graph.node(self.config).key.as_str().to_owned();
            Error::Absent { path: image.source.label().to_owned(), digest }
        };
        of_manifest.or_else(|| of_docker().map(Candidate::Docker)).ok_or_else(absent)?.chosen(image)
    }
}

/// A draft for images that a selector means, with these images.
///
/// # Errors
///
/// When nothing fits, when several images fit that do not belong together, when one has no config or shares it with an
/// image that is not meant, and as for [`Draft::new`].
pub(crate) fn choose<'a>(
    image: &'a Image,
    selector: &Selector,
    options: &EditOptions,
    verb: &'static str,
) -> Result<(Draft<'a>, Vec<ChosenImage>), Error> {
    let (graph, path) = (&image.graph, image.source.label());
    let unfit = |reason: String| Error::Unfit { path: path.to_owned(), verb, reason };
    let docker: Vec<usize> = graph
        .select(path, selector)?
        .into_iter()
        .filter_map(|top| if let Selectable::Docker(at) = top { Some(at) } else { None })
        .collect();
    if !docker.is_empty() || !image.source.format().index_view {
        return of_docker(image, selector, options, &docker);
    }
    let list = List::find(image, selector, verb)?;
    let listed: Vec<NodeId> = match &selector.platform {
        Some(platform) => list.for_platform(platform)?.iter().filter_map(|entry| entry.node).collect(),
        None => graph.images_below_all(list.entries.iter().filter_map(|entry| entry.node)),
    };
    let (present, missing): (Vec<NodeId>, Vec<NodeId>) =
        listed.into_iter().partition(|&id| graph.node(id).is_present());
    let mut draft = Draft::new(image, options, &list.scope)?;
    let mut images: BTreeMap<NodeId, ChosenImage> = BTreeMap::new();
    for &manifest in &present {
        let config = graph.config_node(manifest).filter(|&id| is_config(graph, id));
        let Some(config) = config else {
            let digest = graph.node(manifest).key.as_str();
            return Err(unfit(format!("the image {digest} has no image config in this file")));
        };
        images
            .entry(config)
            .or_insert_with(|| ChosenImage {
                config,
                copies: copies(graph, config),
                manifests: Vec::new(),
                layers: layers(graph, manifest),
            })
            .manifests
            .push(manifest);
    }
    if images.is_empty() {
        let absent = missing.first().map(|&id| graph.node(id).key.as_str().to_owned());
        return Err(match absent {
            Some(digest) => Error::Absent { path: path.to_owned(), digest },
            None => unfit("it contains no image".to_owned()),
        });
    }
    for id in missing {
        let platform = graph.platform_of(id).map_or(String::new(), |platform| format!(" for {platform}"));
        draft.note(format!(
            "the image{platform} {} is not in the file and was not changed",
            graph.node(id).key.as_str()
        ));
    }
    refuse_shared(image, &list.scope, &present, &images, verb)?;
    Ok((draft, images.into_values().collect()))
}

/// The layers of a manifest by their numbers.
fn layers(graph: &Graph, manifest: NodeId) -> Vec<Option<NodeId>> {
    let mut layers = Vec::new();
    for link in &graph.node(manifest).links {
        if let Role::Layer(number) = link.role {
            // An entry that is no descriptor has no link.
            layers.resize(number as usize, None);
            layers.push(link.node);
        }
    }
    layers
}

fn is_config(graph: &Graph, id: NodeId) -> bool {
    graph.node(id).is_present() && matches!(graph.node(id).document, Document::Config(_))
}

/// A config that another image of the same names has as well would change for both.
fn refuse_shared(
    image: &Image,
    scope: &Scope,
    chosen: &[NodeId],
    images: &BTreeMap<NodeId, ChosenImage>,
    verb: &'static str,
) -> Result<(), Error> {
    let graph = &image.graph;
    let roots = graph.roots.iter().enumerate().filter(|(at, _)| match scope {
        Scope::All => true,
        Scope::Roots(roots) => roots.contains(at),
    });
    let within = graph.reachable(roots.filter_map(|(_, root)| root.node));
    let chosen: HashSet<NodeId> = chosen.iter().copied().collect();
    let mut others = (0..graph.nodes().len()).filter(|id| within[*id] && !chosen.contains(id));
    let shared = others.find_map(|id| {
        let node = graph.node(id);
        let config = node.links.iter().find(|link| link.role == Role::Config)?.node?;
        images.contains_key(&config).then(|| node.key.as_str().to_owned())
    });
    match shared {
        None => Ok(()),
        Some(other) => {
            let reason = format!("{other} has the same config and was not selected; select both");
            Err(Error::Unfit { path: image.source.label().to_owned(), verb, reason })
        }
    }
}

/// Images of `manifest.json` that no index knows.
fn of_docker<'a>(
    image: &'a Image,
    selector: &Selector,
    options: &EditOptions,
    entries: &[usize],
) -> Result<(Draft<'a>, Vec<ChosenImage>), Error> {
    let (graph, path) = (&image.graph, image.source.label());
    let mut images: BTreeMap<Option<NodeId>, ChosenImage> = BTreeMap::new();
    for entry in entries.iter().map(|&at| &graph.docker[at]) {
        let Some(config) = entry.config.filter(|&id| is_config(graph, id)) else {
            let digest = entry.image.config.ok().map_or("the config".to_owned(), |name| format!("the config `{name}`"));
            return Err(Error::Absent { path: path.to_owned(), digest });
        };
        let layers = entry.layers.clone();
        let chosen = ChosenImage { config, copies: copies(graph, config), manifests: Vec::new(), layers };
        images.entry(Some(config)).or_insert(chosen);
    }
    // Images of several names are no image for several platforms.
    let is_one_name = || {
        let mut names = entries.iter().map(|&at| &graph.docker[at].image.repo_tags);
        let first = names.next();
        names.all(|own| Some(own) == first && !own.is_empty())
    };
    if images.is_empty() || (images.len() > 1 && selector.platform.is_none() && !is_one_name()) {
        graph.select_one(path, selector)?;
    }
    let mut draft = Draft::new(image, options, &Scope::All)?;
    if let Some(reference) = selector.name() {
        let names = entries.iter().flat_map(|&at| &graph.docker[at].image.repo_tags).map(String::as_str);
        let names = fitting(&names.collect::<Vec<_>>(), reference);
        draft.limit_docker_names(names.into_iter().map(normalized).collect());
    }
    Ok((draft, images.into_values().collect()))
}

/// Other configs with the digest of one.
fn copies(graph: &Graph, config: NodeId) -> Vec<NodeId> {
    let digest = |id: NodeId| -> Option<Digest> {
        let key = &graph.node(id).key;
        key.digest().cloned().or_else(|| docker::config_digest(key.as_str()))
    };
    let own = digest(config);
    let configs: BTreeSet<NodeId> = graph.docker.iter().filter_map(|entry| entry.config).collect();
    configs.into_iter().filter(|&id| id != config && own.is_some() && digest(id) == own).collect()
}

/// The stored text of the config of an image.
///
/// # Errors
///
/// When it cannot be read, or is not what its digest says.
pub(crate) fn config_text(draft: &Draft<'_>, image: &ChosenImage) -> Result<String, Error> {
    draft.text(Holder::Node(image.config))
}
