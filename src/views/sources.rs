//! `LayerSources`: docker keys it by diff_id, regctl by the layer's digest.

use std::collections::{HashMap, HashSet};

use crate::digest::Digest;
use crate::doc::Descriptor;
use crate::finding::{Code, Finding, Findings, Place};
use crate::graph::{Content, DockerEntry, Graph, NodeId};
use crate::image::Image;
use crate::json::pointer_token;
use crate::media_type::{Compression, Kind as MediaKind};
use crate::views::layers::{DockerLayer, IndexLayer};

/// Compares each entry with the layers of the image, in whichever view has them: where the views disagree about the
/// layers, that is reported elsewhere.
pub(crate) fn check(
    image: &Image,
    entry: &DockerEntry,
    docker: &[DockerLayer<'_>],
    index: &[IndexLayer<'_>],
    findings: &mut Findings,
) {
    let mut known = LayersByKey::default();
    for layer in docker {
        known.add(layer.digest.as_ref(), layer.diff_id, layer.node);
    }
    for layer in index {
        known.add(layer.digest, layer.diff_id, layer.node);
    }
    for (key, descriptor) in &entry.image.layer_sources {
        // docker before 25 lists only foreign layers, by what they are elsewhere.
        if !descriptor.urls.is_empty() {
            continue;
        }
        if let Some(finding) = fault(&image.graph, image, &known, key, descriptor, entry.number) {
            findings.push(finding);
        }
    }
}

/// The layers of an image by everything that a key may be.
#[derive(Default)]
struct LayersByKey<'a> {
    /// The stored digests of the layers of one diff_id, or of one stored digest.
    by_key: HashMap<&'a str, HashSet<&'a Digest>>,
    nodes: HashMap<&'a Digest, NodeId>,
    /// Keys of layers whose stored digest nobody says.
    nameless: HashSet<&'a str>,
}

impl<'a> LayersByKey<'a> {
    fn add(&mut self, digest: Option<&'a Digest>, diff_id: Option<&'a Digest>, node: Option<NodeId>) {
        if let (Some(digest), Some(node)) = (digest, node) {
            self.nodes.insert(digest, node);
        }
        for key in [digest, diff_id].into_iter().flatten() {
            match digest {
                Some(digest) => {
                    self.by_key.entry(key.as_str()).or_default().insert(digest);
                }
                None => {
                    self.nameless.insert(key.as_str());
                }
            }
        }
    }
}

fn fault(
    graph: &Graph,
    image: &Image,
    known: &LayersByKey<'_>,
    key: &str,
    descriptor: &Descriptor,
    number: u32,
) -> Option<Finding> {
    let at = |field: &str| {
        Place::at("manifest.json", format!("/{number}/LayerSources")).within(&pointer_token(key)).within(field)
    };
    let Some(layers) = known.by_key.get(key) else {
        if known.nameless.contains(key) {
            return None;
        }
        let detail = "the key is neither a diff_id nor the digest of a layer of this image";
        return Some(Finding::new(Code::ViewLayerSources, at(""), detail).found(key));
    };
    let digest = descriptor.digest.ok()?;
    if !layers.contains(digest) {
        let detail = "the descriptor refers to another layer than its key";
        let mut expected: Vec<&str> = layers.iter().map(|digest| digest.as_str()).collect();
        expected.sort_unstable();
        let finding = Finding::new(Code::ViewLayerSources, at("/digest"), detail);
        return Some(finding.compared(expected.join(" or "), digest));
    }
    if let (Some(&size), Some(found)) = (descriptor.size.ok(), stored_size(graph, image, known.nodes.get(digest)))
        && size != found
    {
        let detail = "the size in the descriptor does not match the file of the layer";
        let finding = Finding::new(Code::ViewLayerSources, at("/size"), detail);
        return Some(finding.compared(format!("{found} bytes"), format!("{size} bytes")));
    }
    // What is stored uncompressed is its own diff_id; docker's keys are diff_ids.
    let plain = matches!(
        descriptor.media_type.ok().map(crate::media_type::MediaType::kind),
        Some(MediaKind::Layer(kind)) if kind.compression == Compression::None && !kind.encrypted
    );
    if plain && key != digest.as_str() {
        let detail = "the descriptor has the media type of an uncompressed layer, but its digest is not its diff_id";
        return Some(Finding::new(Code::ViewLayerSources, at("/digest"), detail).compared(key, digest));
    }
    None
}

fn stored_size(graph: &Graph, image: &Image, node: Option<&NodeId>) -> Option<u64> {
    match graph.node(*node?).content {
        Content::Member(member) => image.source.members().get(member).map(|member| member.size),
        _ => None,
    }
}
