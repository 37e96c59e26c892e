//! The tree of an image file as a report: what stands where, and what is known of it.

use std::borrow::Cow;

use serde::Serialize;

use super::config::ConfigSummary;
use crate::digest::Digest;
use crate::graph::Kind;
use crate::media_type::MediaType;
use crate::platform::Platform;

// Hostile files have hundreds of thousands of them: what few have is boxed.
/// One manifest, index or other blob in the tree.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TreeNode {
    /// Its names, if it is at the top.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// Its kind.
    pub kind: Kind,
    /// Its digest; for an image in `manifest.json` the digest of its config, which is docker's image ID.
    pub digest: Option<Digest>,
    /// Its media type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_type: Option<MediaType>,
    /// Its artifact type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<MediaType>,
    /// Bytes of the document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Whether it is there.
    pub state: State,
    /// Whether it was shown before, with its children.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub shown_above: bool,
    /// The platform of an image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<Box<Platform>>,
    /// How an attestation is attached to its subject: `index`, `artifact` or `referrer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub style: Option<&'static str>,
    /// The predicate types of an attestation.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub predicate_types: Vec<String>,
    /// How many manifests an index lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manifests: Option<u64>,
    /// Its subject, if that is not the parent node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<Digest>,
    /// How many layers it has, and their stored bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layers: Option<crate::image::Amount>,
    /// The base image that the annotations of an image name: its name, its digest, or both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<Box<str>>,
    /// The layers, where they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer_list: Option<Vec<LayerRow>>,
    /// The config, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config: Option<Box<ConfigSummary>>,
    /// The annotations, where they were asked for: those of the descriptor first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub annotations: Vec<Annotation>,
    /// The problems of the document itself, as text; `verify` reports all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Cow<'static, str>>,
    /// The entries of an index, without referrers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<TreeNode>,
    /// Its attestations, signatures, SBOMs and other referrers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub referrers: Vec<TreeNode>,
}

impl TreeNode {
    /// A node of which no more is known than this.
    pub(super) fn new(kind: Kind, state: State) -> Self {
        TreeNode {
            names: Vec::new(),
            kind,
            digest: None,
            media_type: None,
            artifact_type: None,
            size: None,
            state,
            shown_above: false,
            platform: None,
            style: None,
            predicate_types: Vec::new(),
            manifests: None,
            about: None,
            layers: None,
            base: None,
            layer_list: None,
            config: None,
            annotations: Vec::new(),
            problems: Vec::new(),
            children: Vec::new(),
            referrers: Vec::new(),
        }
    }
}

/// An annotation of a descriptor or a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Annotation {
    /// Whether it is on the descriptor that references the document, not in the document itself.
    pub on_descriptor: bool,
    /// The key.
    pub key: String,
    /// The value.
    pub value: String,
}

/// Whether something is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// In the file.
    Present,
    /// In the `data` of its descriptor.
    Inline,
    /// Stored elsewhere on purpose (`urls`).
    External,
    /// Not in the file.
    Absent,
}

/// One layer, or other content of a manifest.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LayerRow {
    /// Its digest, or its file in a docker archive.
    pub digest: String,
    /// In bytes, as stored.
    pub size: Option<u64>,
    /// Its media type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_type: Option<MediaType>,
    /// Whether it is there.
    pub state: State,
    /// The digest of the uncompressed layer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diff_id: Option<Digest>,
    /// The predicate type, for a statement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub predicate_type: Option<String>,
    /// The command that created it, from the history of the config.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
}
