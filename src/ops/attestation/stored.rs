//! The stored bytes of a statement, bounded.

use super::find::StatementAt;
use crate::doc::attestation::{Unwrapped, Wrapping};
use crate::finding::{Code, Finding};
use crate::graph::Content;
use crate::image::Image;
use crate::limits::{LimitReached, Limits};
use crate::media_type;

/// What the media type of a layer says that the statement is wrapped in.
pub(super) fn declared_wrapping(image: &Image, at: &StatementAt) -> Wrapping {
    match at.descriptor(&image.graph).and_then(|descriptor| descriptor.media_type.ok()).map(|kind| kind.as_str()) {
        Some(media_type::DSSE) => Wrapping::Dsse,
        Some(kind) if kind.starts_with(media_type::SIGSTORE_BUNDLE) => Wrapping::SigstoreBundle,
        _ => Wrapping::None,
    }
}

/// Reads a statement and takes it out of its wrapping. Nothing is held twice, and an envelope, which is decoded beside
/// itself, is held to the smaller limit of documents.
///
/// None where it is absent. What is wrong with it is a finding; a statement that is not what its digest says is given all
/// the same.
pub(super) fn read(image: &Image, at: &StatementAt, limits: &Limits, findings: &mut Vec<Finding>) -> Option<Unwrapped> {
    let bytes = bytes(image, at, limits, findings)?;
    let (_, node) = at.layer?;
    let expected = image.graph.node(node).key.digest();
    if let Some(expected) = expected
        && let Some(found) = expected.differs(&bytes)
    {
        let detail = "the statement does not match its digest";
        findings.push(Finding::new(Code::BlobDigest, at.place(&image.graph), detail).compared(expected, found));
    }
    match Unwrapped::of(bytes) {
        Ok(unwrapped) => Some(unwrapped),
        Err(error) => {
            findings.push(Finding::new(Code::AttestationStatement, at.place(&image.graph), error.to_string()));
            None
        }
    }
}

fn bytes(image: &Image, at: &StatementAt, limits: &Limits, findings: &mut Vec<Finding>) -> Option<Vec<u8>> {
    let (_, node) = at.layer?;
    let member = match image.graph.node(node).content {
        Content::Member(member) => member,
        Content::Inline => return Some(at.descriptor(&image.graph)?.data.as_deref()?.to_vec()),
        Content::Absent | Content::External => return None,
    };
    let (name, limit) = match declared_wrapping(image, at) {
        Wrapping::None => ("statement-bytes", limits.statement_bytes),
        Wrapping::Dsse | Wrapping::SigstoreBundle => ("document-bytes", limits.document_bytes),
    };
    let size = image.source.members()[member].size;
    if size > limit {
        let detail = format!("a statement of {size} bytes: {}", LimitReached { name, limit });
        findings.push(Finding::new(Code::LimitExceeded, at.place(&image.graph), detail));
        return None;
    }
    match image.source.read(member, limit) {
        Ok(bytes) => Some(bytes),
        Err(error) => {
            let detail = format!("cannot be read: {error}");
            findings.push(Finding::new(Code::BlobUnreadable, at.place(&image.graph), detail));
            None
        }
    }
}
