//! Building the graph: from the documents at the top, breadth first, each blob once, within the limits.

use std::collections::{HashMap, VecDeque};

use super::classify::{self, Kind};
use super::node::{Content, DockerFile, Key, Link, Node, NodeId, Role, Via, children};
use super::top::{DockerEntry, Root};
use super::{Graph, speakers};
use crate::digest::{Algorithm, Digest};
use crate::doc::{self, Descriptor, DockerImage, Document, Problem, docker};
use crate::finding::{Code, Finding, Place};
use crate::limits::{LimitReached, Limits};
use crate::media_type;
use crate::parallel;
use crate::source::{MemberKind, ReadError, Resolution, Source};

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
            about: Vec::new(),
            by_speaker: Vec::new(),
            holders: vec![None; source.members().len()],
        },
        open: VecDeque::new(),
        descriptors: 0,
    };
    loader.layout_file();
    loader.index();
    loader.follow();
    loader.docker_manifest();
    loader.repositories();
    loader.referrers_nobody_lists();
    let about = speakers::collect(&loader.graph, source);
    let mut by_speaker: Vec<usize> = (0..about.len()).collect();
    by_speaker.sort_by_key(|&number| about[number].speaker);
    loader.graph.about = about;
    loader.graph.by_speaker = by_speaker;
    loader.graph
}

/// Documents read at once: enough for every core, few enough for memory.
const BATCH: usize = 2048;

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
    /// Nodes whose documents are still to be read, each with its depth.
    open: VecDeque<(NodeId, usize)>,
    descriptors: usize,
}

