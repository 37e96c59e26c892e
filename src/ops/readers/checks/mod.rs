//! The questions that the table of requirements asks of a file: each says what is not as required.

mod container;
mod docker;
mod documents;
mod entries;
mod losses;
mod manifests;

use std::collections::BTreeSet;

pub(super) use container::*;
pub(super) use docker::*;
pub(super) use documents::*;
pub(super) use entries::*;
pub(super) use losses::*;
pub(super) use manifests::*;

use super::facts::{Facts, Instance};
use super::requirements::Under;
use crate::graph::{Kind, NodeId};
use crate::ops::target::Target;
use crate::platform::Platform;

/// A file in front of one target, which reads it by one description.
pub(super) struct Case<'a, 'f> {
    pub(super) facts: &'f Facts<'a>,
    pub(super) target: Target,
    pub(super) view: Under,
}

impl<'a> Case<'a, '_> {
    /// The entries of `index.json` that this target takes: podman and crane cannot be told which.
    pub(super) fn entries(&self) -> Vec<usize> {
        let facts = self.facts;
        let all = || (0..facts.graph().roots.len()).collect();
        match (self.target, facts.reference) {
            (Target::Podman | Target::Crane, _) => all(),
            (Target::Umoci, Some(reference)) => tagged(facts, &facts.roots, |name| name == reference),
            // The first tag, with all that have it.
            (Target::Umoci, None) => {
                let first = facts.roots.iter().find_map(|&root| facts.ref_name(root));
                tagged(facts, &facts.roots, |name| Some(name) == first)
            }
            (Target::SkopeoOci | Target::SkopeoOciArchive, Some(reference)) => {
                tagged(facts, &facts.roots, |name| name == reference).into_iter().take(1).collect()
            }
            (Target::SkopeoOci | Target::SkopeoOciArchive, None) => all(),
            (target, _) if keeps_named_only(target) => {
                facts.roots.iter().copied().filter(|&at| facts.graph().roots[at].name().is_some()).collect()
            }
            _ => facts.roots.clone(),
        }
    }

    /// What this target finds below each entry.
    fn instances(&self) -> impl Iterator<Item = Instance> {
        let entries = self.entries();
        let facts = self.facts;
        entries.into_iter().map(move |root| facts.instance(root))
    }

    /// The manifests that this target reads with all their blobs, each once.
    fn taken(&self) -> BTreeSet<NodeId> {
        let manifests = self.instances().filter_map(|instance| match instance {
            Instance::Manifest(id) => Some(id),
            _ => None,
        });
        manifests.collect()
    }

    fn any(&self, instance: Instance) -> bool {
        self.instances().any(|own| own == instance)
    }
}

/// Whether only what has a name becomes an image; kind asks for names by digest as well.
pub(super) fn keeps_named_only(target: Target) -> bool {
    matches!(target, Target::Ctr | Target::K3s)
}

fn tagged(facts: &Facts<'_>, roots: &[usize], fits: impl Fn(&str) -> bool) -> Vec<usize> {
    roots.iter().copied().filter(|&root| facts.ref_name(root).is_some_and(&fits)).collect()
}

fn when(unmet: bool, detail: impl Into<String>) -> Option<String> {
    unmet.then(|| detail.into())
}

/// The beginning of a text that an image holds.
fn cut(text: &str) -> String {
    const MOST: usize = 128;
    if text.chars().count() > MOST {
        format!("{}…", text.chars().take(MOST).collect::<String>())
    } else {
        text.to_owned()
    }
}

fn list(platforms: &[Platform]) -> String {
    let names: Vec<String> = platforms.iter().map(ToString::to_string).collect();
    names.join(", ")
}

/// The index behind the entry that umoci takes.
fn taken_index(case: &Case<'_, '_>) -> bool {
    let graph = case.facts.graph();
    let mut nodes = case.entries().into_iter().filter_map(|root| graph.roots.get(root)?.node);
    nodes.any(|id| graph.node(id).kind == Kind::Index)
}
