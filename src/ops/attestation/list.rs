//! `attestation list`: which statements there are about which images.

use serde::Serialize;

use super::find::{StatementAt, statements};
use super::stored::{declared_wrapping, read};
use crate::digest::Digest;
use crate::doc::attestation::{Statement, Wrapping};
use crate::error::Error;
use crate::finding::{Code, Finding};
use crate::graph::{Content, Key, Kind, Selector};
use crate::image::Image;
use crate::image::statements::statement_layers;
use crate::limits::Limits;
use crate::media_type::MediaType;
use crate::platform::Platform;

/// What to list.
#[derive(Debug, Clone, Default)]
pub struct ListOptions {
    /// Of which images; all by default.
    pub selector: Selector,
    /// The limits.
    pub limits: Limits,
}

/// The statements of an image file.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ListReport {
    /// The file, as named on the command line.
    pub file: String,
    /// The statements, in the order in which the file references them.
    pub attestations: Vec<ListEntry>,
    /// Findings in the statements that were read; `verify` checks everything.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}

/// One statement, or an attestation manifest without one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ListEntry {
    /// The platform of its subject, if that is in the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// The digest of its subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<Digest>,
    /// The digest of the attestation manifest.
    pub manifest: Option<Digest>,
    /// How it is attached to its subject: `index`, `artifact` or `referrer`.
    pub style: &'static str,
    /// The predicate type: of the annotation, else of the statement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub predicate_type: Option<String>,
    /// The digest of the stored statement; missing if the manifest is missing or has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<Digest>,
    /// Its stored bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Its media type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_type: Option<MediaType>,
    /// Its envelope.
    pub wrapping: Wrapping,
    /// The number of signatures in the envelope; they are not verified.
    pub signatures: u64,
    /// Whether it is in the file.
    pub present: bool,
}

/// Lists attestations from documents and the heads of statements.
///
/// # Errors
///
/// When the selector fits nothing.
pub fn list(image: &Image, options: &ListOptions) -> Result<ListReport, Error> {
    image.graph.require_read(image.source.label())?;
    let mut findings = Vec::new();
    let mut attestations = Vec::new();
    for at in statements(image, &options.selector)? {
        let mut entry = entry(image, &at);
        if entry.present && (entry.wrapping != Wrapping::None || entry.predicate_type.is_none()) {
            look_inside(image, &at, &options.limits, &mut entry, &mut findings);
        }
        attestations.push(entry);
    }
    Ok(ListReport { file: image.source.label().to_owned(), attestations, findings })
}

/// What the documents say of a statement, without reading it.
pub(super) fn entry(image: &Image, at: &StatementAt) -> ListEntry {
    let graph = &image.graph;
    let manifest = graph.node(at.manifest);
    let descriptor = at.descriptor(graph);
    let layer = at.layer.map(|(_, node)| graph.node(node));
    let subject = at.subject.as_ref().and_then(|digest| graph.find(&Key::Digest(digest.clone())));
    let own =
        statement_layers(graph, at.manifest).find(|layer| at.layer.is_some_and(|(role, _)| layer.link().role == role));
    let size = match layer.map(|layer| layer.content) {
        Some(Content::Member(member)) => Some(image.source.members()[member].size),
        _ => descriptor.and_then(|descriptor| descriptor.size.ok().copied()),
    };
    ListEntry {
        platform: subject.and_then(|id| graph.platform_of(id)),
        subject: at.subject.clone(),
        manifest: manifest.key.digest().cloned(),
        style: match manifest.kind {
            Kind::Attestation(style) => style.name(),
            _ => "referrer",
        },
        predicate_type: own.and_then(|layer| layer.annotated()).map(ToOwned::to_owned),
        statement: layer.and_then(|layer| layer.key.digest().cloned()),
        size,
        media_type: descriptor.and_then(|descriptor| descriptor.media_type.ok().cloned()),
        wrapping: declared_wrapping(image, at),
        signatures: 0,
        present: layer.is_some_and(crate::graph::Node::is_present),
    }
}

/// What only the statement says: the signatures around it, and the predicate type where no annotation has it.
fn look_inside(image: &Image, at: &StatementAt, limits: &Limits, entry: &mut ListEntry, findings: &mut Vec<Finding>) {
    let Some(unwrapped) = read(image, at, limits, findings) else { return };
    (entry.wrapping, entry.signatures) = (unwrapped.wrapping, unwrapped.signatures);
    match Statement::read(&unwrapped.statement, limits) {
        Ok(statement) => entry.predicate_type = entry.predicate_type.take().or(statement.predicate_type),
        Err(error) => {
            findings.push(Finding::new(Code::AttestationStatement, at.place(&image.graph), error.to_string()))
        }
    }
}