impl Loader<'_> {
    fn layout_file(&mut self) {
        if !self.source.shape().index_view {
            return;
        }
        match self.top_document("oci-layout") {
            Some(bytes) => self.note_top("oci-layout", doc::read_layout_file(&bytes, self.limits).problems),
            // apko writes a docker archive with an index beside it, which is no layout.
            None if self.source.shape().docker_view || self.has_finding("oci-layout") => {}
            None => {
                let detail = "the file that marks an image layout is absent";
                self.find(Finding::new(Code::LayoutFileMissing, Place::of("oci-layout"), detail));
            }
        }
    }

    fn index(&mut self) {
        if !self.source.shape().index_view {
            return;
        }
        let Some(bytes) = self.top_document("index.json") else {
            if !self.has_finding("index.json") {
                let detail = "the layout has no `index.json`, so nothing says what is in it";
                self.find(Finding::new(Code::IndexMissing, Place::of("index.json"), detail));
            }
            return;
        };
        let read = doc::read_layout_index(&bytes, self.limits);
        if read.view.manifests.is_empty()
            && read.problems.iter().all(|p| p.code.severity() != crate::finding::Severity::Error)
        {
            self.find(Finding::new(Code::LayoutEmpty, Place::at("index.json", "/manifests"), "lists no manifest"));
        }
        self.note_top("index.json", read.problems);
        if let Some(subject) = read.view.subject {
            self.enter(&subject, Role::Subject, Via::Index(0), 0);
        }
        for (number, descriptor) in read.view.manifests {
            let node = self.enter(&descriptor, Role::Manifest(number), Via::Index(number), 0);
            self.graph.roots.push(Root { number, descriptor, node });
        }
    }

    fn docker_manifest(&mut self) {
        if !self.source.shape().docker_view {
            return;
        }
        let Some(bytes) = self.top_document("manifest.json") else {
            if !self.has_finding("manifest.json") {
                let detail = "the docker archive has no `manifest.json`, so nothing says what is in it";
                self.find(Finding::new(Code::DockerFileMissing, Place::of("manifest.json"), detail));
            }
            return;
        };
        let read = doc::read_docker_manifest(&bytes, self.limits);
        self.note_top("manifest.json", read.problems);
        for (number, image) in read.view {
            self.docker_image(number, image);
        }
    }

    fn docker_image(&mut self, number: u32, image: DockerImage) {
        let config = image.config.ok().cloned().and_then(|name| self.enter_file(&name, number, DockerFile::Config));
        let mut layers = Vec::with_capacity(image.layers.len());
        for (layer, name) in (0..).zip(&image.layers) {
            layers.push(self.enter_file(name, number, DockerFile::Layer(layer)));
        }
        self.graph.docker.push(DockerEntry { number, image, config, layers });
    }

    fn repositories(&mut self) {
        if let Some(bytes) = self.top_document("repositories").filter(|_| self.source.shape().docker_view) {
            let read = doc::read_repositories(&bytes, self.limits);
            self.note_top("repositories", read.problems);
            self.graph.repositories = read.view;
        }
    }

    /// A document at the top, with a finding when it is there and cannot be read.
    fn top_document(&mut self, name: &str) -> Option<Vec<u8>> {
        let member = match self.source.resolve(name) {
            Resolution::File(member) => member,
            Resolution::Absent => return None,
            other => {
                self.find_link(name, Place::of(name), other);
                return None;
            }
        };
        match self.source.read(member, self.limits.document_bytes) {
            Ok(bytes) => Some(bytes),
            Err(error) => {
                let (code, detail) = unreadable(&error);
                self.find(Finding::new(code, Place::of(name), detail));
                None
            }
        }
    }

    /// The node of a file that `manifest.json` names, made when it is new. Empty names stand for no file.
    fn enter_file(&mut self, name: &str, image: u32, file: DockerFile) -> Option<NodeId> {
        if name.is_empty() {
            return None;
        }
        let via = Via::Docker(image, file);
        let resolution = self.source.resolve(name);
        let member = match resolution {
            Resolution::File(member) => Some(member),
            Resolution::Absent => None,
            other => {
                self.find_link(name, Place::at("manifest.json", file.pointer(image)), other);
                None
            }
        };
        if let Some(known) = member.and_then(|member| self.graph.holders[member]) {
            return Some(known);
        }
        let own_name = member.map_or(name, |member| &self.source.members()[member].name);
        let key = match Digest::from_blob_path(own_name) {
            Some(digest) => Key::Digest(digest),
            None => Key::Member(own_name.into()),
        };
        if let Some(&known) = self.graph.numbers.get(&key) {
            return Some(known);
        }
        let kind = if file == DockerFile::Config { Kind::Config } else { Kind::Layer };
        let content = member.map_or(Content::Absent, Content::Member);
        let id = self.add(key, kind, content, via);
        if let (DockerFile::Config, Some(member)) = (file, member) {
            self.read_docker_config(id, member, name);
        }
        Some(id)
    }

    fn read_docker_config(&mut self, id: NodeId, member: usize, name: &str) {
        match self.source.read(member, self.limits.document_bytes) {
            Ok(bytes) => {
                let read = doc::read_config(&bytes, self.limits);
                let node = &mut self.graph.nodes[id];
                node.document = Document::Config(Box::new(read.view));
                node.problems = read.problems;
                node.found = docker::config_digest(name).and_then(|digest| differs(&digest, &bytes));
            }
            Err(error) => self.note_unreadable(id, &error),
        }
    }

    /// The node that a descriptor leads to, made when it is new; None when its digest is no digest.
    fn enter(&mut self, descriptor: &Descriptor, role: Role, via: Via, depth: usize) -> Option<NodeId> {
        let digest = descriptor.digest.ok()?;
        self.descriptors += 1;
        if self.descriptors > self.limits.descriptors {
            if self.descriptors == self.limits.descriptors + 1 {
                let reached = LimitReached { name: "descriptors", limit: self.limits.descriptors as u64 };
                let finding =
                    Finding::new(Code::LimitExceeded, Place::of("index.json"), format!("more descriptors: {reached}"));
                self.find(finding);
            }
            return None;
        }
        let key = Key::Digest(digest.clone());
        if let Some(&known) = self.graph.numbers.get(&key) {
            // A subject may have been met before the entry that lists it; documents are read once.
            return Some(known);
        }
        let content = self.content_of(descriptor, digest, via);
        let id = self.add(key, classify::of_descriptor(descriptor), content, via);
        if leads_on(descriptor, role) && self.graph.nodes[id].is_present() {
            self.open.push_back((id, depth));
        }
        Some(id)
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
            problems: Vec::new(),
            found: None,
        });
        id
    }

    fn content_of(&mut self, descriptor: &Descriptor, digest: &Digest, via: Via) -> Content {
        match self.source.resolve_blob(digest) {
            Resolution::File(member) => Content::Member(member),
            Resolution::Absent if descriptor.data.is_some() => Content::Inline,
            Resolution::Absent if !descriptor.urls.is_empty() => Content::External,
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
            let batch: Vec<(NodeId, usize)> = self.open.drain(..self.open.len().min(BATCH)).collect();
            // Threads cost more than a few small documents.
            let threads = if batch.len() < 64 { 1 } else { parallel::cores() };
            let results = parallel::map(&batch, threads, |&(id, _)| self.read_document(id));
            for ((id, depth), result) in batch.into_iter().zip(results) {
                self.take_in(id, depth, result);
            }
        }
    }

    /// Reads and hashes one document; None for what is no document.
    fn read_document(&self, id: NodeId) -> Option<Result<Taken, ReadError>> {
        let node = &self.graph.nodes[id];
        let descriptor = self.graph.first_descriptor(id);
        let read;
        let bytes: &[u8] = match node.content {
            Content::Member(member) => match self.source.read(member, self.limits.document_bytes) {
                Ok(bytes) => {
                    read = bytes;
                    &read
                }
                Err(error) => return Some(Err(error)),
            },
            Content::Inline => descriptor?.data.as_deref()?,
            Content::External | Content::Absent => return None,
        };
        let declared = descriptor.and_then(|descriptor| descriptor.media_type.ok());
        if declared.is_none() && !looks_like_json(bytes) {
            return None;
        }
        let found = node.key.digest().and_then(|digest| differs(digest, bytes));
        let read = doc::read_blob(bytes, declared, self.limits);
        let kind = classify::classify(descriptor, &read.view);
        Some(Ok(Taken { read, kind, found }))
    }

    fn take_in(&mut self, id: NodeId, depth: usize, result: Option<Result<Taken, ReadError>>) {
        match result {
            None => {}
            Some(Err(error)) => self.note_unreadable(id, &error),
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
                self.find(Finding::new(Code::LimitExceeded, at, format!("indexes inside indexes: {reached}")));
                break;
            }
            let node = self.enter(descriptor, role, Via::Node(id, role), depth + usize::from(nested));
            links.push(Link { role, node });
        }
        let node = &mut self.graph.nodes[id];
        node.links = links;
        node.document = document;
    }

    /// Looks among the members that nothing refers to for manifests with a `subject` that is in the graph, and takes
    /// them in, again and again: a signature may speak about an SBOM that speaks about an image.
    fn referrers_nobody_lists(&mut self) {
        let mut candidates: Vec<(Digest, usize, Digest)> = Vec::new();
        for (member, listed) in self.source.members().iter().enumerate() {
            let is_free = listed.kind == MemberKind::File && self.graph.holders[member].is_none();
            let Some(digest) = Digest::from_blob_path(&listed.name).filter(|_| is_free) else { continue };
            if let Some(subject) = self.subject_of(member) {
                candidates.push((digest, member, subject));
            }
        }
        loop {
            let before = candidates.len();
            let (ready, rest): (Vec<_>, Vec<_>) = candidates
                .into_iter()
                .partition(|(_, _, subject)| self.graph.numbers.contains_key(&Key::Digest(subject.clone())));
            for (digest, member, _) in ready {
                let id = self.add(Key::Digest(digest), Kind::Blob, Content::Member(member), Via::Found);
                self.open.push_back((id, 0));
            }
            self.follow();
            candidates = rest;
            if candidates.len() == before || candidates.is_empty() {
                return;
            }
        }
    }

    /// The subject of a member that holds a manifest or index; None for everything else.
    fn subject_of(&self, member: usize) -> Option<Digest> {
        if self.source.members()[member].size > self.limits.document_bytes || !self.source.begins_with_brace(member) {
            return None;
        }
        let bytes = self.source.read(member, self.limits.document_bytes).ok()?;
        let read = doc::read_blob(&bytes, None, self.limits);
        let subject = match read.view {
            Document::Manifest(manifest) => manifest.subject,
            Document::Index(index) => index.subject,
            _ => None,
        };
        subject?.digest.ok().cloned()
    }

    fn note_top(&mut self, name: &str, problems: Vec<Problem>) {
        let findings = problems.into_iter().map(|problem| of_problem(problem, Place::of(name)));
        self.graph.findings.extend(findings);
    }

    fn note_unreadable(&mut self, id: NodeId, error: &ReadError) {
        let (code, detail) = unreadable(error);
        let at = self.graph.place(id);
        self.find(Finding::new(code, at, detail));
    }

    fn find_link(&mut self, name: &str, at: Place, resolution: Resolution) {
        let finding = match resolution {
            Resolution::Escapes { link, target } => {
                Finding::new(Code::LinkEscapes, at, format!("the link `{link}` leads outside")).found(target)
            }
            Resolution::Broken { link, target } => {
                Finding::new(Code::LinkBroken, at, format!("the link `{link}` leads to no file")).found(target)
            }
            Resolution::NotAFile(_) => {
                Finding::new(Code::BlobUnreadable, at, format!("`{name}` is not a regular file, and is never opened"))
            }
            Resolution::File(_) | Resolution::Absent => return,
        };
        self.find(finding);
    }

    fn find(&mut self, finding: Finding) {
        self.graph.findings.push(finding);
    }

    fn has_finding(&self, name: &str) -> bool {
        self.graph.findings.iter().any(|finding| finding.at == Place::of(name))
    }
}

