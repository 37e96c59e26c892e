//! The exit codes, which scripts rely on.

use crate::finding::{Finding, Severity};

/// Nothing wrong, or equal.
pub(crate) const OK: u8 = 0;
/// Problems found, or different.
pub(crate) const FOUND: u8 = 1;
/// Bad usage, or the input could not be opened or the output not written.
pub(crate) const FAILED: u8 = 2;

/// What the codes mean, for the help and the manual pages.
pub(crate) const MEANINGS: [(u8, &str); 3] = [
    (OK, "no errors found, or equal"),
    (FOUND, "errors found, or different"),
    (FAILED, "usage error, or the input cannot be opened or the output cannot be written"),
];

/// How a command ended when it could do its work, or most of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// Nothing wrong, or equal.
    Ok,
    /// Problems found, or different.
    Found,
    /// Some of several inputs could not be opened, which was said.
    Failed,
}

impl Status {
    pub(crate) fn of(ok: bool) -> Self {
        if ok { Status::Ok } else { Status::Found }
    }

    /// Of a command that shows something: no error among the findings that it shows beside that.
    pub(crate) fn without_errors<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> Self {
        Status::of(findings.into_iter().all(|finding| finding.severity != Severity::Error))
    }

    pub(crate) fn code(self) -> u8 {
        match self {
            Status::Ok => OK,
            Status::Found => FOUND,
            Status::Failed => FAILED,
        }
    }
}
