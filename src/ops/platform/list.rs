//! `platform list`

use std::collections::HashSet;

use serde::Serialize;

use crate::digest::Digest;
use crate::edit::List;
use crate::edit::platform::config_platform;
use crate::error::Error;
use crate::graph::{Kind, Selector};
use crate::image::Image;
use crate::platform::Platform;

/// The platforms of an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct PlatformListReport {
    /// The file, as named on the command line.
    pub file: String,
    /// One for each image, in stored order.
    pub platforms: Vec<PlatformRow>,
}

/// One image.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlatformRow {
    /// The value in the descriptor, else in the config.
    pub platform: Option<Platform>,
    /// The value in the config, if it is different.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config: Option<Platform>,
    /// The digest of the manifest; in a docker archive that of the config.
    pub digest: Option<Digest>,
    /// The size in bytes of the manifest and all it references, according to the descriptors.
    pub size: u64,
    /// Whether the manifest is in the file.
    pub present: bool,
    /// The number of its attestations and signatures.
    pub attestations: usize,
}

/// Lists the images of what a selector means, with their platforms.
///
/// # Errors
///
/// When nothing fits, or several images that do not belong together; and when a document cannot be read.
pub fn list(image: &Image, selector: &Selector) -> Result<PlatformListReport, Error> {
    let graph = &image.graph;
    graph.require_read(image.source.label())?;
    let mut platforms = Vec::new();
    if image.source.format().index_view {
        let list = List::find(image, selector, "list platforms")?;
        let mut known = HashSet::new();
        for (entry, platform) in list.images() {
            let of_config = entry.node.and_then(|id| config_platform(image, id));
            let row = PlatformRow {
                config: of_config.filter(|own| Some(own) != platform.as_ref()),
                platform,
                digest: entry.descriptor.digest.ok().cloned(),
                size: entry.node.map_or(0, |id| size_below(image, id, entry.descriptor.size.ok().copied())),
                present: entry.node.is_some_and(|id| graph.node(id).is_present()),
                attestations: entry.node.map_or(0, |id| graph.referrers_of(id).len()),
            };
            if known.insert(row.clone()) {
                platforms.push(row);
            }
        }
    } else {
        for top in graph.select(image.source.label(), selector)? {
            let crate::graph::Selectable::Docker(at) = top else { continue };
            let entry = &graph.docker[at];
            let size = |id: &Option<usize>| id.and_then(|id| member_size(image, id)).unwrap_or(0);
            platforms.push(PlatformRow {
                platform: entry.config.and_then(|id| graph.platform_of(id)),
                config: None,
                digest: entry.image.config.ok().and_then(|name| crate::doc::docker::config_digest(name)),
                size: size(&entry.config) + entry.layers.iter().map(size).sum::<u64>(),
                present: entry.config.is_some_and(|id| graph.node(id).is_present()),
                attestations: 0,
            });
        }
    }
    if let Some(wanted) = &selector.platform {
        platforms.retain(|row| row.platform.as_ref().is_some_and(|own| own.satisfies(wanted)));
    }
    Ok(PlatformListReport { file: image.source.label().to_owned(), platforms })
}

fn size_below(image: &Image, id: usize, own: Option<u64>) -> u64 {
    let graph = &image.graph;
    let node = graph.node(id);
    let below = node.links.iter().filter(|_| node.kind == Kind::Image);
    let sizes = below
        .filter(|link| link.role != crate::graph::Role::Subject)
        .filter_map(|&link| graph.descriptor(id, link)?.size.ok().copied());
    own.unwrap_or(0).saturating_add(sizes.fold(0, u64::saturating_add))
}

fn member_size(image: &Image, id: usize) -> Option<u64> {
    match image.graph.node(id).content {
        crate::graph::Content::Member(member) => Some(image.source.members()[member].size),
        _ => None,
    }
}
