//! `verify`: every blob, every document, every reference, and the container itself.

mod attestations;
mod blobs;
mod choices;
mod claims;
mod container;
mod docker_view;
mod documents;
mod fixes;
pub(super) mod layers;
mod links;
mod media_types;
mod platforms;
mod policy;
mod presence;
mod stacks;
mod toc;

use serde::Serialize;

pub(super) use attestations::{is_statement, read as read_statement};
pub use policy::{AttestationWanted, Denied, Policy};
use stacks::Stacks;

use super::{Amount, Image};
use crate::error::Error;
use crate::finding::{Code, Finding, Findings, Place, Severity};
use crate::graph::{NodeId, Selector, Top};
use crate::limits::Limits;
use crate::progress::Meter;
use crate::source::Shape;

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
    /// Threads; 0 for one on each core.
    pub jobs: usize,
    /// The limits.
    pub limits: Limits,
    /// Who is told how far the work has come.
    pub meter: Meter,
}

/// What was verified, and what is wrong.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct VerifyReport {
    /// The file as the person named it.
    pub file: String,
    /// What kind of image file it is.
    pub shape: Shape,
    /// Whether no finding is an error.
    pub ok: bool,
    /// Blobs whose bytes were read and hashed.
    pub verified: Amount,
    /// Layers that were inflated, and their inflated bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inflated: Option<Amount>,
    /// All that is wrong, sorted by place.
    pub findings: Findings,
    /// Findings that were dropped because there were more than the limit `findings`.
    #[serde(skip_serializing_if = "crate::ops::is_zero")]
    pub findings_dropped: usize,
}

/// The part of the graph that is verified.
pub(super) struct Scope {
    /// By the number of each node.
    nodes: Vec<bool>,
    /// Whether it is the whole file, so that orphans and the container count.
    whole: bool,
}

impl Scope {
    fn has(&self, id: NodeId) -> bool {
        self.nodes[id]
    }
}

/// Verifies an image file.
///
/// # Errors
///
/// When the selector fits nothing. What is wrong in the file is in the report.
pub fn verify(image: &Image, options: &VerifyOptions) -> Result<VerifyReport, Error> {
    let (source, graph) = (&image.source, &image.graph);
    let tops = graph.select(source.label(), &options.selector)?;
    let scope = scope(image, options, &tops);
    let mut findings = Findings::bounded(options.limits.findings);
    if scope.whole {
        findings.extend(source.findings().iter().cloned());
        findings.extend(graph.findings.iter().cloned());
        container::check(source, &mut findings);
        documents::check_roots(graph, &mut findings);
        links::check(image, &mut findings);
        if source.shape().docker_view {
            findings.extend(super::compare::findings(image, &options.limits));
        }
    } else {
        let shown = Place::of("index.json");
        findings.extend(graph.findings.iter().filter(|finding| finding.at == shown).cloned());
    }
    documents::check(graph, &scope, &mut findings);
    media_types::check(graph, &scope, &mut findings);
    claims::check(graph, &scope, &mut findings);
    presence::check(image, &scope, &mut findings);
    platforms::check(graph, &scope, &mut findings);
    choices::check(graph, &scope, &options.limits, &mut findings);
    let hashed = blobs::check(image, &scope, options, &mut findings);
    let mut stacks = Stacks::new(&options.limits);
    if options.deep {
        layers::check(image, &scope, &hashed, &mut stacks, &mut findings);
        toc::check(image, &scope, options, &mut findings);
    }
    docker_view::check(image, &scope, &hashed, &mut stacks, &mut findings);
    attestations::check(image, &scope, &options.limits, &mut findings);
    policy::check(image, &tops, options, &mut findings);
    if options.sparse {
        findings
            .retain(|finding| !matches!(finding.code, Code::BlobMissing | Code::ChildMissing | Code::ImagesMissing));
    }
    policy::apply(&options.policy, &mut findings);
    findings.settle(options.limits.findings);
    fixes::add(image, &options.limits, &mut findings);
    Ok(VerifyReport {
        file: source.label().to_owned(),
        shape: *source.shape(),
        ok: !findings.has_errors(),
        verified: hashed.verified,
        inflated: options.deep.then_some(hashed.inflated),
        findings_dropped: findings.dropped(),
        findings,
    })
}

fn scope(image: &Image, options: &VerifyOptions, tops: &[Top]) -> Scope {
    let graph = &image.graph;
    if options.selector.is_all() {
        return Scope { nodes: vec![true; graph.nodes().len()], whole: true };
    }
    Scope { nodes: graph.reachable(tops.iter().flat_map(|top| graph.nodes_of(*top))), whole: false }
}

/// A finding of a severity other than its code's own.
fn with_severity(mut finding: Finding, severity: Severity) -> Finding {
    finding.severity = severity;
    finding
}
