//! `ref list`: each name in an image file, and what it stands for.

use std::collections::HashSet;

use serde::Serialize;

use crate::digest::Digest;
use crate::doc::docker;
use crate::error::Error;
use crate::graph::{Kind, NodeId, Selectable, Selector};
use crate::image::Image;
use crate::limits::{LimitReached, Limits};
use crate::media_type::MediaType;
use crate::platform::Platform;

/// The names of an image file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct RefListReport {
    /// The file, as named on the command line.
    pub file: String,
    /// One for each name, and for each entry without one; in stored order.
    pub refs: Vec<RefEntry>,
}

/// One name, and what it refers to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RefEntry {
    /// The name; missing for an entry without one.
    pub name: Option<String>,
    /// The document: `index.json` or `manifest.json`.
    pub view: &'static str,
    /// What it refers to; for `manifest.json` the digest of the config, which is docker's image ID.
    pub digest: Option<Digest>,
    /// What that is.
    pub kind: Kind,
    /// Its media type in `index.json`, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_type: Option<MediaType>,
    /// The platforms of its images.
    pub platforms: Vec<Platform>,
}

/// Lists the names of what fits a selector.
///
/// # Errors
///
/// When the selector fits nothing, a document cannot be read, or many names stand for indexes of many platforms, so that
/// more is to be said than the limit on descriptors allows.
pub fn list(image: &Image, selector: &Selector, limits: &Limits) -> Result<RefListReport, Error> {
    let graph = &image.graph;
    graph.require_read(image.source.label())?;
    let mut refs = Vec::new();
    let mut selected = graph.select(image.source.label(), selector)?;
    if selector.is_all() {
        let known: HashSet<Selectable> = selected.iter().copied().collect();
        selected.extend((0..graph.docker.len()).map(Selectable::Docker).filter(|top| !known.contains(top)));
    }
    let mut said = 0;
    for top in selected {
        let (names, entry) = match top {
            Selectable::Root(at) => of_root(image, at),
            Selectable::Docker(at) => of_docker(image, at),
            Selectable::Node(id) => (Vec::new(), of_node(image, id)),
        };
        said += entry.platforms.len();
        within(image, said, limits)?;
        if names.is_empty() {
            refs.push(entry);
            continue;
        }
        refs.extend(names.into_iter().map(|name| RefEntry { name: Some(name), ..entry.clone() }));
    }
    Ok(RefListReport { file: image.source.label().to_owned(), refs })
}

fn of_root(image: &Image, at: usize) -> (Vec<String>, RefEntry) {
    let root = &image.graph.roots[at];
    let kind = root.node.map_or(Kind::Blob, |id| image.graph.node(id).kind);
    let entry = RefEntry {
        name: None,
        view: "index.json",
        digest: root.descriptor.digest.ok().cloned(),
        kind,
        media_type: root.descriptor.media_type.ok().cloned(),
        platforms: root.node.map(|id| platforms_below(image, id)).unwrap_or_default(),
    };
    (root.name().map(ToOwned::to_owned).into_iter().collect(), entry)
}

fn of_docker(image: &Image, at: usize) -> (Vec<String>, RefEntry) {
    let docker_entry = &image.graph.docker[at];
    let entry = RefEntry {
        name: None,
        view: "manifest.json",
        digest: docker_entry.image.config.ok().and_then(|name| docker::config_digest(name)),
        kind: Kind::Image,
        media_type: None,
        platforms: docker_entry.config.and_then(|id| image.graph.platform_of(id)).into_iter().collect(),
    };
    (docker_entry.image.repo_tags.clone(), entry)
}

fn of_node(image: &Image, id: NodeId) -> RefEntry {
    RefEntry {
        name: None,
        view: "index.json",
        digest: image.graph.node(id).key.digest().cloned(),
        kind: image.graph.node(id).kind,
        media_type: image.graph.first_descriptor(id).and_then(|descriptor| descriptor.media_type.ok()).cloned(),
        platforms: platforms_below(image, id),
    }
}

/// Fails where the platforms of all that is listed are more than descriptors may be.
pub(super) fn within(image: &Image, platforms: usize, limits: &Limits) -> Result<(), Error> {
    if platforms <= limits.descriptors {
        return Ok(());
    }
    let reached = LimitReached { name: "descriptors", limit: limits.descriptors as u64 };
    Err(Error::Limit { path: format!("{}: the platforms of all names", image.source.label()), reached })
}

/// The platforms of the images below a node, in stored order, each once.
pub(super) fn platforms_below(image: &Image, id: NodeId) -> Vec<Platform> {
    let mut known = HashSet::new();
    let platforms = image.graph.images_below(id).into_iter().filter_map(|id| image.graph.platform_of(id));
    platforms.filter(|platform| known.insert(platform.clone())).collect()
}
