//! What was found of signatures, for reports.

use serde::Serialize;

use crate::digest::Digest;
use crate::platform::Platform;

/// How many signatures there are, and which are valid. Digests show that the content is whole, not who signed it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Signatures {
    /// Signatures in the file: of cosign, in sigstore bundles, of Notary, and of attestations.
    pub found: usize,
    /// Those that were compared with the given keys.
    pub checked: usize,
    /// What the valid ones sign, in the order in which the file references them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub valid: Vec<ValidSignature>,
}

/// A manifest or index that a key signed, or a statement about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ValidSignature {
    /// The file of the key.
    pub key: String,
    /// The algorithm of the key.
    pub algorithm: &'static str,
    /// The digest that was signed: of an image, an index or an artifact.
    pub digest: Digest,
    /// The kind of what was signed.
    pub kind: crate::graph::Kind,
    /// The platforms of the images that the signature covers: of the image, or of those that the index lists.
    pub platforms: Vec<Platform>,
    /// In what the signature is stored: `cosign`, `dsse` or `sigstore-bundle`.
    pub format: &'static str,
    /// The predicate type of an attestation; missing for the signature of an image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub predicate_type: Option<String>,
    /// The name under which the image was signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The digest of the manifest that holds the signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manifest: Option<Digest>,
    /// What was not checked of it.
    pub unchecked: Vec<Unchecked>,
}

/// What a public key does not prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Unchecked {
    /// When it was signed.
    Time,
    /// Whether a transparency log lists it.
    TransparencyLog,
    /// The certificate beside it.
    Certificate,
    /// The timestamps beside it.
    Timestamp,
}

impl Unchecked {
    /// The words for it.
    pub fn name(self) -> &'static str {
        match self {
            Unchecked::Time => "time of signing",
            Unchecked::TransparencyLog => "transparency log",
            Unchecked::Certificate => "certificate",
            Unchecked::Timestamp => "timestamp",
        }
    }
}
