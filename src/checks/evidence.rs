//! `--require-attestation`: each image is asked for statements that name it. What annotations say of a
//! statement counts for nothing.

use std::collections::BTreeMap;

use crate::checks::attestations::with_sha256;
use crate::checks::options::{RequiredAttestation, VerifyOptions};
use crate::digest::Digest;
use crate::doc::attestation::Evidence;
use crate::finding::{Code, Finding, Findings, Place};
use crate::graph::NodeId;
use crate::image::Image;
use crate::image::statements::{StatementLayer, is_statement, statement_layers, stored_statement};
use crate::limits::LimitReached;

/// Reasons that a message gives at most, and characters of each.
const MOST_REASONS: usize = 3;
const LONGEST_REASON: usize = 300;

/// What one image has.
struct Attested<'a> {
    id: NodeId,
    digests: Vec<Digest>,
    /// For each kind that is required, whether a statement of it counts.
    met: Vec<bool>,
    /// Why statements do not count, by the kinds that they could have met.
    reasons: Vec<Reasons<'a>>,
}

#[derive(Default)]
struct Reasons<'a> {
    first: Vec<(&'a str, String)>,
    more: usize,
}

impl<'a> Reasons<'a> {
    fn add(&mut self, statement: &'a str, why: &str) {
        if self.first.len() == MOST_REASONS {
            self.more += 1;
            return;
        }
        let cut = why.char_indices().nth(LONGEST_REASON).map_or(why.len(), |(end, _)| end);
        let dots = if cut < why.len() { "..." } else { "" };
        self.first.push((statement, format!("{}{dots}", &why[..cut])));
    }

    fn text(&self) -> String {
        let first: Vec<String> =
            self.first.iter().map(|(statement, why)| format!("`{statement}` does not count: {why}")).collect();
        match (first.is_empty(), self.more) {
            (true, _) => String::new(),
            (false, 0) => format!("; {}", first.join("; ")),
            (false, more) => format!("; {}; and {more} more", first.join("; ")),
        }
    }
}

/// Reports each image that lacks a required attestation. `images` are those to ask; `top` is where the file begins.
pub(crate) fn check(image: &Image, images: &[NodeId], top: Place, options: &VerifyOptions, findings: &mut Findings) {
    let (graph, wanted) = (&image.graph, &options.policy.require_attestations);
    let name = |id: NodeId| graph.platform_of(id).map_or_else(String::new, |platform| format!(" for {platform}"));
    let (there, missing): (Vec<NodeId>, Vec<NodeId>) = images.iter().partition(|&&id| graph.node(id).is_present());
    if wanted.is_empty() {
        return;
    }
    if there.is_empty() {
        let what = if images.is_empty() { "contains no image" } else { "lists only images that are not in it" };
        let detail = format!("the file {what}, so no image has the required attestations");
        let names: Vec<&str> = wanted.iter().map(RequiredAttestation::name).collect();
        findings.push(Finding::new(Code::AttestationRequired, top, detail).compared(names.join(", "), "no image"));
        return;
    }
    for id in missing.into_iter().filter(|_| !options.sparse) {
        let detail = format!("the image{} is not in the file, so its attestations cannot be checked", name(id));
        findings.push(Finding::new(Code::AttestationRequired, graph.place(id), detail));
    }
    let mut all: Vec<Attested<'_>> = there
        .into_iter()
        .map(|id| Attested {
            id,
            digests: digests(image, id, options),
            met: vec![false; wanted.len()],
            reasons: wanted.iter().map(|_| Reasons::default()).collect(),
        })
        .collect();
    if let Err(reached) = judge_all(image, &mut all, options) {
        let detail = format!("not every attestation was compared with every image: {reached}");
        findings.push(Finding::new(Code::LimitExceeded, top, detail));
    }
    for own in &all {
        for ((wanted, _), reasons) in wanted.iter().zip(&own.met).zip(&own.reasons).filter(|((_, met), _)| !**met) {
            let detail = format!("the image{} has no {} attestation{}", name(own.id), wanted.name(), reasons.text());
            findings.push(Finding::new(Code::AttestationRequired, graph.place(own.id), detail));
        }
    }
}

fn digests(image: &Image, id: NodeId, options: &VerifyOptions) -> Vec<Digest> {
    let own = image.graph.node(id).key.digest().cloned();
    own.map(|own| with_sha256(image, own, &options.limits)).unwrap_or_default()
}

/// Reads each statement once, and judges it for all images that it is attached to.
fn judge_all<'a>(image: &'a Image, all: &mut [Attested<'a>], options: &VerifyOptions) -> Result<(), LimitReached> {
    let graph = &image.graph;
    let mut left = options.limits.descriptors.saturating_mul(4);
    let mut attached: BTreeMap<NodeId, Vec<(StatementLayer<'a>, usize)>> = BTreeMap::new();
    for (number, own) in all.iter().enumerate() {
        for manifest in graph.referrers_of(own.id) {
            for layer in statement_layers(graph, manifest).filter(StatementLayer::is_present) {
                let reached = || LimitReached { name: "descriptors", limit: options.limits.descriptors as u64 };
                left = left.checked_sub(1).ok_or_else(reached)?;
                attached.entry(layer.node.unwrap_or(manifest)).or_default().push((layer, number));
            }
        }
    }
    for (statement, users) in attached {
        let Some((first, _)) = users.first() else { continue };
        let read = read(image, statement, first, options);
        let name = graph.node(statement).key.as_str();
        for (layer, number) in users {
            judge(image, &layer, name, &read, &options.policy.require_attestations, &mut all[number]);
        }
    }
    Ok(())
}

/// The statement itself, or why it counts for no image.
fn read(
    image: &Image,
    statement: NodeId,
    layer: &StatementLayer<'_>,
    options: &VerifyOptions,
) -> Result<Evidence, String> {
    let stored = stored_statement(image, statement, layer.descriptor, &options.limits);
    let bytes = stored.ok_or_else(|| "it is not in the file".to_owned())?.map_err(|(_, detail)| detail)?;
    let digest = image.graph.node(statement).key.digest();
    if let Some(found) = digest.and_then(|digest| digest.differs(&bytes)) {
        return Err(format!("it does not match its digest (found {found})"));
    }
    Evidence::read(bytes.into_owned(), &options.limits)
}

fn judge<'a>(
    image: &Image,
    layer: &StatementLayer<'_>,
    name: &'a str,
    read: &Result<Evidence, String>,
    wanted: &[RequiredAttestation],
    own: &mut Attested<'a>,
) {
    let why = match read {
        Err(why) => Some(why.clone()),
        Ok(_) if !is_statement(layer.descriptor) => Some("its media type is not that of a statement".to_owned()),
        Ok(_) if image.graph.node(layer.manifest).found.is_some() => {
            Some("its manifest does not match its digest".to_owned())
        }
        Ok(evidence) if evidence.is_about_nothing() => Some("its `subject` is empty".to_owned()),
        Ok(evidence) if !own.digests.iter().any(|digest| evidence.names(digest)) => {
            Some("its `subject` is not this image".to_owned())
        }
        Ok(_) => None,
    };
    for ((wanted, met), reasons) in wanted.iter().zip(&mut own.met).zip(&mut own.reasons) {
        let kind = read.as_ref().ok().map(|evidence| &evidence.predicate_type);
        match (&why, kind) {
            // A sound statement of another kind is no candidate.
            (_, Some(kind)) if !wanted.matches(kind) => {}
            (Some(why), _) => reasons.add(name, why),
            (None, _) => *met = true,
        }
    }
}
