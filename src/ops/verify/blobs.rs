//! Hashing: every blob once, the largest first, over all cores.

use std::collections::{HashMap, HashSet};

use super::{Image, Scope, VerifyOptions};
use crate::digest::{Algorithm, Digest};
use crate::doc::{Descriptor, Document, Field};
use crate::finding::{Code, Finding, Findings, Place};
use crate::graph::{Graph, Key, Kind, NodeId, Role};
use crate::media_type::{self, MediaType};
use crate::ops::Amount;
use crate::parallel;
use crate::progress::Metered;
use crate::source::{Facts, Member, MemberId, MemberKind, Wanted, examine};

/// What hashing found.
pub(super) struct Hashed {
    /// By member; none for those that were not read here.
    facts: HashMap<MemberId, Facts>,
    /// What was read and hashed, here or while the documents were followed.
    pub(super) verified: Amount,
    /// Layers that were inflated.
    pub(super) inflated: Amount,
}

impl Hashed {
    /// What a member is; None for one that was not read, or not to its end.
    pub(super) fn facts<'a>(&'a self, image: &'a Image, member: MemberId) -> Option<&'a Facts> {
        let facts = self.facts.get(&member).or_else(|| image.source.facts(member));
        facts.filter(|facts| facts.size == image.source.members()[member].size)
    }
}

/// One blob to read.
struct Job {
    member: MemberId,
    wanted: Wanted,
}

pub(super) fn check(image: &Image, scope: &Scope, options: &VerifyOptions, findings: &mut Findings) -> Hashed {
    let diff_algorithms = if options.deep { layers_to_inflate(&image.graph) } else { HashMap::new() };
    let mut jobs = Vec::new();
    let mut hashed = Hashed { facts: HashMap::new(), verified: Amount::default(), inflated: Amount::default() };
    for (member, listed) in image.source.members().iter().enumerate() {
        if listed.kind != MemberKind::File || !is_in(image, scope, member, listed) {
            continue;
        }
        let node = image.graph.held_by(member);
        if node.is_some_and(|id| was_hashed(image, id)) {
            hashed.verified.add(listed.size);
            continue;
        }
        let Some(digest) = algorithm(image, member, listed) else { continue };
        let diff_id = node.and_then(|id| diff_algorithms.get(&id).copied());
        jobs.push(Job { member, wanted: Wanted { digest, diff_id } });
    }
    // What the graph could not read is told already.
    let told: HashSet<&Place> = unreadable(&image.graph);
    let members = image.source.members();
    jobs.retain(|job| match image.source.facts(job.member) {
        // A layer that looked like a document as it went by was kept, and is looked into now.
        Some(facts)
            if job.wanted.diff_id.is_none() || facts.layer.is_some() || image.source.content(job.member).is_err() =>
        {
            count(facts, &mut hashed);
            findings.extend(cut_short(image, job.member, facts).filter(|finding| !told.contains(&finding.at)));
            false
        }
        _ => true,
    });
    jobs.sort_by_key(|job| std::cmp::Reverse(members[job.member].size));
    let bytes = jobs.iter().map(|job| members[job.member].size).sum();
    let work = options.meter.begin(&format!("verifying {}", image.source.label()), bytes);
    let results = parallel::map(&jobs, parallel::threads(options.jobs), |job| {
        let content = Metered::new(image.source.content(job.member)?, &options.meter);
        examine(content, job.wanted, &options.limits)
    });
    drop(work);
    for (job, result) in jobs.iter().zip(results) {
        match result {
            Ok(facts) => {
                count(&facts, &mut hashed);
                findings.extend(cut_short(image, job.member, &facts).filter(|finding| !told.contains(&finding.at)));
                hashed.facts.insert(job.member, facts);
            }
            Err(error) => {
                let detail = format!("cannot be read: {error}");
                let finding = Finding::new(Code::BlobUnreadable, place(image, job.member), detail);
                findings.extend(Some(finding).filter(|finding| !told.contains(&finding.at)));
            }
        }
    }
    for (member, listed) in members.iter().enumerate().filter(|(_, listed)| listed.kind == MemberKind::File) {
        if is_in(image, scope, member, listed) {
            compare(image, member, &hashed, findings);
        }
    }
    hashed
}

fn unreadable(graph: &Graph) -> HashSet<&Place> {
    graph.findings.iter().filter(|finding| finding.code == Code::BlobUnreadable).map(|finding| &finding.at).collect()
}

