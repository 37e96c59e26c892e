//! What is wrong inside documents, and what the entries of `index.json` say against each other.

use std::collections::{BTreeMap, HashMap};

use crate::checks::scope::Scope;
use crate::doc::annotations::{CONTAINERD_NAME, REF_NAME};
use crate::doc::{Descriptor, Document};
use crate::finding::{Code, Finding, Findings, Place};
use crate::graph::{Content, Graph, Kind, NodeId, Role, Root, Via};
use crate::media_type::DOCKER_MANIFEST_V1;
use crate::platform::Platform;
use crate::reference::{normalized, tag_of};

/// The faults that reading the documents noted, digests that cannot be computed, and what stands oddly in the graph.
pub(crate) fn check(graph: &Graph, scope: &Scope, findings: &mut Findings) {
    for (id, node) in graph.nodes().iter().enumerate().filter(|(id, _)| scope.has(*id)) {
        if !node.problems.is_empty() {
            let place = graph.place(id);
            for problem in &node.problems {
                let mut finding = Finding::new(problem.code, place.clone().within(&problem.pointer), &problem.detail);
                finding.expected.clone_from(&problem.expected);
                finding.found.clone_from(&problem.found);
                findings.push(finding);
            }
        }
        let uncomputed = node.key.digest().filter(|digest| digest.algorithm().is_none());
        if let Some(digest) = uncomputed.filter(|_| node.content != Content::Absent) {
            let detail = format!(
                "the digest algorithm `{}` is not supported, so the content was not verified",
                digest.algorithm_name()
            );
            findings.push(Finding::new(Code::DigestUnsupported, graph.place(id), detail));
        }
        let declared = graph.read_descriptor(id).and_then(|descriptor| descriptor.media_type.ok());
        if let Some(schema_1) = declared.filter(|kind| DOCKER_MANIFEST_V1.contains(&kind.as_str())) {
            let detail = "the manifest uses Docker schema 1, so its layers were not verified";
            findings.push(Finding::new(Code::ManifestSchema1, graph.place(id), detail).found(schema_1));
        }
        for &link in &node.links {
            let child = link.node.filter(|child| scope.has(*child));
            if let (Some(child), Some(descriptor)) = (child, graph.descriptor(id, link)) {
                check_artifact_type(graph, child, descriptor, || graph.place_of_link(id, link.role), findings);
                if matches!(link.role, Role::Manifest(_) | Role::Subject) {
                    check_media_type(graph, child, descriptor, || graph.place_of_link(id, link.role), findings);
                }
            }
        }
        if node.kind == Kind::Cache && matches!(node.document, Document::Index(_)) {
            let detail = "the BuildKit cache is exported as an index of layers; registries refuse it";
            findings.push(Finding::new(Code::CacheAsIndex, graph.place(id), detail));
        }
        if node.via == Via::Found {
            let detail = format!("`index.json` does not list this referrer ({})", node.kind);
            findings.push(Finding::new(Code::ReferrerUnlisted, graph.place(id), detail));
        }
    }
}

/// A manifest that several descriptors reference is read once, by the first of them; what the others call it is compared with
/// that here.
fn check_media_type(
    graph: &Graph,
    child: NodeId,
    descriptor: &Descriptor,
    at: impl FnOnce() -> Place,
    findings: &mut Findings,
) {
    let first = graph.read_descriptor(child).and_then(|first| first.media_type.ok());
    let (Some(first), Some(listed)) = (first, descriptor.media_type.ok()) else { return };
    let is_document = matches!(graph.node(child).document, Document::Manifest(_) | Document::Index(_));
    if is_document && first != listed {
        let detail = "two descriptors of this manifest have different media types";
        let finding = Finding::new(Code::MediaTypeMismatch, at().within("/mediaType"), detail);
        findings.push(finding.compared(first, listed));
    }
}

/// What a descriptor says about the artifact that it references (image-spec `descriptor.md`, "artifactType"): those who list
/// referrers go by the one, those who read the manifest by the other.
fn check_artifact_type(
    graph: &Graph,
    child: NodeId,
    descriptor: &Descriptor,
    at: impl FnOnce() -> Place,
    findings: &mut Findings,
) {
    let Some(listed) = &descriptor.artifact_type else { return };
    let document = &graph.node(child).document;
    let config = match document {
        Document::Manifest(manifest) => manifest.config.as_ref().and_then(|config| config.media_type.ok()),
        _ => None,
    };
    let own = document.artifact_type().or(config);
    // crane lists the config's media type whatever the manifest says.
    if let Some(own) = own.filter(|own| *own != listed && config != Some(listed)) {
        let detail = "the descriptor and the manifest have different artifact types";
        let finding = Finding::new(Code::MediaTypeMismatch, at().within("/artifactType"), detail);
        findings.push(finding.compared(own, listed));
    }
}

