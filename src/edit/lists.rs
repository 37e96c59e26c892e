//! The list of platforms that a command means: an index, `index.json` itself, or a lone manifest.

use std::collections::{BTreeSet, HashSet};

use super::{Holder, Scope, Slot};
use crate::command::CommandLine;
use crate::doc::Descriptor;
use crate::error::Error;
use crate::graph::{Graph, Kind, NodeId, Role, Selectable, Selector};
use crate::image::Image;
use crate::image::choices::choices;
use crate::platform::Platform;

/// How the images that belong together are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListKind {
    /// In an index of their own.
    Nested(NodeId),
    /// In `index.json`.
    Flat,
    /// Not at all: there is one manifest.
    Single(NodeId),
}

/// One entry of a list.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// Its place.
    pub slot: Slot,
    /// The descriptor.
    pub descriptor: &'a Descriptor,
    /// What it references.
    pub node: Option<NodeId>,
    /// What that is.
    pub kind: Kind,
}

/// A list of platforms within an image file.
#[derive(Debug, Clone)]
pub struct List<'a> {
    image: &'a Image,
    /// How it is listed.
    pub kind: ListKind,
    /// The entries, attestations included.
    pub entries: Vec<Entry<'a>>,
    /// The names that follow a change.
    pub scope: Scope,
}

impl<'a> List<'a> {
    /// The list that a selector means; its platform is left out of account.
    ///
    /// # Errors
    ///
    /// When nothing fits, several lists fit, or the file is a docker archive, which has none.
    pub fn find(image: &'a Image, selector: &Selector, verb: &'static str) -> Result<Self, Error> {
        let (graph, path) = (&image.graph, image.source.label());
        if !image.source.format().index_view {
            let repack = CommandLine::ocikit("repack").path(path).option("--to", "oci-archive").into_new_file();
            let reason = format!("a docker archive has no index{}", repack.hint("creates one"));
            return Err(Error::Unfit { path: path.to_owned(), verb, reason });
        }
        let selector = Selector { platform: None, ..selector.clone() };
        let selected = graph.select(path, &selector)?;
        let mut roots: Vec<usize> = Vec::new();
        for top in &selected {
            match *top {
                Selectable::Root(at) => roots.push(at),
                Selectable::Node(id) => return Ok(Self::of_node(image, id)),
                Selectable::Docker(_) => {}
            }
        }
        let is_named = selector.reference.is_some() || selector.digest.is_some();
        let is_referrer = |at: &usize| graph.is_about_another(&graph.roots[*at]);
        let main: Vec<usize> = roots.iter().copied().filter(|at| is_named || !is_referrer(at)).collect();
        let scope = if selector.reference.is_some() { Scope::Roots(main.clone()) } else { Scope::All };
        let mut known = HashSet::new();
        let nodes = main.iter().filter_map(|&at| graph.roots[at].node);
        let distinct: Vec<NodeId> = nodes.filter(|&id| known.insert(id)).collect();
        let in_main: HashSet<usize> = main.iter().copied().collect();
        if let Some(outer) = outer_index(graph, &distinct) {
            return Ok(List {
                image,
                kind: ListKind::Nested(outer),
                entries: entries_of(graph, Holder::Node(outer)),
                scope,
            });
        }
        match distinct.as_slice() {
            [only] => {
                let entries = top_entries(graph, |at| in_main.contains(&at));
                Ok(List { image, kind: ListKind::Single(*only), entries, scope })
            }
            [] => Err(graph.select_one(path, &selector).err().unwrap_or(Error::NoSuchImage {
                path: path.to_owned(),
                wanted: "an image".to_owned(),
                meant: None,
                available: Vec::new(),
            })),
            several if is_flat(graph, several, &main) => {
                // Attestations that are in index.json belong to the list.
                let entries = top_entries(graph, |at| in_main.contains(&at) || (!is_named && is_referrer(&at)));
                Ok(List { image, kind: ListKind::Flat, entries, scope })
            }
            _ => Err(Error::Ambiguous {
                path: path.to_owned(),
                wanted: selector.reference.as_ref().map_or("contains".to_owned(), |name| format!("`{name}` matches")),
                available: graph.labels_to_paste(&main.iter().map(|&at| Selectable::Root(at)).collect::<Vec<_>>()),
            }),
        }
    }

    fn of_node(image: &'a Image, id: NodeId) -> Self {
        let graph = &image.graph;
        let is_index = graph.node(id).kind == Kind::Index;
        let (kind, entries) = if is_index {
            (ListKind::Nested(id), entries_of(graph, Holder::Node(id)))
        } else {
            let slots = slots_of(graph, id).into_iter();
            (ListKind::Single(id), slots.filter_map(|slot| entry_of(graph, slot)).collect())
        };
        List { image, kind, entries, scope: Scope::All }
    }

    /// All entries of some documents; of `index.json` those of these numbers.
    pub(crate) fn of_holders(
        image: &'a Image,
        holders: impl IntoIterator<Item = Holder>,
        scope: Scope,
        roots: &BTreeSet<u32>,
    ) -> Self {
        let graph = &image.graph;
        let entries = holders.into_iter().flat_map(|holder| entries_of(graph, holder));
        let is_meant = |entry: &Entry<'_>| entry.slot.holder != Holder::IndexJson || roots.contains(&entry.slot.number);
        List { image, kind: ListKind::Flat, entries: entries.filter(is_meant).collect(), scope }
    }

    /// The document that lists them; None for a lone manifest.
    pub fn holder(&self) -> Option<Holder> {
        match self.kind {
            ListKind::Nested(id) => Some(Holder::Node(id)),
            ListKind::Flat => Some(Holder::IndexJson),
            ListKind::Single(_) => None,
        }
    }

