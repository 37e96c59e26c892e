//! `platform prune`

use std::collections::BTreeSet;

use crate::digest::Digest;
use crate::edit::{Draft, EditOptions, Entry, Holder, Scope, entries_of};
use crate::error::Error;
use crate::graph::{self, Content, Graph, Key, Kind, Link, NodeId, Role, Selectable, Selector};
use crate::image::Image;

/// Removes entries whose blobs are not all in the file, and attestations about what is not in it: what makes a partial archive
/// one that every reader takes. Layers that lie elsewhere on purpose (`urls`) count as there.
///
/// # Errors
///
/// When the selector fits nothing, or nothing would be left.
pub fn prune<'a>(image: &'a Image, selector: &Selector, options: &EditOptions) -> Result<Draft<'a>, Error> {
    let graph = &image.graph;
    let selected = graph.select(image.source.label(), selector)?;
    let roots: Vec<usize> =
        selected.iter().filter_map(|top| if let Selectable::Root(at) = top { Some(*at) } else { None }).collect();
    let scope = if selector.is_all() { Scope::All } else { Scope::Roots(roots.clone()) };
    let mut draft = Draft::new(image, options, &scope)?;
    let roots: BTreeSet<u32> = roots.into_iter().map(|at| graph.roots[at].number).collect();
    let chosen = |entry: &Entry<'_>| roots.contains(&entry.slot.number);
    let entries: Vec<Entry<'_>> = entries_of(graph, Holder::IndexJson).into_iter().filter(chosen).collect();
    let mut stays = vec![false; graph.nodes().len()];
    let below = |id: NodeId| graph.node(id).links.iter().filter(is_listed).filter_map(|link| link.node).collect();
    for id in graph::bottom_up(stays.len(), entries.iter().filter_map(|entry| entry.node), below) {
        stays[id] = prune_below(&mut draft, graph, id, &stays);
    }
    let mut left = 0_usize;
    for entry in entries {
        if entry.node.is_some_and(|id| stays[id]) && !is_about_absent(graph, &entry) {
            left += 1;
        } else {
            draft.remove(entry.slot);
        }
    }
    if left == 0 && !graph.roots.is_empty() {
        let reason = "no image in the file is complete".to_owned();
        return Err(Error::Unfit { path: image.source.label().to_owned(), verb: "prune", reason });
    }
    Ok(draft)
}

fn is_listed(link: &&Link) -> bool {
    matches!(link.role, Role::Manifest(_))
}

/// Prunes what an entry references, when it is known which entries below stay; says whether this one does.
fn prune_below(draft: &mut Draft<'_>, graph: &Graph, id: NodeId, known: &[bool]) -> bool {
    if graph.node(id).kind != Kind::Index {
        return is_whole(graph, id);
    }
    if !graph.node(id).is_present() {
        return false;
    }
    let (mut images, mut left, mut all) = (0, 0, 0);
    for entry in entries_of(graph, Holder::Node(id)) {
        let stays = entry.node.is_some_and(|child| known[child]) && !is_about_absent(graph, &entry);
        let is_image = !entry.kind.is_about_another();
        all += usize::from(is_image);
        if stays {
            left += 1;
            images += usize::from(is_image);
        } else {
            draft.remove(entry.slot);
        }
    }
    // The index of referrers under a fallback tag never had an image.
    images > 0 || (all == 0 && left > 0) || graph.node(id).links.is_empty()
}

/// Whether an entry lists an attestation about no manifest, or one that is nowhere in the file.
fn is_about_absent(graph: &Graph, entry: &Entry<'_>) -> bool {
    let is_attestation = entry.kind.is_about_another() && entry.descriptor.claims_attestation();
    is_attestation && !entry.descriptor.attests().is_some_and(|subject| is_there(graph, subject))
}

/// Whether a text is the digest of a manifest that is in the file.
pub(in crate::ops) fn is_there(graph: &Graph, digest: &str) -> bool {
    let id = digest.parse::<Digest>().ok().and_then(|digest| graph.find(&Key::Digest(digest)));
    id.is_some_and(|id| graph.node(id).is_present())
}

/// Whether a manifest and all that it needs is in the file.
fn is_whole(graph: &Graph, id: NodeId) -> bool {
    let node = graph.node(id);
    let needed = node.links.iter().filter(|link| link.role != Role::Subject);
    let is_there = |child: NodeId| graph.node(child).content != Content::Absent;
    node.is_present() && needed.into_iter().all(|link| link.node.is_some_and(is_there))
}
