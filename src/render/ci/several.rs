//! What a check says of several files.

use serde::Serialize;

/// The reports of a check on several files; a file that could not be checked has an error instead.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Several<R> {
    /// Whether every file could be checked and none has errors.
    pub ok: bool,
    /// One for each file, in the order in which they were named.
    pub files: Vec<CheckedFile<R>>,
}

/// One of several files.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum CheckedFile<R> {
    /// Findings in it.
    Report(R),
    /// It could not be checked.
    Failed {
        /// The file, as named on the command line.
        file: String,
        /// Why not.
        error: String,
    },
}
