//! Who speaks about whom: attestations, signatures and other referrers, by every means that tools use.

use super::classify::{Kind, cosign_tag};
use super::{Graph, NodeId, Role};
use crate::digest::Digest;
use crate::doc::annotations::{CONTAINERD_SUBJECT, REF_NAME};
use crate::doc::{Descriptor, Document};
use crate::json::Value;
use crate::media_type;
use crate::source::Source;

/// One manifest speaks about another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct About {
    /// What is spoken about; it need not be in the file.
    pub subject: Digest,
    /// The manifest that speaks.
    pub speaker: NodeId,
    /// By which means it says so.
    pub by: AboutBy,
}

/// The means by which a manifest says what it speaks about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AboutBy {
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
pub(super) fn collect(graph: &Graph, source: &Source) -> Vec<About> {
    let mut about = Vec::new();
    for root in &graph.roots {
        if let Some(speaker) = root.node {
            of_descriptor(&root.descriptor, speaker, &mut about);
            let tag = root.descriptor.annotations.get(REF_NAME).and_then(cosign_tag);
            match (tag, &graph.node(speaker).document) {
                (None, _) => {}
                // The fallback tag of a registry without the referrers API: an index of the referrers.
                (Some((subject, "")), Document::Index(_)) => {
                    let children = graph.node(speaker).links.iter().filter_map(|link| link.node);
                    about.extend(children.map(|speaker| About { subject: subject.clone(), speaker, by: AboutBy::Tag }));
                }
                (Some((subject, _)), _) => about.push(About { subject, speaker, by: AboutBy::Tag }),
            }
        }
    }
    for (id, node) in graph.nodes().iter().enumerate() {
        for &link in &node.links {
            let Some(descriptor) = graph.descriptor(id, link) else { continue };
            match (link.role, link.node) {
                (Role::Subject, _) => {
                    if let Some(subject) = descriptor.digest.ok() {
                        about.push(About { subject: subject.clone(), speaker: id, by: AboutBy::Subject });
                    }
                }
                (Role::Manifest(_), Some(speaker)) => of_descriptor(descriptor, speaker, &mut about),
                _ => {}
            }
        }
        if node.kind == Kind::Signature
            && let Some(subject) = signed(graph, source, id)
        {
            about.push(About { subject, speaker: id, by: AboutBy::SignedPayload });
        }
    }
    about.retain(|about| graph.node(about.speaker).key.digest() != Some(&about.subject));
    about.sort();
    about.dedup();
    about
}

fn of_descriptor(descriptor: &Descriptor, speaker: NodeId, about: &mut Vec<About>) {
    let containerd = descriptor.annotations.get(CONTAINERD_SUBJECT);
    for (subject, by) in [(descriptor.attests(), AboutBy::ReferenceDigest), (containerd, AboutBy::ContainerdSubject)] {
        if let Some(subject) = subject.and_then(|text| text.parse().ok()) {
            about.push(About { subject, speaker, by });
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
