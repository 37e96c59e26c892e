//! What is wrong inside documents, and what the entries of `index.json` say against each other.

use std::collections::{BTreeMap, HashMap};

use super::Scope;
use crate::finding::{Code, Finding, Findings, Place};
use crate::graph::{Content, Graph, Kind, Root, Via};
use crate::media_type::DOCKER_MANIFEST_V1;
use crate::platform::Platform;

/// The faults that reading the documents noted, digests that cannot be computed, and what stands oddly in the graph.
pub(super) fn check(graph: &Graph, scope: &Scope, findings: &mut Findings) {
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
            let detail =
                format!("the algorithm `{}` cannot be computed, so nothing was verified", digest.algorithm_name());
            findings.push(Finding::new(Code::DigestUnsupported, graph.place(id), detail));
        }
        let declared = graph.first_descriptor(id).and_then(|descriptor| descriptor.media_type.ok());
        if let Some(schema_1) = declared.filter(|kind| DOCKER_MANIFEST_V1.contains(&kind.as_str())) {
            let detail = "a manifest of Docker's first schema; its layers were not looked for";
            findings.push(Finding::new(Code::ManifestSchema1, graph.place(id), detail).found(schema_1));
        }
        if node.kind == Kind::Cache && matches!(node.document, crate::doc::Document::Index(_)) {
            let detail = "a BuildKit cache export as an index of layers, which registries refuse";
            findings.push(Finding::new(Code::CacheAsIndex, graph.place(id), detail));
        }
        if node.via == Via::Found {
            let detail = format!("a referrer ({}) that no entry of `index.json` leads to", node.kind);
            findings.push(Finding::new(Code::ReferrerUnlisted, graph.place(id), detail));
        }
    }
}

/// Two entries of one name for two images: readers take the first, the last, or refuse.
///
/// Images of different platforms may share a name, and what speaks about another manifest is no image.
pub(super) fn check_roots(graph: &Graph, findings: &mut Findings) {
    let mut by_name: BTreeMap<&str, Vec<&Root>> = BTreeMap::new();
    for root in &graph.roots {
        let speaks = root.node.is_some_and(|id| graph.node(id).kind.is_about_another());
        if let Some(name) = root.name().filter(|_| !speaks) {
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
                let detail = format!("the name `{name}` stands for two images");
                let digest = |root: &Root| root.descriptor.digest.ok().map_or_else(String::new, ToString::to_string);
                let at = Place::at("index.json", format!("/manifests/{}", root.number));
                findings.push(Finding::new(Code::RefConflict, at, detail).compared(digest(other), digest(root)));
            }
        }
    }
}
