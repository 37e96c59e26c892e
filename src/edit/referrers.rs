//! What becomes of attestations, signatures and other referrers when what they refer to changes or goes.

use std::collections::{BTreeSet, HashMap};

use super::Stale;
use super::draft::Draft;
use super::rewrite::{Referrers, Rewritten};
use super::walk::{Output, outside};
use crate::digest::Digest;
use crate::error::Error;
use crate::graph::{Graph, Key, NodeId, Referral, Role, Via};

/// Decides about those who refer to what changed or went, and about those who refer to them in turn; says whether
/// that changes anything.
pub(super) fn judge(
    draft: &Draft<'_>,
    rewritten: &Rewritten,
    output: &Output,
    referrers: &mut Referrers,
) -> Result<bool, Error> {
    let run = Run::new(draft, rewritten, output);
    let mut stale: Vec<(NodeId, NodeId)> = Vec::new();
    let mut along = BTreeSet::new();
    for &(referrer, subject) in &run.about {
        if referrers.dropped.contains(&referrer) || !run.may_stay(referrer) {
            continue;
        }
        let old_stays = run.key(subject).is_some_and(|digest| output.listed.contains(digest));
        if rewritten.nodes.contains_key(&subject) {
            if !referrers.relinked.contains(&referrer) && (!old_stays || run.nested[referrer]) {
                stale.push((referrer, subject));
            }
        } else if run.was_listed[subject] && !old_stays {
            along.insert(referrer);
        }
    }
    let mut open: Vec<NodeId> = along.iter().copied().collect();
    if !stale.is_empty() {
        match draft.options.stale {
            Stale::Stop => return Err(stopped(draft, &stale)),
            Stale::Drop => open.extend(stale.iter().map(|(referrer, _)| referrer)),
            Stale::Relink => run.relink(&stale, referrers),
        }
    }
    let is_changed = !stale.is_empty() || !open.is_empty();
    run.drop(open, referrers);
    Ok(is_changed)
}

/// One round: what is known before anything is decided.
struct Run<'d, 'a> {
    draft: &'d Draft<'a>,
    rewritten: &'d Rewritten,
    output: &'d Output,
    /// Who refers to whom, both in the file.
    about: Vec<(NodeId, NodeId)>,
    referrers_of: HashMap<NodeId, Vec<NodeId>>,
    was_listed: Vec<bool>,
    nested: Vec<bool>,
}

impl<'d, 'a> Run<'d, 'a> {
    fn new(draft: &'d Draft<'a>, rewritten: &'d Rewritten, output: &'d Output) -> Self {
        let graph = draft.graph();
        let of = |about: &Referral| Some((about.referrer, graph.find(&Key::Digest(about.subject.clone()))?));
        let about: Vec<(NodeId, NodeId)> = graph.referrals.iter().filter_map(of).collect();
        let mut referrers_of: HashMap<NodeId, Vec<NodeId>> = HashMap::new();
        for &(referrer, subject) in &about {
            referrers_of.entry(subject).or_default().push(referrer);
        }
        let (was_listed, nested) = (listed(graph), nested_in_scope(draft));
        Run { draft, rewritten, output, about, referrers_of, was_listed, nested }
    }

    fn key(&self, id: NodeId) -> Option<&'a Digest> {
        self.draft.graph().node(id).key.digest()
    }

    fn may_stay(&self, referrer: NodeId) -> bool {
        let now = self.rewritten.nodes.get(&referrer).map(|new| &new.digest).or(self.key(referrer));
        let is_alive = now.is_some_and(|digest| self.output.live.contains(digest));
        is_alive || matches!(self.draft.graph().node(referrer).via, Via::Found)
    }

    fn referrers_of(&self, subject: NodeId) -> impl Iterator<Item = NodeId> {
        let referrers = self.referrers_of.get(&subject).into_iter().flatten().copied();
        referrers.filter(|&referrer| self.may_stay(referrer))
    }

    /// Points these at what their subjects have become. A manifest whose `subject` changes is another one itself: so do
    /// those who refer to it. The next round would find them, and rewrite everything for each.
    fn relink(&self, stale: &[(NodeId, NodeId)], referrers: &mut Referrers) {
        let kept = outside(self.draft);
        let mut open = stale.to_vec();
        while let Some((referrer, subject)) = open.pop() {
            let is_new = referrers.relinked.insert(referrer);
            let links = &self.draft.graph().node(referrer).links;
            let is_rewritten = links.iter().any(|link| link.role == Role::Subject && link.node == Some(subject));
            if !is_new || !is_rewritten {
                continue;
            }
            let old_stays = self.key(referrer).is_some_and(|digest| kept.contains(digest));
            let next = self.referrers_of(referrer).filter(|next| !referrers.dropped.contains(next));
            let next = next.filter(|&next| !old_stays || self.nested[next]);
            open.extend(next.map(|next| (next, referrer)));
        }
    }

    /// Drops these, and who refers to them, where no list has them any more.
    fn drop(&self, mut open: Vec<NodeId>, referrers: &mut Referrers) {
        if open.is_empty() {
            return;
        }
        let kept = outside(self.draft);
        while let Some(referrer) = open.pop() {
            if !referrers.dropped.insert(referrer)
                || !self.was_listed[referrer]
                || referrers.relinked.contains(&referrer)
            {
                continue;
            }
            if self.key(referrer).is_some_and(|digest| !kept.contains(digest)) {
                open.extend(self.referrers_of(referrer));
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
    let referrers: BTreeSet<String> = stale
        .iter()
        .map(|(referrer, _)| {
            let node = graph.node(*referrer);
            format!("{} {}", node.kind, node.key.as_str())
        })
        .collect();
    let path = draft.image.source.label().to_owned();
    Error::Stale { path, changed, referrers: referrers.into_iter().collect() }
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
