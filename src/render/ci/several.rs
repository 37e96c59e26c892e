//! What a check says of several files.

use serde::Serialize;

/// The reports of a check on several files, each of which may be one that could not be checked.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Several<R> {
    /// Whether every file could be checked, and all is right in each.
    pub ok: bool,
    /// One for each file, in the order in which they were named.
    pub files: Vec<CheckedFile<R>>,
}

/// One of several files.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum CheckedFile<R> {
    /// What was found in it.
    Report(R),
    /// It could not be checked.
    Failed {
        /// The file as the person named it.
        file: String,
        /// Why not.
        error: String,
    },
}
