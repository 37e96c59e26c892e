//! Which layers of a manifest hold signatures, and what each of them signs.

use crate::digest::Digest;
use crate::doc::Descriptor;
use crate::finding::{Code, Place};
use crate::graph::{Graph, Kind, Link, NodeId, ReferralBy, Role};
use crate::image::Image;
use crate::image::statements::stored_statement;
use crate::limits::Limits;
use crate::media_type::{COSIGN_SIGNATURE, DSSE, is_bundle};
use crate::signature::{Fault, Stored};

/// The media types of Notary's signatures: JSON Web Signature and COSE.
const NOTATION: [&str; 2] = ["application/jose+json", "application/cose"];

/// One layer of a manifest of signatures or attestations, with one signature or several over one payload.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SignatureLayer<'a> {
    pub(crate) manifest: NodeId,
    /// Its number in `layers`.
    pub(crate) layer: u32,
    pub(crate) descriptor: &'a Descriptor,
    pub(crate) node: NodeId,
    pub(crate) form: LayerForm,
}

/// What the media type of a layer says that is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LayerForm {
    /// The payload of a cosign signature.
    SimpleSigning,
    /// A DSSE envelope.
    Dsse,
    /// A sigstore bundle.
    Bundle,
    /// A signature of Notary.
    Notation,
    /// A signature of a signer that ocikit does not know.
    Unknown,
}

impl LayerForm {
    /// The name in reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            LayerForm::SimpleSigning => "cosign",
            LayerForm::Dsse => "dsse",
            LayerForm::Bundle => "sigstore-bundle",
            LayerForm::Notation => "notation",
            LayerForm::Unknown => "unknown",
        }
    }
}

/// The signatures of a manifest that are in the file, in stored order: each layer of a manifest of signatures, and each
/// signed statement of an attestation.
pub(crate) fn signature_layers(graph: &Graph, manifest: NodeId) -> impl Iterator<Item = SignatureLayer<'_>> {
    let kind = graph.node(manifest).kind;
    let is_asked = matches!(kind, Kind::Signature | Kind::Attestation(_));
    let links = graph.node(manifest).links.iter().filter(move |_| is_asked);
    links.filter_map(move |&link| {
        let Link { role: Role::Layer(layer), node: Some(node) } = link else { return None };
        let descriptor = graph.descriptor(manifest, link)?;
        let media_type = descriptor.media_type.ok()?.as_str();
        let form = match media_type {
            COSIGN_SIGNATURE => LayerForm::SimpleSigning,
            DSSE => LayerForm::Dsse,
            _ if is_bundle(media_type) => LayerForm::Bundle,
            _ if NOTATION.contains(&media_type) => LayerForm::Notation,
            _ => LayerForm::Unknown,
        };
        let is_signed = kind == Kind::Signature || matches!(form, LayerForm::Dsse | LayerForm::Bundle);
        let is_there = is_signed && graph.node(node).is_present();
        is_there.then_some(SignatureLayer { manifest, layer, descriptor, node, form })
    })
}

impl SignatureLayer<'_> {
    /// Where the layer is.
    pub(crate) fn place(&self, graph: &Graph) -> Place {
        graph.place_of_link(self.manifest, Role::Layer(self.layer)).then(graph.node(self.node).key.as_str())
    }

    /// What is signed in it, and by which signatures; None for a form that ocikit does not read.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is malformed.
    pub(crate) fn read(&self, image: &Image, limits: &Limits) -> Option<Result<Stored, (Code, Fault)>> {
        if matches!(self.form, LayerForm::Notation | LayerForm::Unknown) {
            return None;
        }
        let bytes = match stored_statement(image, self.node, self.descriptor, limits)? {
            Ok(bytes) => bytes,
            Err((code, detail)) => return Some(Err((code, Fault { pointer: String::new(), detail }))),
        };
        let stored = match self.form {
            LayerForm::SimpleSigning => Stored::read_simple(&bytes, |key| self.descriptor.annotations.get(key), limits),
            _ => Stored::read(&bytes, self.descriptor.media_type.ok()?.as_str(), limits),
        };
        Some(stored.map_err(|fault| (Code::SignatureMalformed, fault)))
    }
}

/// What a manifest is attached to, without what its own payloads say.
pub(crate) fn attached(graph: &Graph, manifest: NodeId) -> Vec<Digest> {
    let by_others = graph.referrals_of(manifest).filter(|about| about.by != ReferralBy::SignedPayload);
    let mut attached: Vec<Digest> = by_others.map(|about| about.subject.clone()).collect();
    attached.sort();
    attached.dedup();
    attached
}
