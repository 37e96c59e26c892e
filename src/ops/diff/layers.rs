//! The layers of two images.

use std::collections::{HashMap, VecDeque};

use serde::Serialize;

use super::pairs::One;
use crate::digest::{Algorithm, Digest};
use crate::doc::Field;
use crate::graph::{Content, NodeId, Role};
use crate::image::Image;
use crate::limits::Limits;
use crate::media_type::MediaType;
use crate::rootfs::Candidate;
use crate::source::{ExamineOptions, examine};

/// The change of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum LayerChange {
    /// Both have it.
    Shared,
    /// Both have its content with different compression: one diff_id, two digests.
    Recompressed,
    /// Only the second has it.
    Added,
    /// Only the first has it.
    Removed,
}

/// One layer of either image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LayerDiff {
    /// The change.
    pub change: LayerChange,
    /// The digest of its uncompressed content, from the config.
    pub diff_id: Option<Digest>,
    /// It as the first image has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub a: Option<LayerFacts>,
    /// It as the second image has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub b: Option<LayerFacts>,
    /// It is above a layer in one image and below it in the other.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub moved: bool,
}

/// A layer in one image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LayerFacts {
    /// Its number, counted from 1, the bottom.
    pub number: usize,
    /// Its digest, or its member in a docker archive.
    pub name: String,
    /// The stored size in bytes; missing if the content is missing and its size unknown.
    pub size: Option<u64>,
    /// Its media type; missing in a docker archive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_type: Option<MediaType>,
    /// Its own digest; None where it is not known without reading it.
    #[serde(skip)]
    pub(super) digest: Option<Digest>,
    /// As in [`LayerDiff`].
    #[serde(skip)]
    pub(super) diff_id: Option<Digest>,
}

/// The layers of an image, as far as documents tell.
pub(super) fn layers_of(image: &Image, one: &One) -> Vec<LayerFacts> {
    let graph = &image.graph;
    let config = one.config.and_then(|id| graph.node(id).document.as_config());
    let diff_ids = config.map_or(&[][..], |config| &config.diff_ids);
    let stored = |id: NodeId| match graph.node(id).content {
        Content::Member(member) => Some(image.source.members()[member].size),
        _ => None,
    };
    let facts = |place: usize, name: String, node: Option<NodeId>, size: Option<u64>, media_type: Option<MediaType>| {
        LayerFacts {
            number: place + 1,
            name,
            size: node.and_then(stored).or(size),
            media_type,
            digest: node.and_then(|id| graph.node(id).key.digest()).cloned(),
            diff_id: diff_ids.get(place).and_then(Field::ok).cloned(),
        }
    };
    match one.candidate {
        Candidate::Manifest(id) => {
            let links = graph.node(id).links.iter().filter(|link| matches!(link.role, Role::Layer(_)));
            let layers = links.enumerate().map(|(place, &link)| {
                let descriptor = graph.descriptor(id, link);
                let name =
                    link.node.map_or("no valid digest".to_owned(), |node| graph.node(node).key.as_str().to_owned());
                let size = descriptor.and_then(|descriptor| descriptor.size.ok()).copied();
                facts(place, name, link.node, size, descriptor.and_then(|d| d.media_type.ok()).cloned())
            });
            layers.collect()
        }
        Candidate::Docker(at) => {
            let entry = &graph.docker[at];
            let layers = entry.layers.iter().zip(&entry.image.layers).enumerate();
            let layers = layers.map(|(place, (node, name))| {
                let mut layer = facts(place, name.clone(), *node, None, None);
                // Without a diff_id nothing tells which layer it is but its bytes.
                if layer.digest.is_none() && layer.diff_id.is_none() {
                    layer.digest = node.and_then(|id| digest_of(image, id));
                }
                layer
            });
            layers.collect()
        }
    }
}

/// The digest of a stored layer, read for it; None where it cannot be read.
fn digest_of(image: &Image, layer: NodeId) -> Option<Digest> {
    let Content::Member(member) = image.graph.node(layer).content else { return None };
    let wanted = ExamineOptions { digest: Algorithm::Sha256, diff_id: None, diff_id_also: None };
    let content = image.source.content(member).ok()?;
    examine(content, wanted, &Limits::default()).ok().map(|facts| facts.digest)
}

