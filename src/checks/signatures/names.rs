//! The name under which an image was signed, compared with the name that it has in the file.

use std::collections::BTreeSet;

use crate::checks::options::VerifyOptions;
use crate::checks::scope::Scope;
use crate::checks::signatures::beside::Beside;
use crate::checks::signatures::covers::Covers;
use crate::checks::signatures::place::{place, top};
use crate::finding::{Code, Finding, Findings};
use crate::graph::{Graph, NodeId, Selectable};
use crate::image::Image;
use crate::limits::LimitReached;
use crate::reference::{is_signed_as, repository};

/// Reports images whose name in the file is none of those under which they were signed. A tag alone is no name, and a
/// signature without a name fits every one.
pub(super) fn check(
    image: &Image,
    proved: &[Selectable],
    scope: &Scope,
    covers: &Covers,
    options: &VerifyOptions,
    findings: &mut Findings,
) {
    let graph = &image.graph;
    let mut left = options.limits.descriptors.saturating_mul(4);
    for &signed in proved {
        let (false, Some(&id)) = (matches!(signed, Selectable::Docker(_)), graph.nodes_of(signed).first()) else {
            continue;
        };
        let references: Vec<Option<&str>> = covers.references(id).collect();
        if references.contains(&None) {
            continue;
        }
        let Some(roots) = roots(graph, signed, scope, &mut left) else {
            let reached = LimitReached { name: "descriptors", limit: options.limits.descriptors as u64 };
            let detail = format!("not every name was compared with those of signatures: {reached}");
            findings.push(Finding::new(Code::LimitExceeded, top(image), detail));
            return;
        };
        for at in roots {
            let root = &graph.roots[at];
            let fits = |name: &&str| references.iter().flatten().any(|reference| is_signed_as(name, reference));
            let full = root.names().filter(|name| repository(name).is_some());
            if let Some(name) = full.into_iter().find(|name| !fits(name)) {
                let place = place(graph, Selectable::Root(at));
                let found: Vec<&str> = references.iter().copied().flatten().collect();
                let detail = "the image was signed under another name than it has in the file";
                let finding = Finding::new(Code::SignatureReference, place, detail);
                findings.push(finding.compared(name, found.join(", ")));
            }
        }
    }
}

/// The same for images of `manifest.json`, whose signatures are in the file of a given manifest.
pub(super) fn check_docker(graph: &Graph, proved: &[Selectable], beside: &Beside<'_>, findings: &mut Findings) {
    for &signed in proved {
        let Selectable::Docker(at) = signed else { continue };
        let references: Vec<Option<&str>> = beside.references(at).collect();
        if references.contains(&None) {
            continue;
        }
        let fits = |name: &str| references.iter().flatten().any(|reference| is_signed_as(name, reference));
        let names = &graph.docker[at].image.repo_tags;
        if let Some(name) = names.iter().find(|name| repository(name).is_some() && !fits(name)) {
            let found: Vec<&str> = references.iter().copied().flatten().collect();
            let detail = "the image was signed under another name than it has in the file";
            let finding = Finding::new(Code::SignatureReference, place(graph, signed), detail);
            findings.push(finding.compared(name, found.join(", ")));
        }
    }
}

/// The entries of `index.json` that have something signed, or a list of it; None when that takes too long.
fn roots(graph: &Graph, signed: Selectable, scope: &Scope, left: &mut usize) -> Option<BTreeSet<usize>> {
    let mut open: Vec<NodeId> = match signed {
        Selectable::Root(at) => return Some(BTreeSet::from([at])),
        other => graph.nodes_of(other),
    };
    let (mut seen, mut roots) = (BTreeSet::new(), BTreeSet::new());
    while let Some(id) = open.pop() {
        for listing in graph.listings_of(id) {
            *left = left.checked_sub(1)?;
            match listing.list {
                Some(list) if seen.insert(list) => open.push(list),
                Some(_) => {}
                None => {
                    let at = graph.roots.binary_search_by_key(&listing.number, |root| root.number).ok();
                    roots.extend(at.filter(|&at| scope.has_root(at)));
                }
            }
        }
    }
    Some(roots)
}
