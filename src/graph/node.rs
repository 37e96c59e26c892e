//! The nodes of the graph: every blob that something references, once.

use crate::digest::Digest;
use crate::doc::{Descriptor, Document, Problem, docker};
use crate::source::MemberId;

use super::Kind;

/// The number of a node in its graph.
pub type NodeId = usize;

/// What a node is known by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A digest that a descriptor names.
    Digest(Digest),
    /// A member that `manifest.json` names and whose name is no blob path.
    Member(Box<str>),
}

impl Key {
    /// The digest, where the node is known by one.
    pub fn digest(&self) -> Option<&Digest> {
        match self {
            Key::Digest(digest) => Some(digest),
            Key::Member(_) => None,
        }
    }

    /// The text that stands for it in a place.
    pub fn as_str(&self) -> &str {
        match self {
            Key::Digest(digest) => digest.as_str(),
            Key::Member(name) => name,
        }
    }
}

/// Where the content of a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// In a member of the source.
    Member(MemberId),
    /// In the `data` field of a descriptor.
    Inline,
    /// Elsewhere: a non-distributable layer with `urls`.
    External,
    /// Nowhere here.
    Absent,
}

/// One blob.
#[derive(Debug, Clone)]
pub struct Node {
    /// What it is known by.
    pub key: Key,
    /// What it is: an image wherever some engine would run it, whatever a reference claims; else what the reference by
    /// which it was read claims.
    pub kind: Kind,
    /// Where its content is.
    pub content: Content,
    /// The reference whose `data` is the content, for [`Content::Inline`].
    pub data: Option<Via>,
    /// The document, for those that lead on and for configs.
    pub document: Document,
    /// What it references.
    pub links: Vec<Link>,
    /// The first reference to it.
    pub via: Via,
    /// The reference by whose media type the document was read: the first that leads on.
    pub read_by: Option<Via>,
    /// What is wrong in the document itself.
    pub problems: Vec<Problem>,
    /// What its bytes hash to, where a document was read and hashes to something else than its key.
    pub found: Option<Digest>,
}

impl Node {
    /// Whether its content can be read here.
    pub fn is_present(&self) -> bool {
        matches!(self.content, Content::Member(_) | Content::Inline)
    }

    /// The digest that its document should have and the one that it has, where they differ. A config in a docker archive
    /// is named after its digest.
    pub fn mismatch(&self) -> Option<(Digest, Digest)> {
        let found = self.found.clone()?;
        let expected = match &self.key {
            Key::Digest(digest) => Some(digest.clone()),
            Key::Member(name) => docker::config_digest(name),
        };
        expected.map(|expected| (expected, found))
    }
}

/// What a descriptor is for in the document that holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// An entry of `manifests`, with its number.
    Manifest(u32),
    /// `config`
    Config,
    /// An entry of `layers`, with its number.
    Layer(u32),
    /// `subject`: the way back from a referrer.
    Subject,
}

impl Role {
    /// The JSON pointer to the descriptor.
    pub fn pointer(self) -> String {
        match self {
            Role::Manifest(number) => format!("/manifests/{number}"),
            Role::Config => "/config".to_owned(),
            Role::Layer(number) => format!("/layers/{number}"),
            Role::Subject => "/subject".to_owned(),
        }
    }
}

/// One descriptor of a document, and the node that it references.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// What the descriptor is for.
    pub role: Role,
    /// The node; None when the descriptor has no valid digest.
    pub node: Option<NodeId>,
}

/// An entry of a list of manifests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listing {
    /// What is listed.
    pub node: NodeId,
    /// The document with the list; None for `index.json`.
    pub list: Option<NodeId>,
    /// The number in the stored list.
    pub number: u32,
}

/// How a node was reached first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// `index.json`, by the entry of this number.
    Index(u32),
    /// `manifest.json`: the image of this number, and which file of it.
    Docker(u32, DockerFile),
    /// A document of the graph.
    Node(NodeId, Role),
    /// Nothing: it was found among the members, as a referrer that `index.json` does not list.
    Found,
}

/// Which file of an image in `manifest.json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DockerFile {
    /// `Config`
    Config,
    /// An entry of `Layers`, with its number.
    Layer(u32),
}

impl DockerFile {
    /// The JSON pointer within `manifest.json`.
    pub fn pointer(self, image: u32) -> String {
        match self {
            DockerFile::Config => format!("/{image}/Config"),
            DockerFile::Layer(number) => format!("/{image}/Layers/{number}"),
        }
    }
}

/// The descriptors of a document and what each is for: the one place that knows what leads where.
pub fn children(document: &Document) -> Vec<(Role, &Descriptor)> {
    match document {
        Document::Index(index) => {
            let manifests = index.manifests.iter().map(|(number, child)| (Role::Manifest(*number), child));
            manifests.chain(index.subject.iter().map(|subject| (Role::Subject, subject))).collect()
        }
        Document::Manifest(manifest) => {
            let config = manifest.config.iter().map(|config| (Role::Config, config));
            let layers = manifest.layers.iter().map(|(number, layer)| (Role::Layer(*number), layer));
            let subject = manifest.subject.iter().map(|subject| (Role::Subject, subject));
            config.chain(layers).chain(subject).collect()
        }
        Document::Config(_) | Document::Opaque => Vec::new(),
    }
}

/// The descriptor of one role in a document.
pub fn descriptor(document: &Document, role: Role) -> Option<&Descriptor> {
    let numbered = |list: &'_ [(u32, Descriptor)], number: u32| -> Option<usize> {
        list.binary_search_by_key(&number, |(own, _)| *own).ok()
    };
    match (document, role) {
        (Document::Index(index), Role::Manifest(number)) => {
            numbered(&index.manifests, number).map(|at| &index.manifests[at].1)
        }
        (Document::Index(index), Role::Subject) => index.subject.as_ref(),
        (Document::Manifest(manifest), Role::Config) => manifest.config.as_ref(),
        (Document::Manifest(manifest), Role::Layer(number)) => {
            numbered(&manifest.layers, number).map(|at| &manifest.layers[at].1)
        }
        (Document::Manifest(manifest), Role::Subject) => manifest.subject.as_ref(),
        _ => None,
    }
}
