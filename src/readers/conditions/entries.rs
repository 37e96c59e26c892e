//! Questions about the entries of `index.json`: which one a target takes, and what that is.

use super::{Case, cut, list, when};
use crate::command::pasted;
use crate::graph::{Kind, NodeId, Role};
use crate::readers::file_facts::By;
use crate::readers::instances::Instance;

pub(in crate::readers) fn one_entry(case: &Case<'_, '_>) -> Option<String> {
    if case.is_chosen() {
        return None;
    }
    let chooses = case.reader.chooses.contains(&By::Name);
    let count = case.facts.graph().roots.len();
    let names = case.facts.ref_names();
    match count {
        1 => None,
        0 => Some("`index.json` lists nothing".to_owned()),
        _ if chooses && !names.is_empty() => {
            let names: Vec<String> = names.iter().map(|name| pasted(name)).collect();
            Some(format!("`index.json` lists {count} entries; name one, as `:{}`", names.join("` or `:")))
        }
        _ => Some(format!("`index.json` lists {count} entries")),
    }
}

/// For readers that look for a name as it stands.
pub(in crate::readers) fn no_such_ref_name(case: &Case<'_, '_>, wanted: &str) -> String {
    let names = case.facts.ref_names();
    let other = if names.is_empty() { "none".to_owned() } else { format!("`{}`", names.join("`, `")) };
    format!("no entry has exactly the `org.opencontainers.image.ref.name` `{wanted}`, only {other}")
}

/// podman names the image after the entry; a tag alone is for it the name of a repository.
pub(in crate::readers) fn has_accepted_names(case: &Case<'_, '_>) -> Option<String> {
    let graph = case.facts.graph();
    let mut names = case.entries().into_iter().filter_map(|root| graph.roots.get(root)?.name());
    let odd = names.find(|name| !name.is_empty() && !(case.reader.accepts_name)(name))?;
    Some(format!("does not accept the name `{}`", cut(odd)))
}

pub(in crate::readers) fn not_nested(case: &Case<'_, '_>) -> Option<String> {
    when(case.any(Instance::Nested), "the entry for this platform is a nested index")
}

/// The same for readers that take the whole index.
pub(in crate::readers) fn not_nested_at_all(case: &Case<'_, '_>) -> Option<String> {
    let graph = case.facts.graph();
    let is_index = |id: NodeId| graph.node(id).kind == Kind::Index;
    let mut indexes = case.listed().into_iter().filter(|&id| is_index(id)).flat_map(|id| &graph.node(id).links);
    let nested = indexes.any(|link| matches!(link.role, Role::Manifest(_)) && link.node.is_some_and(is_index));
    when(nested, "an index lists another index")
}

pub(in crate::readers) fn has_host_platform(case: &Case<'_, '_>) -> Option<String> {
    let (platforms, _) = case.facts.platforms();
    let detail = format!("no image for {}, only for {}", case.facts.host, list(&platforms));
    when(case.any(Instance::OtherPlatforms), detail)
}

pub(in crate::readers) fn list_has_platforms(case: &Case<'_, '_>) -> Option<String> {
    when(case.any(Instance::NoPlatforms), "the entries of the docker manifest list have no `platform`")
}

pub(in crate::readers) fn no_cache_index(case: &Case<'_, '_>) -> Option<String> {
    when(case.any(Instance::Layers), "a BuildKit cache export: an index that lists layers")
}
