//! What one target does with a file: its requirements, compared with the facts.

use serde::Serialize;

use super::file_facts::FileFacts;
use super::instances::Instance;
use super::reader::{Case, Effect, Reader, Requirement, Takes, View};
use super::repair::Repair;
use crate::digest::Digest;
use crate::graph::{DockerEntry, Key, NodeId};
use crate::platform::Platform;
use crate::reference::familiar;
use crate::target::{Asked, Reads, Target};

/// What one target does with a file.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Prediction {
    /// The target, with the version that was asked for.
    pub target: Asked,
    /// The target as people call it.
    pub title: &'static str,
    /// Whether it accepts the file.
    pub verdict: Verdict,
    /// The description that it goes by: `index.json` or `manifest.json`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reads: Option<&'static str>,
    /// Why it refuses, or what is lost.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// What it would load.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub loads: Vec<Loads>,
}

/// Whether a target accepts a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// All of it.
    Accepts,
    /// It accepts the file, but something is lost or lacking.
    AcceptsBut,
    /// It refuses the file.
    Refuses,
}

/// Why a target does not take all of a file.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reason {
    /// The requirement that is not met.
    pub requirement: &'static str,
    /// What is so, in a lower-case fragment.
    pub detail: String,
    /// The first version that does not mind, where only older ones do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fixed_in: Option<String>,
    /// Where in public it can be read.
    pub source: &'static str,
    /// What may meet the requirement, in the order in which it is tried.
    #[serde(skip)]
    pub repairs: &'static [Repair],
}

/// One image that a target would load.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Loads {
    /// The digest: of the config for readers of `manifest.json`, else of the manifest or index.
    pub digest: Option<Digest>,
    /// The platforms.
    pub platforms: Vec<Platform>,
    /// The names, in the familiar form.
    pub names: Vec<String>,
}

/// Names and images that a report lists at most.
const MOST: usize = 100;

pub(super) fn predict(facts: &FileFacts<'_>, reader: &'static Reader, asked: &Asked) -> Prediction {
    let mut first: Option<Prediction> = None;
    for view in views(facts, asked.target) {
        let prediction = under(facts, reader, asked, view);
        if prediction.verdict != Verdict::Refuses {
            return prediction;
        }
        first.get_or_insert(prediction);
    }
    first.unwrap_or_else(|| under(facts, reader, asked, View::Any))
}

/// The descriptions by which a target reads this file, in the order in which it tries them.
fn views(facts: &FileFacts<'_>, target: Target) -> Vec<View> {
    let format = facts.image.source.format();
    let one = |is_index: bool| vec![if is_index { View::Index } else { View::Docker }];
    match target.reads() {
        Reads::Index => one(true),
        Reads::Docker => one(false),
        // containerd goes by the presence of `oci-layout`.
        Reads::IndexFirst => one(facts.has_layout_file || !format.docker_view),
        Reads::DockerFirst => one(!format.docker_view),
        Reads::ByContainer => one(format.directory),
        Reads::Either => [(format.index_view, View::Index), (format.docker_view, View::Docker)]
            .into_iter()
            .filter_map(|(there, view)| there.then_some(view))
            .collect(),
    }
}

