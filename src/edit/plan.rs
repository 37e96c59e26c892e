//! What follows from a draft: new documents, who goes along, what is dropped.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::docker::{self, DockerOutcome, Fate};
use super::draft::{Draft, Origin};
use super::lists::{Entry, entries_of, entry_of};
use super::receipt::{BlobRow, ChangedRow, EntryRow, Receipt};
use super::referrers::judge;
use super::rewrite::{Referrers, Rewritten, rewrite};
use super::slot::{Holder, Slot};
use super::unknown_references::unknown_references;
use super::walk::{Output, walk};
use crate::digest::Digest;
use crate::doc::Document;
use crate::error::Error;
use crate::graph::{Content, Graph, Key, NodeId};
use crate::limits::LimitReached;
use crate::source::{MemberId, MemberKind, Resolution};
use crate::{doc, graph};

/// A draft with all that follows from it: everything that is written is known, and nothing is written yet.
#[derive(Debug)]
pub struct Plan<'a> {
    pub(super) draft: Draft<'a>,
    pub(super) rewritten: Rewritten,
    pub(super) docker: DockerOutcome,
    /// Blobs that come in and are not in the file.
    pub(super) coming: BTreeSet<Digest>,
    /// Members that are not taken over.
    pub(super) going: BTreeSet<MemberId>,
    pub(super) receipt: Receipt,
}

impl<'a> Draft<'a> {
    /// Works out what follows.
    ///
    /// # Errors
    ///
    /// [`Error::Stale`] when attestations or signatures refer to what changes and the options do not decide; and when
    /// a document that has to change cannot be read or changed.
    pub fn plan(mut self) -> Result<Plan<'a>, Error> {
        self.remove_what_spoke_beside();
        let (referrers, rewritten, output) = settled(&self)?;
        let docker = docker::settle(&self, &rewritten, &output)?;
        let coming = coming(&self, &rewritten, &output, &docker);
        let going =
            if self.options.keep_blobs { self.discarded.clone() } else { going(&self, &rewritten, &output, &docker) };
        let receipt = receipt(&self, &rewritten, &output, &referrers, &docker, &coming, &going);
        Ok(Plan { draft: self, rewritten, docker, coming, going, receipt })
    }
}

/// What becomes of those who refer to others, with all documents that change. What is decided about one can change a
/// document that others refer to: an index that lists a referrer, and is itself the subject of another.
fn settled(draft: &Draft<'_>) -> Result<(Referrers, Rewritten, Output), Error> {
    let most = draft.options.limits.index_depth;
    let mut referrers = Referrers { dropped: draft.gone.clone(), relinked: BTreeSet::new() };
    for _ in 0..=most {
        let rewritten = rewrite(draft, &referrers)?;
        let output = walk(draft, &rewritten, &referrers);
        if !judge(draft, &rewritten, &output, &mut referrers)? {
            return Ok((referrers, rewritten, output));
        }
    }
    let reached = LimitReached { name: "index-depth", limit: most as u64 };
    Err(Error::Limit { path: draft.image.source.label().to_owned(), reached })
}

impl Draft<'_> {
    /// An attestation is in the index of the image that it refers to. When the image leaves this index, so does the
    /// attestation, even where both are listed elsewhere.
    fn remove_what_spoke_beside(&mut self) {
        let holders = self.removed.iter().map(|slot| slot.holder);
        let holders: BTreeSet<Holder> = holders.filter(|holder| matches!(holder, Holder::Node(_))).collect();
        for holder in holders {
            let stays = |entry: &Entry<'_>| !self.removed.contains(&entry.slot);
            let (staying, leaving): (Vec<_>, Vec<_>) = entries_of(self.graph(), holder).into_iter().partition(stays);
            let still: BTreeSet<NodeId> = staying.iter().filter_map(|entry| entry.node).collect();
            let gone: BTreeSet<NodeId> = leaving.iter().filter_map(|entry| entry.node).collect();
            let graph = self.graph();
            let was_here = |subject: &Digest| {
                graph.find(&Key::Digest(subject.clone())).is_some_and(|id| gone.contains(&id) && !still.contains(&id))
            };
            let is_over = |id: NodeId| {
                let mut said = graph.referrals_of(id).peekable();
                said.peek().is_some() && said.all(|about| was_here(&about.subject))
            };
            let slots: Vec<Slot> =
                staying.iter().filter(|entry| entry.node.is_some_and(is_over)).map(|entry| entry.slot).collect();
            for slot in slots {
                self.remove(slot);
            }
        }
    }
}

