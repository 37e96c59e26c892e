//! What checks found, in the formats that continuous integration reads.
//!
//! A check says what it found as a [`Checked`], a format writes that: neither knows the other.

mod compare;
mod diff;
mod doctor;
mod findings;
mod github;
mod junit;
mod sarif;
mod several;
mod verify;

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Write};

pub use github::github;
pub use junit::junit;
pub use sarif::sarif;
pub use several::{CheckedFile, Several};

use super::{Count, Detail, Document, Paint, Shown};
use crate::command::CommandLine;
use crate::finding::Severity;

/// A report that says whether something is right. The name of the document is that of the check.
pub trait Check: Document {
    /// Whether all is right, which the exit code tells.
    fn is_ok(&self) -> bool;

    /// What it found, in no format yet.
    fn checked(&self) -> Checked;

    /// Writes the report for people, piece by piece where it can be long.
    ///
    /// # Errors
    ///
    /// When `out` does not take it.
    fn write_text(&self, detail: Detail, paint: Paint, out: &mut dyn Write) -> io::Result<()>;
}

/// What a check found in one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The check, as `verify`.
    pub check: &'static str,
    /// The file, as named on the command line.
    pub file: String,
    /// What it was compared with, where that is another file.
    pub against: Option<String>,
    /// Whether all is right, which the exit code tells.
    pub ok: bool,
    /// What was looked at and is right, by name.
    pub passed: Vec<String>,
    /// What was found.
    pub results: Vec<CheckResult>,
    /// How many results were left out because there were too many.
    pub left_out: usize,
    /// Why the file could not be checked at all.
    pub failure: Option<String>,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckResult {
    /// What was broken.
    pub rule: Rule,
    /// How bad it is; an error is what the exit code 1 stands for.
    pub level: Severity,
    /// Where in the file.
    pub at: String,
    /// What is so, in one line.
    pub message: String,
    /// The command that fixes it, as it is pasted.
    pub fix: Option<String>,
}

/// What a result breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its name: that of a finding, or behind the name of its check, as `doctor/one-image`.
    pub id: String,
    /// How bad breaking it is as a rule.
    pub level: Severity,
    /// One line: what it means that it is broken.
    pub summary: String,
    /// All about it, in Markdown.
    pub help: Cow<'static, str>,
    /// The public source of the requirement.
    pub source: Option<&'static str>,
}

impl Checked {
    /// Nothing found yet.
    pub fn new(check: &'static str, file: &str, ok: bool) -> Self {
        Checked {
            check,
            file: file.to_owned(),
            against: None,
            ok,
            passed: Vec::new(),
            results: Vec::new(),
            left_out: 0,
            failure: None,
        }
    }

    /// A file that could not be checked.
    pub fn failed(check: &'static str, file: &str, failure: impl fmt::Display) -> Self {
        Checked { failure: Some(shown(failure)), ..Checked::new(check, file, false) }
    }

    /// How many results are of one level.
    pub fn count(&self, level: Severity) -> usize {
        self.results.iter().filter(|result| result.level == level).count()
    }

    /// How many errors, warnings and notes there are, and how many results were left out.
    fn counts(&self) -> String {
        let count = |level, noun| Some(self.count(level)).filter(|n| *n > 0).map(|n| Count(n as u64, noun).to_string());
        let levels = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Note, "note")];
        let mut parts: Vec<String> = levels.into_iter().filter_map(|(level, noun)| count(level, noun)).collect();
        if self.left_out > 0 {
            parts.push(format!("{} left out", Count(self.left_out as u64, "result")));
        }
        parts.join(", ")
    }

    /// The file, and what it was compared with.
    fn title(&self) -> String {
        match &self.against {
            Some(against) => format!("{against} and {}", self.file),
            None => self.file.clone(),
        }
    }
}

impl CheckResult {
    /// A result; what comes from an image is escaped here.
    pub fn new(rule: Rule, level: Severity, at: impl fmt::Display, message: impl fmt::Display) -> Self {
        CheckResult { rule, level, at: shown(at), message: shown(message), fix: None }
    }

    /// Adds the command that fixes it.
    #[must_use]
    pub fn fixed_by(mut self, command: Option<&CommandLine>) -> Self {
        self.fix = command.and_then(CommandLine::line);
        self
    }

    /// Place, message and the command that fixes it, in one line.
    fn line(&self) -> String {
        let fix = self.fix.as_ref().map_or_else(String::new, |fix| format!("; fix it with `{fix}`"));
        format!("{}: {}{fix}", self.at, self.message)
    }
}

fn shown(text: impl fmt::Display) -> String {
    Shown(&text.to_string()).to_string()
}

#[cfg(test)]
mod tests;
