//! New digests, from the changed documents up to `index.json`.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::{Draft, Holder, Slot};
use super::{contents, splice_failed};
use crate::digest::{Algorithm, Digest};
use crate::doc::Descriptor;
use crate::doc::annotations::{CONTAINERD_SUBJECT, REF_NAME, REFERENCE_DIGEST};
use crate::error::Error;
use crate::graph::{Key, NodeId, Role, cosign_tag};
use crate::json::edit::{apply, quoted};
use crate::json::{Edit, Value};

/// A document that got other bytes.
#[derive(Debug, Clone)]
pub(super) struct New {
    pub(super) digest: Digest,
    pub(super) text: String,
}

/// All documents that get other bytes.
#[derive(Debug, Clone, Default)]
pub(super) struct Rewritten {
    /// `index.json`, when it changes.
    pub(super) top: Option<String>,
    pub(super) nodes: BTreeMap<NodeId, New>,
}

/// What is decided about those who speak about others.
#[derive(Debug, Clone, Default)]
pub(super) struct Speakers {
    /// To be removed wherever they are listed.
    pub(super) dropped: BTreeSet<NodeId>,
    /// To be pointed at the new digests.
    pub(super) relinked: BTreeSet<NodeId>,
}

/// Works out all documents that change.
pub(super) fn rewrite(draft: &Draft<'_>, speakers: &Speakers) -> Result<Rewritten, Error> {
    let mut run = Run { draft, speakers, state: BTreeMap::new() };
    let top = run.top()?;
    // A referrer that no list names is reached from nowhere, and can still have to be relinked.
    for &id in &speakers.relinked {
        run.node(id)?;
    }
    let nodes = run.state.into_iter().filter_map(|(id, state)| match state {
        State::Done(Some(new)) => Some((id, new)),
        _ => None,
    });
    Ok(Rewritten { top, nodes: nodes.collect() })
}

struct Run<'d, 'a> {
    draft: &'d Draft<'a>,
    speakers: &'d Speakers,
    state: BTreeMap<NodeId, State>,
}

enum State {
    /// On the way down; documents that lead to themselves end here.
    Open,
    Done(Option<New>),
}

impl Run<'_, '_> {
    fn top(&mut self) -> Result<Option<String>, Error> {
        let image = self.draft.image;
        if !image.source.shape().index_view {
            return Ok(None);
        }
        let mut edits = self.draft.top.clone();
        let links: Vec<(usize, u32, Option<NodeId>)> =
            image.graph.roots.iter().enumerate().map(|(at, root)| (at, root.number, root.node)).collect();
        let mut found = Vec::new();
        for (at, number, node) in links {
            if self.draft.in_scope[at] {
                let descriptor = &image.graph.roots[at].descriptor;
                self.child(Slot { holder: Holder::Top, number }, descriptor, node, &mut found)?;
            }
        }
        if edits.is_empty() && found.is_empty() {
            return Ok(None);
        }
        let text = contents::top(image, "index.json", &self.draft.options.limits)?;
        edits.extend(found);
        let new = self.apply("index.json", &text, edits)?;
        Ok((new != text).then_some(new))
    }

    /// The new text of a node, and its digest; None when it stays as it is.
    fn node(&mut self, id: NodeId) -> Result<Option<New>, Error> {
        match self.state.get(&id) {
            Some(State::Open) => return Ok(None),
            Some(State::Done(new)) => return Ok(new.clone()),
            None => {}
        }
        self.state.insert(id, State::Open);
        let new = self.rewritten(id)?;
        self.state.insert(id, State::Done(new.clone()));
        Ok(new)
    }