impl Plan<'_> {
    /// What the edit will have done. Nothing is written yet.
    pub fn receipt(&self) -> &Receipt {
        &self.receipt
    }
}

fn coming(draft: &Draft<'_>, rewritten: &Rewritten, output: &Output, docker: &DockerOutcome) -> BTreeSet<Digest> {
    let is_here = |digest: &Digest| matches!(draft.image.source.resolve_blob(digest), Resolution::File(_));
    let documents = rewritten.nodes.values().map(|new| &new.digest);
    let coming: BTreeSet<&Digest> = documents.chain(draft.added.keys()).collect();
    let is_needed = |digest: &Digest| output.live.contains(digest) || docker.coming.contains(digest);
    coming.into_iter().filter(|digest| is_needed(digest) && !is_here(digest)).cloned().collect()
}

/// What was needed before and is not any more. What nothing needed before stays: it was not named. What a document needs
/// that stays and cannot be understood may be any blob: then only the documents go that have a new form.
fn going(draft: &Draft<'_>, rewritten: &Rewritten, output: &Output, docker: &DockerOutcome) -> BTreeSet<MemberId> {
    let (graph, source) = (draft.graph(), &draft.image.source);
    let roots = graph.roots.iter().filter_map(|root| root.node);
    let files =
        graph.docker.iter().flat_map(|entry| entry.config.into_iter().chain(entry.layers.iter().copied().flatten()));
    let before = graph.reachable(roots.chain(files));
    let is_live = |id: NodeId| {
        let by_digest = graph.node(id).key.digest().is_some_and(|digest| output.live.contains(digest));
        by_digest || docker.live.contains(&id)
    };
    let has_unknown_references = unknown_references(graph, is_live).is_some();
    let mut going = BTreeSet::new();
    let mut staying = BTreeSet::new();
    for (id, node) in graph.nodes().iter().enumerate() {
        let Content::Member(member) = node.content else { continue };
        if is_live(id) || !before[id] || (has_unknown_references && !rewritten.nodes.contains_key(&id)) {
            staying.insert(member);
        } else {
            going.insert(member);
        }
    }
    going.retain(|member| !staying.contains(member));
    going.extend(&draft.discarded);
    if going.is_empty() {
        return going;
    }
    // Links that point to what goes, be it through other links, would lead nowhere.
    let mut links_to: HashMap<MemberId, Vec<MemberId>> = HashMap::new();
    for (link, member) in source.members().iter().enumerate() {
        if let (MemberKind::SymbolicLink(_) | MemberKind::HardLink(_), Some(next)) = (&member.kind, source.next(link)) {
            links_to.entry(next).or_default().push(link);
        }
    }
    let mut open: Vec<MemberId> = going.iter().copied().collect();
    while let Some(member) = open.pop() {
        let links = links_to.remove(&member).unwrap_or_default();
        going.extend(&links);
        open.extend(links);
    }
    going
}