/// A blob of which not all was there has no digest worth comparing.
fn cut_short(image: &Image, member: MemberId, facts: &Facts) -> Option<Finding> {
    let listed = image.source.members()[member].size;
    (facts.size != listed).then(|| {
        let detail = "could not be read to its end; the file is cut short, or changed while it was read";
        let finding = Finding::new(Code::BlobUnreadable, place(image, member), detail);
        finding.compared(format!("{listed} bytes"), format!("{} bytes", facts.size))
    })
}

fn count(facts: &Facts, hashed: &mut Hashed) {
    hashed.verified.add(facts.size);
    if let Some(layer) = &facts.layer {
        hashed.inflated.add(layer.inflated);
    }
}

/// Whether a member counts: what the scope leads to, and in the whole file every blob.
fn is_in(image: &Image, scope: &Scope, member: MemberId, listed: &Member) -> bool {
    match image.graph.held_by(member) {
        Some(id) => scope.has(id),
        None => scope.whole && Digest::from_blob_path(&listed.name).is_some(),
    }
}

/// Documents are hashed when the graph reads them.
fn was_hashed(image: &Image, id: NodeId) -> bool {
    image.graph.node(id).document != Document::Opaque
}

/// The algorithm to hash a member with; None when its digest is of one that cannot be computed.
fn algorithm(image: &Image, member: MemberId, listed: &Member) -> Option<Algorithm> {
    let key = image.graph.held_by(member).map(|id| &image.graph.node(id).key);
    match key.and_then(Key::digest).cloned().or_else(|| Digest::from_blob_path(&listed.name)) {
        Some(digest) => digest.algorithm(),
        None => Some(Algorithm::Sha256),
    }
}

/// The layers that a deep verification looks into, and the algorithm of the diff_id of each.
fn layers_to_inflate(graph: &Graph) -> HashMap<NodeId, Algorithm> {
    let mut layers = HashMap::new();
    for (id, node) in graph.nodes().iter().enumerate() {
        for &link in &node.links {
            let (Role::Layer(number) | Role::Manifest(number)) = link.role else { continue };
            let (Some(layer), Some(descriptor)) = (link.node, graph.descriptor(id, link)) else { continue };
            if is_tar_layer(descriptor) {
                let diff_id = graph.config_of(id).and_then(|config| config.diff_ids.get(number as usize));
                let algorithm = diff_id.and_then(Field::ok).and_then(Digest::algorithm);
                layers.insert(layer, algorithm.unwrap_or(Algorithm::Sha256));
            }
        }
    }
    for layer in graph.docker.iter().flat_map(|entry| entry.layers.iter().flatten()) {
        layers.entry(*layer).or_insert(Algorithm::Sha256);
    }
    layers
}

fn is_tar_layer(descriptor: &Descriptor) -> bool {
    matches!(descriptor.media_type.ok().map(MediaType::kind), Some(media_type::Kind::Layer(layer)) if !layer.encrypted)
}

fn place(image: &Image, member: MemberId) -> Place {
    match image.graph.held_by(member) {
        Some(id) => image.graph.place(id),
        None => Place::of(&*image.source.members()[member].name),
    }
}

/// Holds what a member is against what it is known by.
fn compare(image: &Image, member: MemberId, hashed: &Hashed, findings: &mut Findings) {
    let node = image.graph.held_by(member).map(|id| image.graph.node(id));
    let Some(expected) = (match node {
        Some(node) => node.key.digest().cloned(),
        None => Digest::from_blob_path(&image.source.members()[member].name),
    }) else {
        return;
    };
    let of_document = node.and_then(|node| node.found.clone());
    let of_facts = || hashed.facts(image, member).map(|facts| facts.digest.clone());
    let Some(found) = of_document.or_else(of_facts).filter(|found| *found != expected) else { return };
    if found.algorithm() != expected.algorithm() {
        return;
    }
    let (code, detail) = match node.map(|node| node.kind) {
        Some(Kind::Config) => (Code::BlobDigest, "the config is not what its digest says".to_owned()),
        Some(kind) => (Code::BlobDigest, format!("the {kind} is not what its digest says")),
        None => (Code::BlobMisnamed, "an unreferenced blob is not what its name says".to_owned()),
    };
    findings.push(Finding::new(code, place(image, member), detail).compared(expected, found));
}
