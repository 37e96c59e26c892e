//! What the changed image file references.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::draft::{Draft, Origin};
use super::rewrite::{New, Referrers, Rewritten};
use crate::digest::Digest;
use crate::doc::Document;
use crate::graph::{Content, Key, Role, Via};
use crate::{doc, graph};

/// What is reached in the changed image file.
#[derive(Debug, Clone, Default)]
pub(super) struct Output {
    /// Manifests and indexes that some list has.
    pub(super) listed: BTreeSet<Digest>,
    /// Everything that is needed: what lists reference, and what refers to it.
    pub(super) live: BTreeSet<Digest>,
}

/// Walks the changed documents from `index.json`.
pub(super) fn walk(draft: &Draft<'_>, rewritten: &Rewritten, referrers: &Referrers) -> Output {
    let by_digest = rewritten.nodes.values().map(|new| (new.digest.clone(), new)).collect();
    let view = View { draft, by_digest };
    let selected = view.selected(rewritten);
    let mut output = Output::default();
    view.follow(selected.clone(), &mut output.listed, |role| matches!(role, Role::Manifest(_)));
    view.follow(selected, &mut output.live, |_| true);
    let referrers_of = kept_referrers(draft, rewritten, referrers);
    let mut open: Vec<Digest> = output.live.iter().cloned().collect();
    while let Some(subject) = open.pop() {
        for referrer in referrers_of.get(&subject).into_iter().flatten() {
            open.extend(view.follow(vec![(*referrer).clone()], &mut output.live, |_| true));
        }
    }
    output
}

/// Who refers to what in the changed image file without being listed: they stay as long as what they refer to does.
/// One that was listed, and is so no more, does not.
fn kept_referrers<'o>(
    draft: &'o Draft<'_>,
    rewritten: &'o Rewritten,
    referrers: &Referrers,
) -> HashMap<&'o Digest, Vec<&'o Digest>> {
    let graph = draft.graph();
    let mut kept: HashMap<&Digest, Vec<&Digest>> = HashMap::new();
    for about in &graph.referrals {
        let id = about.referrer;
        if referrers.dropped.contains(&id) || !matches!(graph.node(id).via, Via::Found) {
            continue;
        }
        let relinked =
            referrers.relinked.contains(&id).then(|| graph.find(&Key::Digest(about.subject.clone()))).flatten();
        let new = relinked.and_then(|subject| rewritten.nodes.get(&subject));
        let subject = new.map_or(&about.subject, |new| &new.digest);
        let referrer = rewritten.nodes.get(&id).map(|new| &new.digest).or(graph.node(id).key.digest());
        kept.entry(subject).or_default().extend(referrer);
    }
    kept
}

/// What lists have after the edit whatever becomes of the documents of the file: what the names that it is not about lead
/// to, and what comes in.
pub(super) fn outside(draft: &Draft<'_>) -> BTreeSet<Digest> {
    let roots = draft.image.graph.roots.iter().zip(&draft.in_scope).filter(|(_, in_scope)| !**in_scope);
    let roots = roots.filter_map(|(root, _)| root.descriptor.digest.ok());
    let coming = draft.inserted.iter().map(|(digest, _)| digest);
    let coming = coming.chain(draft.retargeted.values().map(|referent| &referent.digest));
    let selected = roots.chain(coming).cloned().collect();
    let mut listed = BTreeSet::new();
    let view = View { draft, by_digest: BTreeMap::new() };
    view.follow(selected, &mut listed, |role| matches!(role, Role::Manifest(_)));
    listed
}

struct View<'d, 'a> {
    draft: &'d Draft<'a>,
    by_digest: BTreeMap<Digest, &'d New>,
}

impl View<'_, '_> {
    fn selected(&self, rewritten: &Rewritten) -> Vec<Digest> {
        let image = self.draft.image;
        let Some(text) = &rewritten.top else {
            let roots = image.graph.roots.iter().filter_map(|root| root.descriptor.digest.ok().cloned());
            return roots.collect();
        };
        let read = doc::read_layout_index(text.as_bytes(), &self.draft.options.limits);
        read.view.manifests.iter().filter_map(|(_, descriptor)| descriptor.digest.ok().cloned()).collect()
    }

    /// Adds to what is seen what these reference, and says what was not seen before.
    fn follow(&self, mut open: Vec<Digest>, seen: &mut BTreeSet<Digest>, goes: impl Fn(Role) -> bool) -> Vec<Digest> {
        let mut new = Vec::new();
        while let Some(digest) = open.pop() {
            if !seen.insert(digest.clone()) {
                continue;
            }
            let children = self.children(&digest);
            open.extend(children.into_iter().filter(|(role, _)| goes(*role)).map(|(_, digest)| digest));
            new.push(digest);
        }
        new
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
