//! Findings in the formats that continuous integration reads.

mod github;
mod junit;
mod sarif;

pub use github::github;
pub use junit::junit;
pub use sarif::sarif;

use super::Shown;
use crate::finding::{Finding, Findings};

/// What a check found in one file.
#[derive(Debug, Clone, Copy)]
pub struct Checked<'a> {
    /// The file as the person named it.
    pub file: &'a str,
    /// The check, as `verify`.
    pub check: &'a str,
    /// What it found.
    pub findings: &'a Findings,
}

/// A finding in one line: what is so, what was expected and found.
fn message(finding: &Finding) -> String {
    let mut text = format!("{}: {}", finding.at, finding.detail);
    if let Some(expected) = &finding.expected {
        text.push_str(&format!("; expected {expected}"));
    }
    if let Some(found) = &finding.found {
        text.push_str(&format!("; found {found}"));
    }
    Shown(&text).to_string()
}

#[cfg(test)]
mod tests;
