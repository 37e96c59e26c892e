//! What a team demands beyond correctness, and which findings it takes or refuses.

use std::str::FromStr;

use super::{VerifyOptions, evidence, roots, whole};
use crate::doc::attestation::{is_cyclone_dx, is_spdx};
use crate::finding::{Code, Finding, Findings, Place, Severity, UnknownCode};
use crate::graph::{Below, Graph, NodeId, Top};
use crate::image::Image;
use crate::platform::Platform;
use crate::reference::DigestPrefix;

/// What must be so beyond correctness.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// Platforms that must be there as images.
    pub require_platforms: Vec<Platform>,
    /// Attestations that each image must have.
    pub require_attestations: Vec<AttestationWanted>,
    /// Names that must lead to an image in the file.
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
pub enum AttestationWanted {
    /// SLSA provenance of any version.
    Provenance,
    /// SPDX or CycloneDX.
    Sbom,
    /// Exactly this predicate type.
    Type(String),
}

impl FromStr for AttestationWanted {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "provenance" => AttestationWanted::Provenance,
            "sbom" => AttestationWanted::Sbom,
            uri => AttestationWanted::Type(uri.to_owned()),
        })
    }
}

impl AttestationWanted {
    /// Whether a predicate type is of this kind.
    pub fn matches(&self, predicate_type: &str) -> bool {
        match self {
            AttestationWanted::Provenance => predicate_type.starts_with("https://slsa.dev/provenance/"),
            AttestationWanted::Sbom => is_spdx(predicate_type) || is_cyclone_dx(predicate_type),
            AttestationWanted::Type(uri) => predicate_type == uri,
        }
    }

    pub(crate) fn name(&self) -> &str {
        match self {
            AttestationWanted::Provenance => "provenance",
            AttestationWanted::Sbom => "SBOM",
            AttestationWanted::Type(uri) => uri,
        }
    }
}

pub(super) fn check(image: &Image, tops: &[Top], options: &VerifyOptions, findings: &mut Findings) {
    let (graph, policy) = (&image.graph, &options.policy);
    let images = images(graph, tops);
    let top = || Place::of(if image.source.shape().index_view { "index.json" } else { "manifest.json" });
    for wanted in &policy.require_platforms {
        let fits = |id: &NodeId| graph.platform_of(*id).is_some_and(|own| own.satisfies(wanted));
        let fitting: Vec<NodeId> = images.iter().copied().filter(fits).collect();
        if fitting.iter().any(|&id| is_there(graph, id, options)) {
            continue;
        }
        let detail = if fitting.is_empty() {
            format!("no image for the required platform {wanted}")
        } else {
            format!("the image for the required platform {wanted} is not in the file, or not all of it")
        };
        findings.push(Finding::new(Code::PlatformRequired, top(), detail).compared(wanted, platforms(graph, &images)));
    }
    evidence::check(image, &images, top(), options, findings);
    roots::check(image, tops, &images, top(), options, findings);
    if let Some(most) = policy.max_size {
        let bytes = image.source.bytes_stored();
        if bytes > most {
            let finding = Finding::new(Code::SizeOver, top(), "the file is larger than allowed");
            findings.push(finding.compared(format!("at most {most} bytes"), format!("{bytes} bytes")));
        }
    }
}

/// Whether an image can meet a policy: all of it is in the file, or its manifest where a sparse file is allowed.
pub(super) fn is_there(graph: &Graph, id: NodeId, options: &VerifyOptions) -> bool {
    if options.sparse { whole::is_sound(graph, id) } else { whole::is_whole(graph, id) }
}

/// Leaves out what is allowed, and makes errors of what is denied.
pub(super) fn apply(policy: &Policy, findings: &mut Findings) {
    findings.retain(|finding| !policy.allow.contains(&finding.code));
    for finding in findings.iter_mut() {
        let denied = policy.deny.iter().any(|denied| match denied {
            Denied::Warnings => finding.severity == Severity::Warning,
            Denied::Code(code) => finding.code == *code,
        });
        if denied {
            finding.severity = Severity::Error;
        }
    }
}

/// The images below some tops: manifests, and for docker archives the configs.
pub(super) fn images(graph: &Graph, tops: &[Top]) -> Vec<NodeId> {
    let mut below = Below::new(graph);
    let mut images: Vec<NodeId> = tops
        .iter()
        .flat_map(|top| match top {
            Top::Docker(at) => graph.docker[*at].config.into_iter().collect(),
            top => graph.nodes_of(*top).into_iter().flat_map(|id| below.images(id)).collect::<Vec<_>>(),
        })
        .collect();
    images.sort_unstable();
    images.dedup();
    images
}

fn platforms(graph: &Graph, images: &[NodeId]) -> String {
    let names: Vec<String> =
        images.iter().filter_map(|&id| graph.platform_of(id)).map(|platform| platform.to_string()).collect();
    if names.is_empty() { "no platforms".to_owned() } else { names.join(", ") }
}
