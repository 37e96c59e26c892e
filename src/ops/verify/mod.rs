//! `verify`: every blob, every document, every reference, and the container itself.

mod entries;
mod fixes;

use serde::Serialize;

pub use crate::checks::given::ProvedImage;
pub use crate::checks::options::{Denied, Policy, RequiredAttestation, VerifyOptions};
#[cfg(feature = "signatures")]
pub use crate::checks::options::{Trust, TrustedKey};
pub use crate::checks::signatures::report::{Signatures, Unchecked, ValidSignature};
use crate::checks::{self, policy};
use crate::error::Error;
use crate::finding::{Code, Findings};
pub use crate::image::given_manifest::GivenManifest;
use crate::image::{Amount, Image};
use crate::source::FileFormat;

/// The verified content, and the findings.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct VerifyReport {
    /// The file, as named on the command line.
    pub file: String,
    /// The format of the image file.
    #[serde(rename = "shape")]
    pub format: FileFormat,
    /// Whether no finding is an error.
    pub ok: bool,
    /// Blobs whose bytes were read and hashed.
    pub verified: Amount,
    /// Layers that were decompressed, and their uncompressed size in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inflated: Option<Amount>,
    /// Signatures of what was verified.
    pub signatures: Signatures,
    /// Images of `manifest.json` that are those of a given manifest.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub proved: Vec<ProvedImage>,
    /// All findings, sorted by place.
    pub findings: Findings,
    /// Findings that were dropped because there were more than the limit `findings`.
    #[serde(skip_serializing_if = "crate::image::is_zero")]
    pub findings_dropped: usize,
}

/// Verifies an image file.
///
/// # Errors
///
/// When the selector fits nothing. What is wrong in the file is in the report.
pub fn verify(image: &Image, options: &VerifyOptions) -> Result<VerifyReport, Error> {
    let source = &image.source;
    let selected = image.graph.select(source.label(), &options.selector)?;
    let mut findings = Findings::bounded(options.limits.findings);
    findings.extend(source.findings().iter().cloned());
    let checked = checks::run(image, &selected, options, &mut findings);
    if options.sparse {
        findings
            .retain(|finding| !matches!(finding.code, Code::BlobMissing | Code::ChildMissing | Code::ImagesMissing));
    }
    policy::apply(&options.policy, &mut findings);
    findings.settle(options.limits.findings);
    fixes::add(image, options, &mut findings);
    Ok(VerifyReport {
        file: source.label().to_owned(),
        format: *source.format(),
        ok: !findings.has_errors(),
        verified: checked.verified,
        inflated: options.deep.then_some(checked.inflated),
        signatures: checked.signatures,
        proved: checked.proved,
        findings_dropped: findings.dropped(),
        findings,
    })
}
