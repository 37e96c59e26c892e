//! The disagreements that are known, each with its reason. A row that no longer disagrees fails the test.

mod documents;
mod images;
mod members;

use super::answer::Reader;
use super::fleet::Answers;
use super::hold::{Disagreement, Kind};
use super::image::Case;

/// Disagreements of one kind, all for one reason.
#[derive(Debug)]
pub struct Known {
    /// The cases; a `*` at either end stands for any text.
    pub cases: &'static [&'static str],
    pub readers: &'static [Reader],
    pub kind: Kind,
    /// Why it is left so.
    pub reason: &'static str,
}

impl Known {
    pub fn covers(&self, found: &Disagreement) -> bool {
        let case = self.cases.iter().any(|pattern| fits(pattern, &found.case));
        self.kind == found.kind && self.readers.contains(&found.reader) && case
    }

    /// What of the row is no longer so: each of its cases disagrees with each of its readers, as far as they ran.
    pub fn gone(&self, found: &[Disagreement], cases: &[Case], answers: &Answers) -> Vec<String> {
        let mut gone = Vec::new();
        for reader in self.readers.iter().filter(|reader| answers.contains_key(reader)) {
            for pattern in self.cases.iter().filter(|pattern| cases.iter().any(|case| fits(pattern, &case.name))) {
                let so = |found: &&Disagreement| {
                    (found.kind, found.reader) == (self.kind, *reader) && fits(pattern, &found.case)
                };
                if !found.iter().any(|found| so(&found)) {
                    gone.push(format!("{pattern}: {}: {:?} ({})", reader.name(), self.kind, self.reason));
                }
            }
        }
        gone
    }
}

fn fits(pattern: &str, case: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (None, None) => pattern == case,
        (Some(end), None) => case.ends_with(end),
        (None, Some(start)) => case.starts_with(start),
        (Some(_), Some(_)) => case.contains(pattern.trim_matches('*')),
    }
}

/// All rows.
pub fn known() -> impl Iterator<Item = &'static Known> + Clone {
    [documents::ROWS, images::ROWS, members::ROWS].into_iter().flatten()
}