fn receipt(
    draft: &Draft<'_>,
    rewritten: &Rewritten,
    output: &Output,
    referrers: &Referrers,
    docker: &DockerOutcome,
    coming: &BTreeSet<Digest>,
    going: &BTreeSet<MemberId>,
) -> Receipt {
    let (graph, source) = (draft.graph(), &draft.image.source);
    let documents = [
        (rewritten.top.is_some(), "index.json"),
        (docker.manifest != Fate::Same, "manifest.json"),
        (docker.repositories != Fate::Same, "repositories"),
    ];
    let documents: Vec<String> =
        documents.into_iter().filter(|(changes, _)| *changes).map(|(_, name)| name.to_owned()).collect();
    let documents_by_digest: HashMap<&Digest, u64> =
        rewritten.nodes.values().map(|new| (&new.digest, new.text.len() as u64)).collect();
    let size_of = |digest: &Digest| {
        let document = documents_by_digest.get(digest).copied();
        document.or_else(|| draft.added.get(digest).map(|added| added.size)).unwrap_or(0)
    };
    let blobs_added = coming.iter().map(|digest| BlobRow { digest: digest.to_string(), size: size_of(digest) });
    let files = going.iter().filter(|&&member| source.members()[member].kind != MemberKind::Directory);
    let blobs_dropped = files.map(|&member| {
        let member = &source.members()[member];
        let digest = Digest::from_blob_path(&member.name).map_or(member.name.to_string(), |digest| digest.to_string());
        BlobRow { digest, size: member.size }
    });
    let removed = draft.removed.iter().filter_map(|slot| Some((target(graph, *slot)?, slot_digest(graph, *slot)?)));
    let removed = removed.map(|(id, digest)| row(graph, id, digest));
    let along =
        referrers.dropped.iter().filter_map(|&id| Some(row(graph, Some(id), graph.node(id).key.digest()?.clone())));
    let removed = distinct(removed.chain(along).collect());
    let is_changed = !documents.is_empty() || !coming.is_empty() || !going.is_empty();
    Receipt {
        file: source.label().to_owned(),
        output: None,
        dry_run: true,
        is_changed,
        aligned: None,
        documents,
        changed: changed(draft, rewritten, output, docker),
        removed,
        added: added(draft),
        blobs_added: blobs_added.collect(),
        blobs_dropped: blobs_dropped.collect(),
        bytes_written: 0,
        notes: draft.notes.iter().cloned().chain(left_behind(graph, rewritten, output, referrers)).collect(),
    }
}

/// Notes on images that changed under one name and stay under another: what refers to them stays with the old ones.
fn left_behind(graph: &Graph, rewritten: &Rewritten, output: &Output, referrers: &Referrers) -> Vec<String> {
    let stays = |id: &NodeId| !referrers.dropped.contains(id) && !referrers.relinked.contains(id);
    let both =
        rewritten.nodes.iter().filter(|(_, new)| output.live.contains(&new.old) && output.live.contains(&new.digest));
    let notes = both.filter_map(|(&id, new)| {
        let count = graph.referrers_of(id).iter().filter(|id| stays(id)).count();
        let what = if count == 1 { "1 referrer stays".to_owned() } else { format!("{count} referrers stay") };
        (count > 0).then(|| format!("{what} with {}, which another name keeps; {} has none", new.old, new.digest))
    });
    notes.collect()
}

fn changed(draft: &Draft<'_>, rewritten: &Rewritten, output: &Output, docker: &DockerOutcome) -> Vec<ChangedRow> {
    let graph = draft.graph();
    let mut named: HashMap<NodeId, Vec<String>> = HashMap::new();
    for (root, _) in graph.roots.iter().zip(&draft.in_scope).filter(|(_, chosen)| **chosen) {
        if let (Some(id), Some(name)) = (root.node, root.name()) {
            named.entry(id).or_default().push(name.to_owned());
        }
    }
    let names = |id: NodeId| named.get(&id).cloned().unwrap_or_default();
    let mut rows = Vec::new();
    let mut known = HashSet::new();
    for (slot, referent) in &draft.retargeted {
        if let (Some(Some(id)), Some(old)) = (target(graph, *slot), slot_digest(graph, *slot))
            && known.insert((id, old.clone(), &referent.digest))
        {
            rows.push(ChangedRow {
                kind: graph.node(id).kind,
                names: names(id),
                platform: None,
                old,
                new: referent.digest.clone(),
            });
        }
    }
    for (&id, new) in &rewritten.nodes {
        let node = graph.node(id);
        if !output.live.contains(&new.digest) && !docker.coming.contains(&new.digest) {
            continue;
        }
        let platform = (node.kind == graph::Kind::Image).then(|| graph.platform_of(id)).flatten();
        rows.push(ChangedRow {
            kind: node.kind,
            names: names(id),
            platform,
            old: new.old.clone(),
            new: new.digest.clone(),
        });
    }
    rows
}

