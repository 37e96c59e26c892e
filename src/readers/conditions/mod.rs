//! The conditions of requirements that several readers share: each returns what of a file is not as required.

mod container;
mod docker;
mod documents;
mod entries;
mod losses;
mod manifests;

pub(super) use container::*;
pub(super) use docker::*;
pub(super) use documents::*;
pub(super) use entries::*;
pub(super) use losses::*;
pub(super) use manifests::*;

use super::reader::Case;
use crate::graph::Kind;
use crate::platform::Platform;

pub(super) fn when(unmet: bool, detail: impl Into<String>) -> Option<String> {
    unmet.then(|| detail.into())
}

/// The beginning of a text that an image holds.
pub(super) fn cut(text: &str) -> String {
    const MOST: usize = 128;
    if text.chars().count() > MOST {
        format!("{}…", text.chars().take(MOST).collect::<String>())
    } else {
        text.to_owned()
    }
}

pub(super) fn list(platforms: &[Platform]) -> String {
    let names: Vec<String> = platforms.iter().map(ToString::to_string).collect();
    names.join(", ")
}

/// Whether an entry that is taken is an index.
pub(super) fn taken_index(case: &Case<'_, '_>) -> bool {
    let graph = case.facts.graph();
    let mut nodes = case.entries().into_iter().filter_map(|root| graph.roots.get(root)?.node);
    nodes.any(|id| graph.node(id).kind == Kind::Index)
}
