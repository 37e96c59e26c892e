//! The images of one index between which an engine has to choose: two for one platform, and those without a platform.

use std::collections::{BTreeMap, HashSet};

use crate::checks::scope::Scope;
use crate::finding::{Code, Finding, Findings, Place, Severity};
use crate::graph::{Graph, Kind, NodeId, Role};
use crate::limits::Limits;
use crate::platform::Platform;

/// An image that an index references.
struct Candidate<'g> {
    image: NodeId,
    /// The entry of the index that references it.
    entry: Role,
    /// The platform of the entry.
    listed: Option<&'g Platform>,
    /// Whether the entry is an index that lists the image.
    is_nested: bool,
}

pub(crate) fn check(graph: &Graph, scope: &Scope, limits: &Limits, findings: &mut Findings) {
    // Indexes inside indexes may be shared by many: together they are walked as often as there may be descriptors.
    let mut left = limits.descriptors;
    for (id, node) in graph.nodes().iter().enumerate() {
        if node.kind == Kind::Index && scope.has(id) {
            let candidates = candidates(graph, id, &mut left);
            check_platforms(graph, scope, id, &candidates, findings);
            check_without_platform(graph, id, &candidates, findings);
        }
    }
}

fn candidates<'g>(graph: &'g Graph, index: NodeId, left: &mut usize) -> Vec<Candidate<'g>> {
    let mut candidates = Vec::new();
    for &link in graph.node(index).links.iter().filter(|link| matches!(link.role, Role::Manifest(_))) {
        let Some(child) = link.node else { continue };
        let listed = graph.descriptor(index, link).and_then(|entry| entry.platform.as_deref());
        let mut candidate = |image: NodeId, is_nested: bool| {
            candidates.push(Candidate { image, entry: link.role, listed, is_nested });
        };
        match graph.node(child).kind {
            Kind::Image => candidate(child, false),
            Kind::Index => images_below(graph, child, left).into_iter().for_each(|image| candidate(image, true)),
            _ => {}
        }
    }
    candidates
}

fn images_below(graph: &Graph, index: NodeId, left: &mut usize) -> Vec<NodeId> {
    let (mut open, mut seen, mut images) = (vec![index], HashSet::new(), Vec::new());
    while let Some(id) = open.pop() {
        if *left == 0 {
            break;
        }
        *left -= 1;
        match graph.node(id).kind {
            _ if !seen.insert(id) => {}
            Kind::Image => images.push(id),
            Kind::Index => {
                let manifests = graph.node(id).links.iter().filter(|link| matches!(link.role, Role::Manifest(_)));
                open.extend(manifests.filter_map(|link| link.node));
            }
            _ => {}
        }
    }
    images
}

/// Two images for one platform, as engines match platforms.
fn check_platforms(graph: &Graph, scope: &Scope, index: NodeId, candidates: &[Candidate<'_>], findings: &mut Findings) {
    let mut seen: BTreeMap<Platform, (&Candidate<'_>, Platform)> = BTreeMap::new();
    for candidate in candidates {
        let listed = candidate.listed.filter(|_| !candidate.is_nested).cloned();
        let Some(platform) = listed.or_else(|| graph.platform_of(candidate.image)) else { continue };
        if platform.is_unknown() {
            continue;
        }
        let matched = as_matched(&platform);
        let (first, written) = seen.entry(matched).or_insert_with(|| (candidate, platform.clone()));
        if first.image != candidate.image && (scope.has(first.image) || scope.has(candidate.image)) {
            let at = graph.place_of_link(index, candidate.entry);
            let finding = if first.is_nested || candidate.is_nested {
                let detail = format!(
                    "the index and an index nested in it each list an image for {}; podman refuses the file, other \
                    readers differ in the image they run",
                    as_matched(&platform)
                );
                Finding::new(Code::PlatformDuplicate, at, detail).with_severity(Severity::Error)
            } else if first.listed.is_none() != candidate.listed.is_none() {
                let detail = format!(
                    "the index lists two images for {written}, one of them without `platform`; docker with the \
                    containerd image store runs that image if it is listed first, other readers run the one with \
                    `platform`"
                );
                Finding::new(Code::PlatformDuplicate, at, detail).with_severity(Severity::Error)
            } else {
                two_images(written, &platform, at)
            };
            findings
                .push(finding.compared(graph.node(first.image).key.as_str(), graph.node(candidate.image).key.as_str()));
        }
    }
}

/// What engines compare of a platform: `os.version` and `os.features` decide on Windows alone.
fn as_matched(platform: &Platform) -> Platform {
    let normalized = platform.normalized();
    if normalized.os == "windows" {
        return normalized;
    }
    Platform { os_version: None, os_features: Vec::new(), ..normalized }
}

fn two_images(first: &Platform, second: &Platform, at: Place) -> Finding {
    if first == second {
        let detail = format!("the index lists two images for {first}; some readers run the first, others the last");
        return Finding::new(Code::PlatformDuplicate, at, detail);
    }
    let detail = if first.os_version != second.os_version || first.os_features != second.os_features {
        format!(
            "the index lists two images for {} that differ in `os.version` or `os.features`; skopeo, podman and \
            containerd ignore these fields and run the first",
            as_matched(first)
        )
    } else {
        format!(
            "the index lists two images for one platform, spelled {first} and {second}; skopeo and podman run the \
            one that matches their spelling, containerd accepts either"
        )
    };
    Finding::new(Code::PlatformDuplicate, at, detail).with_severity(Severity::Error)
}

/// Images without `platform` among several: skopeo and podman run the first of them wherever no other entry fits,
/// containerd the one whose config fits.
fn check_without_platform(graph: &Graph, index: NodeId, candidates: &[Candidate<'_>], findings: &mut Findings) {
    let distinct: HashSet<NodeId> = candidates.iter().map(|candidate| candidate.image).collect();
    let mut without = candidates.iter().filter(|candidate| candidate.listed.is_none() && !candidate.is_nested);
    let Some(first) = without.next().filter(|_| distinct.len() > 1) else { return };
    let at = |candidate: &Candidate<'_>| graph.place_of_link(index, candidate.entry);
    let finding = match without.find(|other| other.image != first.image) {
        Some(other) => {
            let detail = "the index lists two images without `platform`; skopeo and podman run the first on every \
                platform, containerd the one whose config matches";
            let finding = Finding::new(Code::PlatformMissing, at(other), detail);
            let digests = [first, other].map(|candidate| graph.node(candidate.image).key.as_str());
            finding.compared(digests[0], digests[1]).with_severity(Severity::Error)
        }
        None => {
            let detail = "the index lists several images, one of them without `platform`; skopeo and podman run it \
                if no other entry matches, containerd only if its config matches";
            Finding::new(Code::PlatformMissing, at(first), detail)
        }
    };
    findings.push(finding);
}