/// What a slot references: the inner None where its digest is no digest.
fn target(graph: &Graph, slot: Slot) -> Option<Option<NodeId>> {
    entry_of(graph, slot).map(|entry| entry.node)
}

fn slot_digest(graph: &Graph, slot: Slot) -> Option<Digest> {
    target(graph, slot)?.and_then(|id| graph.node(id).key.digest().cloned())
}

fn row(graph: &Graph, id: Option<NodeId>, digest: Digest) -> EntryRow {
    let kind = id.map_or(graph::Kind::Blob, |id| graph.node(id).kind);
    let platform = id.filter(|_| kind == graph::Kind::Image).and_then(|id| graph.platform_of(id));
    EntryRow { kind, digest, platform }
}

/// What came into lists, with the platform that its descriptor says; of a new index, its entries as well.
fn added(draft: &Draft<'_>) -> Vec<EntryRow> {
    let mut rows = Vec::new();
    for (digest, platform) in &draft.inserted {
        let mut row = inserted_row(draft, digest);
        row.platform = platform.clone().or(row.platform);
        rows.push(row);
        rows.extend(entries_of_new(draft, digest));
    }
    // A lone manifest that became an index is in it.
    for (slot, referent) in &draft.retargeted {
        let old = slot_digest(draft.graph(), *slot);
        rows.extend(
            entries_of_new(draft, &referent.digest).into_iter().filter(|row| Some(&row.digest) != old.as_ref()),
        );
    }
    distinct(rows)
}

fn inserted_row(draft: &Draft<'_>, digest: &Digest) -> EntryRow {
    let key = Key::Digest(digest.clone());
    if let Some(id) = draft.graph().find(&key) {
        return row(draft.graph(), Some(id), digest.clone());
    }
    let bare = |kind| EntryRow { kind, digest: digest.clone(), platform: None };
    match draft.added.get(digest).map(|added| &added.origin) {
        Some(Origin::Member { image, .. }) => {
            let id = image.graph.find(&key);
            id.map_or(bare(graph::Kind::Image), |id| row(&image.graph, Some(id), digest.clone()))
        }
        Some(Origin::Bytes(bytes)) => {
            bare(graph::classify(None, &doc::read_blob(bytes, None, &draft.options.limits).view))
        }
        Some(Origin::Part(_)) | None => bare(graph::Kind::Image),
    }
}

/// The entries of an index that an edit puts together.
fn entries_of_new(draft: &Draft<'_>, digest: &Digest) -> Vec<EntryRow> {
    let Some(Origin::Bytes(bytes)) = draft.added.get(digest).map(|added| &added.origin) else { return Vec::new() };
    let Document::Index(index) = doc::read_blob(bytes, None, &draft.options.limits).view else { return Vec::new() };
    let rows = index.manifests.iter().filter_map(|(_, child)| {
        let (kind, platform) = (graph::of_descriptor(child), child.real_platform().cloned());
        Some(EntryRow { kind, digest: child.digest.ok()?.clone(), platform })
    });
    rows.collect()
}

/// Each row once: one thing may be listed in several places.
fn distinct(rows: Vec<EntryRow>) -> Vec<EntryRow> {
    let mut known = BTreeSet::new();
    rows.into_iter().filter(|row| known.insert(row.digest.clone())).collect()
}