fn under(facts: &FileFacts<'_>, reader: &'static Reader, asked: &Asked, view: View) -> Prediction {
    let case = Case { facts, reader, view };
    let mut reasons: Vec<Reason> = Vec::new();
    let mut buts: Vec<Reason> = Vec::new();
    for row in reader.requirements.iter().copied().flatten().filter(|row| row.view == View::Any || row.view == view) {
        let concerns = match (row.fixed_in, &asked.version) {
            (Some(fixed), Some(_)) => asked.is_before(fixed),
            _ => true,
        };
        let concerns = concerns && !row.since.is_some_and(|since| asked.is_before(since));
        let Some(detail) = concerns.then(|| (row.unmet)(&case)).flatten() else { continue };
        // Without a version the newest is meant: what only older ones refuse is worth knowing.
        let refuses = row.effect == Effect::Refuses && (row.fixed_in.is_none() || asked.version.is_some());
        let list = if refuses { &mut reasons } else { &mut buts };
        list.push(reason(row, detail, asked));
        // Without the description that the target goes by, what it would ask of that is beside the point.
        if refuses && ["index.json", "manifest.json"].contains(&row.name) {
            break;
        }
    }
    let verdict = match (reasons.is_empty(), buts.is_empty()) {
        (true, true) => Verdict::Accepts,
        (true, false) => Verdict::AcceptsBut,
        (false, _) => Verdict::Refuses,
    };
    let loads = if verdict == Verdict::Refuses { Vec::new() } else { loads(&case) };
    let reads = match view {
        View::Index if facts.has_index => Some("index.json"),
        View::Docker if facts.image.source.format().docker_view => Some("manifest.json"),
        _ => None,
    };
    let reasons = if verdict == Verdict::Refuses { reasons } else { buts };
    Prediction { target: asked.clone(), title: asked.target.title(), verdict, reads, reasons, loads }
}

fn reason(row: &Requirement, detail: String, asked: &Asked) -> Reason {
    let fixed_in = row.fixed_in.filter(|_| asked.version.is_none()).map(|version| {
        let parts: Vec<String> = version.iter().map(u32::to_string).collect();
        parts.join(".")
    });
    Reason { requirement: row.name, detail, fixed_in, source: row.source, repairs: row.repairs }
}

fn loads(case: &Case<'_, '_>) -> Vec<Loads> {
    let facts = case.facts;
    let graph = facts.graph();
    if case.view == View::Docker {
        let is_kept = |entry: &&DockerEntry| case.reader.keeps_unnamed || !entry.image.repo_tags.is_empty();
        let most = if case.reader.takes == Takes::First { 1 } else { MOST };
        let entries = facts.docker_entries().filter(is_kept).take(most);
        return entries
            .map(|entry| Loads {
                digest: entry.image.config.ok().and_then(|name| crate::doc::docker::config_digest(name)),
                platforms: entry.config.and_then(|id| graph.platform_of(id)).into_iter().collect(),
                names: entry.image.repo_tags.iter().take(MOST).cloned().collect(),
            })
            .collect();
    }
    let one = matches!(case.reader.takes, Takes::OneManifest | Takes::First);
    let mut loaded: Vec<Loads> = Vec::new();
    for root in case.entries().into_iter().take(MOST) {
        let Some(id) = graph.roots[root].node else { continue };
        let names: Vec<String> = graph.roots[root].name().map(familiar).into_iter().collect();
        let (id, platforms) = match (one, case.instance(root)) {
            (true, Instance::Manifest(id)) => (id, graph.platform_of(id).into_iter().collect()),
            (true, _) => (id, Vec::new()),
            (false, _) => (id, platforms_below(facts, id, case.reader.takes)),
        };
        let digest = match &graph.node(id).key {
            Key::Digest(digest) => Some(digest.clone()),
            Key::Member(_) => None,
        };
        match loaded.iter_mut().find(|known| known.digest == digest && digest.is_some()) {
            Some(known) => known.names.extend(names),
            None => loaded.push(Loads { digest, platforms, names }),
        }
    }
    loaded
}

/// The platforms that come in.
fn platforms_below(facts: &FileFacts<'_>, id: NodeId, takes: Takes) -> Vec<Platform> {
    let graph = facts.graph();
    let present = graph.images_below(id).into_iter().filter(|&id| graph.node(id).is_present());
    let mut platforms: Vec<Platform> = present.filter_map(|id| graph.platform_of(id)).collect();
    if takes == Takes::ThisPlatform && platforms.iter().any(|platform| platform.satisfies(facts.host)) {
        platforms.retain(|platform| platform.satisfies(facts.host));
    }
    platforms.sort();
    platforms.dedup();
    platforms.truncate(MOST);
    platforms
}
