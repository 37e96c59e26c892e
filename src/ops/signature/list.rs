//! `signature list`: which signatures there are, and what each says that it signs.

use serde::Serialize;

use super::find::signatures;
use crate::digest::Digest;
use crate::error::Error;
use crate::finding::Finding;
use crate::graph::{Key, Selector};
use crate::image::Image;
use crate::image::signatures::{LayerForm, SignatureLayer, attached};
use crate::limits::Limits;
use crate::platform::Platform;
use crate::signature::{Form, Material, Stored};

/// Digests of one signature that are listed.
const MOST_DIGESTS: usize = 100;

/// What to list.
#[derive(Debug, Clone, Default)]
pub struct ListOptions {
    /// Of which images; all by default.
    pub selector: Selector,
    /// The limits.
    pub limits: Limits,
}

/// The signatures of an image file. None was compared with a key.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ListReport {
    /// The file, as named on the command line.
    pub file: String,
    /// The signatures, in the order in which the file references them.
    pub signatures: Vec<SignatureEntry>,
    /// Findings in the signatures; `verify` checks everything.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}

/// One stored signature, or several over one payload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SignatureEntry {
    /// The digest of the manifest that holds it.
    pub manifest: Option<Digest>,
    /// Its number among the layers of the manifest.
    pub layer: u32,
    /// The digest of its blob: the payload, the envelope or the bundle.
    pub blob: Option<Digest>,
    /// In what it is stored: `cosign`, `dsse`, `sigstore-bundle`, `notation` or `unknown`.
    pub format: &'static str,
    /// The version of a sigstore bundle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The digests that are signed, at most 100; empty if the signature is over the bytes of what it is attached to, or
    /// cannot be read.
    pub signed: Vec<Digest>,
    /// The digests of what it is attached to.
    pub attached: Vec<Digest>,
    /// The platforms of the images in the file that it is over.
    pub platforms: Vec<Platform>,
    /// The predicate type of a signed statement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub predicate_type: Option<String>,
    /// The name under which the image was signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The number of signatures over the payload.
    pub signatures: usize,
    /// The name of the key: for cosign the SHA-256 of the public key, in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Whether there is a certificate.
    pub certificate: bool,
    /// Entries of a transparency log.
    pub log_entries: usize,
    /// Timestamps of timestamp authorities.
    pub timestamps: usize,
}

/// Lists signatures and what they say. None is compared with a key.
///
/// # Errors
///
/// When the selector fits nothing.
pub fn list(image: &Image, options: &ListOptions) -> Result<ListReport, Error> {
    image.graph.require_read(image.source.label())?;
    let (mut entries, mut findings) = (Vec::new(), Vec::new());
    for layer in signatures(image, &options.selector)? {
        let stored = read(image, &layer, &options.limits, &mut findings);
        entries.push(entry(image, &layer, stored.as_ref()));
    }
    Ok(ListReport { file: image.source.label().to_owned(), signatures: entries, findings })
}

/// What is stored; what is wrong with it is a finding.
pub(super) fn read(
    image: &Image,
    layer: &SignatureLayer<'_>,
    limits: &Limits,
    findings: &mut Vec<Finding>,
) -> Option<Stored> {
    match layer.read(image, limits)? {
        Ok(stored) => Some(stored),
        Err((code, fault)) => {
            let at = layer.place(&image.graph).within(&fault.pointer);
            findings.push(Finding::new(code, at, fault.detail));
            None
        }
    }
}

pub(super) fn entry(image: &Image, layer: &SignatureLayer<'_>, stored: Option<&Stored>) -> SignatureEntry {
    let graph = &image.graph;
    let attached = attached(graph, layer.manifest);
    let mut signed = stored.map(Stored::digests).unwrap_or_default();
    signed.truncate(MOST_DIGESTS);
    let over = if signed.is_empty() { &attached } else { &signed };
    let nodes = over.iter().filter_map(|digest| graph.find(&Key::Digest(digest.clone())));
    let images = graph.images_below_all(nodes);
    SignatureEntry {
        manifest: graph.node(layer.manifest).key.digest().cloned(),
        layer: layer.layer,
        blob: graph.node(layer.node).key.digest().cloned(),
        format: layer.form.name(),
        version: match stored.map(|stored| stored.form) {
            Some(Form::Bundle(version)) => Some(version.to_string()),
            _ => None,
        },
        platforms: images.into_iter().filter_map(|id| graph.platform_of(id)).collect(),
        predicate_type: stored.and_then(Stored::predicate_type).map(str::to_owned),
        reference: stored.and_then(Stored::reference).map(str::to_owned),
        signatures: stored.map_or(usize::from(layer.form != LayerForm::Dsse), |stored| stored.signatures.len()),
        key: match stored.map(|stored| &stored.material) {
            Some(Material::Key(name)) => Some(name.clone()),
            _ => None,
        },
        certificate: stored.is_some_and(|stored| stored.material == Material::Certificate),
        log_entries: stored.map_or(0, |stored| stored.log_entries),
        timestamps: stored.map_or(0, |stored| stored.timestamps),
        signed,
        attached,
    }
}
