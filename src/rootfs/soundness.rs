//! Whether a layer that was read is what it should be.

use std::io;

use super::Layer;
use crate::digest::{Digest, VerifyError};
use crate::error::Error;
use crate::finding::{Code, Finding, Findings};
use crate::graph::NodeId;
use crate::image::Image;
use crate::image::layer_findings;
use crate::source::{Fault, Hashing, Walked};

/// The digest that was expected and the one that was found, where they differ.
fn differs<'d>(expected: Option<&'d Digest>, found: Option<&'d Digest>) -> Option<(&'d Digest, &'d Digest)> {
    expected.zip(found).filter(|(expected, found)| expected.algorithm() == found.algorithm() && expected != found)
}

/// What is wrong with a layer, as `verify --deep` says it.
pub(crate) fn wrong_with(image: &Image, layer: &Layer, walked: &Walked) -> Vec<Finding> {
    let mut findings = Findings::new();
    findings.extend(wrong_digest(image, layer, walked.digest.as_ref()));
    layer_findings::check_content(&walked.layer, &layer.at(image), &mut findings);
    findings.extend(wrong_diff_id(image, layer, walked));
    findings.iter().cloned().collect()
}

/// A finding where a copy of a layer has another digest than it should.
pub(super) fn wrong_digest(image: &Image, layer: &Layer, found: Option<&Digest>) -> Option<Finding> {
    let (expected, found) = differs(layer.digest.as_ref(), found)?;
    let detail = "the layer does not match its digest";
    Some(Finding::new(Code::BlobDigest, layer.at(image), detail).compared(expected, found))
}

/// A finding where a layer inflates to something else than its diff_id says.
pub(super) fn wrong_diff_id(image: &Image, layer: &Layer, walked: &Walked) -> Vec<Finding> {
    let mut findings = Findings::new();
    layer_findings::check_diff_id(&walked.layer, layer.diff_id.as_ref(), &layer.at(image), &mut findings);
    findings.iter().cloned().collect()
}

/// The digest of one copy of a layer, which is read for it; None where the layer should have none that can be computed.
///
/// # Errors
///
/// [`Error::Read`]
pub(super) fn digest_of(image: &Image, layer: &Layer) -> Result<Option<Digest>, Error> {
    let failed = |source| Error::Read { path: format!("{}: {}", image.source.label(), layer.name), source };
    let reader = image.content(layer.node).map_err(failed)?;
    let mut content = Hashing::new(reader, layer.digest.as_ref().and_then(Digest::algorithm));
    content.drain().map_err(failed)?;
    Ok(content.finish())
}

/// Fails unless these documents are what their digests say.
///
/// # Errors
///
/// [`Error::Damaged`]
pub(crate) fn require_documents(image: &Image, documents: impl IntoIterator<Item = NodeId>) -> Result<(), Error> {
    for id in documents {
        let node = image.graph.node(id);
        let unsupported = || node.key.digest().filter(|digest| node.is_present() && digest.algorithm().is_none());
        let fault = match node.mismatch() {
            Some((expected, found)) => VerifyError::Digest { expected, found },
            None => match unsupported() {
                Some(digest) => VerifyError::Unsupported(digest.clone()),
                None => continue,
            },
        };
        return Err(Error::Damaged { path: image.source.label().to_owned(), fault });
    }
    Ok(())
}

fn path_of(image: &Image, layer: &Layer) -> String {
    format!("{}: layer {}", image.source.label(), layer.number)
}

fn require_equal(image: &Image, layer: &Layer, expected: Option<&Digest>, found: Option<&Digest>) -> Result<(), Error> {
    match differs(expected, found) {
        Some((expected, found)) => {
            let fault = VerifyError::Digest { expected: expected.clone(), found: found.clone() };
            Err(Error::Damaged { path: path_of(image, layer), fault })
        }
        None => Ok(()),
    }
}

/// Fails unless a copy of a layer has the digest that it should.
pub(crate) fn require_digest(image: &Image, layer: &Layer, found: Option<&Digest>) -> Result<(), Error> {
    require_equal(image, layer, layer.digest.as_ref(), found)
}

/// Fails unless a layer inflates to what its diff_id says. Where its own digest cannot be computed, it must have one.
pub(crate) fn require_diff_id(image: &Image, layer: &Layer, found: Option<&Digest>) -> Result<(), Error> {
    require_equal(image, layer, layer.diff_id.as_ref(), found)?;
    match &layer.digest {
        Some(digest) if digest.algorithm().is_none() && found.is_none() => {
            Err(Error::Damaged { path: path_of(image, layer), fault: VerifyError::Unsupported(digest.clone()) })
        }
        _ => Ok(()),
    }
}

/// Fails unless a layer is what its digests say and was read to its end.
///
/// # Errors
///
/// [`Error::Damaged`] for another digest, [`Error::Read`] for what does not inflate or is no whole archive.
pub(crate) fn require_sound(image: &Image, layer: &Layer, walked: &Walked) -> Result<(), Error> {
    let broken = |detail: String| {
        let source = io::Error::new(io::ErrorKind::InvalidData, format!("{}: {detail}", layer.name));
        Err(Error::Read { path: path_of(image, layer), source })
    };
    require_digest(image, layer, walked.digest.as_ref())?;
    match &walked.layer.fault {
        Some(Fault::Data(detail)) => return broken(detail.clone()),
        Some(Fault::Limit(reached)) => {
            return Err(Error::Limit { path: path_of(image, layer), reached: reached.clone() });
        }
        None => {}
    }
    if let Some(problem) = walked.layer.tar_problems.iter().find(|problem| problem.kind.stops_walk()) {
        return broken(problem.to_string());
    }
    require_diff_id(image, layer, walked.layer.diff_id.as_ref())
}
