//! Whether it can be known what an image file needs.

use std::collections::HashSet;

use crate::finding::{Code, Finding, Severity};
use crate::graph::{Content, Graph, Kind, NodeId};

/// Why it cannot be known what some documents need: the first of them that does not say what it should, and those at the
/// top, which all others are reached from.
pub(crate) fn unknown_references(graph: &Graph, is_asked: impl Fn(NodeId) -> bool) -> Option<String> {
    // A field that is not there leads nowhere.
    let hides =
        |code: Code| code.severity() == Severity::Error && !matches!(code, Code::FieldMissing | Code::LayoutEmpty);
    let error = graph.findings.iter().find(|finding| hides(finding.code));
    if let Some(Finding { at, detail, .. }) = error {
        return Some(format!("{at}: {detail}"));
    }
    let roots: HashSet<NodeId> = graph.roots.iter().filter_map(|root| root.node).collect();
    graph.nodes().iter().enumerate().filter(|(id, _)| is_asked(*id)).find_map(|(id, node)| {
        let at = || graph.place(id);
        if node.found.is_some() {
            return Some(format!("{}: the document does not match its digest", at()));
        }
        if node.content == Content::Absent && (node.kind == Kind::Index || roots.contains(&id)) {
            return Some(format!("{}: the {} is missing", at(), node.kind));
        }
        let problem = node.problems.iter().find(|problem| hides(problem.code))?;
        Some(format!("{}: {}", at().within(&problem.pointer), problem.detail))
    })
}
