//! Why a stored signature cannot be read.

use crate::doc::Problem;
use crate::doc::attestation::StatementError;

/// What is wrong with a stored signature, and where in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// A JSON pointer inside the document.
    pub pointer: String,
    /// What is wrong, as a lower-case clause.
    pub detail: String,
}

impl Fault {
    pub(super) fn new(pointer: &str, detail: impl Into<String>) -> Self {
        Fault { pointer: pointer.to_owned(), detail: detail.into() }
    }

    /// The same fault in a document that is the value at `pointer` of another.
    #[must_use]
    pub(super) fn inside(self, pointer: &str, what: &str) -> Self {
        let at = if self.pointer.is_empty() { String::new() } else { format!(", at `{}`", self.pointer) };
        Fault { pointer: pointer.to_owned(), detail: format!("in {what}{at}: {}", self.detail) }
    }
}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Self {
        Fault { pointer: problem.pointer, detail: problem.detail }
    }
}

impl From<StatementError> for Fault {
    fn from(error: StatementError) -> Self {
        Fault::new("", error.to_string())
    }
}
