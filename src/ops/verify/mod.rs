//! `verify`: every blob, every document, every reference, and the container itself.

mod attestations;
mod blobs;
mod choices;
mod claims;
mod container;
mod docker_view;
mod documents;
mod entries;
mod evidence;
mod fixes;
pub(super) mod layers;
mod links;
mod media_types;
mod platforms;
mod policy;
mod presence;
mod roots;
mod scope;
mod stacks;
mod toc;
mod whole;

use serde::Serialize;

pub(super) use attestations::{is_statement, read as read_statement};
pub use policy::{AttestationWanted, Denied, Policy};
use scope::Scope;
use stacks::Stacks;

use crate::error::Error;
use crate::finding::{Code, Findings};
use crate::graph::Selector;
use crate::image::{Amount, Image};
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
    /// Whether links were followed when the file was opened, so that commands have to do it too.
    pub follow_links: bool,
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
    #[serde(skip_serializing_if = "crate::image::is_zero")]
    pub findings_dropped: usize,
}

/// Verifies an image file.
///
/// # Errors
///
/// When the selector fits nothing. What is wrong in the file is in the report.
pub fn verify(image: &Image, options: &VerifyOptions) -> Result<VerifyReport, Error> {
    let (source, graph) = (&image.source, &image.graph);
    let tops = graph.select(source.label(), &options.selector)?;
    let scope = Scope::of(image, &options.selector, &tops);
    let mut findings = Findings::bounded(options.limits.findings);
    findings.extend(source.findings().iter().cloned());
    if scope.whole {
        of_file(image, options, &mut findings);
    } else {
        let mut of_all = Findings::new();
        of_file(image, options, &mut of_all);
        findings.extend(of_all.into_iter().filter(|finding| scope.concerns(image, finding)));
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
    fixes::add(image, options, &mut findings);
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

/// What is wrong with the file as a whole and with its entries: readers may see another image for it, whichever was
/// selected.
fn of_file(image: &Image, options: &VerifyOptions, findings: &mut Findings) {
    let (source, graph) = (&image.source, &image.graph);
    findings.extend(graph.findings.iter().cloned());
    container::check(source, findings);
    documents::check_roots(graph, findings);
    links::check(image, findings);
    if source.shape().docker_view {
        findings.extend(crate::views::findings(image, &options.limits));
    }
}
