//! Whether a layer that was read is what it should be.

use std::io;

use super::{Chosen, Layer};
use crate::digest::{Digest, VerifyError};
use crate::error::Error;
use crate::finding::{Code, Finding, Findings};
use crate::ops::Image;
use crate::ops::verify::layers;
use crate::source::{Fault, Walked};

/// The digest that was expected and the one that was found, where they differ.
fn differs<'d>(expected: Option<&'d Digest>, found: Option<&'d Digest>) -> Option<(&'d Digest, &'d Digest)> {
    expected.zip(found).filter(|(expected, found)| expected.algorithm() == found.algorithm() && expected != found)
}

/// What is wrong with a layer, as `verify --deep` says it.
pub(in crate::ops) fn wrong_with(layer: &Layer, walked: &Walked) -> Vec<Finding> {
    let mut findings = Findings::new();
    if let Some((expected, found)) = differs(layer.digest.as_ref(), walked.digest.as_ref()) {
        let detail = "the layer is not what its digest says";
        findings.push(Finding::new(Code::BlobDigest, layer.at.clone(), detail).compared(expected, found));
    }
    layers::check_content(&walked.layer, &layer.at, &mut findings);
    layers::check_diff_id(&walked.layer, layer.diff_id.as_ref(), &layer.at, &mut findings);
    findings.iter().cloned().collect()
}

/// Fails unless the documents that say which layers there are, are what their digests say.
///
/// # Errors
///
/// [`Error::Damaged`]
pub(in crate::ops) fn require_documents(image: &Image, chosen: &Chosen) -> Result<(), Error> {
    for id in chosen.manifest.into_iter().chain(chosen.config) {
        let node = image.graph.node(id);
        if let (Some(expected), Some(found)) = (node.key.digest(), &node.found) {
            let fault = VerifyError::Digest { expected: expected.clone(), found: found.clone() };
            return Err(Error::Damaged { path: image.source.label().to_owned(), fault });
        }
    }
    Ok(())
}

/// Fails unless a layer is what its digests say and was read to its end.
///
/// # Errors
///
/// [`Error::Damaged`] for another digest, [`Error::Read`] for what does not inflate or is no whole archive.
pub(in crate::ops) fn require_sound(image: &Image, layer: &Layer, walked: &Walked) -> Result<(), Error> {
    let path = || format!("{}: layer {}", image.source.label(), layer.number);
    let damaged = |(expected, found): (&Digest, &Digest)| {
        let fault = VerifyError::Digest { expected: expected.clone(), found: found.clone() };
        Err(Error::Damaged { path: path(), fault })
    };
    let broken = |detail: String| {
        let source = io::Error::new(io::ErrorKind::InvalidData, format!("{}: {detail}", layer.name));
        Err(Error::Read { path: path(), source })
    };
    if let Some(pair) = differs(layer.digest.as_ref(), walked.digest.as_ref()) {
        return damaged(pair);
    }
    match &walked.layer.fault {
        Some(Fault::Data(detail)) => return broken(detail.clone()),
        Some(Fault::Limit(reached)) => return Err(Error::Limit { path: path(), reached: reached.clone() }),
        None => {}
    }
    if let Some(problem) = walked.layer.tar_problems.iter().find(|problem| problem.kind.stops_walk()) {
        return broken(problem.to_string());
    }
    match differs(layer.diff_id.as_ref(), walked.layer.diff_id.as_ref()) {
        Some(pair) => damaged(pair),
        None => Ok(()),
    }
}
