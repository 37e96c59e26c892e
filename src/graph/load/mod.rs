//! Building the graph: from the documents at the top, breadth first, each blob once, within the limits.

mod roots;
mod unlisted;

use std::collections::{HashMap, VecDeque};
use std::sync::OnceLock;

use super::classify::{self, Kind};
use super::node::{Content, Key, Link, Node, NodeId, Role, Via, children};
use super::{Graph, referrers, runs};
use crate::digest::Digest;
use crate::doc::{self, Descriptor, Document, Problem, memory};
use crate::finding::{Code, Finding, Place};
use crate::limits::{LimitReached, Limits};
use crate::media_type;
use crate::parallel;
use crate::source::{ReadError, Resolution, Source};

pub(super) fn load(source: &Source, limits: &Limits) -> Graph {
    let mut loader = Loader {
        source,
        limits,
        graph: Graph {
            nodes: Vec::new(),
            numbers: HashMap::new(),
            roots: Vec::new(),
            docker: Vec::new(),
            repositories: Vec::new(),
            findings: Vec::new(),
            unread: None,
            referrals: Vec::new(),
            by_referrer: Vec::new(),
            listings: OnceLock::new(),
            holders: vec![None; source.members().len()],
        },
        open: VecDeque::new(),
        descriptors: 0,
        memory: 0,
        is_full: false,
    };
    loader.layout_file();
    loader.index();
    loader.follow();
    loader.docker_manifest();
    loader.repositories();
    loader.unlisted_referrers();
    runs::find(&mut loader.graph, source);
    let referrals = referrers::collect(&loader.graph, source);
    let mut by_referrer: Vec<usize> = (0..referrals.len()).collect();
    by_referrer.sort_by_key(|&number| referrals[number].referrer);
    loader.graph.referrals = referrals;
    loader.graph.by_referrer = by_referrer;
    loader.graph
}

/// Documents read at once: enough for every core, few enough for memory.
const BATCH: usize = 2048;
/// Bytes of documents read at once, unless one alone is larger: what is taken out of them can be a hundred times more.
const BATCH_BYTES: u64 = 1 << 20;

/// A node whose document is still to be read, with the reference that says what to read it as.
struct Unread {
    id: NodeId,
    via: Via,
    depth: usize,
}

/// A document that was read, before the graph takes it in.
struct Taken {
    read: doc::Read<Document>,
    kind: Kind,
    found: Option<Digest>,
}

struct Loader<'a> {
    source: &'a Source,
    limits: &'a Limits,
    graph: Graph,
    /// Nodes whose documents are still to be read.
    open: VecDeque<Unread>,
    descriptors: usize,
    /// Bytes of memory that documents take so far.
    memory: u64,
    /// A document was left out because it did not fit.
    is_full: bool,
}

