//! New digests, from the changed documents up to `index.json`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::draft::Draft;
use super::slot::{Holder, Slot};
use super::{contents, splice_failed};
use crate::digest::{Algorithm, Digest};
use crate::doc::Descriptor;
use crate::doc::annotations::{CONTAINERD_SUBJECT, REF_NAME, REFERENCE_DIGEST};
use crate::error::Error;
use crate::graph;
use crate::graph::{Key, NodeId, Role, cosign_tag};
use crate::json::edit::{apply, quoted};
use crate::json::{Edit, Kind, Lookup, Value};

/// A document that got other bytes.
#[derive(Debug, Clone)]
pub(super) struct New {
    /// The digest of the stored text.
    pub(super) old: Digest,
    pub(super) digest: Digest,
    /// Shared: every entry that references it asks for it.
    pub(super) text: Arc<str>,
}

/// All documents that get other bytes.
#[derive(Debug, Clone, Default)]
pub(super) struct Rewritten {
    /// `index.json`, when it changes.
    pub(super) top: Option<String>,
    pub(super) nodes: BTreeMap<NodeId, New>,
}

/// What is decided about those who refer to others.
#[derive(Debug, Clone, Default)]
pub(super) struct Referrers {
    /// To be removed wherever they are listed.
    pub(super) dropped: BTreeSet<NodeId>,
    /// To be pointed at the new digests.
    pub(super) relinked: BTreeSet<NodeId>,
}

/// Works out all documents that change.
pub(super) fn rewrite(draft: &Draft<'_>, referrers: &Referrers) -> Result<Rewritten, Error> {
    let mut run = Run { draft, referrers, state: BTreeMap::new() };
    // A referrer that no list names is reached from nowhere, and can still have to be relinked.
    // So is a config that only `manifest.json` names.
    let others = referrers.relinked.iter().chain(draft.texts.keys()).copied();
    let from: Vec<NodeId> = run.needs_of_top().into_iter().chain(others).collect();
    for id in graph::bottom_up(draft.image.graph.nodes().len(), from, |id| run.needs(id)) {
        run.node(id)?;
    }
    let top = run.top()?;
    let nodes = run.state.into_iter().filter_map(|(id, state)| match state {
        State::Done(Some(new)) => Some((id, new)),
        _ => None,
    });
    Ok(Rewritten { top, nodes: nodes.collect() })
}

struct Run<'d, 'a> {
    draft: &'d Draft<'a>,
    referrers: &'d Referrers,
    state: BTreeMap<NodeId, State>,
}

enum State {
    /// On the way down; documents that reference themselves end here.
    Open,
    Done(Option<New>),
}

/// What has to be known before: the documents that a document's new text depends on.
impl Run<'_, '_> {
    fn needs_of_top(&self) -> Vec<NodeId> {
        let roots = self.draft.image.graph.roots.iter().zip(&self.draft.in_scope);
        let roots = roots.filter(|(_, chosen)| **chosen).map(|(root, _)| root);
        roots
            .flat_map(|root| {
                let slot = Slot { holder: Holder::IndexJson, number: root.number };
                self.needs_of_entry(slot, &root.descriptor, root.node)
            })
            .collect()
    }

    fn needs(&self, id: NodeId) -> Vec<NodeId> {
        let graph = &self.draft.image.graph;
        let links = graph.node(id).links.iter();
        links
            .flat_map(|&link| match (link.role, graph.descriptor(id, link)) {
                (Role::Manifest(number), Some(descriptor)) => {
                    self.needs_of_entry(Slot { holder: Holder::Node(id), number }, descriptor, link.node)
                }
                (Role::Subject, _) if !self.referrers.relinked.contains(&id) => Vec::new(),
                _ => link.node.into_iter().collect(),
            })
            .collect()
    }

    fn needs_of_entry(&self, slot: Slot, descriptor: &Descriptor, child: Option<NodeId>) -> Vec<NodeId> {
        let Some(child) =
            child.filter(|child| !self.draft.removed.contains(&slot) && !self.referrers.dropped.contains(child))
        else {
            return Vec::new();
        };
        let mut needs = Vec::new();
        if !self.draft.retargeted.contains_key(&slot) {
            needs.push(child);
        }
        if self.referrers.relinked.contains(&child) {
            let subjects = subjects_in(descriptor).into_iter();
            needs.extend(subjects.filter_map(|(_, subject)| self.draft.image.graph.find(&Key::Digest(subject))));
        }
        needs
    }
}