/// Whether the blob behind a descriptor is a document to read: indexes, manifests and image configs, and under
/// `manifests` what says nothing of itself.
fn leads_on(descriptor: &Descriptor, role: Role) -> bool {
    match (descriptor.media_type.ok().map(|kind| kind.kind()), role) {
        (_, Role::Layer(_)) => false,
        (Some(media_type::Kind::Config), _) => role == Role::Config,
        (Some(media_type::Kind::Index | media_type::Kind::Manifest), _) => role != Role::Config,
        (None, Role::Manifest(_)) => true,
        _ => false,
    }
}

fn looks_like_json(bytes: &[u8]) -> bool {
    bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
}

/// The digest of the bytes, when it is another than this one.
fn differs(digest: &Digest, bytes: &[u8]) -> Option<Digest> {
    let found = digest.algorithm().map(|algorithm: Algorithm| algorithm.digest(bytes))?;
    (found != *digest).then_some(found)
}

fn unreadable(error: &ReadError) -> (Code, String) {
    match error {
        ReadError::Limit(reached) => (Code::LimitExceeded, format!("not read: {reached}")),
        ReadError::NoDocument => (Code::JsonSyntax, format!("not JSON: {error}")),
        ReadError::Io(error) => (Code::BlobUnreadable, format!("cannot be read: {error}")),
    }
}

/// A fault of a document as a finding, once the place of the document is known.
pub(super) fn of_problem(problem: Problem, document: Place) -> Finding {
    let mut finding = Finding::new(problem.code, document.within(&problem.pointer), problem.detail);
    finding.expected = problem.expected;
    finding.found = problem.found;
    finding
}
