//! Attestations: what a statement refers to, against what the file says it refers to.

use std::collections::HashMap;

use crate::checks::scope::Scope;
use crate::digest::{Algorithm, Digest};
use crate::doc;
use crate::doc::annotations::{CONTAINERD_SUBJECT, PREDICATE_TYPE, REFERENCE_DIGEST};
use crate::doc::attestation::Statement;
use crate::doc::{Descriptor, Document};
use crate::finding::{Code, Finding, Findings, Place};
use crate::graph::{Content, Graph, Key, Kind, NodeId, ReferralBy, Role};
use crate::image::Image;
use crate::image::statements::{is_statement, parse_statement, stored_statement};
use crate::limits::Limits;

pub(crate) fn check(image: &Image, scope: &Scope, limits: &Limits, findings: &mut Findings) {
    let graph = &image.graph;
    check_neighbours(graph, scope, &entries_at_top(graph), findings);
    for (id, node) in graph.nodes().iter().enumerate().filter(|(id, _)| scope.has(*id)) {
        if node.kind.is_about_another() {
            check_subject(graph, id, findings);
        }
        if node.kind == Kind::Index {
            check_neighbours(graph, scope, &entries_of(graph, id), findings);
        }
        if matches!(node.kind, Kind::Attestation(_)) {
            check_statements(image, id, limits, findings);
        }
    }
}

/// `subject`, and the annotations that say the same thing in another way.
fn check_subject(graph: &Graph, id: NodeId, findings: &mut Findings) {
    let by = |wanted: ReferralBy| graph.referrals_of(id).filter(move |about| about.by == wanted);
    let subject = match &graph.node(id).document {
        Document::Manifest(manifest) => manifest.subject.as_ref().and_then(|subject| subject.digest.ok()),
        _ => None,
    };
    for (annotation, key) in
        [(ReferralBy::ReferenceDigest, REFERENCE_DIGEST), (ReferralBy::ContainerdSubject, CONTAINERD_SUBJECT)]
    {
        for about in by(annotation) {
            if let Some(expected) = subject.filter(|subject| **subject != about.subject) {
                let detail = format!("`subject` and the annotation `{key}` refer to different manifests");
                let finding = Finding::new(Code::SubjectAnnotation, graph.place(id).within("/subject"), detail);
                findings.push(finding.compared(&about.subject, expected));
            }
        }
    }
}

/// An entry of a list of manifests: where it stands, what it references, and its descriptor.
struct Entry<'g> {
    at: Place,
    node: NodeId,
    descriptor: &'g Descriptor,
}

fn entries_of(graph: &Graph, index: NodeId) -> Vec<Entry<'_>> {
    let links = graph.node(index).links.iter().filter(|link| link.role != Role::Subject);
    let entries = links.filter_map(|&link| {
        let descriptor = graph.descriptor(index, link)?;
        Some(Entry { at: graph.place_of_link(index, link.role), node: link.node?, descriptor })
    });
    entries.collect()
}

fn entries_at_top(graph: &Graph) -> Vec<Entry<'_>> {
    let entries = graph.roots.iter().filter_map(|root| {
        let at = Place::at("index.json", Role::Manifest(root.number).pointer());
        Some(Entry { at, node: root.node?, descriptor: &root.descriptor })
    });
    entries.collect()
}

