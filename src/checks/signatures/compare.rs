//! Each signature, compared with each key.

use std::collections::HashSet;

use crate::checks::options::{TrustedKey, VerifyOptions};
use crate::checks::scope::Scope;
use crate::checks::signatures::place::top;
use crate::checks::whole::is_sound;
use crate::digest::Digest;
use crate::finding::{Code, Finding, Findings};
use crate::graph::{Graph, Key, Kind, NodeId, Selectable};
use crate::image::signatures::{SignatureLayer, attached, signature_layers};
use crate::image::{Image, raw};
use crate::limits::LimitReached;
use crate::signature::{Claim, Message, Stored, Verdict, is_plausible};

/// A signature, and what comparing it with the keys showed.
pub(super) struct Compared<'a> {
    pub(super) layer: SignatureLayer<'a>,
    pub(super) outcome: Outcome,
}

/// What comparing showed.
pub(super) enum Outcome {
    /// It was not compared: its form has other keys, or it is malformed.
    Unchecked,
    /// None of the keys made it.
    Untrusted(Stored),
    /// Keys made it, by their places among those given. `signed` is what it signs.
    Valid { stored: Stored, keys: Vec<usize>, signed: Vec<Digest> },
}

impl Compared<'_> {
    pub(super) fn is_checked(&self) -> bool {
        !matches!(self.outcome, Outcome::Unchecked)
    }
}

/// Compares every signature of what is verified, and those of the indexes that list it. Malformed ones, and those over
/// another manifest, are reported here.
pub(super) fn all<'a>(
    image: &'a Image,
    selected: &[Selectable],
    scope: &Scope,
    options: &VerifyOptions,
    findings: &mut Findings,
) -> Vec<Compared<'a>> {
    let graph = &image.graph;
    let above = above(graph, selected);
    let is_asked = |id: &NodeId| {
        scope.has(*id)
            || graph.referrals_of(*id).any(|about| {
                let subject = graph.find(&Key::Digest(about.subject.clone()));
                subject.is_some_and(|subject| above.contains(&subject))
            })
    };
    let manifests = (0..graph.nodes().len()).filter(is_asked);
    let layers: Vec<SignatureLayer<'_>> = manifests.flat_map(|id| signature_layers(graph, id)).collect();
    let mut run = Run { image, options, left: options.limits.signature_checks, findings };
    let compared: Vec<Compared<'a>> =
        layers.into_iter().map(|layer| Compared { outcome: run.compare(&layer), layer }).collect();
    if run.left == 0 && compared.iter().any(|signature| !signature.is_checked()) {
        let reached = LimitReached { name: "signature-checks", limit: options.limits.signature_checks as u64 };
        let detail = format!("not every signature was compared with every key: {reached}");
        findings.push(Finding::new(Code::LimitExceeded, top(image), detail));
    }
    compared
}

/// The indexes that list what was selected, directly or through others.
fn above(graph: &Graph, selected: &[Selectable]) -> HashSet<NodeId> {
    let mut open: Vec<NodeId> = selected.iter().flat_map(|top| graph.nodes_of(*top)).collect();
    let mut above = HashSet::new();
    while let Some(id) = open.pop() {
        let lists = graph.listings_of(id).iter().filter_map(|listing| listing.list);
        open.extend(lists.filter(|list| above.insert(*list)));
    }
    above
}

/// What comparing needs.
struct Run<'r> {
    image: &'r Image,
    options: &'r VerifyOptions,
    left: usize,
    findings: &'r mut Findings,
}

