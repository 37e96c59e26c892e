//! A tree of names: where each entry of the merged layers stands.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use super::entry::{Entry, LayerEntries, Span};

/// The number of a node of the tree.
pub type FileId = u32;

/// No node.
const NONE: FileId = u32::MAX;

/// The root's number.
pub(super) const ROOT: FileId = 0;

/// A name in the names of a layer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Name {
    pub(super) layer: u32,
    pub(super) span: Span,
}

/// Which entry of which layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct EntryRef {
    pub(super) layer: u32,
    pub(super) entry: u32,
}

/// 48 bytes, and at most 8 of the table.
#[derive(Debug, Clone)]
struct Node {
    parent: FileId,
    name: Name,
    /// None for a directory that no entry describes.
    entry: Option<EntryRef>,
    first_child: FileId,
    next: FileId,
    previous: FileId,
    /// The next node of the same place in the table.
    chain: FileId,
    /// Nothing of what is in it was there at [`Tree::seal`].
    is_own: bool,
}

/// The tree. Nodes that are taken out are used again.
#[derive(Debug, Clone)]
pub(super) struct Tree {
    pub(super) layers: Vec<Arc<LayerEntries>>,
    nodes: Vec<Node>,
    free: Vec<FileId>,
    /// By a keyed hash of parent and name, the first node of a chain: names are untrusted and may be made to collide
    /// under any hash that he knows. A power of two, and never fewer than the nodes that are in it.
    table: Vec<FileId>,
    /// How many nodes are in the table.
    filed: usize,
    keys: RandomState,
}

impl Tree {
    pub(super) fn new(layers: Vec<Arc<LayerEntries>>) -> Self {
        let root = Node {
            parent: NONE,
            name: Name { layer: 0, span: Span::default() },
            entry: None,
            first_child: NONE,
            next: NONE,
            previous: NONE,
            chain: NONE,
            is_own: true,
        };
        Tree { layers, nodes: vec![root], free: Vec::new(), table: vec![NONE; 16], filed: 0, keys: RandomState::new() }
    }

    /// From here on [`Tree::is_own`] says which nodes are new, and which have lost what was in them.
    pub(super) fn seal(&mut self) {
        self.nodes.iter_mut().for_each(|node| node.is_own = false);
    }

    /// Whether nothing of what is in a node was there at [`Tree::seal`].
    pub(super) fn is_own(&self, id: FileId) -> bool {
        self.nodes[id as usize].is_own
    }

