//! What is wrong with an image file: the code, the place, what was expected and what was found.

mod code;
mod place;

use std::fmt;

use serde::Serialize;

pub use code::{Code, UnknownCode};
pub use place::{Place, Step};

pub use crate::command::CommandLine;

/// The severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The image is not what it declares, or two readers see two images.
    Error,
    /// Allowed or common, but harmful to some readers.
    Warning,
    /// For information.
    Note,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        })
    }
}

/// One finding: a problem and its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Finding {
    /// The code of the finding; `explain` describes it.
    pub code: Code,
    /// The severity, after the policy of the run.
    pub severity: Severity,
    /// The path to the affected place.
    pub at: Place,
    /// What is wrong, as a lower-case clause; after the first `; `, who is affected.
    pub detail: String,
    /// The expected value, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// The value found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// The arguments of the `ocikit` command that fixes it, with `{output}` for the new file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<CommandLine>,
}

impl Finding {
    /// A finding with the severity of its code.
    pub fn new(code: Code, at: Place, detail: impl Into<String>) -> Self {
        Finding { code, severity: code.severity(), at, detail: detail.into(), expected: None, found: None, fix: None }
    }

    /// What is wrong, in one line.
    pub fn problem(&self) -> &str {
        self.parts().0
    }

    /// Who is affected.
    pub fn note(&self) -> Option<&str> {
        self.parts().1
    }

    /// The detail, split at its first `; ` outside backticks, which may hold a text of the image.
    fn parts(&self) -> (&str, Option<&str>) {
        let mut is_quoted = false;
        for (at, letter) in self.detail.char_indices() {
            match letter {
                '`' => is_quoted = !is_quoted,
                ';' if !is_quoted => {
                    if let Some(note) = self.detail[at..].strip_prefix("; ") {
                        return (&self.detail[..at], Some(note));
                    }
                }
                _ => {}
            }
        }
        (&self.detail, None)
    }

    /// Gives it a severity other than its code's own.
    #[must_use]
    pub fn with_severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Adds the expected value and the one found.
    #[must_use]
    pub fn compared(mut self, expected: impl fmt::Display, found: impl fmt::Display) -> Self {
        self.expected = Some(expected.to_string());
        self.found = Some(found.to_string());
        self
    }

    /// Adds the value found.
    #[must_use]
    pub fn found(mut self, found: impl fmt::Display) -> Self {
        self.found = Some(found.to_string());
        self
    }

    /// Adds the command that fixes it.
    #[must_use]
    pub fn fixed_by(mut self, command: CommandLine) -> Self {
        self.fix = Some(command);
        self
    }
}

/// The findings of one run: collected in any order, reported sorted by place and code.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Findings {
    list: Vec<Finding>,
    #[serde(skip)]
    dropped: usize,
    /// Settle when more than twice as many have come; 0 for never.
    #[serde(skip)]
    bound: usize,
}

impl Findings {
    /// No findings.
    pub fn new() -> Self {
        Findings::default()
    }

    /// No findings, and never many more than twice `limit`: a hostile file can raise millions.
    pub fn bounded(limit: usize) -> Self {
        Findings { bound: limit.max(1), ..Findings::default() }
    }

    /// Adds one.
    pub fn push(&mut self, finding: Finding) {
        self.list.push(finding);
        if self.bound > 0 && self.list.len() > 2 * self.bound {
            self.settle(self.bound);
        }
    }

    /// Sorts by place, code and detail, drops exact repetitions, and keeps the first `limit`.
    ///
    /// Where more than `limit` stand, the errors are kept before the warnings and these before the notes.
    pub fn settle(&mut self, limit: usize) {
        let key = |f: &Finding| (f.at.clone(), f.code, f.detail.clone());
        self.list.sort_by(|a, b| (&a.at, a.code, &a.detail).cmp(&(&b.at, b.code, &b.detail)));
        self.list.dedup();
        if self.list.len() > limit {
            self.dropped += self.list.len() - limit;
            self.list.sort_by_key(|finding| finding.severity);
            self.list.truncate(limit);
            self.list.sort_by_cached_key(key);
        }
    }

    /// How many were dropped because there were too many.
    pub fn dropped(&self) -> usize {
        self.dropped
    }

    /// The findings, in the order of the last [`settle`](Findings::settle).
    pub fn iter(&self) -> std::slice::Iter<'_, Finding> {
        self.list.iter()
    }

    /// For changing severities by policy.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, Finding> {
        self.list.iter_mut()
    }

    /// Keeps those that `keep` says.
    pub fn retain(&mut self, keep: impl FnMut(&Finding) -> bool) {
        self.list.retain(keep);
    }

    /// How many there are of one severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.list.iter().filter(|finding| finding.severity == severity).count()
    }

    /// Whether one of them is an error.
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }
}

impl Extend<Finding> for Findings {
    fn extend<T: IntoIterator<Item = Finding>>(&mut self, findings: T) {
        for finding in findings {
            self.push(finding);
        }
    }
}

impl IntoIterator for Findings {
    type Item = Finding;
    type IntoIter = std::vec::IntoIter<Finding>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

impl<'a> IntoIterator for &'a Findings {
    type Item = &'a Finding;
    type IntoIter = std::slice::Iter<'a, Finding>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settling_sorts_and_drops_repetitions() {
        let mut findings = Findings::new();
        findings.push(Finding::new(Code::BlobUnreferenced, Place::of("b"), "x"));
        findings.push(Finding::new(Code::BlobDigest, Place::of("a"), "y"));
        findings.push(Finding::new(Code::BlobUnreferenced, Place::of("b"), "x"));
        findings.settle(10);
        let order: Vec<_> = findings.iter().map(|f| f.code).collect();
        assert_eq!(order, [Code::BlobDigest, Code::BlobUnreferenced]);
    }

    #[test]
    fn a_note_follows_what_is_wrong() {
        let parts = |detail: &str| {
            let finding = Finding::new(Code::JsonBom, Place::default(), detail);
            (finding.problem().to_owned(), finding.note().map(str::to_owned))
        };
        assert_eq!(
            parts("a device; podman refuses it; docker too").1.as_deref(),
            Some("podman refuses it; docker too")
        );
        assert_eq!(
            parts("the name `a; b` refers to two images"),
            ("the name `a; b` refers to two images".into(), None)
        );
    }

    #[test]
    fn errors_stay_when_there_are_too_many() {
        let mut findings = Findings::new();
        findings.push(Finding::new(Code::BlobUnreferenced, Place::of("a"), "x"));
        findings.push(Finding::new(Code::BlobDigest, Place::of("z"), "y"));
        findings.settle(1);
        assert_eq!((findings.len(), findings.dropped()), (1, 1));
        assert!(findings.has_errors());
    }
}