impl Run<'_, '_> {
    fn top(&mut self) -> Result<Option<String>, Error> {
        let image = self.draft.image;
        if !image.source.format().index_view {
            return Ok(None);
        }
        let mut edits = self.draft.top.clone();
        let links: Vec<(usize, u32, Option<NodeId>)> =
            image.graph.roots.iter().enumerate().map(|(at, root)| (at, root.number, root.node)).collect();
        let mut found = Vec::new();
        for (at, number, node) in links {
            if self.draft.in_scope[at] {
                let descriptor = &image.graph.roots[at].descriptor;
                self.child(Slot { holder: Holder::IndexJson, number }, descriptor, node, &mut found)?;
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
                (Role::Subject, Some(subject)) if self.referrers.relinked.contains(&id) => {
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
        let given = self.draft.texts.get(&id);
        if edits.is_empty() && found.is_empty() && given.is_none() {
            return Ok(None);
        }
        let stored = contents::node(image, id, &self.draft.options.limits)?;
        edits.extend(found);
        let text = self.apply(node.key.as_str(), given.unwrap_or(&stored), edits)?;
        let algorithm = node.key.digest().and_then(Digest::algorithm).unwrap_or(Algorithm::Sha256);
        let digest = |text: &str| algorithm.digest(text.as_bytes());
        Ok((text != stored).then(|| New { old: digest(&stored), digest: digest(&text), text: text.into() }))
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
        if self.referrers.dropped.contains(&child) {
            edits.push(Edit::Remove { pointer });
            return Ok(());
        }
        if !self.draft.retargeted.contains_key(&slot)
            && let Some(new) = self.node(child)?
        {
            point_at(&pointer, &new, edits);
        }
        if self.referrers.relinked.contains(&child) {
            self.relink(&pointer, descriptor, edits)?;
        }
        Ok(())
    }

    /// Annotations that name what a manifest refers to.
    fn relink(&mut self, pointer: &str, descriptor: &Descriptor, edits: &mut Vec<Edit>) -> Result<(), Error> {
        let object = format!("{pointer}/annotations");
        for (key, subject) in subjects_in(descriptor) {
            let Some(new) = self.successor(&subject)? else { continue };
            let value = match descriptor.annotations.get(key).filter(|_| key == REF_NAME) {
                Some(tag) => quoted(&tag.replace(subject.encoded(), new.encoded())),
                None => quoted(new.as_str()),
            };
            edits.push(Edit::Set { object: object.clone(), key: key.to_owned(), value });
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
        let edits = with_lists(text, self.without_absent_data(text, edits));
        apply(text, &edits).map_err(|fault| splice_failed(&self.draft.image.source, name, &fault))
    }

    /// `data` repeats the content that a descriptor led to before. It goes, where it is there.
    fn without_absent_data(&self, text: &str, mut edits: Vec<Edit>) -> Vec<Edit> {
        let plain = text.strip_prefix('\u{feff}').unwrap_or(text);
        let Ok(value) = Value::parse(plain) else { return edits };
        let mut lookup = Lookup::new(value);
        let outdated: Vec<Edit> = edits
            .iter()
            .filter_map(|edit| match edit {
                Edit::Set { object, key, .. } if key == "digest" => Some(format!("{object}/data")),
                _ => None,
            })
            .filter(|pointer| lookup.at(pointer).is_some())
            .map(|pointer| Edit::Remove { pointer })
            .collect();
        edits.extend(outdated);
        edits
    }
}

/// What the annotations of an entry name as that which it refers to; of a tag as cosign writes it, what is in the tag.
fn subjects_in(descriptor: &Descriptor) -> Vec<(&'static str, Digest)> {
    let annotations = &descriptor.annotations;
    let named = [REFERENCE_DIGEST, CONTAINERD_SUBJECT].into_iter();
    let mut subjects: Vec<(&str, Digest)> =
        named.filter_map(|key| Some((key, annotations.get(key)?.parse().ok()?))).collect();
    subjects.extend(annotations.get(REF_NAME).and_then(cosign_tag).map(|(subject, _)| (REF_NAME, subject)));
    subjects
}

/// Some producers write an empty list as null, or not at all; entries that come make a list of it.
fn with_lists(text: &str, edits: Vec<Edit>) -> Vec<Edit> {
    const LIST: &str = "/manifests";
    let is_entry = |edit: &Edit| matches!(edit, Edit::InsertItem { array, .. } if array == LIST);
    let is_list = || {
        let list = Value::parse(text.strip_prefix('\u{feff}').unwrap_or(text)).ok().and_then(|value| value.at(LIST));
        list.is_some_and(|list| list.kind() == Kind::Array)
    };
    if !edits.iter().any(is_entry) || is_list() {
        return edits;
    }
    let (entries, mut others): (Vec<Edit>, Vec<Edit>) = edits.into_iter().partition(is_entry);
    let values = entries.into_iter().filter_map(|edit| match edit {
        Edit::InsertItem { value, .. } => Some(value),
        _ => None,
    });
    let value = format!("[{}]", values.collect::<Vec<_>>().join(","));
    others.push(Edit::Set { object: String::new(), key: "manifests".to_owned(), value });
    others
}

fn point_at(pointer: &str, new: &New, edits: &mut Vec<Edit>) {
    for (key, value) in [("digest", quoted(new.digest.as_str())), ("size", new.text.len().to_string())] {
        edits.push(Edit::Set { object: pointer.to_owned(), key: key.to_owned(), value });
    }
}
