//! What is wanted of an edit, before anything follows from it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::EditOptions;
use super::contents::DescriptorTexts;
use super::slot::{Holder, Referent, Scope, Slot, StackLayer};
use crate::digest::{Algorithm, Digest};
use crate::doc;
use crate::error::Error;
use crate::graph::{Content, Graph, Key, NodeId, Role};
use crate::image::Image;
use crate::json::Edit;
use crate::json::edit::quoted;
use crate::limits::Limits;
use crate::platform::Platform;
use crate::reference::normalized;
use crate::source::{MemberId, Part};
use crate::views::Names;

/// Where the bytes of an added blob are.
#[derive(Debug, Clone)]
pub(super) enum Origin<'a> {
    Bytes(Cow<'a, [u8]>),
    Member { image: &'a Image, member: MemberId },
    Part(Part),
}

/// A blob that comes in.
#[derive(Debug, Clone)]
pub(super) struct Added<'a> {
    pub(super) size: u64,
    pub(super) origin: Origin<'a>,
}

/// Changes of one image file that are wanted.
#[derive(Debug, Clone)]
pub struct Draft<'a> {
    pub(super) image: &'a Image,
    pub(super) options: EditOptions,
    /// By place in [`Graph::roots`].
    pub(super) in_scope: Vec<bool>,
    pub(super) top: Vec<Edit>,
    pub(super) documents: BTreeMap<NodeId, Vec<Edit>>,
    pub(super) removed: BTreeSet<Slot>,
    pub(super) retargeted: BTreeMap<Slot, Referent>,
    /// What came into lists, with the platform that its descriptor says.
    pub(super) inserted: Vec<(Digest, Option<Platform>)>,
    pub(super) added: BTreeMap<Digest, Added<'a>>,
    pub(super) gone: BTreeSet<NodeId>,
    /// Members that are not taken over, whatever references them.
    pub(super) discarded: BTreeSet<MemberId>,
    pub(super) docker: Vec<Edit>,
    pub(super) repositories: Vec<Edit>,
    /// Documents with a text that was worked out as a whole; edits of them count in this text.
    pub(super) texts: BTreeMap<NodeId, String>,
    /// The layers that the images of `manifest.json` with this config get.
    pub(super) stacks: BTreeMap<NodeId, Vec<StackLayer>>,
    /// The names in `manifest.json` that the edit is about, in full; None for all.
    pub(super) docker_names: Option<BTreeSet<String>>,
    pub(super) notes: Vec<String>,
}

impl<'a> Draft<'a> {
    /// No changes yet.
    ///
    /// # Errors
    ///
    /// [`Error::ViewsDisagree`]; [`align`](crate::edit::align::align) brings the views of a session in step.
    pub fn new(image: &'a Image, options: &EditOptions, scope: &Scope) -> Result<Self, Error> {
        if let Some(difference) = super::views::difference(image, &options.limits) {
            return Err(Error::ViewsDisagree { path: image.source.label().to_owned(), difference });
        }
        Ok(Self::of(image, options, scope))
    }

    /// No changes yet, for an edit that changes no document: whether the views agree does not matter.
    pub fn unchecked(image: &'a Image, options: &EditOptions) -> Self {
        Self::of(image, options, &Scope::All)
    }

    fn of(image: &'a Image, options: &EditOptions, scope: &Scope) -> Self {
        let mut in_scope = vec![*scope == Scope::All; image.graph.roots.len()];
        if let Scope::Roots(chosen) = scope {
            for &at in chosen {
                if let Some(is) = in_scope.get_mut(at) {
                    *is = true;
                }
            }
        }
        let docker_names = matches!(scope, Scope::Roots(_)).then(|| {
            let mut names = Names::default();
            let roots = image.graph.roots.iter().zip(&in_scope);
            roots.filter(|(_, in_scope)| **in_scope).for_each(|(root, _)| names.add_root(root));
            let tags = image.graph.docker.iter().flat_map(|entry| &entry.image.repo_tags);
            tags.filter(|tag| names.has(tag)).map(|tag| normalized(tag)).collect()
        });
        Draft {
            image,
            options: options.clone(),
            in_scope,
            top: Vec::new(),
            documents: BTreeMap::new(),
            removed: BTreeSet::new(),
            retargeted: BTreeMap::new(),
            inserted: Vec::new(),
            added: BTreeMap::new(),
            gone: BTreeSet::new(),
            discarded: BTreeSet::new(),
            docker: Vec::new(),
            repositories: Vec::new(),
            texts: BTreeMap::new(),
            stacks: BTreeMap::new(),
            docker_names,
            notes: Vec::new(),
        }
    }

