//! What the changed image file leads to.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::{Draft, Origin};
use super::rewrite::{New, Rewritten, Speakers};
use crate::digest::Digest;
use crate::doc::{self, Document};
use crate::graph::{self, Content, Key, NodeId, Role};

/// What is reached in the changed image file.
#[derive(Debug, Clone, Default)]
pub(super) struct Output {
    /// Manifests and indexes that some list has.
    pub(super) listed: BTreeSet<Digest>,
    /// Everything that is needed: what lists lead to, and what speaks about it.
    pub(super) live: BTreeSet<Digest>,
}

/// Walks the changed documents from `index.json`.
pub(super) fn walk(draft: &Draft<'_>, rewritten: &Rewritten, speakers: &Speakers) -> Output {
    let by_digest = rewritten.nodes.values().map(|new| (new.digest.clone(), new)).collect();
    let view = View { draft, by_digest };
    let tops = view.tops(rewritten);
    let mut output = Output::default();
    view.follow(tops.clone(), &mut output.listed, |role| matches!(role, Role::Manifest(_)));
    view.follow(tops, &mut output.live, |_| true);
    loop {
        let mut more = Vec::new();
        for about in &draft.image.graph.about {
            if speakers.dropped.contains(&about.speaker) {
                continue;
            }
            let subject = draft.image.graph.find(&Key::Digest(about.subject.clone()));
            let relinked = speakers.relinked.contains(&about.speaker);
            let new = subject.filter(|_| relinked).and_then(|id| rewritten.nodes.get(&id));
            let subject = new.map_or(&about.subject, |new| &new.digest);
            let speaker = rewritten.nodes.get(&about.speaker).map(|new| &new.digest);
            let speaker = speaker.or(draft.image.graph.node(about.speaker).key.digest());
            if let Some(speaker) = speaker.filter(|digest| !output.live.contains(digest))
                && output.live.contains(subject)
                && is_kept(draft, about.speaker)
            {
                more.push(speaker.clone());
            }
        }
        if more.is_empty() {
            return output;
        }
        view.follow(more, &mut output.live, |_| true);
    }
}

/// A referrer that is in the file without being listed stays with what it speaks about; one that was listed, and is so
/// no more, does not.
fn is_kept(draft: &Draft<'_>, speaker: NodeId) -> bool {
    matches!(draft.image.graph.node(speaker).via, graph::Via::Found)
}

struct View<'d, 'a> {
    draft: &'d Draft<'a>,
    by_digest: BTreeMap<Digest, &'d New>,
}

impl View<'_, '_> {
    fn tops(&self, rewritten: &Rewritten) -> Vec<Digest> {
        let image = self.draft.image;
        let Some(text) = &rewritten.top else {
            let roots = image.graph.roots.iter().filter_map(|root| root.descriptor.digest.ok().cloned());
            return roots.collect();
        };
        let read = doc::read_layout_index(text.as_bytes(), &self.draft.options.limits);
        read.view.manifests.iter().filter_map(|(_, descriptor)| descriptor.digest.ok().cloned()).collect()
    }

    fn follow(&self, mut open: Vec<Digest>, seen: &mut BTreeSet<Digest>, goes: impl Fn(Role) -> bool) {
        while let Some(digest) = open.pop() {
            if !seen.insert(digest.clone()) {
                continue;
            }
            let children = self.children(&digest);
            open.extend(children.into_iter().filter(|(role, _)| goes(*role)).map(|(_, digest)| digest));
        }
    }

    fn children(&self, digest: &Digest) -> Vec<(Role, Digest)> {
        let limits = &self.draft.options.limits;
        if let Some(new) = self.by_digest.get(digest) {
            return of_document(&doc::read_blob(new.text.as_bytes(), None, limits).view);
        }
        let key = Key::Digest(digest.clone());
        let graph = &self.draft.image.graph;
        if let Some(id) = graph.find(&key).filter(|&id| graph.node(id).content != Content::Absent) {
            return of_document(&graph.node(id).document);
        }
        match self.draft.added.get(digest).map(|added| &added.origin) {
            Some(Origin::Bytes(bytes)) => of_document(&doc::read_blob(bytes, None, limits).view),
            Some(Origin::Member { image, .. }) => {
                let node = image.graph.find(&key).map(|id| image.graph.node(id));
                node.map(|node| of_document(&node.document)).unwrap_or_default()
            }
            Some(Origin::Part(_)) | None => Vec::new(),
        }
    }
}

fn of_document(document: &Document) -> Vec<(Role, Digest)> {
    let children = graph::children(document).into_iter();
    children.filter_map(|(role, descriptor)| Some((role, descriptor.digest.ok()?.clone()))).collect()
}
