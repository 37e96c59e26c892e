//! Referrers that no entry of `index.json` leads to (image-spec `manifest.md`, "subject").

use super::{Loader, Unread};
use crate::digest::Digest;
use crate::doc::{self, Document};
use crate::graph::Kind;
use crate::graph::node::{Content, Key, Via};
use crate::source::MemberKind;

impl Loader<'_> {
    /// Looks among the members that nothing refers to for manifests with a `subject` that is in the graph, and takes
    /// them in, again and again: a signature may speak about an SBOM that speaks about an image.
    pub(super) fn referrers_nobody_lists(&mut self) {
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
                self.graph.nodes[id].read_by = Some(Via::Found);
                self.open.push_back(Unread { id, via: Via::Found, depth: 0 });
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
}
