//! The rows of the table.

use serde::Serialize;

use crate::digest::Digest;
use crate::finding::Place;
use crate::platform::Platform;

/// One image, as both views have it.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ComparedImage {
    /// Its platform in the config or a descriptor.
    pub platform: Option<Platform>,
    /// The image in `index.json`; missing if the index does not list it.
    pub index: Option<Side>,
    /// The image in `manifest.json`; missing if the file does not list it.
    pub docker: Option<Side>,
    /// Whether it has the same names in both.
    pub names: Verdict,
    /// Whether it has the same config in both.
    pub config: Verdict,
    /// Whether it has the same layers in the same order in both.
    pub layers: Verdict,
}

/// An image in one view.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Side {
    /// Its place.
    pub at: Place,
    /// Its names, in the familiar form; the first 100.
    pub names: Vec<String>,
    /// The digest of its config.
    pub config: Option<Digest>,
    /// Its layers, bottom first: digests in `index.json`, file names in `manifest.json`.
    pub layers: Vec<String>,
}

/// How a property of an image compares in the two views.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The same.
    Same,
    /// Different.
    Different,
    /// No contradiction was found, but only the content of layers could prove it.
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
    /// The file that it refers to.
    pub file: String,
    /// The layer that it should be.
    pub layer: Option<Digest>,
}
