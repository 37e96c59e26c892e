//! What a reader is: which entries of a file it takes, and what it requires of them.

use std::collections::BTreeSet;

use super::file_facts::{By, FileFacts};
use super::instances::Instance;
use super::repair::Repair;
use crate::doc::Document;
use crate::graph::NodeId;
use crate::graph::engines::Engine;

/// A program or service that reads image files, and the rules by which it does.
pub(super) struct Reader {
    /// By what it recognizes images and layers.
    pub(super) engine: &'static Engine,
    /// The entries of `index.json` that it takes, as places in [`Graph::roots`](crate::graph::Graph::roots).
    pub(super) entries: fn(&FileFacts<'_>) -> Vec<usize>,
    /// What it takes of each of them.
    pub(super) takes: Takes,
    /// Whether it decodes everything that `index.json` lists, and not only what it takes.
    pub(super) decodes_everything: bool,
    /// How a person can say which image is meant.
    pub(super) chooses: &'static [By],
    /// Whether an image without a name is kept.
    pub(super) keeps_unnamed: bool,
    /// Whether it accepts a file with this name in it: in full, or a tag alone.
    pub(super) accepts_name: fn(&str) -> bool,
    /// Its requirements, in the order in which reports list them and repairs are tried; lists that readers share are in one
    /// piece.
    pub(super) requirements: &'static [&'static [Requirement]],
}

/// What a reader takes of an entry that is an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    /// One manifest: that of the machine's platform.
    OneManifest,
    /// The whole index; the images for the machine's platform where there are any.
    ThisPlatform,
    /// The whole index with all platforms.
    AllPlatforms,
    /// The first manifest, whatever its platform.
    First,
    /// The whole index, and of all manifests in it all blobs.
    Everything,
}

/// What happens where a requirement is not met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// The reader refuses the file.
    Refuses,
    /// The reader accepts the file and loses or lacks something.
    Loses,
}

/// Under which of the two views a requirement counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum View {
    /// Whichever the reader goes by.
    Any,
    /// `index.json`.
    Index,
    /// `manifest.json`.
    Docker,
}

/// One requirement of a reader.
#[derive(Clone, Copy)]
pub struct Requirement {
    /// Its name in reports.
    pub name: &'static str,
    /// The version that no longer has it, where there is one.
    pub fixed_in: Option<&'static [u32]>,
    /// The version that has it first, where older ones do not.
    pub since: Option<&'static [u32]>,
    /// Where in public it can be read.
    pub source: &'static str,
    /// What may meet it, in the order in which it is tried; empty where nothing does.
    pub repairs: &'static [Repair],
    pub(super) view: View,
    pub(super) effect: Effect,
    pub(super) unmet: Condition,
}

/// What is not as required; None when it is.
pub(super) type Condition = fn(&Case<'_, '_>) -> Option<String>;

impl std::fmt::Debug for Requirement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl Requirement {
    /// Only versions before this one have the requirement.
    pub(super) const fn fixed_in(mut self, version: &'static [u32]) -> Self {
        self.fixed_in = Some(version);
        self
    }

    /// Only versions from this one on have the requirement.
    pub(super) const fn since(mut self, version: &'static [u32]) -> Self {
        self.since = Some(version);
        self
    }
}

/// A requirement without which the reader refuses the file.
pub(super) const fn refuses(
    name: &'static str,
    view: View,
    unmet: Condition,
    source: &'static str,
    repairs: &'static [Repair],
) -> Requirement {
    Requirement { name, fixed_in: None, since: None, source, repairs, view, effect: Effect::Refuses, unmet }
}

/// A requirement without which the reader accepts the file and loses something.
pub(super) const fn loses(
    name: &'static str,
    view: View,
    unmet: Condition,
    source: &'static str,
    repairs: &'static [Repair],
) -> Requirement {
    Requirement { effect: Effect::Loses, ..refuses(name, view, unmet, source, repairs) }
}

/// A file in front of one reader, which reads it by one view.
pub(super) struct Case<'a, 'f> {
    pub(super) facts: &'f FileFacts<'a>,
    pub(super) reader: &'static Reader,
    pub(super) view: View,
}

impl Case<'_, '_> {
    /// Whether the person says which image is meant, in a way that this reader understands.
    pub(super) fn is_chosen(&self) -> bool {
        self.facts.chosen_by().is_some_and(|by| self.reader.chooses.contains(&by))
    }

    /// The entries of `index.json` that this reader takes.
    pub(super) fn entries(&self) -> Vec<usize> {
        (self.reader.entries)(self.facts)
    }

    /// What this reader finds below each entry.
    pub(super) fn instances(&self) -> impl Iterator<Item = Instance> {
        self.entries().into_iter().map(|root| self.instance(root))
    }

    /// What this reader finds below an entry.
    pub(super) fn instance(&self, root: usize) -> Instance {
        if self.reader.takes == Takes::First { self.facts.first(root) } else { self.facts.instance(root) }
    }

    /// The indexes and manifests below the entries that count, those that are missing as well.
    pub(super) fn listed(&self) -> Vec<NodeId> {
        if self.reader.takes == Takes::Everything {
            return self.facts.below(&self.entries());
        }
        self.facts.manifests.clone()
    }

    /// The manifests that this reader reads with all their blobs, each once.
    pub(super) fn taken(&self) -> BTreeSet<NodeId> {
        if self.reader.takes == Takes::Everything {
            let graph = self.facts.graph();
            let is_manifest = |id: &NodeId| {
                let node = graph.node(*id);
                node.is_present() && !matches!(node.document, Document::Index(_))
            };
            return self.listed().into_iter().filter(is_manifest).collect();
        }
        let manifests = self.instances().filter_map(|instance| match instance {
            Instance::Manifest(id) => Some(id),
            _ => None,
        });
        manifests.collect()
    }

    /// The indexes and manifests that this reader decodes.
    pub(super) fn decoded(&self) -> BTreeSet<NodeId> {
        let facts = self.facts;
        if self.reader.decodes_everything || self.reader.takes == Takes::Everything {
            return self.listed().into_iter().collect();
        }
        let roots = self.entries().into_iter().filter_map(|root| facts.graph().roots[root].node);
        roots.chain(self.taken()).collect()
    }

    /// The configs of the images that this reader takes.
    pub(super) fn configs(&self) -> Vec<NodeId> {
        if self.view == View::Docker {
            return self.facts.docker_entries().filter_map(|entry| entry.config).collect();
        }
        self.taken().into_iter().filter_map(|id| self.facts.graph().config_node(id)).collect()
    }

    pub(super) fn any(&self, instance: Instance) -> bool {
        self.instances().any(|own| own == instance)
    }
}