/// `io.containerd.image.name` and `org.opencontainers.image.ref.name` of one entry: containerd and podman go by the one,
/// skopeo and umoci by the other. Where there is a `manifest.json`, its names are compared with both.
fn check_names(root: &Root, findings: &mut Findings) {
    let annotations = &root.descriptor.annotations;
    let (Some(full), Some(reference)) = (annotations.get(CONTAINERD_NAME), annotations.get(REF_NAME)) else { return };
    // ctr writes `@sha256:..` for what it has by digest alone.
    if full.contains('@') || reference.is_empty() || reference.contains('@') {
        return;
    }
    let name = normalized(full);
    let agrees =
        if reference.contains(['/', ':']) { normalized(reference) == name } else { tag_of(&name) == Some(reference) };
    if !agrees {
        let at = Place::at("index.json", format!("/manifests/{}/annotations", root.number));
        let detail = format!("the annotations `{CONTAINERD_NAME}` and `{REF_NAME}` give different names");
        findings.push(Finding::new(Code::RefNamesDiffer, at, detail).compared(full, reference));
    }
}

/// Image-spec `annotations.md`, the grammar of `org.opencontainers.image.ref.name`, as far as its characters go. Some
/// builders write an empty one for no name.
fn is_ref_name(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:@/+".contains(&byte))
}

/// Two entries of one name for two images: readers take the first, the last, or refuse.
///
/// Images of different platforms may share a name, and what refers to another manifest is no image.
pub(crate) fn check_roots(graph: &Graph, findings: &mut Findings) {
    let mut by_name: BTreeMap<&str, Vec<&Root>> = BTreeMap::new();
    for root in &graph.roots {
        if graph.docker.is_empty() {
            check_names(root, findings);
        }
        if let Some(child) = root.node {
            let at = || Place::at("index.json", format!("/manifests/{}", root.number));
            check_artifact_type(graph, child, &root.descriptor, at, findings);
            check_media_type(graph, child, &root.descriptor, at, findings);
        }
        if let Some(name) = root.descriptor.annotations.get(REF_NAME).filter(|name| !is_ref_name(name)) {
            let at = Place::at("index.json", format!("/manifests/{}/annotations", root.number));
            let detail = format!(
                "`{REF_NAME}` contains characters other than letters, digits and `-._:@/+`; podman refuses the \
                image, skopeo and containerd accept it"
            );
            findings.push(Finding::new(Code::RefNameInvalid, at, detail).found(name));
        }
        let is_referrer = root.node.is_some_and(|id| graph.node(id).kind.is_about_another());
        if let Some(name) = root.name().filter(|_| !is_referrer) {
            by_name.entry(name).or_default().push(root);
        }
    }
    for (name, roots) in by_name {
        // Of each platform, the first entries of two digests: one of them is another than whatever comes.
        let mut earlier: HashMap<Option<Platform>, Vec<&Root>> = HashMap::new();
        for root in roots {
            let platform = root.descriptor.real_platform().map(Platform::normalized);
            let is_other = |other: &&&Root| other.descriptor.digest.ok() != root.descriptor.digest.ok();
            let of = |platform: &Option<Platform>| earlier.get(platform).and_then(|own| own.iter().find(is_other));
            let conflict = [of(&None), of(&platform)].into_iter().flatten().min_by_key(|other| other.number).copied();
            let own = earlier.entry(platform).or_default();
            if own.len() < 2 && own.iter().all(|other| is_other(&other)) {
                own.push(root);
            }
            if let Some(other) = conflict {
                let detail = format!("the name `{name}` refers to two different images");
                let digest = |root: &Root| root.descriptor.digest.ok().map_or_else(String::new, ToString::to_string);
                let at = Place::at("index.json", format!("/manifests/{}", root.number));
                findings.push(Finding::new(Code::RefConflict, at, detail).compared(digest(other), digest(root)));
            }
        }
    }
}
