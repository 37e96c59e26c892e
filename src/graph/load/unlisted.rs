//! Referrers that no entry of `index.json` references (image-spec `manifest.md`, "subject").

use std::collections::HashMap;

use super::{Loader, Unread};
use crate::digest::Digest;
use crate::doc::{self, Document};
use crate::graph::Kind;
use crate::graph::node::{Content, Key, Via};
use crate::source::{MemberId, MemberKind};

impl Loader<'_> {
    /// Looks among the members that nothing refers to for manifests with a `subject` that is in the graph, and takes
    /// them in, again and again: a signature may refer to an SBOM that refers to an image.
    pub(super) fn unlisted_referrers(&mut self) {
        let mut by_subject: HashMap<Digest, Vec<(Digest, MemberId)>> = HashMap::new();
        for (member, listed) in self.source.members().iter().enumerate() {
            let is_free = listed.kind == MemberKind::File && self.graph.holders[member].is_none();
            let Some(digest) = Digest::from_blob_path(&listed.name).filter(|_| is_free) else { continue };
            if let Some(subject) = self.subject_of(member) {
                by_subject.entry(subject).or_default().push((digest, member));
            }
        }
        // Each node is asked once, when it is there: a chain of referrers is as long as the file.
        let mut asked = 0;
        while asked < self.graph.nodes.len() && !by_subject.is_empty() {
            let end = self.graph.nodes.len();
            for node in asked..end {
                let referrers = self.graph.nodes[node].key.digest().and_then(|digest| by_subject.remove(digest));
                for (digest, member) in referrers.into_iter().flatten() {
                    // Another referrer may list it.
                    if self.graph.numbers.contains_key(&Key::Digest(digest.clone())) {
                        continue;
                    }
                    let id = self.add(Key::Digest(digest), Kind::Blob, Content::Member(member), Via::Found);
                    self.graph.nodes[id].read_by = Some(Via::Found);
                    self.open.push_back(Unread { id, via: Via::Found, depth: 0 });
                }
            }
            asked = end;
            self.follow();
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
