//! Each name for one image instead of an index.

use std::collections::BTreeSet;

use crate::edit::{Draft, EditOptions, Holder, Referent, Scope, Slot, entry_of, slots_of};
use crate::error::Error;
use crate::graph::{Content, Graph, Kind, NodeId, Role, Root};
use crate::image::Image;
use crate::media_type::{self, MediaType};
use crate::ops::repack::left::LeftRow;
use crate::platform::Platform;
use crate::views::docker::usual;

/// The image that an entry of `index.json` is to stand for; None where it references no index with a whole image.
fn chosen(image: &Image, root: &Root, host: &Platform) -> Option<NodeId> {
    let graph = &image.graph;
    let id = root.node.filter(|&id| graph.node(id).kind == Kind::Index)?;
    let mut images = graph.images_below(id);
    images.retain(|&id| is_whole(graph, id));
    usual(image, &images, host)
}

fn is_whole(graph: &Graph, id: NodeId) -> bool {
    let node = graph.node(id);
    let mut blobs = node.links.iter().filter(|link| matches!(link.role, Role::Config | Role::Layer(_)));
    node.is_present() && blobs.all(|link| link.node.is_some_and(|id| graph.node(id).content != Content::Absent))
}

/// Lets each entry of `index.json` that references an index reference one image of it: that for the host, else the first.
pub(super) fn one_image<'a>(image: &'a Image, host: &Platform, options: &EditOptions) -> Result<Draft<'a>, Error> {
    let graph = &image.graph;
    let mut draft = Draft::new(image, options, &Scope::All)?;
    for root in &graph.roots {
        let Some(id) = chosen(image, root, host) else { continue };
        let entry = slots_of(graph, id).into_iter().find_map(|slot| entry_of(graph, slot));
        let Some(descriptor) = entry.map(|entry| entry.descriptor) else { continue };
        let (Some(digest), Some(size)) = (descriptor.digest.ok(), descriptor.size.ok()) else { continue };
        let media_type = descriptor.media_type.ok().cloned();
        let media_type = media_type.unwrap_or_else(|| MediaType::new(media_type::OCI_MANIFEST));
        let to = Referent { media_type, digest: digest.clone(), size: *size };
        draft.retarget(Slot { holder: Holder::IndexJson, number: root.number }, to);
    }
    Ok(draft)
}

/// What goes with the indexes.
pub(super) fn left(image: &Image, host: &Platform) -> Vec<LeftRow> {
    let graph = &image.graph;
    let kept: BTreeSet<NodeId> = graph.roots.iter().filter_map(|root| chosen(image, root, host)).collect();
    let indexes = graph.roots.iter().filter(|root| chosen(image, root, host).is_some()).filter_map(|root| root.node);
    let mut rows = Vec::new();
    let mut seen: BTreeSet<NodeId> = BTreeSet::new();
    let mut open: Vec<NodeId> = indexes.collect();
    while let Some(id) = open.pop() {
        if !seen.insert(id) || kept.contains(&id) {
            continue;
        }
        let node = graph.node(id);
        if node.kind == Kind::Index {
            open.extend(node.links.iter().rev().filter_map(|link| link.node));
            continue;
        }
        let is_image = node.kind == Kind::Image;
        let reason = if is_image { "another platform" } else { "the index that lists it is not written" };
        let platform = graph.platform_of(id).filter(|_| is_image);
        rows.extend(node.key.digest().map(|digest| LeftRow {
            kind: node.kind,
            digest: digest.clone(),
            platform,
            reason,
        }));
    }
    rows
}
