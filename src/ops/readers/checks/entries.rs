//! Questions about the entries of `index.json`: which one a target takes, and what that is.

use super::{Case, cut, list, when};
use crate::command::pasted;
use crate::graph::{Kind, NodeId, Role};
use crate::media_type;
use crate::ops::readers::accepts_name;
use crate::ops::readers::facts::Instance;
use crate::ops::target::Target;

pub(in crate::ops::readers) fn one_entry(case: &Case<'_, '_>) -> Option<String> {
    let chooses = matches!(case.target, Target::SkopeoOci | Target::SkopeoOciArchive);
    if chooses && case.facts.reference.is_some() {
        return None;
    }
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

pub(in crate::ops::readers) fn ref_name_is_exact(case: &Case<'_, '_>) -> Option<String> {
    let reference = case.facts.reference?;
    let Some(&root) = case.entries().first() else {
        let names = case.facts.ref_names();
        let other = if names.is_empty() { "none".to_owned() } else { format!("`{}`", names.join("`, `")) };
        return Some(format!("no `org.opencontainers.image.ref.name` is `{reference}` as it stands: it is {other}"));
    };
    let media_type = case.facts.descriptor(root)?.media_type.ok()?.as_str();
    let known = [media_type::OCI_INDEX, media_type::OCI_MANIFEST].contains(&media_type);
    when(!known, format!("by name it finds OCI media types only, and this is {media_type}"))
}

pub(in crate::ops::readers) fn has_tag(case: &Case<'_, '_>) -> Option<String> {
    let entries = case.entries();
    match entries.len() {
        1 => None,
        0 => Some("images are named by `org.opencontainers.image.ref.name`, and none is so named".to_owned()),
        count => Some(format!("{count} entries of `index.json` have this name")),
    }
}

/// podman names the image after the entry; a tag alone is for it the name of a repository.
pub(in crate::ops::readers) fn has_accepted_names(case: &Case<'_, '_>) -> Option<String> {
    let graph = case.facts.graph();
    let mut names = case.entries().into_iter().filter_map(|root| graph.roots.get(root)?.name());
    let odd = names.find(|name| !name.is_empty() && !accepts_name(case.target, name))?;
    Some(format!("`{}` is no name that it accepts", cut(odd)))
}

pub(in crate::ops::readers) fn not_nested(case: &Case<'_, '_>) -> Option<String> {
    when(case.any(Instance::Nested), "the entry for this platform is an index inside an index")
}

pub(in crate::ops::readers) fn has_host_platform(case: &Case<'_, '_>) -> Option<String> {
    let (platforms, _) = case.facts.platforms();
    let detail = format!("no image for {}; there are {}", case.facts.host, list(&platforms));
    when(case.any(Instance::OtherPlatforms), detail)
}

pub(in crate::ops::readers) fn list_has_platforms(case: &Case<'_, '_>) -> Option<String> {
    when(case.any(Instance::NoPlatforms), "the entries of the docker manifest list have no `platform`")
}

pub(in crate::ops::readers) fn no_cache_index(case: &Case<'_, '_>) -> Option<String> {
    when(case.any(Instance::Layers), "a BuildKit cache export: an index that lists layers")
}

/// umoci goes down through an index that leads to one manifest.
pub(in crate::ops::readers) fn is_one_manifest(case: &Case<'_, '_>) -> Option<String> {
    let graph = case.facts.graph();
    let [root] = case.entries()[..] else { return None };
    let id = graph.roots.get(root)?.node.filter(|&id| graph.node(id).kind == Kind::Index)?;
    let below = graph.reachable([id]);
    let is_index = |id: NodeId| graph.node(id).kind == Kind::Index;
    let indexes = (0..graph.nodes().len()).filter(|&id| below[id] && is_index(id));
    // Those that are missing count as well.
    let listed = indexes.flat_map(|id| &graph.node(id).links).filter(|link| matches!(link.role, Role::Manifest(_)));
    let manifests = listed.filter(|link| !link.node.is_some_and(is_index)).count();
    when(manifests != 1, "the name stands for an index, not for one image")
}

pub(in crate::ops::readers) fn has_oci_types(case: &Case<'_, '_>) -> Option<String> {
    let types = case.entries().into_iter().filter_map(|root| case.facts.descriptor(root)?.media_type.ok());
    let configs = case.taken().into_iter().filter_map(|id| case.facts.config_type(id));
    let docker = types.chain(configs).find(|kind| kind.as_str().starts_with("application/vnd.docker."));
    docker.map(|kind| format!("the media type {kind} is docker's"))
}