impl Loader<'_> {
    /// The node that a descriptor references, made when it is new; None when its digest is no digest.
    fn enter(&mut self, descriptor: &Descriptor, role: Role, via: Via, depth: usize) -> Option<NodeId> {
        let digest = descriptor.digest.ok()?;
        self.descriptors += 1;
        if self.descriptors > self.limits.descriptors {
            if self.descriptors == self.limits.descriptors + 1 {
                let reached = LimitReached { name: "descriptors", limit: self.limits.descriptors as u64 };
                let finding = Finding::new(
                    Code::LimitExceeded,
                    Place::of("index.json"),
                    format!("further descriptors were not read: {reached}"),
                );
                self.find(finding);
            }
            return None;
        }
        let key = Key::Digest(digest.clone());
        let id = match self.graph.numbers.get(&key) {
            Some(&known) => known,
            None => {
                let content = self.content_of(descriptor, digest, via);
                self.add(key, classify::of_descriptor(descriptor), content, via)
            }
        };
        self.describe(id, descriptor, role, via, depth);
        Some(id)
    }

    /// Follows a blob as what this reference says it is. A document is read once, as a manifest or index where any
    /// reference lists it as one: what it references is then followed, whatever the other references say.
    fn describe(&mut self, id: NodeId, descriptor: &Descriptor, role: Role, via: Via, depth: usize) {
        let node = &mut self.graph.nodes[id];
        if descriptor.data.is_some() && matches!(node.content, Content::Absent | Content::External) {
            node.content = Content::Inline;
        }
        if descriptor.data.is_some() {
            node.data.get_or_insert(via);
        }
        let is_read = match node.read_by {
            None => false,
            Some(earlier) => role == Role::Config || !is_config(earlier),
        };
        if !is_read && node.is_present() && self.leads_on(id, descriptor, role) {
            self.graph.nodes[id].read_by = Some(via);
            self.open.push_back(Unread { id, via, depth });
        }
    }

    /// Whether the blob behind a descriptor is a document to read: indexes, manifests and configs by their media type, and
    /// under `manifests` and `config` whatever begins as a JSON object. Some engines take a manifest for one whatever its
    /// entry calls it, and a config likewise.
    fn leads_on(&self, id: NodeId, descriptor: &Descriptor, role: Role) -> bool {
        match (descriptor.media_type.ok().map(|kind| kind.kind()), role) {
            (_, Role::Layer(_)) => false,
            (Some(media_type::Kind::Config), Role::Config) => true,
            (Some(media_type::Kind::Index | media_type::Kind::Manifest), Role::Manifest(_) | Role::Subject) => true,
            (_, Role::Subject) => false,
            (None, Role::Manifest(_)) => true,
            (_, Role::Manifest(_) | Role::Config) => self.begins_as_document(id),
        }
    }

    fn begins_as_document(&self, id: NodeId) -> bool {
        match self.graph.nodes[id].content {
            Content::Member(member) => {
                self.source.members()[member].size <= self.limits.document_bytes
                    && self.source.begins_with_brace(member)
            }
            Content::Inline => self.graph.inline(id).is_some_and(looks_like_json),
            Content::External | Content::Absent => false,
        }
    }

    fn add(&mut self, key: Key, kind: Kind, content: Content, via: Via) -> NodeId {
        let id = self.graph.nodes.len();
        if let Content::Member(member) = content {
            self.graph.holders[member].get_or_insert(id);
        }
        self.graph.numbers.insert(key.clone(), id);
        self.graph.nodes.push(Node {
            key,
            kind,
            content,
            document: Document::Opaque,
            links: Vec::new(),
            via,
            read_by: None,
            data: None,
            problems: Vec::new(),
            found: None,
        });
        id
    }

    fn content_of(&mut self, descriptor: &Descriptor, digest: &Digest, via: Via) -> Content {
        match self.source.resolve_blob(digest) {
            Resolution::File(member) => Content::Member(member),
            Resolution::Absent if descriptor.data.is_some() => Content::Inline,
            // Only layers can be kept elsewhere on purpose; no reader fetches a config or manifest from `urls`.
            Resolution::Absent if !descriptor.urls.is_empty() && matches!(via, Via::Node(_, Role::Layer(_))) => {
                Content::External
            }
            Resolution::Absent => Content::Absent,
            other => {
                let at = match via {
                    Via::Node(parent, role) => self.graph.place_of_link(parent, role),
                    Via::Index(number) => Place::at("index.json", Role::Manifest(number).pointer()),
                    Via::Docker(..) | Via::Found => Place::default(),
                };
                self.find_link(&digest.blob_path(), at.then(digest.as_str()), other);
                Content::Absent
            }
        }
    }

    /// Reads the documents that are open until none is left, many at once, and takes them in in their order.
    fn follow(&mut self) {
        while !self.open.is_empty() {
            let batch = self.batch();
            // Threads cost more than a few small documents.
            let threads = if batch.len() < 64 { 1 } else { parallel::threads(0) };
            let results = parallel::map(&batch, threads, |unread| self.read_document(unread));
            for (unread, result) in batch.into_iter().zip(results) {
                self.take_in(unread.id, unread.depth, result);
            }
        }
    }

    fn batch(&mut self) -> Vec<Unread> {
        let mut bytes = 0;
        let fits = |unread: &&Unread| {
            if let Content::Member(member) = self.graph.nodes[unread.id].content {
                bytes += self.source.members()[member].size;
            }
            bytes <= BATCH_BYTES
        };
        let count = self.open.iter().take(BATCH).take_while(fits).count();
        self.open.drain(..count.max(1)).collect()
    }

    /// Whether this many bytes more may be kept; where not, that is said once.
    fn holds(&mut self, id: NodeId, bytes: usize) -> bool {
        let limit = self.limits.graph_bytes;
        let memory = self.memory.saturating_add(bytes as u64);
        if memory <= limit {
            self.memory = memory;
            return true;
        }
        if !std::mem::replace(&mut self.is_full, true) {
            let reached = LimitReached { name: "graph-bytes", limit };
            let detail = format!(
                "this document, and others that do not fit, were not read: all documents together are {reached}"
            );
            self.find(Finding::new(Code::LimitExceeded, self.graph.place(id), detail));
        }
        false
    }

    /// Reads and hashes one document; None for what is no document.
    fn read_document(&self, unread: &Unread) -> Option<Result<Taken, ReadError>> {
        let node = &self.graph.nodes[unread.id];
        let descriptor = self.graph.descriptor_via(unread.via);
        let read;
        let bytes: &[u8] = match node.content {
            Content::Member(member) => match self.source.read(member, self.limits.document_bytes) {
                Ok(bytes) => {
                    read = bytes;
                    &read
                }
                Err(error) => return Some(Err(error)),
            },
            Content::Inline => self.graph.inline(unread.id)?,
            Content::External | Content::Absent => return None,
        };
        let declared = descriptor.and_then(|descriptor| descriptor.media_type.ok());
        if declared.is_none() && !looks_like_json(bytes) {
            return None;
        }
        let found = node.key.digest().and_then(|digest| digest.differs(bytes));
        let read = if is_config(unread.via) {
            doc::read_any_config(bytes, declared, self.limits)
        } else {
            doc::read_blob(bytes, declared, self.limits)
        };
        let kind = classify::classify(descriptor, &read.view);
        Some(Ok(Taken { read, kind, found }))
    }

    fn take_in(&mut self, id: NodeId, depth: usize, result: Option<Result<Taken, ReadError>>) {
        match result {
            None => {}
            Some(Err(error)) => self.note_unreadable(id, &error),
            Some(Ok(document)) if !self.holds(id, document.read.memory_bytes()) => {}
            Some(Ok(document)) => {
                let node = &mut self.graph.nodes[id];
                node.kind = document.kind;
                node.found = document.found;
                node.problems = document.read.problems;
                node.document = document.read.view;
                self.follow_children(id, depth);
            }
        }
    }

    fn follow_children(&mut self, id: NodeId, depth: usize) {
        let document = std::mem::replace(&mut self.graph.nodes[id].document, Document::Opaque);
        let descriptors = children(&document);
        let mut links = Vec::with_capacity(descriptors.len());
        for &(role, descriptor) in &descriptors {
            let nested = matches!(role, Role::Manifest(_));
            if nested && depth == self.limits.index_depth {
                let reached = LimitReached { name: "index-depth", limit: self.limits.index_depth as u64 };
                let at = self.graph.place(id);
                self.find(Finding::new(Code::LimitExceeded, at, format!("indexes are nested too deeply: {reached}")));
                break;
            }
            let node = self.enter(descriptor, role, Via::Node(id, role), depth + usize::from(nested));
            links.push(Link { role, node });
        }
        let node = &mut self.graph.nodes[id];
        node.links = links;
        node.document = document;
    }

    fn note_top(&mut self, name: &str, problems: Vec<Problem>) {
        self.memory += memory::of_problems(&problems) as u64;
        let findings = problems.into_iter().map(|problem| of_problem(problem, Place::of(name)));
        self.graph.findings.extend(findings);
    }

    fn note_unreadable(&mut self, id: NodeId, error: &ReadError) {
        self.find_unreadable(self.graph.place(id), error);
    }

    fn find_unreadable(&mut self, at: Place, error: &ReadError) {
        let (code, detail) = unreadable(error);
        let finding = Finding::new(code, at, detail);
        if matches!(error, ReadError::Io(_)) && self.graph.unread.is_none() {
            self.graph.unread = Some(finding.clone());
        }
        self.find(finding);
    }

    fn find_link(&mut self, name: &str, at: Place, resolution: Resolution) {
        let finding = match resolution {
            Resolution::Escapes { link, target } => Finding::new(
                Code::LinkEscapes,
                at,
                format!("the link `{link}` points outside the archive or directory"),
            )
            .found(target),
            Resolution::Broken { link, target } => {
                Finding::new(Code::LinkBroken, at, format!("the target of the link `{link}` is missing")).found(target)
            }
            Resolution::TooManyLinks(reached) => {
                Finding::new(Code::LimitExceeded, at, format!("too many links in a row: {reached}"))
            }
            Resolution::NotAFile(_) => {
                Finding::new(Code::BlobUnreadable, at, format!("`{name}` is not a regular file; ocikit never opens it"))
            }
            Resolution::File(_) | Resolution::Absent => return,
        };
        self.find(finding);
    }

    fn find(&mut self, finding: Finding) {
        // Reports keep no more either; what is said here of the limit stands among the errors.
        let (found, most) = (self.graph.findings.len(), self.limits.findings.saturating_mul(2));
        if found < most {
            self.graph.findings.push(finding);
        } else if found == most {
            let reached = LimitReached { name: "findings", limit: self.limits.findings as u64 };
            let detail = format!("further problems of the file were not reported: {reached}");
            self.graph.findings.push(Finding::new(Code::LimitExceeded, Place::default(), detail));
        }
    }

    fn has_finding(&self, name: &str) -> bool {
        self.graph.findings.iter().any(|finding| finding.at == Place::of(name))
    }
}

/// Whether a reference is the `config` of a manifest.
fn is_config(via: Via) -> bool {
    matches!(via, Via::Node(_, Role::Config))
}

fn looks_like_json(bytes: &[u8]) -> bool {
    bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
}

fn unreadable(error: &ReadError) -> (Code, String) {
    match error {
        ReadError::Limit(reached) => (Code::LimitExceeded, format!("the content was not read: {reached}")),
        ReadError::NoDocument => (Code::JsonSyntax, format!("the document is not valid JSON: {error}")),
        ReadError::Io(error) => (Code::BlobUnreadable, format!("the content cannot be read: {error}")),
    }
}

/// A fault of a document as a finding, once the place of the document is known.
pub(super) fn of_problem(problem: Problem, document: Place) -> Finding {
    let mut finding = Finding::new(problem.code, document.within(&problem.pointer), problem.detail);
    finding.expected = problem.expected;
    finding.found = problem.found;
    finding
}