    /// The image that is changed.
    pub fn image(&self) -> &'a Image {
        self.image
    }

    /// The limits.
    pub fn limits(&self) -> &Limits {
        &self.options.limits
    }

    /// The graph of the image that is changed.
    pub fn graph(&self) -> &'a Graph {
        &self.image.graph
    }

    /// Splices a document. Pointers count in the document as it is stored. For digests and sizes of what a document
    /// references use the other functions; those of changed children follow by themselves.
    pub fn edit(&mut self, holder: Holder, edit: Edit) {
        match holder {
            Holder::IndexJson => self.top.push(edit),
            Holder::Node(id) => self.documents.entry(id).or_default().push(edit),
        }
    }

    /// Gives a document another text, which was made of the stored one.
    pub(crate) fn set_text(&mut self, id: NodeId, text: String) {
        self.texts.insert(id, text);
    }

    /// Gives the images of `manifest.json` that have this config other layers, bottom first. Blobs of new ones are to be
    /// added as well, and the manifests with this config are to be edited.
    pub(crate) fn set_stack(&mut self, config: NodeId, layers: Vec<StackLayer>) {
        self.stacks.insert(config, layers);
    }

    /// Limits the edit to some names of `manifest.json`, in full: its other names keep the image as it is.
    pub(crate) fn limit_docker_names(&mut self, names: BTreeSet<String>) {
        self.docker_names = Some(names);
    }

    /// Says something in the receipt, once.
    pub(crate) fn note(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }

    /// Splices `manifest.json`.
    pub fn edit_docker(&mut self, edit: Edit) {
        self.docker.push(edit);
    }

    /// Splices `repositories`.
    pub fn edit_repositories(&mut self, edit: Edit) {
        self.repositories.push(edit);
    }

    /// Removes a descriptor from a list of manifests. What refers to a manifest that no list has any more goes along.
    pub fn remove(&mut self, slot: Slot) {
        if self.removed.insert(slot) {
            self.edit(slot.holder, Edit::Remove { pointer: slot.pointer() });
        }
    }

    /// Adds a descriptor, as JSON text, to a list of manifests, before the entry of number `at`.
    pub fn insert(&mut self, holder: Holder, at: usize, descriptor: &str) {
        let read = doc::read_descriptor(descriptor.as_bytes(), &self.options.limits).view.unwrap_or_default();
        self.inserted.extend(read.digest.ok().map(|digest| (digest.clone(), read.real_platform().cloned())));
        self.edit(holder, Edit::InsertItem { array: "/manifests".to_owned(), at, value: descriptor.to_owned() });
    }

    /// Lets a descriptor reference something else; names, annotations and what else it says stay.
    pub fn retarget(&mut self, slot: Slot, to: Referent) {
        let object = slot.pointer();
        for (key, value) in [
            ("mediaType", quoted(to.media_type.as_str())),
            ("digest", quoted(to.digest.as_str())),
            ("size", to.size.to_string()),
        ] {
            self.edit(slot.holder, Edit::Set { object: object.clone(), key: key.to_owned(), value });
        }
        self.retargeted.insert(slot, to);
    }

    /// Removes a manifest that refers to others, wherever it is listed within the scope.
    pub fn drop_referrer(&mut self, id: NodeId) {
        self.gone.insert(id);
    }

    /// Leaves out a file of the image, or an empty folder, that nothing references.
    pub fn discard(&mut self, member: MemberId) {
        self.discarded.insert(member);
    }

    /// Adds a blob and says its digest. A blob that no descriptor references in the end is not written.
    pub fn add_bytes(&mut self, bytes: impl Into<Cow<'a, [u8]>>) -> Digest {
        let bytes = bytes.into();
        let digest = Algorithm::Sha256.digest(&bytes);
        self.added.insert(digest.clone(), Added { size: bytes.len() as u64, origin: Origin::Bytes(bytes) });
        digest
    }

    /// Adds a file of another image as a blob of this digest.
    pub fn add_member(&mut self, digest: Digest, image: &'a Image, member: MemberId) {
        let size = image.source.members()[member].size;
        self.added.entry(digest).or_insert(Added { size, origin: Origin::Member { image, member } });
    }

    /// Adds bytes that lie elsewhere as a blob of this digest.
    pub fn add_part(&mut self, digest: Digest, part: Part) {
        let size = part.size();
        self.added.entry(digest).or_insert(Added { size, origin: Origin::Part(part) });
    }

    /// Adds what is in the `data` of a descriptor alone, where it is what its digest says.
    fn add_inline(&mut self, digest: &Digest, image: &'a Image, id: NodeId) {
        let Some(bytes) = image.graph.inline(id).filter(|bytes| digest.is_of(bytes)) else { return };
        let added = Added { size: bytes.len() as u64, origin: Origin::Bytes(bytes.into()) };
        self.added.entry(digest.clone()).or_insert(added);
    }

    /// Adds a node of another image with all that it references, as far as it is there.
    pub fn add_from(&mut self, image: &'a Image, id: NodeId) {
        let mut open = vec![id];
        let mut seen = BTreeSet::new();
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            let node = image.graph.node(id);
            match (&node.key, node.content) {
                (Key::Digest(digest), Content::Member(member)) => self.add_member(digest.clone(), image, member),
                (Key::Digest(digest), Content::Inline) => self.add_inline(digest, image, id),
                _ => {}
            }
            let below = node.links.iter().filter(|link| link.role != Role::Subject);
            open.extend(below.filter_map(|link| link.node));
        }
    }

    /// The stored text of a document.
    ///
    /// # Errors
    ///
    /// When it is absent, cannot be read, or is not what its digest says: an edit would make the damage look right.
    pub fn text(&self, holder: Holder) -> Result<String, Error> {
        match holder {
            Holder::IndexJson => super::contents::top(self.image, "index.json", &self.options.limits),
            Holder::Node(id) => super::contents::node(self.image, id, &self.options.limits),
        }
    }

    /// The stored texts of descriptors.
    pub fn stored(&self) -> DescriptorTexts<'a> {
        DescriptorTexts::new(self.image, &self.options.limits)
    }
}
