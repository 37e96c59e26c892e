//! The rule: where `verify --deep` says ok, every reader that accepts the file runs what `inspect` shows; and what
//! `doctor` predicts is what readers do.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::answer::{Answer, Reader};
use super::ours::{Ours, Predicted};

/// Warnings that say that readers differ or see nothing.
const SAYS_SO: &[&str] = &[
    "child-missing",
    "blob-inline",
    "cache-as-index",
    "config-platform-empty",
    "docker-file-name",
    "layer-media-type",
    "layout-empty",
    "layout-file-missing",
    "layout-version",
    "link-not-followed",
    "manifests-null",
    "member-name-case",
    "member-name-unsafe",
    "platform-duplicate",
    "platform-missing",
    "ref-name-invalid",
    "view-repositories",
];

/// How a reader and ocikit disagree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// `verify` says ok, and the reader runs another image than `inspect` shows.
    RunsOther,
    /// `verify` says ok, and the reader accepts the file without an image to run, which `doctor` does not say either.
    RunsNothing,
    /// `verify` exits with 0, if with a warning, and the reader runs another image than most readers do.
    Differs,
    /// `doctor` says that the reader accepts the file, and it refuses.
    Refuses,
    /// `doctor` says that the reader refuses the file, and it accepts.
    Accepts,
}

/// A disagreement about one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    pub case: String,
    pub reader: Reader,
    pub kind: Kind,
    pub detail: String,
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {:?}: {}", self.case, self.reader.name(), self.kind, self.detail)
    }
}

/// Where the readers' answers about a case are not what ocikit says.
pub fn disagreements(case: &str, ours: &Ours, answers: &BTreeMap<Reader, &Answer>) -> Vec<Disagreement> {
    let mut all = if ours.ok { differing(case, answers) } else { Vec::new() };
    for (&reader, answer) in answers {
        let mut add = |kind, detail: String| {
            all.push(Disagreement { case: case.to_owned(), reader, kind, detail });
        };
        if answer.accepts && !says_so(ours) {
            // oras copies what is for no platform as well.
            if answer.runs.is_empty()
                && reader != Reader::Oras
                && ours.predicted.get(&reader) != Some(&Predicted::KeepsNothing)
            {
                add(Kind::RunsNothing, wrote(answer));
            }
            for (name, prints) in &answer.runs {
                let shown = ours.shows.get(name).cloned().unwrap_or_default();
                if shown.len() != 1 || !shown.contains(prints) {
                    add(Kind::RunsOther, format!("`{name}` runs `{prints}`; inspect shows {shown:?}"));
                }
            }
        }
        match (ours.predicted.get(&reader), answer.accepts) {
            (Some(Predicted::Refuses), true) => add(Kind::Accepts, wrote(answer)),
            (Some(Predicted::Accepts | Predicted::KeepsNothing), false) => add(Kind::Refuses, wrote(answer)),
            _ => {}
        }
    }
    all
}

/// The readers that run another image than most under a name. Without a name it is that of the only image, and a tag
/// stands for the only name that ends with it.
fn differing(case: &str, answers: &BTreeMap<Reader, &Answer>) -> Vec<Disagreement> {
    let runs = || answers.iter().flat_map(|(reader, answer)| answer.runs.iter().map(move |run| (*reader, run)));
    let in_full: BTreeSet<&str> =
        runs().map(|(_, (name, _))| name.as_str()).filter(|name| name.contains('/')).collect();
    let only = in_full.first().copied().filter(|_| in_full.len() == 1);
    let meant = |name: &'_ str| only.filter(|only| name.is_empty() || only.ends_with(&format!(":{name}")));
    let mut by_name: BTreeMap<&str, Vec<(Reader, &str)>> = BTreeMap::new();
    for (reader, (name, prints)) in runs().filter(|(_, (_, prints))| !prints.is_empty()) {
        by_name.entry(meant(name).unwrap_or(name)).or_default().push((reader, prints));
    }
    let mut all = Vec::new();
    for (name, runs) in by_name {
        let count = |prints: &str| runs.iter().filter(|(_, other)| *other == prints).count();
        let Some(most) = runs.iter().map(|(_, prints)| *prints).max_by_key(|prints| count(prints)) else { continue };
        for (reader, prints) in runs.iter().filter(|(_, prints)| *prints != most) {
            let detail = format!("`{name}` runs `{prints}`, with most readers `{most}`");
            all.push(Disagreement { case: case.to_owned(), reader: *reader, kind: Kind::Differs, detail });
        }
    }
    all
}

/// Whether `verify` says that something is wrong, or that readers differ.
pub fn says_so(ours: &Ours) -> bool {
    !ours.ok || ours.codes.iter().any(|code| SAYS_SO.contains(&code.as_str()))
}

/// The last line that a reader wrote.
fn wrote(answer: &Answer) -> String {
    answer.wrote.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default().to_owned()
}