    fn rewritten(&mut self, id: NodeId) -> Result<Option<New>, Error> {
        let image = self.draft.image;
        let node = image.graph.node(id);
        let mut edits = self.draft.documents.get(&id).cloned().unwrap_or_default();
        let mut found = Vec::new();
        for &link in &node.links {
            let Some(descriptor) = image.graph.descriptor(id, link) else { continue };
            match (link.role, link.node) {
                (Role::Manifest(number), child) => {
                    self.child(Slot { holder: Holder::Node(id), number }, descriptor, child, &mut found)?;
                }
                (Role::Subject, Some(subject)) if self.speakers.relinked.contains(&id) => {
                    if let Some(new) = self.node(subject)? {
                        point_at(&link.role.pointer(), &new, &mut found);
                    }
                }
                (Role::Subject, _) | (_, None) => {}
                (Role::Config | Role::Layer(_), Some(child)) => {
                    if let Some(new) = self.node(child)? {
                        point_at(&link.role.pointer(), &new, &mut found);
                    }
                }
            }
        }
        if edits.is_empty() && found.is_empty() {
            return Ok(None);
        }
        let Key::Digest(digest) = &node.key else { return Ok(None) };
        let old = contents::node(image, id, &self.draft.options.limits)?;
        edits.extend(found);
        let text = self.apply(digest.as_str(), &old, edits)?;
        let algorithm = digest.algorithm().unwrap_or(Algorithm::Sha256);
        Ok((text != old).then(|| New { digest: algorithm.digest(text.as_bytes()), text }))
    }

    /// What follows for one entry of a list from what becomes of the manifest behind it.
    fn child(
        &mut self,
        slot: Slot,
        descriptor: &Descriptor,
        child: Option<NodeId>,
        edits: &mut Vec<Edit>,
    ) -> Result<(), Error> {
        let Some(child) = child.filter(|_| !self.draft.removed.contains(&slot)) else { return Ok(()) };
        let pointer = slot.pointer();
        if self.speakers.dropped.contains(&child) {
            edits.push(Edit::Remove { pointer });
            return Ok(());
        }
        if !self.draft.retargeted.contains_key(&slot)
            && let Some(new) = self.node(child)?
        {
            point_at(&pointer, &new, edits);
        }
        if self.speakers.relinked.contains(&child) {
            self.relink(&pointer, descriptor, edits)?;
        }
        Ok(())
    }

    /// Annotations that name what a manifest speaks about.
    fn relink(&mut self, pointer: &str, descriptor: &Descriptor, edits: &mut Vec<Edit>) -> Result<(), Error> {
        let object = format!("{pointer}/annotations");
        for key in [REFERENCE_DIGEST, CONTAINERD_SUBJECT] {
            let Some(subject) = descriptor.annotations.get(key).and_then(|text| text.parse().ok()) else { continue };
            if let Some(new) = self.successor(&subject)? {
                let value = quoted(new.as_str());
                edits.push(Edit::Set { object: object.clone(), key: key.to_owned(), value });
            }
        }
        if let Some(tag) = descriptor.annotations.get(REF_NAME)
            && let Some((subject, _)) = cosign_tag(tag)
            && let Some(new) = self.successor(&subject)?
        {
            let value = quoted(&tag.replace(subject.encoded(), new.encoded()));
            edits.push(Edit::Set { object, key: REF_NAME.to_owned(), value });
        }
        Ok(())
    }

    /// The new digest of what had this one.
    fn successor(&mut self, digest: &Digest) -> Result<Option<Digest>, Error> {
        match self.draft.image.graph.find(&Key::Digest(digest.clone())) {
            Some(id) => Ok(self.node(id)?.map(|new| new.digest)),
            None => Ok(None),
        }
    }

    fn apply(&self, name: &str, text: &str, edits: Vec<Edit>) -> Result<String, Error> {
        let edits = self.without_absent_data(text, edits);
        apply(text, &edits).map_err(|fault| splice_failed(&self.draft.image.source, name, &fault))
    }

    /// `data` repeats the content that a descriptor led to before. It goes, where it is there.
    fn without_absent_data(&self, text: &str, mut edits: Vec<Edit>) -> Vec<Edit> {
        let plain = text.strip_prefix('\u{feff}').unwrap_or(text);
        let Ok(value) = Value::parse(plain) else { return edits };
        let outdated: Vec<Edit> = edits
            .iter()
            .filter_map(|edit| match edit {
                Edit::Set { object, key, .. } if key == "digest" => Some(format!("{object}/data")),
                _ => None,
            })
            .filter(|pointer| value.at(pointer).is_some())
            .map(|pointer| Edit::Remove { pointer })
            .collect();
        edits.extend(outdated);
        edits
    }
}

fn point_at(pointer: &str, new: &New, edits: &mut Vec<Edit>) {
    for (key, value) in [("digest", quoted(new.digest.as_str())), ("size", new.text.len().to_string())] {
        edits.push(Edit::Set { object: pointer.to_owned(), key: key.to_owned(), value });
    }
}