/// BuildKit's attestations are in one index with what they refer to, and readers look for it only there.
fn check_neighbours(graph: &Graph, scope: &Scope, entries: &[Entry<'_>], findings: &mut Findings) {
    let neighbours: HashMap<&str, NodeId> =
        entries.iter().map(|entry| (graph.node(entry.node).key.as_str(), entry.node)).collect();
    for Entry { at, node, descriptor } in entries {
        // Of an image that claims to be an attestation that is reported.
        let is_asked = scope.has(*node) && graph.node(*node).is_present() && graph.node(*node).kind != Kind::Image;
        if !is_asked || !descriptor.claims_attestation() {
            continue;
        }
        let subject = descriptor.attests();
        let detail = match subject.map(|subject| (neighbours.get(subject), subject.parse::<Digest>())) {
            None => "the attestation has no digest of the manifest it describes",
            Some((_, Err(_))) => "the attestation refers to its manifest by an invalid digest",
            Some((None, _)) => "the attestation refers to a manifest that the same index does not list",
            Some((Some(&other), _)) if !graph.node(other).is_present() => {
                "the attestation refers to a manifest that is missing"
            }
            Some(_) => continue,
        };
        let at = at.clone().then(graph.node(*node).key.as_str());
        let finding = Finding::new(Code::AttestationSubjectAbsent, at, detail);
        findings.push(match subject {
            Some(subject) => finding.found(subject),
            None => finding,
        });
    }
}

fn check_statements(image: &Image, id: NodeId, limits: &Limits, findings: &mut Findings) {
    let graph = &image.graph;
    let subjects = subjects_of(image, id, limits);
    for &link in &graph.node(id).links {
        let (Role::Layer(_), Some(layer), Some(descriptor)) = (link.role, link.node, graph.descriptor(id, link)) else {
            continue;
        };
        if !is_statement(descriptor) {
            continue;
        }
        let at = graph.place_of_link(id, link.role).then(graph.node(layer).key.as_str());
        let Some(bytes) = stored_statement(image, layer, descriptor, limits) else { continue };
        if let Ok(bytes) = &bytes {
            check_keys(bytes, limits, &at, findings);
        }
        match bytes.and_then(|bytes| parse_statement(&bytes, limits)) {
            Err((code, detail)) => findings.push(Finding::new(code, at, detail)),
            Ok(statement) => check_statement(&statement, descriptor, &subjects, at, findings),
        }
    }
}

/// Keys that readers take differently.
fn check_keys(bytes: &[u8], limits: &Limits, at: &Place, findings: &mut Findings) {
    let problems = doc::statement_problems(bytes, limits);
    // What is no JSON is reported by whoever reads the statement.
    for problem in problems.into_iter().filter(|problem| problem.code != Code::JsonSyntax) {
        let mut finding = Finding::new(problem.code, at.clone().within(&problem.pointer), problem.detail);
        finding.expected = problem.expected;
        finding.found = problem.found;
        findings.push(finding);
    }
}

/// What an attestation refers to, each by every digest that is known of it.
fn subjects_of(image: &Image, id: NodeId, limits: &Limits) -> Vec<Vec<Digest>> {
    let mut subjects: Vec<Digest> = image.graph.referrals_of(id).map(|about| about.subject.clone()).collect();
    subjects.sort();
    subjects.dedup();
    subjects.into_iter().map(|subject| with_sha256(image, subject, limits)).collect()
}

/// A manifest that is listed by its sha512 is named in statements by its sha256.
pub(crate) fn with_sha256(image: &Image, subject: Digest, limits: &Limits) -> Vec<Digest> {
    if subject.algorithm() == Some(Algorithm::Sha256) {
        return vec![subject];
    }
    let node = image.graph.find(&Key::Digest(subject.clone())).map(|id| image.graph.node(id));
    let bytes = match node.map(|node| node.content) {
        Some(Content::Member(member)) => image.source.read(member, limits.document_bytes).ok(),
        _ => None,
    };
    let sha256 = bytes.map(|bytes| Algorithm::Sha256.digest(&bytes));
    std::iter::once(subject).chain(sha256).collect()
}

fn check_statement(
    statement: &Statement,
    descriptor: &Descriptor,
    subjects: &[Vec<Digest>],
    at: Place,
    findings: &mut Findings,
) {
    let annotated = descriptor.annotations.get(PREDICATE_TYPE);
    if let (Some(annotated), Some(stated)) = (annotated, &statement.predicate_type)
        && annotated != stated
    {
        let detail = format!("the annotation `{PREDICATE_TYPE}` and the statement give different predicate types");
        findings.push(Finding::new(Code::AttestationPredicateType, at.clone(), detail).compared(annotated, stated));
    }
    if statement.subjects().is_empty() {
        let detail = "the statement has an empty `subject`, as BuildKit writes it for images without a name";
        findings.push(Finding::new(Code::AttestationSubjectEmpty, at, detail));
        return;
    }
    let named = |digests: &Vec<Digest>| {
        statement.subjects().iter().any(|subject| digests.iter().any(|digest| subject.names(digest)))
    };
    if !subjects.is_empty() && !subjects.iter().any(named) {
        let expected: Vec<String> =
            subjects.iter().filter_map(|digests| digests.first()).map(ToString::to_string).collect();
        let detail = "the statement describes another image than its manifest";
        let finding = Finding::new(Code::AttestationSubjectMismatch, at, detail);
        findings.push(finding.compared(expected.join(" or "), statement.stated()));
    }
}