/// The layers of the first image, then what only the second has; a layer that is listed twice is two.
pub(super) fn compare(a: &[LayerFacts], b: &[LayerFacts]) -> Vec<LayerDiff> {
    let mut by_digest: HashMap<&Digest, VecDeque<usize>> = HashMap::new();
    let mut by_diff_id: HashMap<&Digest, VecDeque<usize>> = HashMap::new();
    for (place, layer) in b.iter().enumerate() {
        if let Some(digest) = &layer.digest {
            by_digest.entry(digest).or_default().push_back(place);
        }
        if let Some(diff_id) = &layer.diff_id {
            by_diff_id.entry(diff_id).or_default().push_back(place);
        }
    }
    let mut taken = vec![false; b.len()];
    let mut take = |places: Option<&mut VecDeque<usize>>| {
        let places = places?;
        while let Some(place) = places.pop_front() {
            if taken.get(place) == Some(&false) {
                taken[place] = true;
                return Some(place);
            }
        }
        None
    };
    let mut matched: Vec<Option<usize>> = Vec::with_capacity(a.len());
    for layer in a {
        matched.push(layer.digest.as_ref().and_then(|digest| take(by_digest.get_mut(digest))));
    }
    for (layer, found) in a.iter().zip(&mut matched).filter(|(_, found)| found.is_none()) {
        *found = layer.diff_id.as_ref().and_then(|diff_id| take(by_diff_id.get_mut(diff_id)));
    }
    let mut highest = None;
    let mut layers: Vec<LayerDiff> = Vec::with_capacity(a.len());
    for (layer, found) in a.iter().zip(matched) {
        let other = found.and_then(|place| b.get(place));
        let moved = found.is_some() && found < highest;
        highest = highest.max(found);
        let change = match other {
            None => LayerChange::Removed,
            Some(other) if differ(layer, other) => LayerChange::Recompressed,
            Some(_) => LayerChange::Shared,
        };
        layers.push(LayerDiff {
            change,
            diff_id: layer.diff_id.clone(),
            a: Some(layer.clone()),
            b: other.cloned(),
            moved,
        });
    }
    let added = b.iter().zip(taken).filter(|(_, taken)| !taken).map(|(layer, _)| LayerDiff {
        change: LayerChange::Added,
        diff_id: layer.diff_id.clone(),
        a: None,
        b: Some(layer.clone()),
        moved: false,
    });
    layers.extend(added);
    layers
}

/// Whether two layers of one content are stored as different bytes, as far as digests tell.
fn differ(a: &LayerFacts, b: &LayerFacts) -> bool {
    match (&a.digest, &b.digest) {
        (Some(a), Some(b)) => a != b,
        // An uncompressed layer has its diff_id for a digest.
        (Some(known), None) | (None, Some(known)) => a.diff_id.as_ref() != Some(known),
        (None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A layer of a content, compressed in some way: `x`, `x.gz`.
    fn layer(number: usize, name: &str) -> LayerFacts {
        let digest = |text: &str| Some(Algorithm::Sha256.digest(text.as_bytes()));
        LayerFacts {
            number,
            name: name.to_owned(),
            size: Some(1),
            media_type: None,
            digest: digest(name),
            diff_id: digest(name.split('.').next().unwrap()),
        }
    }

    #[test]
    fn what_becomes_of_layers() {
        for (a, b, expected) in [
            (&["x", "y"][..], &["x", "y"][..], "x= y="),
            (&["x.gz", "y"], &["x.zst", "y"], "x.gz~ y="),
            (&["x"], &["x", "y"], "x= y+"),
            (&["x", "y"], &["x"], "x= y-"),
            (&["x", "y"], &["y", "x"], "x= y=moved"),
            (&["x", "x"], &["x"], "x= x-"),
            (&["x.gz", "x"], &["x"], "x.gz- x="),
            (&["x", "y"], &["x", "z", "y"], "x= y= z+"),
        ] {
            let layers = |names: &[&str]| -> Vec<LayerFacts> {
                names.iter().enumerate().map(|(place, name)| layer(place + 1, name)).collect()
            };
            let shown: Vec<String> = compare(&layers(a), &layers(b))
                .iter()
                .map(|diff| {
                    let sign = match diff.change {
                        LayerChange::Shared => "=",
                        LayerChange::Recompressed => "~",
                        LayerChange::Added => "+",
                        LayerChange::Removed => "-",
                    };
                    let facts = diff.a.as_ref().or(diff.b.as_ref()).unwrap();
                    format!("{}{sign}{}", facts.name, if diff.moved { "moved" } else { "" })
                })
                .collect();
            assert_eq!(shown.join(" "), expected, "{a:?} {b:?}");
        }
    }
}
