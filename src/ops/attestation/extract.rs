//! `attestation extract`

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use serde::Serialize;

use super::chosen::{Chosen, Place, chosen};
use crate::checks::options::RequiredAttestation;
use crate::digest::Digest;
use crate::error::Error;
use crate::graph::{Content, Graph, Key, Selector};
use crate::image::Image;
use crate::image::statements::{StatementLayer, statement_layers};
use crate::limits::Limits;
use crate::platform::Platform;
use crate::sink::{Content as Written, Layout};

/// What is extracted.
#[derive(Debug, Clone, Default)]
pub struct ExtractOptions {
    /// Statements of this type only; None for all.
    pub kind: Option<RequiredAttestation>,
    /// The limits.
    pub limits: Limits,
}

/// The statements of an image file, as files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ExtractReport {
    /// The image file, as named on the command line.
    pub file: String,
    /// The directory that was written.
    pub output: String,
    /// One for each statement about each image, in stored order.
    pub statements: Vec<ExtractedRow>,
}

/// One statement as a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExtractedRow {
    /// The name of the file in the directory.
    pub name: String,
    /// The manifest that the statement is attached to.
    pub subject: Option<Digest>,
    /// The platform of the image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// The type of its predicate.
    pub predicate_type: Option<String>,
    /// The digest of the statement's bytes.
    pub digest: Digest,
    /// Their number.
    pub size: u64,
}

/// Writes the statements about what a selector means, each as it is stored, into a new directory.
///
/// The names are made of the platform and the kind of predicate: `linux-amd64.provenance.json`. Nothing in the image can make a
/// name of another form.
///
/// # Errors
///
/// When the selector fits nothing; the directory holds something or cannot be written; a statement is not what its digest
/// says.
pub fn extract(
    image: &Image,
    selector: &Selector,
    wanted: &ExtractOptions,
    output: &Path,
) -> Result<ExtractReport, Error> {
    // Else nobody knows that these are all statements.
    image.graph.require_readable(image.source.label())?;
    let Chosen { places, meant, .. } = chosen(image, selector)?;
    let mut rows: Vec<ExtractedRow> = Vec::new();
    let (mut names, mut seen) = (FileNames::default(), BTreeSet::new());
    let mut layout = Layout::create(output)?;
    for place in &places {
        for layer in statement_layers(&image.graph, place.node).filter(StatementLayer::is_present) {
            let predicate_type = layer.predicate_type(image, &wanted.limits);
            let is_of_kind =
                wanted.kind.as_ref().is_none_or(|kind| predicate_type.as_deref().is_some_and(|own| kind.matches(own)));
            let fits = is_of_kind && layer.node.is_some_and(|node| meant.has_statement(node));
            let Some(digest) = layer.descriptor.digest.ok().filter(|_| fits) else { continue };
            if !seen.insert((place.subject.clone(), digest.clone())) {
                continue;
            }
            let mut row = row(image, place, &layer, digest, predicate_type);
            row.name = unique(&mut names, &row);
            layout.file(&row.name, content(image, &layer, &row)?)?;
            rows.push(row);
        }
    }
    layout.finish()?;
    let (file, output) = (image.source.label().to_owned(), output.display().to_string());
    Ok(ExtractReport { file, output, statements: rows })
}

fn row(
    image: &Image,
    place: &Place,
    layer: &StatementLayer<'_>,
    digest: &Digest,
    predicate_type: Option<String>,
) -> ExtractedRow {
    let graph = &image.graph;
    let node = place.subject.as_ref().and_then(|subject| graph.find(&Key::Digest(subject.clone())));
    let size = match layer.node.map(|id| graph.node(id).content) {
        Some(Content::Member(member)) => image.source.members()[member].size,
        _ => layer.descriptor.data.as_ref().map_or(0, |data| data.len() as u64),
    };
    ExtractedRow {
        name: String::new(),
        subject: place.subject.clone(),
        platform: node.and_then(|id| platform_of(graph, id)),
        predicate_type,
        digest: digest.clone(),
        size,
    }
}

fn platform_of(graph: &Graph, id: usize) -> Option<Platform> {
    if graph.node(id).kind == crate::graph::Kind::Image { graph.platform_of(id) } else { None }
}

