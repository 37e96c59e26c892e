//! `signature show`: what the signed bytes say, or these bytes themselves.

use std::io::Write;

use serde::Serialize;

use super::find::signatures;
use super::list::{ListOptions, SignatureEntry, entry, read};
use crate::error::Error;
use crate::finding::Finding;
use crate::image::{Image, raw};
use crate::signature::{Claim, Stored};

/// The signatures of an image file with what they say. None was compared with a key.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ShowReport {
    /// The file, as named on the command line.
    pub file: String,
    /// The signatures, in the order in which the file references them.
    pub signatures: Vec<ShowEntry>,
    /// Their findings.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}

/// One stored signature with what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ShowEntry {
    /// Where it is, and what is signed.
    #[serde(flatten)]
    pub at: SignatureEntry,
    /// What the signer added to the payload: keys and values, these as JSON if they are no strings.
    pub optional: Vec<(String, String)>,
    /// `keyid` of each signature of an envelope that has one.
    pub key_ids: Vec<String>,
}

/// Shows what signatures say.
///
/// # Errors
///
/// When the selector fits nothing.
pub fn show(image: &Image, options: &ListOptions) -> Result<ShowReport, Error> {
    image.graph.require_read(image.source.label())?;
    let (mut entries, mut findings) = (Vec::new(), Vec::new());
    for layer in signatures(image, &options.selector)? {
        let stored = read(image, &layer, &options.limits, &mut findings);
        let at = entry(image, &layer, stored.as_ref());
        let optional = match stored.as_ref().map(|stored| &stored.claim) {
            Some(Claim::Image { optional, .. }) => optional.clone(),
            _ => Vec::new(),
        };
        let ids = stored.iter().flat_map(|stored| &stored.signatures).filter_map(|one| one.key_id.clone());
        entries.push(ShowEntry { at, optional, key_ids: ids.collect() });
    }
    Ok(ShowReport { file: image.source.label().to_owned(), signatures: entries, findings })
}

/// Copies the exact bytes that the one signature that fits is over, without those that an envelope adds.
///
/// # Errors
///
/// When nothing or more than one payload fits, when it cannot be read, and those of writing.
pub fn write_payload(image: &Image, options: &ListOptions, out: &mut dyn Write) -> Result<(), Error> {
    let path = image.source.label().to_owned();
    let mut layers = signatures(image, &options.selector)?;
    // Several signatures may be over one payload; its bytes are the same.
    let mut seen = std::collections::BTreeSet::new();
    layers.retain(|layer| seen.insert(layer.node));
    let [layer] = layers.as_slice() else {
        let available = layers.iter().map(|layer| format!("@{}", image.graph.node(layer.node).key.as_str())).collect();
        let wanted = "signed payloads".to_owned();
        return Err(Error::NotOneStatement { path, wanted, count: layers.len(), available });
    };
    let mut findings = Vec::new();
    match read(image, layer, &options.limits, &mut findings) {
        Some(stored) if stored.payload().is_empty() => raw::write_node(image, layer.node, out),
        Some(stored) => write(&stored, out),
        None => {
            let name = image.graph.node(layer.node).key.as_str();
            let why = findings.pop().map_or_else(|| "its form is not known".to_owned(), |finding| finding.detail);
            Err(Error::Read { path: format!("{path}: {name}"), source: std::io::Error::other(why) })
        }
    }
}

fn write(stored: &Stored, out: &mut dyn Write) -> Result<(), Error> {
    let written = out.write_all(stored.payload());
    written.map_err(|source| Error::Write { path: "standard output".to_owned(), source })
}
