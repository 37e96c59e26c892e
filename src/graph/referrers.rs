//! Who refers to whom: attestations, signatures and other referrers, by every means that tools use.

use super::classify::{Kind, cosign_tag};
use super::{Graph, NodeId, Role};
use crate::digest::Digest;
use crate::doc::annotations::{CONTAINERD_SUBJECT, REF_NAME};
use crate::doc::{Descriptor, Document};
use crate::json::Value;
use crate::media_type;
use crate::source::Source;

/// One manifest refers to another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Referral {
    /// What is referred to; it need not be in the file.
    pub subject: Digest,
    /// The manifest that refers to it.
    pub referrer: NodeId,
    /// By which means it says so.
    pub by: ReferralBy,
}

/// The means by which a manifest says what it refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReferralBy {
    /// `subject` (image-spec `manifest.md`).
    Subject,
    /// `vnd.docker.reference.digest` on the descriptor (BuildKit).
    ReferenceDigest,
    /// `io.containerd.manifest.subject` on the descriptor (containerd).
    ContainerdSubject,
    /// A tag of the form `sha256-<hex>.sig` (cosign, and the fallback tag of the distribution specification).
    Tag,
    /// The payload of a cosign signature.
    SignedPayload,
}

/// Collects every relation, sorted by subject.
pub(super) fn collect(graph: &Graph, source: &Source) -> Vec<Referral> {
    let mut about = Vec::new();
    for root in &graph.roots {
        if let Some(referrer) = root.node {
            of_descriptor(&root.descriptor, referrer, &mut about);
            let tag = root.descriptor.annotations.get(REF_NAME).and_then(cosign_tag);
            match (tag, &graph.node(referrer).document) {
                (None, _) => {}
                // The fallback tag of a registry without the referrers API: an index of the referrers.
                (Some((subject, "")), Document::Index(_)) => {
                    let children = graph.node(referrer).links.iter().filter_map(|link| link.node);
                    about.extend(children.map(|referrer| Referral {
                        subject: subject.clone(),
                        referrer,
                        by: ReferralBy::Tag,
                    }));
                }
                (Some((subject, _)), _) => about.push(Referral { subject, referrer, by: ReferralBy::Tag }),
            }
        }
    }
    for (id, node) in graph.nodes().iter().enumerate() {
        for &link in &node.links {
            let Some(descriptor) = graph.descriptor(id, link) else { continue };
            match (link.role, link.node) {
                (Role::Subject, _) => {
                    if let Some(subject) = descriptor.digest.ok() {
                        about.push(Referral { subject: subject.clone(), referrer: id, by: ReferralBy::Subject });
                    }
                }
                (Role::Manifest(_), Some(referrer)) => of_descriptor(descriptor, referrer, &mut about),
                _ => {}
            }
        }
        if node.kind == Kind::Signature
            && let Some(subject) = signed(graph, source, id)
        {
            about.push(Referral { subject, referrer: id, by: ReferralBy::SignedPayload });
        }
    }
    about.retain(|about| graph.node(about.referrer).key.digest() != Some(&about.subject));
    about.sort();
    about.dedup();
    about
}

fn of_descriptor(descriptor: &Descriptor, referrer: NodeId, about: &mut Vec<Referral>) {
    let containerd = descriptor.annotations.get(CONTAINERD_SUBJECT);
    for (subject, by) in
        [(descriptor.attests(), ReferralBy::ReferenceDigest), (containerd, ReferralBy::ContainerdSubject)]
    {
        if let Some(subject) = subject.and_then(|text| text.parse().ok()) {
            about.push(Referral { subject, referrer, by });
        }
    }
}

/// What the payload of a cosign signature says was signed: `critical.image.docker-manifest-digest`.
fn signed(graph: &Graph, source: &Source, id: NodeId) -> Option<Digest> {
    const LARGEST: u64 = 64 << 10;
    let node = graph.node(id);
    let is_payload = |descriptor: &Descriptor| {
        descriptor.media_type.ok().is_some_and(|kind| kind.as_str() == media_type::COSIGN_SIGNATURE)
    };
    let layer = node.links.iter().find(|&&link| graph.descriptor(id, link).is_some_and(is_payload))?;
    let super::Content::Member(member) = graph.node(layer.node?).content else { return None };
    let bytes = source.read(member, LARGEST).ok()?;
    let payload = Value::parse(std::str::from_utf8(&bytes).ok()?).ok()?;
    payload.at("/critical/image/docker-manifest-digest")?.as_str()?.parse().ok()
}
