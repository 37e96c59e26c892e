//! What an edit did, or would do.

use serde::Serialize;

use crate::digest::Digest;
use crate::graph::Kind;
use crate::platform::Platform;

/// Every descriptor that changed, and every blob that came or went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// The input as the person named it.
    pub file: String,
    /// What was written; None for a plan.
    pub output: Option<String>,
    /// Whether this is a plan, and nothing was written.
    pub dry_run: bool,
    /// Whether anything changes at all.
    pub is_changed: bool,
    /// Documents at the top that change: `index.json`, `manifest.json`, `repositories`.
    pub documents: Vec<String>,
    /// What got another digest, outermost first.
    pub changed: Vec<ChangedRow>,
    /// Entries that lists lost, with the attestations that went along.
    pub removed: Vec<EntryRow>,
    /// Entries that lists gained.
    pub added: Vec<EntryRow>,
    /// Blobs that came in, documents with new digests among them.
    pub blobs_added: Vec<BlobRow>,
    /// Blobs that were dropped, since nothing needs them any more.
    pub blobs_dropped: Vec<BlobRow>,
    /// Bytes written, blobs that stay included where the whole file is written anew.
    pub bytes_written: u64,
}

/// One thing that got another digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChangedRow {
    /// What it is.
    pub kind: Kind,
    /// The names in `index.json` that stand for it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// The platform of an image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// The digest before.
    pub old: Digest,
    /// The digest now.
    pub new: Digest,
}

/// One entry of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EntryRow {
    /// What it leads to.
    pub kind: Kind,
    /// Its digest.
    pub digest: Digest,
    /// The platform of an image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
}

/// One blob.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BlobRow {
    /// Its digest, or the name of a file in a docker archive.
    pub digest: String,
    /// In bytes.
    pub size: u64,
}