    /// The images, with the platform of each: what the descriptor says, else the config.
    pub fn images(&self) -> Vec<(Entry<'a>, Option<Platform>)> {
        let images = self.entries.iter().filter(|entry| entry.kind == Kind::Image);
        images.map(|entry| (*entry, self.platform_of(entry))).collect()
    }

    /// The platform of an entry: what the descriptor says, else the config.
    pub fn platform_of(&self, entry: &Entry<'_>) -> Option<Platform> {
        let own = entry.descriptor.real_platform().cloned();
        own.or_else(|| entry.node.and_then(|id| self.image.graph.platform_of(id)))
    }

    /// The error where one image is wanted and no platform given.
    pub fn ambiguous(&self) -> Error {
        self.ambiguous_among(&self.images(), "contains".to_owned())
    }

    /// The error where one of some images is wanted.
    pub(crate) fn ambiguous_among(&self, images: &[(Entry<'_>, Option<Platform>)], wanted: String) -> Error {
        let image = |(entry, platform): &(Entry<'_>, Option<Platform>)| {
            let digest = entry.descriptor.digest.ok().map_or_else(String::new, |digest| format!("@{digest}"));
            (platform.clone(), digest)
        };
        let available = choices(images.iter().map(image));
        Error::Ambiguous { path: self.image.source.label().to_owned(), wanted, available }
    }

    /// The images for a platform; where some are for exactly this one, only those.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn for_platform(&self, wanted: &Platform) -> Result<Vec<Entry<'a>>, Error> {
        let images = self.images();
        let fits = |exact: bool| {
            let fits = images.iter().filter(move |(_, own)| {
                own.as_ref().is_some_and(|own| {
                    if exact { own.normalized() == wanted.normalized() } else { own.satisfies(wanted) }
                })
            });
            fits.map(|(entry, _)| *entry).collect::<Vec<_>>()
        };
        let mut found = fits(true);
        if found.is_empty() {
            found = fits(false);
        }
        if !found.is_empty() {
            return Ok(found);
        }
        let available = images.iter().filter_map(|(_, own)| own.as_ref());
        let available = available.filter(|own| own.is_written()).map(ToString::to_string).collect();
        let path = self.image.source.label();
        Err(Error::no_such_image(path, format!("platform {wanted}"), &wanted.to_string(), available))
    }
}

/// Of several entries of `index.json`, the one index that references all the others: some tools list the children beside it.
fn outer_index(graph: &Graph, distinct: &[NodeId]) -> Option<NodeId> {
    let mut indexes = distinct.iter().copied().filter(|&id| graph.node(id).kind == Kind::Index);
    let outer = indexes.next().filter(|_| indexes.next().is_none())?;
    let listed: HashSet<NodeId> = graph.node(outer).links.iter().filter_map(|link| link.node).collect();
    distinct.iter().all(|id| *id == outer || listed.contains(id)).then_some(outer)
}

/// Whether several entries of `index.json` are one image for several platforms: images of different platforms that all
/// have one name, or none.
fn is_flat(graph: &Graph, distinct: &[NodeId], roots: &[usize]) -> bool {
    let mut platforms: HashSet<Platform> = HashSet::new();
    for &id in distinct {
        let Some(platform) = graph.platform_of(id).filter(|_| graph.node(id).kind == Kind::Image) else { return false };
        if !platforms.insert(platform) {
            return false;
        }
    }
    let first = roots.first().map(|&at| graph.roots[at].name());
    roots.iter().all(|&at| Some(graph.roots[at].name()) == first)
}

fn top_entries(graph: &Graph, wanted: impl Fn(usize) -> bool) -> Vec<Entry<'_>> {
    let roots = graph.roots.iter().enumerate().filter(|(at, _)| wanted(*at));
    roots
        .map(|(_, root)| Entry {
            slot: Slot { holder: Holder::IndexJson, number: root.number },
            descriptor: &root.descriptor,
            node: root.node,
            kind: root.node.map_or(Kind::Blob, |id| graph.node(id).kind),
        })
        .collect()
}

/// Every entry of a list.
pub fn entries_of(graph: &Graph, holder: Holder) -> Vec<Entry<'_>> {
    let Holder::Node(id) = holder else { return top_entries(graph, |_| true) };
    let links = graph.node(id).links.iter().filter_map(|&link| match link.role {
        Role::Manifest(number) => Some((link, number)),
        _ => None,
    });
    links
        .filter_map(|(link, number)| {
            Some(Entry {
                slot: Slot { holder, number },
                descriptor: graph.descriptor(id, link)?,
                node: link.node,
                kind: link.node.map_or(Kind::Blob, |id| graph.node(id).kind),
            })
        })
        .collect()
}

/// The entry in a slot.
pub fn entry_of(graph: &Graph, slot: Slot) -> Option<Entry<'_>> {
    let (descriptor, node) = match slot.holder {
        Holder::IndexJson => {
            let root = &graph.roots[graph.roots.binary_search_by_key(&slot.number, |root| root.number).ok()?];
            (&root.descriptor, root.node)
        }
        Holder::Node(id) => {
            // Links are in the order of their roles.
            let links = &graph.node(id).links;
            let link = links[links.binary_search_by_key(&Role::Manifest(slot.number), |link| link.role).ok()?];
            (graph.descriptor(id, link)?, link.node)
        }
    };
    Some(Entry { slot, descriptor, node, kind: node.map_or(Kind::Blob, |id| graph.node(id).kind) })
}

/// Every place where a manifest or index is listed: in `index.json` first.
pub fn slots_of(graph: &Graph, id: NodeId) -> Vec<Slot> {
    let listings = graph.listings_of(id).iter();
    listings
        .map(|listing| Slot { holder: listing.list.map_or(Holder::IndexJson, Holder::Node), number: listing.number })
        .collect()
}
