//! The rule: where `verify --deep` says ok, every reader that accepts the file runs what `inspect` shows; and what
//! `doctor` predicts is what readers do.

use std::collections::BTreeMap;
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
    let mut all = Vec::new();
    for (&reader, answer) in answers {
        let mut add = |kind, detail: String| {
            all.push(Disagreement { case: case.to_owned(), reader, kind, detail });
        };
        if answer.accepts && !says_so(ours) {
            if answer.runs.is_empty() && ours.predicted.get(&reader) != Some(&Predicted::KeepsNothing) {
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

/// Whether `verify` says that something is wrong, or that readers differ.
fn says_so(ours: &Ours) -> bool {
    !ours.ok || ours.codes.iter().any(|code| SAYS_SO.contains(&code.as_str()))
}

/// The last line that a reader wrote.
fn wrote(answer: &Answer) -> String {
    answer.wrote.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default().to_owned()
}
