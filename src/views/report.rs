//! The rows of the table.

use serde::Serialize;

use crate::digest::Digest;
use crate::finding::Place;
use crate::platform::Platform;

/// One image, as both views have it.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ComparedImage {
    /// Its platform, where the config or a descriptor says one.
    pub platform: Option<Platform>,
    /// What `index.json` says; None where it does not list the image.
    pub index: Option<Side>,
    /// What `manifest.json` says; None where it does not list the image.
    pub docker: Option<Side>,
    /// Whether it has the same names in both.
    pub names: Verdict,
    /// Whether it has the same config in both.
    pub config: Verdict,
    /// Whether it has the same layers in the same order in both.
    pub layers: Verdict,
}

/// What one view says of an image.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Side {
    /// Where it stands.
    pub at: Place,
    /// Its names, in the familiar form; the first 100.
    pub names: Vec<String>,
    /// The digest of its config.
    pub config: Option<Digest>,
    /// Its layers, bottom first: digests in `index.json`, file names in `manifest.json`.
    pub layers: Vec<String>,
}

/// How one thing of an image compares between the two views.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The same.
    Same,
    /// Different.
    Different,
    /// Nothing contradicts it, and only the content of layers could prove it.
    Unproven,
    /// Only one view lists the image.
    OneView,
}

/// A layer that documents alone cannot prove equal.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Unproven {
    /// The layer in `manifest.json`.
    pub at: Place,
    /// The file that it names.
    pub file: String,
    /// The layer that it should be.
    pub layer: Option<Digest>,
}
