//! `attestation show`: statements decoded to what a person asks of them, or their exact bytes.

use std::collections::HashSet;
use std::io::Write;

use serde::Serialize;

use super::find::{StatementAt, statements};
use super::list::{ListEntry, entry};
use super::stored::{declared_wrapping, read};
use crate::checks::options::RequiredAttestation;
use crate::doc::attestation::{Decoded, Wrapping};
use crate::error::Error;
use crate::finding::{Code, Finding};
use crate::graph::Selector;
use crate::image::{Image, raw};
use crate::limits::Limits;

/// What to show.
#[derive(Debug, Clone, Default)]
pub struct ShowOptions {
    /// Of which images; all by default.
    pub selector: Selector,
    /// Only predicates of this kind.
    pub predicate: Option<RequiredAttestation>,
    /// The limits.
    pub limits: Limits,
}

/// The statements of an image file, decoded.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ShowReport {
    /// The file, as named on the command line.
    pub file: String,
    /// The statements, in the order in which the file references them.
    pub attestations: Vec<ShowEntry>,
    /// Their findings.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}

/// One statement, decoded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ShowEntry {
    /// Where it is, and about what.
    #[serde(flatten)]
    pub at: ListEntry,
    /// Its content; missing if the statement is missing or cannot be decoded, which a finding explains.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decoded: Option<Decoded>,
}

/// Decodes the statements of a file, one after another.
///
/// # Errors
///
/// When the selector fits nothing, or nothing has the predicate that was asked for.
pub fn show(image: &Image, options: &ShowOptions) -> Result<ShowReport, Error> {
    image.graph.require_read(image.source.label())?;
    let (mut findings, mut attestations) = (Vec::new(), Vec::new());
    let all = statements(image, &options.selector)?;
    for at in &all {
        let mut own = Vec::new();
        let entry = decoded(image, at, &options.limits, &mut own);
        if is_wanted(&entry.at, options.predicate.as_ref()) {
            attestations.push(entry);
            findings.extend(own);
        }
    }
    if let Some(wanted) = options.predicate.as_ref().filter(|_| attestations.is_empty()) {
        return Err(nothing(image, wanted, &all));
    }
    Ok(ShowReport { file: image.source.label().to_owned(), attestations, findings })
}

fn decoded(image: &Image, at: &StatementAt, limits: &Limits, findings: &mut Vec<Finding>) -> ShowEntry {
    let mut entry = ShowEntry { at: entry(image, at), decoded: None };
    let Some(unwrapped) = read(image, at, limits, findings) else { return entry };
    (entry.at.wrapping, entry.at.signatures) = (unwrapped.wrapping, unwrapped.signatures);
    match Decoded::read(&unwrapped.statement, limits) {
        Ok(decoded) => {
            // What the statement says of itself goes before what an annotation says of it.
            entry.at.predicate_type = decoded.predicate_type.clone().or(entry.at.predicate_type);
            entry.decoded = Some(decoded);
        }
        Err(error) => {
            findings.push(Finding::new(Code::AttestationStatement, at.place(&image.graph), error.to_string()));
        }
    }
    entry
}

fn is_wanted(entry: &ListEntry, wanted: Option<&RequiredAttestation>) -> bool {
    wanted.is_none_or(|wanted| entry.predicate_type.as_deref().is_some_and(|kind| wanted.matches(kind)))
}

/// Copies the exact bytes of the one statement that fits: the payload of an envelope, or with `envelope` what is stored.
///
/// # Errors
///
/// When nothing or more than one statement fits, when it is absent or not what its digest says, and those of writing.
pub fn write_statement(image: &Image, options: &ShowOptions, envelope: bool, out: &mut dyn Write) -> Result<(), Error> {
    let all = statements(image, &options.selector)?;
    let mut fitting: Vec<StatementAt> = all.iter().filter(|at| at.layer.is_some()).cloned().collect();
    if options.predicate.is_some() {
        let mut ignored = Vec::new();
        fitting.retain(|at| {
            let known = entry(image, at);
            let known = match known.predicate_type {
                Some(_) => known,
                None => decoded(image, at, &options.limits, &mut ignored).at,
            };
            is_wanted(&known, options.predicate.as_ref())
        });
    }
    let path = image.source.label().to_owned();
    // One blob may be listed by several manifests; its bytes are the same.
    let mut seen = HashSet::new();
    fitting.retain(|at| seen.insert(at.layer.map(|(_, node)| node)));
    let (at, node) = match fitting.as_slice() {
        [at] => match at.layer {
            Some((_, node)) => (at, node),
            None => return Err(none(image, &all)),
        },
        [] => match &options.predicate {
            Some(wanted) => return Err(nothing(image, wanted, &all)),
            None => return Err(none(image, &all)),
        },
        several => {
            let (wanted, count) = ("statements".to_owned(), several.len());
            return Err(Error::NotOneStatement { path, wanted, count, available: labels(image, several) });
        }
    };
    if envelope || declared_wrapping(image, at) == Wrapping::None {
        return raw::write_node(image, node, out);
    }
    let mut findings = Vec::new();
    let unwrapped = read(image, at, &options.limits, &mut findings);
    match (unwrapped, findings.first()) {
        (Some(unwrapped), None) => out
            .write_all(&unwrapped.statement)
            .map_err(|source| Error::Write { path: "standard output".to_owned(), source }),
        (_, finding) => {
            let name = image.graph.node(node).key.as_str();
            let why = finding.map_or_else(|| "is not in the file".to_owned(), |finding| finding.detail.clone());
            Err(Error::Read { path: format!("{path}: {name}"), source: std::io::Error::other(why) })
        }
    }
}

fn labels(image: &Image, statements: &[StatementAt]) -> Vec<String> {
    let nodes = statements.iter().filter_map(|at| at.layer);
    nodes.map(|(_, node)| format!("@{}", image.graph.node(node).key.as_str())).collect()
}

fn none(image: &Image, all: &[StatementAt]) -> Error {
    let path = image.source.label().to_owned();
    Error::NotOneStatement { path, wanted: "statements".to_owned(), count: 0, available: labels(image, all) }
}

fn nothing(image: &Image, wanted: &RequiredAttestation, all: &[StatementAt]) -> Error {
    let mut available: Vec<String> = all.iter().filter_map(|at| entry(image, at).predicate_type).collect();
    available.sort();
    available.dedup();
    let wanted = format!("statements of type {}", wanted.name());
    Error::NotOneStatement { path: image.source.label().to_owned(), wanted, count: 0, available }
}