impl Run<'_> {
    fn compare(&mut self, layer: &SignatureLayer<'_>) -> Outcome {
        let graph = &self.image.graph;
        let stored = match layer.read(self.image, &self.options.limits) {
            None => return Outcome::Unchecked,
            Some(Ok(stored)) => stored,
            Some(Err((code, fault))) => {
                let at = layer.place(graph).within(&fault.pointer);
                self.findings.push(Finding::new(code, at, fault.detail));
                return Outcome::Unchecked;
            }
        };
        if let Some(short) = stored.signatures.iter().find(|signature| !is_plausible(&signature.bytes)) {
            let bytes = short.bytes.len();
            let detail = format!("the {bytes} bytes of the signature are no signature by ECDSA, Ed25519 or RSA");
            self.findings.push(Finding::new(Code::SignatureMalformed, layer.place(graph), detail));
            return Outcome::Unchecked;
        }
        let attached = attached(graph, layer.manifest);
        self.check_digest(layer, &stored, &attached);
        if matches!(stored.claim, Claim::Artifact { .. }) {
            return self.compare_artifact(stored, &attached);
        }
        let (Some(message), signed) = (stored.message(None), stored.digests()) else { return Outcome::Unchecked };
        match self.keys_of(&stored, &message) {
            None => Outcome::Unchecked,
            Some(keys) if keys.is_empty() => {
                drop(message);
                Outcome::Untrusted(stored)
            }
            Some(keys) => {
                drop(message);
                Outcome::Valid { stored, keys, signed }
            }
        }
    }

    /// A signature over the bytes of the manifest that it is attached to.
    fn compare_artifact(&mut self, stored: Stored, attached: &[Digest]) -> Outcome {
        let (graph, limits) = (&self.image.graph, &self.options.limits);
        let mut is_compared = false;
        for digest in attached {
            let node = graph.find(&Key::Digest(digest.clone())).filter(|&id| is_sound(graph, id));
            let bytes = node.and_then(|id| raw::document(self.image, id, limits).ok().flatten());
            let Some(bytes) = bytes.filter(|bytes| digest.is_of(bytes)) else { continue };
            let Some(message) = stored.message(Some(&bytes)) else { continue };
            let keys = self.keys_of(&stored, &message);
            is_compared |= keys.is_some();
            if let Some(keys) = keys.filter(|keys| !keys.is_empty()) {
                drop(message);
                return Outcome::Valid { stored, keys, signed: vec![digest.clone()] };
            }
        }
        if is_compared { Outcome::Untrusted(stored) } else { Outcome::Unchecked }
    }

    /// The keys that made one of the signatures; None when the limit was reached before all were compared.
    fn keys_of(&mut self, stored: &Stored, message: &Message<'_>) -> Option<Vec<usize>> {
        let mut made = Vec::new();
        for signature in &stored.signatures {
            for (number, trusted) in self.options.trust.keys.iter().enumerate() {
                self.left = self.left.checked_sub(1)?;
                if trusted.key.check(message, &signature.bytes) == Verdict::Valid && !made.contains(&number) {
                    made.push(number);
                }
            }
        }
        Some(made)
    }

    /// Of an attestation this is reported whether there are keys or not.
    fn check_digest(&mut self, layer: &SignatureLayer<'_>, stored: &Stored, attached: &[Digest]) {
        let graph = &self.image.graph;
        let named = stored.digests();
        if graph.node(layer.manifest).kind != Kind::Signature || named.is_empty() {
            return;
        }
        let in_file = |digest: &Digest| graph.find(&Key::Digest(digest.clone())).is_some();
        let (detail, expected) = if attached.is_empty() {
            if named.iter().any(in_file) {
                return;
            }
            ("the signature is over a manifest that the file does not reference", "a digest in the file".to_owned())
        } else {
            let is_named = |digest: &Digest| {
                let all = crate::checks::attestations::with_sha256(self.image, digest.clone(), &self.options.limits);
                all.iter().any(|own| named.contains(own))
            };
            if attached.iter().any(is_named) {
                return;
            }
            let expected: Vec<&str> = attached.iter().map(Digest::as_str).collect();
            ("the signature is over another manifest than the one it is attached to", expected.join(" or "))
        };
        let found: Vec<&str> = named.iter().take(10).map(Digest::as_str).collect();
        let finding = Finding::new(Code::SignatureDigest, layer.place(graph), detail);
        self.findings.push(finding.compared(expected, found.join(", ")));
    }
}

/// The key that a signature names, where it is one of those given.
pub(super) fn named<'k>(stored: &Stored, keys: &'k [TrustedKey]) -> Option<&'k TrustedKey> {
    use crate::signature::Material;
    let hint = match &stored.material {
        Material::Key(hint) => hint,
        _ => return None,
    };
    keys.iter().find(|trusted| trusted.key.fingerprint() == hint)
}
