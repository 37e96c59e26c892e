//! What to check: how deep, of what, and what a team requires beyond correctness.

use std::str::FromStr;

use crate::doc::attestation::{is_cyclone_dx, is_spdx};
use crate::finding::{Code, UnknownCode};
use crate::graph::Selector;
use crate::image::given_manifest::GivenManifest;
use crate::limits::Limits;
use crate::platform::Platform;
use crate::progress::Meter;
use crate::reference::DigestPrefix;
#[cfg(feature = "signatures")]
use crate::signature::PublicKey;

/// What to verify.
#[derive(Debug, Clone, Default)]
pub struct VerifyOptions {
    /// Inflate each layer: diff_id, tar structure, what the media type says.
    pub deep: bool,
    /// Absent blobs are allowed.
    pub sparse: bool,
    /// What to verify of the file; all by default.
    pub selector: Selector,
    /// What else must be so.
    pub policy: Policy,
    /// Manifests that the images of `manifest.json` must be from.
    pub manifest: Option<GivenManifest>,
    /// Who must have signed.
    #[cfg(feature = "signatures")]
    pub trust: Trust,
    /// Threads; 0 for one on each core.
    pub jobs: usize,
    /// Whether links were followed when the file was opened, so that commands have to do it too.
    pub follow_links: bool,
    /// The limits.
    pub limits: Limits,
    /// Receives the progress of the work.
    pub meter: Meter,
}

/// By whom images must be signed.
#[cfg(feature = "signatures")]
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// Keys that signatures are compared with. With any key it is an error that nothing is signed by one.
    pub keys: Vec<TrustedKey>,
    /// Every image must be covered by a signature by one of the keys.
    pub require: bool,
}

/// A public key, and what reports call it.
#[cfg(feature = "signatures")]
#[derive(Debug, Clone)]
pub struct TrustedKey {
    /// The name in reports: the file.
    pub name: String,
    /// The key.
    pub key: PublicKey,
}

/// What must be so beyond correctness.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// Platforms that must be there as images.
    pub require_platforms: Vec<Platform>,
    /// Attestations that each image must have.
    pub require_attestations: Vec<RequiredAttestation>,
    /// Names that must reference an image in the file.
    pub require_refs: Vec<String>,
    /// The digest that a root must have: those of the required names where names are required.
    pub expect: Option<DigestPrefix>,
    /// Bytes that the file may have.
    pub max_size: Option<u64>,
    /// Findings that count as errors.
    pub deny: Vec<Denied>,
    /// Findings that are left out.
    pub allow: Vec<Code>,
}

/// What `--deny` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// Every warning.
    Warnings,
    /// One code, whatever its severity.
    Code(Code),
}

impl FromStr for Denied {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, UnknownCode> {
        if text == "warnings" { Ok(Denied::Warnings) } else { text.parse().map(Denied::Code) }
    }
}

/// A kind of attestation, by its predicate type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequiredAttestation {
    /// SLSA provenance of any version.
    Provenance,
    /// SPDX or CycloneDX.
    Sbom,
    /// Exactly this predicate type.
    Type(String),
}

impl FromStr for RequiredAttestation {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "provenance" => RequiredAttestation::Provenance,
            "sbom" => RequiredAttestation::Sbom,
            uri => RequiredAttestation::Type(uri.to_owned()),
        })
    }
}

impl RequiredAttestation {
    /// Whether a predicate type is of this kind.
    pub fn matches(&self, predicate_type: &str) -> bool {
        match self {
            RequiredAttestation::Provenance => predicate_type.starts_with("https://slsa.dev/provenance/"),
            RequiredAttestation::Sbom => is_spdx(predicate_type) || is_cyclone_dx(predicate_type),
            RequiredAttestation::Type(uri) => predicate_type == uri,
        }
    }

    pub(crate) fn name(&self) -> &str {
        match self {
            RequiredAttestation::Provenance => "provenance",
            RequiredAttestation::Sbom => "SBOM",
            RequiredAttestation::Type(uri) => uri,
        }
    }
}
