//! Tables of contents of layers against the layers: who pulls lazily sees the table, who unpacks the archive.

mod compare;
mod place;

use std::collections::{HashMap, HashSet};

use crate::checks::options::VerifyOptions;
use crate::checks::scope::Scope;
use crate::finding::{Code, Finding, Findings, Place, Severity};
use crate::graph::{Content, Role};
use crate::image::Image;
use crate::limits::LimitReached;
use crate::progress::Metered;
use crate::source::MemberId;
use place::{Claim, TocFault};

/// Tables of one layer that are looked at: each descriptor of it may name another.
const MOST_TABLES: usize = 2;
/// What all tables of one run may have together, in documents of the largest size: small layers may have large ones.
const MOST_DOCUMENTS: u64 = 8;

/// What is left for the tables of one run.
struct Room {
    bytes: u64,
    entries: usize,
}

/// Reads each layer that has a table once more; they are few.
pub(crate) fn check(image: &Image, scope: &Scope, options: &VerifyOptions, findings: &mut Findings) {
    let graph = &image.graph;
    let mut looked_at: HashMap<MemberId, HashSet<Claim>> = HashMap::new();
    let limits = &options.limits;
    let mut room = Room { bytes: limits.document_bytes.saturating_mul(MOST_DOCUMENTS), entries: limits.entries };
    for (id, node) in graph.nodes().iter().enumerate().filter(|(id, _)| scope.has(*id)) {
        for &link in node.links.iter().filter(|link| matches!(link.role, Role::Layer(_))) {
            let (Some(layer), Some(descriptor)) = (link.node, graph.descriptor(id, link)) else { continue };
            let Content::Member(member) = graph.node(layer).content else { continue };
            let at = || graph.place_of_link(id, link.role).then(graph.node(layer).key.as_str());
            for claim in Claim::of(&descriptor.annotations) {
                let claim = match claim {
                    Ok(claim) => claim,
                    Err(wrong) => {
                        findings.push(of_wrong(wrong, at()));
                        continue;
                    }
                };
                let claims = looked_at.entry(member).or_default();
                if claims.contains(&claim) {
                    continue;
                }
                if claims.len() >= MOST_TABLES {
                    let detail =
                        format!("the layer has more than {MOST_TABLES} tables of contents; this one was not checked");
                    findings.push(unreadable(at(), Severity::Warning, detail));
                    continue;
                }
                check_layer(image, member, &claim, options, &mut room, &at, findings);
                claims.insert(claim);
            }
        }
    }
}

fn unreadable(at: Place, severity: Severity, detail: impl Into<String>) -> Finding {
    Finding::new(Code::LayerTocUnreadable, at, detail).with_severity(severity)
}

fn of_wrong(wrong: TocFault, at: Place) -> Finding {
    let finding = unreadable(at, wrong.severity, wrong.detail);
    match wrong.compared {
        Some((expected, found)) => finding.compared(expected, found),
        None => finding,
    }
}

fn check_layer(
    image: &Image,
    member: MemberId,
    claim: &Claim,
    options: &VerifyOptions,
    room: &mut Room,
    at: &dyn Fn() -> Place,
    findings: &mut Findings,
) {
    let size = image.source.members()[member].size;
    let open = || Ok(Metered::new(image.source.content(member)?, &options.meter));
    let Ok(layer) = open() else {
        let detail = "the table of contents was not compared with the layer, because the input is a stream";
        findings.push(unreadable(at(), Severity::Warning, detail));
        return;
    };
    let _work = options.meter.begin("comparing a table of contents", size);
    let limits = &options.limits;
    let table = match room.bytes {
        0 => Err(TocFault::from(LimitReached { name: "document-bytes", limit: limits.document_bytes })),
        _ => place::read(claim, &open, size, limits),
    };
    // The last one may go beyond it.
    room.bytes = room.bytes.saturating_sub(table.as_ref().map_or(0, |table| table.len() as u64));
    let table = match table {
        Ok(table) => table,
        Err(wrong) => {
            findings.push(of_wrong(wrong, at()));
            return;
        }
    };
    let tell = |name: &str, differs: compare::Differs| {
        findings.push(Finding::new(Code::LayerTocDiffers, at().then(name), differs.to_string()));
    };
    if let Err(wrong) = compare::compare(&table, layer, limits, &mut room.entries, tell) {
        findings.push(of_wrong(wrong, at()));
    }
}
