//! The places of findings about signatures.

use crate::finding::Place;
use crate::graph::{Graph, Role, Selectable};
use crate::image::Image;

/// Where something selected is listed.
pub(super) fn place(graph: &Graph, top: Selectable) -> Place {
    match top {
        Selectable::Root(at) => {
            let root = &graph.roots[at];
            let place = Place::at("index.json", Role::Manifest(root.number).pointer());
            root.node.map_or(place.clone(), |id| place.then(graph.node(id).key.as_str()))
        }
        Selectable::Docker(at) => Place::at("manifest.json", format!("/{}", graph.docker[at].number)),
        Selectable::Node(id) => graph.place(id),
    }
}

/// Where the file begins, for findings about all of it.
pub(super) fn top(image: &Image) -> Place {
    Place::of(if image.source.format().index_view { "index.json" } else { "manifest.json" })
}
