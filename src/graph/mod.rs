//! The graph of an image file: what references what, each blob once, with the way from the top.
//!
//! Floor: above `doc` and `source`. It knows one source, and no option of a command.

mod classify;
pub mod engines;
mod load;
mod node;
mod order;
mod referrers;
mod roots;
mod runs;
mod select;

use std::collections::HashMap;
use std::sync::OnceLock;

pub use classify::{AttestationStyle, Kind, classify, of_descriptor};
pub(crate) use classify::{cosign_tag, cut_tag};
pub use node::{Content, DockerFile, Key, Link, Listing, Node, NodeId, Role, Via, children, descriptor};
pub use order::bottom_up;
pub use referrers::{Referral, ReferralBy};
pub use roots::{DockerEntry, Root};
pub(crate) use select::fitting;
pub use select::{Below, Selectable, Selector};

use crate::doc::{Config, Descriptor, RepositoryTag};
use crate::error::Error;
use crate::finding::{Code, Finding, Place, Severity};
use crate::limits::Limits;
use crate::source::{MemberId, Source};

/// All that an image file references.
#[derive(Debug)]
pub struct Graph {
    nodes: Vec<Node>,
    numbers: HashMap<Key, NodeId>,
    /// The entries of `index.json`, in stored order.
    pub roots: Vec<Root>,
    /// The images of `manifest.json`, in stored order.
    pub docker: Vec<DockerEntry>,
    /// The lines of `repositories`.
    pub repositories: Vec<RepositoryTag>,
    /// What is wrong with `oci-layout`, `index.json`, `manifest.json`, `repositories` and the links among members.
    pub findings: Vec<Finding>,
    /// The first document of which reading failed.
    unread: Option<Finding>,
    /// Which manifest refers to which, sorted by what is referred to.
    pub referrals: Vec<Referral>,
    /// The same relations by number, sorted by the referrer.
    by_referrer: Vec<usize>,
    /// Where each node is listed, sorted by node; worked out when it is first asked for.
    listings: OnceLock<Vec<Listing>>,
    /// For each member of the source, the node that it holds.
    holders: Vec<Option<NodeId>>,
}

impl Graph {
    /// Follows everything that the root documents of a source reference.
    pub fn load(source: &Source, limits: &Limits) -> Graph {
        load::load(source, limits)
    }

    /// Fails when reading a document failed: then nobody knows all that the file holds, however sound it is. `path` is the
    /// file, for the message.
    ///
    /// # Errors
    ///
    /// [`Error::Document`] with the first such document.
    pub fn require_read(&self, path: &str) -> Result<(), Error> {
        self.unread.as_ref().map_or(Ok(()), |finding| Err(unread(path, finding)))
    }

    /// As [`Graph::require_read`]; also when a device or directory is in the place of a document.
    ///
    /// # Errors
    ///
    /// As for [`Graph::require_read`].
    pub fn require_readable(&self, path: &str) -> Result<(), Error> {
        let finding = self.findings.iter().find(|finding| finding.code == Code::BlobUnreadable);
        finding.map_or(Ok(()), |finding| Err(unread(path, finding)))
    }

