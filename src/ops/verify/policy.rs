//! What a team demands beyond correctness, and which findings it takes or refuses.

use std::str::FromStr;

use super::{Image, VerifyOptions, with_severity};
use crate::doc::attestation::{is_cyclone_dx, is_spdx};
use crate::finding::{Code, Finding, Findings, Place, Severity, UnknownCode};
use crate::graph::{Below, Graph, NodeId, Top};
use crate::ops::attestation::{Held, about};
use crate::platform::Platform;
use crate::reference::{DigestPrefix, same_image, tag_of};

/// What must be so beyond correctness.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// Platforms that must be there as images.
    pub require_platforms: Vec<Platform>,
    /// Attestations that each image must have.
    pub require_attestations: Vec<AttestationWanted>,
    /// Names that must be there.
    pub require_refs: Vec<String>,
    /// The digest that one root must have.
    pub expect: Option<DigestPrefix>,
    /// Bytes that all blobs together may have.
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
    let (graph, policy, limits) = (&image.graph, &options.policy, &options.limits);
    let images = images(graph, tops);
    let top = || Place::of(if image.source.shape().index_view { "index.json" } else { "manifest.json" });
    for wanted in &policy.require_platforms {
        let is_there = |id: &NodeId| {
            graph.node(*id).is_present() && graph.platform_of(*id).is_some_and(|own| own.satisfies(wanted))
        };
        if !images.iter().any(is_there) {
            let detail = format!("no image for the required platform {wanted}");
            findings
                .push(Finding::new(Code::PlatformRequired, top(), detail).compared(wanted, platforms(graph, &images)));
        }
    }
    for wanted in &policy.require_attestations {
        for &id in &images {
            let fits = |held: Held<'_>| {
                held.predicate_type(image, limits).is_some_and(|predicate_type| wanted.matches(&predicate_type))
            };
            if !about(graph, id).any(fits) {
                let platform = graph.platform_of(id).map_or_else(String::new, |platform| format!(" for {platform}"));
                let detail = format!("the image{platform} has no {} attestation", wanted.name());
                findings.push(Finding::new(Code::AttestationRequired, graph.place(id), detail));
            }
        }
    }
    let names: Vec<&str> = names(graph).collect();
    for wanted in &policy.require_refs {
        if !names.iter().any(|name| same_image(name, wanted) || tag_of(name) == Some(wanted)) {
            let found = if names.is_empty() { "no names".to_owned() } else { names.join(", ") };
            let detail = format!("the required name `{wanted}` is absent");
            findings.push(Finding::new(Code::RefRequired, top(), detail).compared(wanted, found));
        }
    }
    if let Some(expected) = &policy.expect {
        let digests: Vec<String> = tops.iter().map(|top| root_digest(graph, *top)).collect();
        let fits = |text: &String| text.parse().is_ok_and(|digest| expected.matches(&digest));
        if !digests.iter().any(fits) {
            let finding = Finding::new(Code::DigestUnexpected, top(), "no root has the expected digest");
            findings.push(finding.compared(expected, digests.join(", ")));
        }
    }
    if let Some(most) = policy.max_size {
        let bytes: u64 = image.source.members().iter().map(|member| member.size).sum();
        if bytes > most {
            let finding = Finding::new(Code::SizeOver, top(), "the blobs together are larger than allowed");
            findings.push(finding.compared(format!("at most {most} bytes"), format!("{bytes} bytes")));
        }
    }
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
            *finding = with_severity(finding.clone(), Severity::Error);
        }
    }
}

/// The images below some tops: manifests, and for docker archives the configs.
fn images(graph: &Graph, tops: &[Top]) -> Vec<NodeId> {
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

fn names(graph: &Graph) -> impl Iterator<Item = &str> {
    let roots = graph.roots.iter().flat_map(|root| root.names());
    roots.chain(graph.docker.iter().flat_map(|entry| entry.image.repo_tags.iter().map(String::as_str)))
}

fn root_digest(graph: &Graph, top: Top) -> String {
    match top {
        Top::Docker(at) => {
            let config = graph.docker[at].image.config.ok().and_then(|name| crate::doc::docker::config_digest(name));
            config.map_or_else(String::new, |digest| digest.to_string())
        }
        top => graph.nodes_of(top).first().map_or_else(String::new, |&id| graph.node(id).key.as_str().to_owned()),
    }
}
