//! What a reference claims that a blob is, compared with what engines make of it.

use crate::checks::scope::Scope;
use crate::doc::annotations::REFERENCE_TYPE;
use crate::doc::{Descriptor, Document};
use crate::finding::{Code, Finding, Findings, Place};
use crate::graph::{Graph, Kind, NodeId, Role};
use crate::media_type;
use crate::media_type::MediaType;

pub(crate) fn check(graph: &Graph, scope: &Scope, findings: &mut Findings) {
    for root in &graph.roots {
        if let Some(child) = root.node.filter(|id| scope.has(*id)) {
            let at = || Place::at("index.json", Role::Manifest(root.number).pointer());
            check_entry(graph, child, &root.descriptor, at, findings);
        }
    }
    for (id, node) in graph.nodes().iter().enumerate().filter(|(id, _)| scope.has(*id)) {
        for &link in &node.links {
            let child = link.node.filter(|child| scope.has(*child));
            let (Some(child), Some(descriptor)) = (child, graph.descriptor(id, link)) else { continue };
            let at = || graph.place_of_link(id, link.role);
            match link.role {
                Role::Manifest(_) => check_entry(graph, child, descriptor, at, findings),
                Role::Config => check_config(graph, child, descriptor, at, findings),
                Role::Layer(_) | Role::Subject => {}
            }
        }
    }
}

/// An entry of `manifests`: one that an engine runs is what it claims to be.
fn check_entry(graph: &Graph, child: NodeId, descriptor: &Descriptor, at: impl Fn() -> Place, findings: &mut Findings) {
    let node = graph.node(child);
    let claim = graph.claim(descriptor, child);
    if node.kind == Kind::Image && claim.is_about_another() {
        let detail = format!("a runnable image is labeled as {}", with_article(claim));
        findings.push(Finding::new(Code::KindContradiction, at(), detail));
    } else if node.kind == Kind::Image && descriptor.annotations.get(REFERENCE_TYPE).is_some() {
        let detail = format!(
            "a runnable image has the annotation `{REFERENCE_TYPE}`; docker with the containerd image store treats \
            it as an attestation and runs nothing, other readers run it"
        );
        let at = at().within("/annotations");
        findings.push(Finding::new(Code::KindContradiction, at, detail));
    }
    let own = match &node.document {
        Document::Index(_) => media_type::Kind::Index,
        Document::Manifest(_) => media_type::Kind::Manifest,
        Document::Config(_) | Document::Opaque => return,
    };
    // Where the document names its own type, that is compared already.
    let listed = descriptor.media_type.ok().filter(|listed| listed.is_plain());
    if node.document.media_type().is_none() && listed.is_some_and(|listed| listed.kind() != own) {
        let detail = format!(
            "the media type of the descriptor is not that of the {} it references; podman and skopeo run the image \
            inside an index, containerd does not",
            node.kind
        );
        let finding = Finding::new(Code::MediaTypeMismatch, at().within("/mediaType"), detail);
        findings.push(finding.found(listed.map(MediaType::as_str).unwrap_or_default()));
    }
}

/// A config: no other reference may make a manifest of it, since then readers see two things.
fn check_config(
    graph: &Graph,
    child: NodeId,
    descriptor: &Descriptor,
    at: impl Fn() -> Place,
    findings: &mut Findings,
) {
    let is_config = descriptor.media_type.ok().is_some_and(|kind| kind.kind() == media_type::Kind::Config);
    if is_config && matches!(graph.node(child).document, Document::Index(_) | Document::Manifest(_)) {
        let detail = "the config of an image is also listed as a manifest";
        findings.push(Finding::new(Code::DocumentAmbiguous, at(), detail));
    }
}

fn with_article(kind: Kind) -> String {
    let article = if matches!(kind, Kind::Attestation(_) | Kind::Sbom) { "an" } else { "a" };
    format!("{article} {kind}")
}
