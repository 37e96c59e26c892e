//! What becomes of attestations, signatures and other referrers when what they speak about changes or goes.

use std::collections::{BTreeSet, HashMap};

use super::Stale;
use super::draft::Draft;
use super::rewrite::{Rewritten, Speakers};
use super::walk::{Output, outside};
use crate::digest::Digest;
use crate::error::Error;
use crate::graph::{About, Graph, Key, NodeId, Role, Via};

/// Decides about those who speak about what changed or went, and about those who speak about them in turn; says whether
/// that changes anything.
pub(super) fn judge(
    draft: &Draft<'_>,
    rewritten: &Rewritten,
    output: &Output,
    speakers: &mut Speakers,
) -> Result<bool, Error> {
    let run = Run::new(draft, rewritten, output);
    let mut stale: Vec<(NodeId, NodeId)> = Vec::new();
    let mut along = BTreeSet::new();
    for &(speaker, subject) in &run.about {
        if speakers.dropped.contains(&speaker) || !run.may_stay(speaker) {
            continue;
        }
        let old_stays = run.key(subject).is_some_and(|digest| output.listed.contains(digest));
        if rewritten.nodes.contains_key(&subject) {
            if !speakers.relinked.contains(&speaker) && (!old_stays || run.nested[speaker]) {
                stale.push((speaker, subject));
            }
        } else if run.was_listed[subject] && !old_stays {
            along.insert(speaker);
        }
    }
    let mut open: Vec<NodeId> = along.iter().copied().collect();
    if !stale.is_empty() {
        match draft.options.stale {
            Stale::Stop => return Err(stopped(draft, &stale)),
            Stale::Drop => open.extend(stale.iter().map(|(speaker, _)| speaker)),
            Stale::Relink => run.relink(&stale, speakers),
        }
    }
    let is_changed = !stale.is_empty() || !open.is_empty();
    run.drop(open, speakers);
    Ok(is_changed)
}

/// One round: what is known before anything is decided.
struct Run<'d, 'a> {
    draft: &'d Draft<'a>,
    rewritten: &'d Rewritten,
    output: &'d Output,
    /// Who speaks about whom, both in the file.
    about: Vec<(NodeId, NodeId)>,
    speakers_of: HashMap<NodeId, Vec<NodeId>>,
    was_listed: Vec<bool>,
    nested: Vec<bool>,
}

impl<'d, 'a> Run<'d, 'a> {
    fn new(draft: &'d Draft<'a>, rewritten: &'d Rewritten, output: &'d Output) -> Self {
        let graph = draft.graph();
        let of = |about: &About| Some((about.speaker, graph.find(&Key::Digest(about.subject.clone()))?));
        let about: Vec<(NodeId, NodeId)> = graph.about.iter().filter_map(of).collect();
        let mut speakers_of: HashMap<NodeId, Vec<NodeId>> = HashMap::new();
        for &(speaker, subject) in &about {
            speakers_of.entry(subject).or_default().push(speaker);
        }
        let (was_listed, nested) = (listed(graph), nested_in_scope(draft));
        Run { draft, rewritten, output, about, speakers_of, was_listed, nested }
    }

    fn key(&self, id: NodeId) -> Option<&'a Digest> {
        self.draft.graph().node(id).key.digest()
    }

    fn may_stay(&self, speaker: NodeId) -> bool {
        let now = self.rewritten.nodes.get(&speaker).map(|new| &new.digest).or(self.key(speaker));
        let is_alive = now.is_some_and(|digest| self.output.live.contains(digest));
        is_alive || matches!(self.draft.graph().node(speaker).via, Via::Found)
    }

    fn speakers_of(&self, subject: NodeId) -> impl Iterator<Item = NodeId> {
        let speakers = self.speakers_of.get(&subject).into_iter().flatten().copied();
        speakers.filter(|&speaker| self.may_stay(speaker))
    }

    /// Points these at what their subjects have become. A manifest whose `subject` changes is another one itself: so do
    /// those who speak about it. The next round would find them, and write everything anew for each.
    fn relink(&self, stale: &[(NodeId, NodeId)], speakers: &mut Speakers) {
        let kept = outside(self.draft);
        let mut open = stale.to_vec();
        while let Some((speaker, subject)) = open.pop() {
            let is_new = speakers.relinked.insert(speaker);
            let links = &self.draft.graph().node(speaker).links;
            let is_rewritten = links.iter().any(|link| link.role == Role::Subject && link.node == Some(subject));
            if !is_new || !is_rewritten {
                continue;
            }
            let old_stays = self.key(speaker).is_some_and(|digest| kept.contains(digest));
            let next = self.speakers_of(speaker).filter(|next| !speakers.dropped.contains(next));
            let next = next.filter(|&next| !old_stays || self.nested[next]);
            open.extend(next.map(|next| (next, speaker)));
        }
    }

    /// Drops these, and who speaks about them, where no list has them any more.
    fn drop(&self, mut open: Vec<NodeId>, speakers: &mut Speakers) {
        if open.is_empty() {
            return;
        }
        let kept = outside(self.draft);
        while let Some(speaker) = open.pop() {
            if !speakers.dropped.insert(speaker) || !self.was_listed[speaker] || speakers.relinked.contains(&speaker) {
                continue;
            }
            if self.key(speaker).is_some_and(|digest| !kept.contains(digest)) {
                open.extend(self.speakers_of(speaker));
            }
        }
    }
}

fn stopped(draft: &Draft<'_>, stale: &[(NodeId, NodeId)]) -> Error {
    let graph = draft.graph();
    let changed = stale.first().map_or(String::new(), |(_, subject)| {
        let node = graph.node(*subject);
        format!("{} {}", node.kind, node.key.as_str())
    });
    let speakers: BTreeSet<String> = stale
        .iter()
        .map(|(speaker, _)| {
            let node = graph.node(*speaker);
            format!("{} {}", node.kind, node.key.as_str())
        })
        .collect();
    let path = draft.image.source.label().to_owned();
    Error::Stale { path, changed, speakers: speakers.into_iter().collect() }
}

/// Nodes that some list has an entry for.
fn listed(graph: &Graph) -> Vec<bool> {
    let mut listed = vec![false; graph.nodes().len()];
    let roots = graph.roots.iter().filter_map(|root| root.node);
    let links = graph.nodes().iter().flat_map(|node| &node.links);
    let entries = links.filter(|link| matches!(link.role, Role::Manifest(_))).filter_map(|link| link.node);
    for id in roots.chain(entries) {
        listed[id] = true;
    }
    listed
}

/// Nodes that lists within the scope have entries for, other than `index.json`.
fn nested_in_scope(draft: &Draft<'_>) -> Vec<bool> {
    let graph = draft.graph();
    let mut nested = vec![false; graph.nodes().len()];
    let roots = graph.roots.iter().zip(&draft.in_scope).filter(|(_, in_scope)| **in_scope);
    let mut open: Vec<NodeId> = roots.filter_map(|(root, _)| root.node).collect();
    while let Some(id) = open.pop() {
        let links = graph.node(id).links.iter().filter(|link| matches!(link.role, Role::Manifest(_)));
        for child in links.filter_map(|link| link.node) {
            if !std::mem::replace(&mut nested[child], true) {
                open.push(child);
            }
        }
    }
    nested
}