    /// How many nodes there are, those taken out included.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn text(&self, name: Name) -> &[u8] {
        self.layers.get(name.layer as usize).map_or(&[], |layer| layer.text(name.span))
    }

    pub(super) fn name(&self, id: FileId) -> &[u8] {
        self.text(self.nodes[id as usize].name)
    }

    /// The directory that a node is in; the root's is the root itself.
    pub(super) fn parent(&self, id: FileId) -> FileId {
        if id == ROOT { ROOT } else { self.nodes[id as usize].parent }
    }

    pub(super) fn entry_ref(&self, id: FileId) -> Option<EntryRef> {
        self.nodes[id as usize].entry
    }

    pub(super) fn entry_of(&self, of: EntryRef) -> Option<&Entry> {
        self.layers.get(of.layer as usize)?.entries.get(of.entry as usize)
    }

    pub(super) fn entry(&self, id: FileId) -> Option<&Entry> {
        self.entry_ref(id).and_then(|of| self.entry_of(of))
    }

    pub(super) fn set_entry(&mut self, id: FileId, entry: Option<EntryRef>) {
        self.nodes[id as usize].entry = entry;
    }

    pub(super) fn children(&self, id: FileId) -> impl Iterator<Item = FileId> + '_ {
        let mut at = self.nodes[id as usize].first_child;
        std::iter::from_fn(move || {
            let id = Some(at).filter(|id| *id != NONE)?;
            at = self.nodes[id as usize].next;
            Some(id)
        })
    }

    /// Where in the table a name of a directory stands.
    fn place(&self, parent: FileId, name: &[u8]) -> usize {
        self.keys.hash_one((parent, name)) as usize & (self.table.len() - 1)
    }

    /// Puts a node in the table.
    fn file(&mut self, id: FileId) {
        if self.filed == self.table.len() {
            // What is in a chain is what is not free.
            let all: Vec<FileId> = self.table.iter().flat_map(|first| self.chain(*first)).collect();
            self.table = vec![NONE; 2 * self.table.len()];
            all.into_iter().for_each(|id| self.link(id));
        }
        self.link(id);
        self.filed += 1;
    }

    fn link(&mut self, id: FileId) {
        let place = self.place_of(id);
        self.nodes[id as usize].chain = std::mem::replace(&mut self.table[place], id);
    }

    fn place_of(&self, id: FileId) -> usize {
        let Node { parent, name, .. } = self.nodes[id as usize];
        self.place(parent, self.text(name))
    }

    fn chain(&self, first: FileId) -> impl Iterator<Item = FileId> + '_ {
        let mut at = first;
        std::iter::from_fn(move || {
            let id = Some(at).filter(|id| *id != NONE)?;
            at = self.nodes[id as usize].chain;
            Some(id)
        })
    }

    pub(super) fn child(&self, parent: FileId, name: &[u8]) -> Option<FileId> {
        self.chain(self.table[self.place(parent, name)]).find(|&id| {
            let node = &self.nodes[id as usize];
            node.parent == parent && self.text(node.name) == name
        })
    }

    /// Adds a child that is not there yet.
    pub(super) fn add(&mut self, parent: FileId, name: Name, entry: Option<EntryRef>) -> FileId {
        let next = self.nodes[parent as usize].first_child;
        let node = Node { parent, name, entry, first_child: NONE, next, previous: NONE, chain: NONE, is_own: true };
        let id = match self.free.pop() {
            Some(id) => id,
            // The limit on entries keeps the count far below 2^32.
            None => self.nodes.len() as FileId,
        };
        match self.nodes.get_mut(id as usize) {
            Some(place) => *place = node,
            None => self.nodes.push(node),
        }
        if next != NONE {
            self.nodes[next as usize].previous = id;
        }
        self.nodes[parent as usize].first_child = id;
        self.file(id);
        id
    }

    /// Takes out all that is below a node.
    pub(super) fn clear(&mut self, id: FileId) {
        let mut open: Vec<FileId> = self.children(id).collect();
        self.nodes[id as usize].first_child = NONE;
        self.nodes[id as usize].is_own = true;
        while let Some(id) = open.pop() {
            open.extend(self.children(id));
            self.unfile(id);
            self.free.push(id);
        }
    }

    /// Takes out a node with all that is below it.
    pub(super) fn remove(&mut self, id: FileId) {
        if id == ROOT {
            return;
        }
        self.clear(id);
        let Node { parent, next, previous, .. } = self.nodes[id as usize];
        if previous == NONE {
            self.nodes[parent as usize].first_child = next;
        } else {
            self.nodes[previous as usize].next = next;
        }
        if next != NONE {
            self.nodes[next as usize].previous = previous;
        }
        self.unfile(id);
        self.free.push(id);
    }

    /// Takes a node out of the table.
    fn unfile(&mut self, id: FileId) {
        let (place, after) = (self.place_of(id), self.nodes[id as usize].chain);
        let before = self.chain(self.table[place]).find(|&before| self.nodes[before as usize].chain == id);
        match before {
            Some(before) => self.nodes[before as usize].chain = after,
            None => self.table[place] = after,
        }
        self.filed -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_out_is_gone_and_its_place_is_used_again() {
        let names = b"abc".to_vec();
        let layer = LayerEntries { names, ..LayerEntries::default() };
        let mut tree = Tree::new(vec![Arc::new(layer)]);
        let name = |at: usize| Name { layer: 0, span: Span::new(at, at + 1).unwrap() };
        for _ in 0..100 {
            let a = tree.add(ROOT, name(0), None);
            let b = tree.add(ROOT, name(1), None);
            let c = tree.add(a, name(2), None);
            assert_eq!((tree.child(ROOT, b"a"), tree.child(a, b"c"), tree.child(b, b"c")), (Some(a), Some(c), None));
            tree.remove(a);
            assert_eq!((tree.child(ROOT, b"a"), tree.child(ROOT, b"b")), (None, Some(b)));
            assert_eq!(tree.children(ROOT).collect::<Vec<_>>(), [b]);
            tree.clear(ROOT);
            assert_eq!(tree.children(ROOT).count(), 0);
        }
        assert_eq!((tree.len(), tree.filed), (4, 0));
        assert!(tree.table.iter().all(|first| *first == NONE));
    }

    #[test]
    fn the_table_grows_with_the_tree() {
        let layer = LayerEntries { names: (0..=255).collect(), ..LayerEntries::default() };
        let mut tree = Tree::new(vec![Arc::new(layer)]);
        let name = |at: usize| Name { layer: 0, span: Span::new(at, at + 1).unwrap() };
        let ids: Vec<FileId> = (0..256).map(|at| tree.add(ROOT, name(at), None)).collect();
        ids.iter().step_by(2).for_each(|id| tree.remove(*id));
        for (at, id) in ids.iter().enumerate() {
            let found = tree.child(ROOT, &[at as u8]);
            assert_eq!(found, Some(*id).filter(|_| at % 2 == 1));
        }
    }
}
