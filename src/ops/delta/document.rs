//! `ocikit-delta.json`: what a delta makes, what its bases have to hold, and what it carries itself.
//!
//! ```json
//! {
//!   "ocikitDelta": 1,
//!   "target": { "shape": "OCI archive", "size": 2207518720, "digest": "sha256:..." },
//!   "recipe": { "digest": "sha256:...", "size": 4711 },
//!   "base": [ { "digest": "sha256:...", "size": 1234 } ],
//!   "carried": [ { "digest": "sha256:...", "size": 56 } ]
//! }
//! ```
//!
//! `target` is the file that comes out: `size` and `digest` are those of the whole archive, not compressed. A layout
//! directory has no size and no recipe; its `digest` is that of its list of files, see [`of_files`]. `base` lists contents by their digest, wherever a base keeps them; `carried`
//! those that are in the delta as blobs. `recipe` is that of the member [`RECIPE`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::digest::{Algorithm, Digest, Hasher};
use crate::limits::{LimitReached, Limits};

/// The member that this document is.
pub const DOCUMENT: &str = "ocikit-delta.json";
/// The member that says how the archive is put together: JSON lines in zstd, each `{"content":"sha256:..."}` for all
/// bytes of that digest, or `{"bytes":"..."}` for what stands between contents, in base64 (RFC 4648).
pub const RECIPE: &str = "ocikit-delta.recipe.zst";
/// The version that this ocikit writes and reads.
pub const VERSION: u32 = 1;

/// The whole document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document {
    pub(super) ocikit_delta: u32,
    pub(super) target: TargetFile,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) recipe: Option<Listed>,
    pub(super) base: Vec<Listed>,
    pub(super) carried: Vec<Listed>,
}

/// The file that a delta rebuilds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TargetFile {
    /// The format of the file.
    #[serde(rename = "shape")]
    pub format: String,
    /// The uncompressed size of the archive in bytes; missing for a directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// The digest of the uncompressed archive; for a directory that of the list of its files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

/// One content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Listed {
    pub(super) digest: String,
    pub(super) size: u64,
}

impl Listed {
    pub(super) fn new(digest: &Digest, size: u64) -> Self {
        Listed { digest: digest.to_string(), size }
    }

    pub(super) fn parse(&self) -> Result<(Digest, u64), String> {
        match self.digest.parse::<Digest>() {
            Ok(digest) if digest.algorithm().is_some() => Ok((digest, self.size)),
            _ => Err(format!("`{}` is not a supported digest", self.digest)),
        }
    }
}

impl Document {
    /// Reads the document, and compares what it says with itself and the limits.
    pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Head {
            #[serde(rename = "ocikitDelta")]
            version: u32,
        }
        let head: Head = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if head.version != VERSION {
            return Err(format!("format version {}; this ocikit reads version {VERSION}", head.version));
        }
        let document: Document = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if document.base.len() + document.carried.len() > limits.descriptors {
            let reached = LimitReached { name: "descriptors", limit: limits.descriptors as u64 };
            return Err(format!("lists more contents: {reached}"));
        }
        for listed in document.base.iter().chain(&document.carried).chain(&document.recipe) {
            listed.parse()?;
        }
        match (&document.target.size, &document.target.digest, &document.recipe) {
            (None, Some(digest), None) => {
                Listed { digest: digest.clone(), size: 0 }.parse()?;
                Ok(document)
            }
            (None, None, None) => {
                Err("has no digest of the directory, so the result cannot be verified; create the delta again"
                    .to_owned())
            }
            (Some(size), Some(digest), Some(_)) => {
                Listed { digest: digest.clone(), size: *size }.parse()?;
                if *size > limits.spool_bytes {
                    let reached = LimitReached { name: "spool-bytes", limit: limits.spool_bytes };
                    return Err(format!("creates a file of {size} bytes: {reached}"));
                }
                Ok(document)
            }
            _ => Err("an archive requires a size, a digest and a recipe, a directory only a digest".to_owned()),
        }
    }
}

/// The digest of a directory: that of a line `<digest> <name>` for each of its files, sorted by name. `selected` are the
/// documents at the top, `blobs` the digests of its blobs.
pub(super) fn of_files<'d>(selected: &BTreeMap<String, Digest>, blobs: impl IntoIterator<Item = &'d Digest>) -> Digest {
    let mut files = selected.clone();
    files.extend(blobs.into_iter().map(|digest| (digest.blob_path(), digest.clone())));
    let mut hasher = Hasher::new(Algorithm::Sha256);
    for (name, digest) in files {
        hasher.update(format!("{digest} {name}\n").as_bytes());
    }
    hasher.finish()
}