fn content<'a>(image: &'a Image, layer: &StatementLayer<'a>, row: &ExtractedRow) -> Result<Written<'a>, Error> {
    let label = image.source.label();
    let written = match layer.node.map(|id| image.graph.node(id).content) {
        Some(Content::Member(member)) => {
            let label = format!("{label}: {}", image.source.members()[member].name);
            let reader = image.source.content(member).map_err(|source| Error::Read { path: label.clone(), source })?;
            Written::reader(label, row.size, reader)
        }
        _ => Written::bytes(label, layer.descriptor.data.as_deref().unwrap_or_default()),
    };
    Ok(written.verified(row.digest.clone()))
}

/// Names of files that there are.
#[derive(Debug, Default)]
struct FileNames {
    taken: BTreeSet<String>,
    /// The last number that each beginning got: thousands of statements may be of one kind.
    last: HashMap<String, u64>,
}

/// A name that no other file has.
fn unique(names: &mut FileNames, row: &ExtractedRow) -> String {
    let subject = match (&row.platform, &row.subject) {
        (Some(platform), _) => {
            let parts = [Some(&platform.os), Some(&platform.architecture), platform.variant.as_ref()];
            let parts: Vec<String> = parts.into_iter().flatten().map(|part| plain(part)).collect();
            parts.join("-")
        }
        (None, Some(subject)) => plain(&subject.encoded().chars().take(12).collect::<String>()),
        (None, None) => "image".to_owned(),
    };
    let stem = format!("{subject}.{}", kind_of(row.predicate_type.as_deref()));
    let number = names.last.entry(stem.clone()).or_insert(0);
    loop {
        *number += 1;
        let name = if *number == 1 { format!("{stem}.json") } else { format!("{stem}-{number}.json") };
        if names.taken.insert(name.clone()) {
            return name;
        }
    }
}

/// A word for a type of predicate: the usual one, else the last part of its path that says something.
fn kind_of(predicate_type: Option<&str>) -> String {
    let Some(uri) = predicate_type else { return "statement".to_owned() };
    if RequiredAttestation::Provenance.matches(uri) {
        return "provenance".to_owned();
    }
    if RequiredAttestation::Sbom.matches(uri) {
        return "sbom".to_owned();
    }
    let is_version = |part: &str| part.trim_start_matches('v').chars().all(|c| c.is_ascii_digit() || c == '.');
    let mut parts = uri.split(['/', '#', '?']).rev().filter(|part| !part.is_empty() && !is_version(part));
    plain(parts.next().unwrap_or("statement"))
}

/// Letters, digits, `-` and `_` of a text, in lower case; the beginning of a long one.
fn plain(text: &str) -> String {
    const LONGEST: usize = 40;
    let kept = text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c.to_ascii_lowercase() } else { '-' });
    let kept: String = kept.take(LONGEST).collect();
    let kept = kept.trim_matches('-');
    if kept.is_empty() { "x".to_owned() } else { kept.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_whatever_the_image_says() {
        for (uri, word) in [
            (Some("https://slsa.dev/provenance/v0.2"), "provenance"),
            (Some("https://spdx.dev/Document/v2.3"), "sbom"),
            (Some("https://cosign.sigstore.dev/attestation/vuln/v1"), "vuln"),
            (Some("https://openvex.dev/ns/v0.2.0"), "ns"),
            (Some("../../etc/passwd"), "passwd"),
            (Some("x/..\\..\u{202e}"), "x"),
            (Some("a/\0\u{1b}[31m"), "31m"),
            (Some("///"), "statement"),
            (None, "statement"),
        ] {
            assert_eq!(kind_of(uri), word, "{uri:?}");
        }
        assert_eq!(plain(&"a".repeat(300)).len(), 40);
    }

    #[test]
    fn no_two_files_have_one_name() {
        let row = ExtractedRow {
            name: String::new(),
            subject: None,
            platform: Some(Platform::new("Linux", "../amd64")),
            predicate_type: None,
            digest: Algorithm::Sha256.digest(b""),
            size: 0,
        };
        let mut names = FileNames::default();
        assert_eq!(unique(&mut names, &row), "linux-amd64.statement.json");
        assert_eq!(unique(&mut names, &row), "linux-amd64.statement-2.json");
    }

    use crate::digest::Algorithm;
}
