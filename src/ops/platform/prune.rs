//! `platform prune`

use super::super::Image;
use super::super::edit::{Draft, EditOptions, Holder, Scope, entries_of};
use crate::error::Error;
use crate::graph::{Content, Graph, Kind, NodeId, Role, Selector, Top};

/// Removes entries whose blobs are not all in the file, with the attestations about them: what makes a partial archive
/// one that every reader takes. Layers that lie elsewhere on purpose (`urls`) count as there.
///
/// # Errors
///
/// When the selector fits nothing, or nothing would be left.
pub fn prune<'a>(image: &'a Image, selector: &Selector, options: &EditOptions) -> Result<Draft<'a>, Error> {
    let graph = &image.graph;
    let tops = graph.select(image.source.label(), selector)?;
    let roots: Vec<usize> =
        tops.iter().filter_map(|top| if let Top::Root(at) = top { Some(*at) } else { None }).collect();
    let scope = if selector.is_all() { Scope::All } else { Scope::Roots(roots.clone()) };
    let mut draft = Draft::new(image, options, &scope)?;
    let mut seen = vec![false; graph.nodes().len()];
    let mut left = 0_usize;
    for entry in entries_of(graph, Holder::Top) {
        let at = graph.roots.iter().position(|root| root.number == entry.slot.number);
        if !at.is_some_and(|at| roots.contains(&at)) {
            continue;
        }
        if entry.node.is_some_and(|id| prune_below(&mut draft, graph, id, &mut seen)) {
            left += 1;
        } else {
            draft.remove(entry.slot);
        }
    }
    if left == 0 && !graph.roots.is_empty() {
        let reason = "no image is in the file as a whole".to_owned();
        return Err(Error::Unfit { path: image.source.label().to_owned(), verb: "prune", reason });
    }
    Ok(draft)
}

/// Prunes what an entry leads to; says whether the entry stays.
fn prune_below(draft: &mut Draft<'_>, graph: &Graph, id: NodeId, seen: &mut [bool]) -> bool {
    if graph.node(id).kind != Kind::Index {
        return is_whole(graph, id);
    }
    if !graph.node(id).is_present() {
        return false;
    }
    let is_new = !std::mem::replace(&mut seen[id], true);
    let (mut images, mut others) = (0, 0);
    for entry in entries_of(graph, Holder::Node(id)) {
        let stays = entry.node.is_some_and(|child| prune_below(draft, graph, child, seen));
        match (stays, entry.kind.is_about_another()) {
            (true, true) => others += 1,
            (true, false) => images += 1,
            (false, _) if is_new => draft.remove(entry.slot),
            (false, _) => {}
        }
    }
    images > 0 || (others == 0 && graph.node(id).links.is_empty())
}

/// Whether a manifest and all that it needs is in the file.
fn is_whole(graph: &Graph, id: NodeId) -> bool {
    let node = graph.node(id);
    let needed = node.links.iter().filter(|link| link.role != Role::Subject);
    let is_there = |child: NodeId| graph.node(child).content != Content::Absent;
    node.is_present() && needed.into_iter().all(|link| link.node.is_some_and(is_there))
}