    /// All nodes, in the order in which they were reached.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// One node.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id]
    }

    /// The node that is known by a key.
    pub fn find(&self, key: &Key) -> Option<NodeId> {
        self.numbers.get(key).copied()
    }

    /// The node that a member of the source holds; None for members that nothing refers to.
    pub fn held_by(&self, member: MemberId) -> Option<NodeId> {
        self.holders.get(member).copied().flatten()
    }

    /// The config of a manifest, where it is an image config that could be read.
    pub fn config_of(&self, id: NodeId) -> Option<&Config> {
        self.node(self.config_node(id)?).document.as_config()
    }

    /// The node of the config that a manifest references.
    pub fn config_node(&self, id: NodeId) -> Option<NodeId> {
        self.node(id).links.iter().find(|link| link.role == Role::Config)?.node
    }

    /// The descriptor behind a link of a node.
    pub fn descriptor(&self, id: NodeId, link: Link) -> Option<&Descriptor> {
        descriptor(&self.nodes[id].document, link.role)
    }

    /// The descriptor that led to a node first.
    pub fn first_descriptor(&self, id: NodeId) -> Option<&Descriptor> {
        self.descriptor_via(self.nodes[id].via)
    }

    /// The descriptor by whose media type the document of a node was read; the first one where none was read.
    pub fn read_descriptor(&self, id: NodeId) -> Option<&Descriptor> {
        let node = &self.nodes[id];
        self.descriptor_via(node.read_by.unwrap_or(node.via))
    }

    /// What a reference claims that a node is. An engine may run it all the same: see [`Node::kind`].
    pub fn claim(&self, descriptor: &Descriptor, id: NodeId) -> Kind {
        classify(Some(descriptor), &self.nodes[id].document)
    }

    fn descriptor_via(&self, via: Via) -> Option<&Descriptor> {
        match via {
            Via::Index(number) => {
                let at = self.roots.binary_search_by_key(&number, |root| root.number).ok()?;
                Some(&self.roots[at].descriptor)
            }
            Via::Node(parent, role) => descriptor(&self.nodes[parent].document, role),
            Via::Docker(..) | Via::Found => None,
        }
    }

    /// The bytes of a node that is in the `data` of a descriptor alone (image-spec `descriptor.md`). Whether they match its
    /// digest is for the caller to check.
    pub fn inline(&self, id: NodeId) -> Option<&[u8]> {
        let via = self.nodes[id].data.filter(|_| self.nodes[id].content == Content::Inline)?;
        self.descriptor_via(via)?.data.as_deref()
    }

    /// The path from the top to a node, by the references by which the documents were read.
    pub fn place(&self, id: NodeId) -> Place {
        let via = |id: NodeId| self.nodes[id].read_by.unwrap_or(self.nodes[id].via);
        let mut way = vec![(id, String::new())];
        let mut at = id;
        while let Via::Node(parent, role) = via(at) {
            way.push((parent, role.pointer()));
            at = parent;
        }
        let top = match via(at) {
            Via::Index(number) => Some(Place::at("index.json", Role::Manifest(number).pointer())),
            Via::Docker(image, file) => Some(Place::at("manifest.json", file.pointer(image))),
            Via::Node(..) | Via::Found => None,
        };
        way.into_iter().rev().fold(top.unwrap_or_default(), |place, (id, pointer)| {
            place.then(self.nodes[id].key.as_str()).within(&pointer)
        })
    }

    /// What is wrong with a document at the top, so that it does not say what is in the file. That it lists nothing says it.
    pub fn faults_of<'g>(&'g self, document: &'g str) -> impl Iterator<Item = &'g Finding> {
        self.findings.iter().filter(move |finding| {
            finding.severity == Severity::Error
                && finding.code != Code::LayoutEmpty
                && finding.at.steps().first().is_some_and(|step| step.document == document)
        })
    }

    /// The place of one descriptor of a node.
    pub fn place_of_link(&self, id: NodeId, role: Role) -> Place {
        self.place(id).within(&role.pointer())
    }

    /// What refers to a node: attestations, signatures, SBOMs and other referrers, each once.
    pub fn referrers_of(&self, id: NodeId) -> Vec<NodeId> {
        let Some(digest) = self.nodes[id].key.digest() else { return Vec::new() };
        let first = self.referrals.partition_point(|about| about.subject < *digest);
        let mut referrers: Vec<NodeId> = self.referrals[first..]
            .iter()
            .take_while(|about| about.subject == *digest)
            .map(|about| about.referrer)
            .collect();
        referrers.sort_unstable();
        referrers.dedup();
        referrers
    }

    /// What a node says it refers to, by every means by which it says so.
    pub fn referrals_of(&self, id: NodeId) -> impl Iterator<Item = &Referral> {
        let first = self.by_referrer.partition_point(|&number| self.referrals[number].referrer < id);
        let from_first = self.by_referrer[first..].iter().map(|&number| &self.referrals[number]);
        from_first.take_while(move |about| about.referrer == id)
    }

    /// Every place where a manifest or index is listed: in `index.json` first, then by list.
    pub fn listings_of(&self, id: NodeId) -> &[Listing] {
        let listings = self.listings.get_or_init(|| {
            let roots = self.roots.iter().filter_map(|root| Some((root.node?, None, root.number)));
            let links = self.nodes.iter().enumerate().flat_map(|(list, node)| {
                node.links.iter().filter_map(move |link| match link.role {
                    Role::Manifest(number) => Some((link.node?, Some(list), number)),
                    _ => None,
                })
            });
            let all = roots.chain(links).map(|(node, list, number)| Listing { node, list, number });
            let mut all: Vec<Listing> = all.collect();
            all.sort_unstable();
            all
        });
        let first = listings.partition_point(|listing| listing.node < id);
        let count = listings[first..].partition_point(|listing| listing.node == id);
        &listings[first..first + count]
    }

    /// These nodes with what they list and what refers to one of them, at any depth.
    ///
    /// True at the number of each node that is among them.
    pub(crate) fn listed_below(&self, from: impl IntoIterator<Item = NodeId>) -> Vec<bool> {
        let mut seen = vec![false; self.nodes.len()];
        let mut open: Vec<NodeId> = from.into_iter().collect();
        while let Some(id) = open.pop() {
            if std::mem::replace(&mut seen[id], true) {
                continue;
            }
            let listed = self.nodes[id].links.iter().filter(|link| matches!(link.role, Role::Manifest(_)));
            open.extend(listed.filter_map(|link| link.node));
            open.extend(self.referrers_of(id));
        }
        seen
    }

    /// The nodes that these reference, themselves included, with all that refers to them.
    ///
    /// True at the number of each node that is among them.
    pub fn reachable(&self, from: impl IntoIterator<Item = NodeId>) -> Vec<bool> {
        let mut seen = vec![false; self.nodes.len()];
        let mut open: Vec<NodeId> = from.into_iter().collect();
        while let Some(id) = open.pop() {
            if std::mem::replace(&mut seen[id], true) {
                continue;
            }
            open.extend(self.nodes[id].links.iter().filter_map(|link| link.node));
            open.extend(self.referrers_of(id));
        }
        seen
    }
}

fn unread(path: &str, finding: &Finding) -> Error {
    Error::Document { path: path.to_owned(), document: finding.at.to_string(), fault: finding.detail.clone() }
}
