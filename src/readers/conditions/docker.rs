//! Conditions of `manifest.json`.

use super::{Case, cut, when};
use crate::graph::{Content, DockerEntry, Key, NodeId};
use crate::reference::is_name_and_tag;

pub(in crate::readers) fn docker_files(case: &Case<'_, '_>) -> Option<String> {
    docker_files_of(case, case.facts.docker_entries())
}

/// The same for some images of `manifest.json`.
pub(in crate::readers) fn docker_files_of<'a>(
    case: &Case<'a, '_>,
    entries: impl Iterator<Item = &'a DockerEntry>,
) -> Option<String> {
    let graph = case.facts.graph();
    let mut entries = entries.peekable();
    if entries.peek().is_none() {
        return Some("`manifest.json` lists no image".to_owned());
    }
    let absent = |id: NodeId| graph.node(id).content == Content::Absent;
    for entry in entries {
        let Some(config) = entry.config else {
            return Some("an image in `manifest.json` has no config".to_owned());
        };
        if entry.image.layers.iter().any(String::is_empty) {
            return Some("layers are left out: the archive was written for a daemon that has them".to_owned());
        }
        let files = std::iter::once(config).chain(entry.layers.iter().copied().flatten());
        if let Some(id) = files.into_iter().find(|&id| absent(id)) {
            let name = match &graph.node(id).key {
                Key::Digest(digest) => digest.short(),
                Key::Member(name) => format!("`{name}`"),
            };
            return Some(format!("`manifest.json` lists {name}, which is missing"));
        }
    }
    None
}

pub(in crate::readers) fn one_docker_image(case: &Case<'_, '_>) -> Option<String> {
    let count = case.facts.graph().docker.len();
    when(count > 1 && !case.is_chosen(), format!("`manifest.json` lists {count} images"))
}

pub(in crate::readers) fn no_hard_links(case: &Case<'_, '_>) -> Option<String> {
    hard_link(case, |_| true)
}

/// For readers that look for what a hard link links to in the folder of the link.
pub(in crate::readers) fn no_hard_links_in_folders(case: &Case<'_, '_>) -> Option<String> {
    hard_link(case, |name| name.contains('/'))
}

fn hard_link(case: &Case<'_, '_>, concerns: fn(&str) -> bool) -> Option<String> {
    let is_link = |name: &str| concerns(name) && case.facts.is_hard_link(name);
    let mut layers = case.facts.docker_entries().flat_map(|entry| &entry.image.layers);
    let mut configs = case.facts.docker_entries().filter_map(|entry| entry.image.config.ok());
    let layer = when(layers.any(|name| is_link(name)), "a layer is a hard link");
    layer.or_else(|| when(configs.any(|name| is_link(name)), "a config is a hard link"))
}

/// crane and containerd look files up as they are named, and the names of members as they are stored.
pub(in crate::readers) fn names_are_plain(case: &Case<'_, '_>) -> Option<String> {
    let names =
        case.facts.docker_entries().flat_map(|entry| entry.image.config.ok().into_iter().chain(&entry.image.layers));
    let is_plain = |name: &str| name.split('/').all(|part| !["", ".", ".."].contains(&part));
    let odd = names.into_iter().find(|name| !name.is_empty() && !is_plain(name))?;
    Some(format!("`manifest.json` writes a file name as `{}`", cut(odd)))
}

pub(in crate::readers) fn docker_names(case: &Case<'_, '_>) -> Option<String> {
    odd_name(case, is_name_and_tag)
}

/// For readers that complete a name, and accept one with a digest.
pub(in crate::readers) fn docker_names_complete(case: &Case<'_, '_>) -> Option<String> {
    odd_name(case, case.reader.accepts_name)
}

fn odd_name(case: &Case<'_, '_>, accepts: fn(&str) -> bool) -> Option<String> {
    let mut names = case.facts.docker_entries().flat_map(|entry| &entry.image.repo_tags);
    let odd = names.find(|name| !accepts(name))?;
    Some(format!("`{}` is not a name and a tag", cut(odd)))
}

/// The layers of an image are as many as its config has `diff_ids`.
pub(in crate::readers) fn docker_has_a_diff_id_for_each(case: &Case<'_, '_>) -> Option<String> {
    docker_diff_ids(case, |layers, ids| layers == ids)
}

/// The layers and `diff_ids` of the first image whose counts do not fit.
pub(in crate::readers) fn docker_diff_ids(case: &Case<'_, '_>, fits: fn(usize, usize) -> bool) -> Option<String> {
    let graph = case.facts.graph();
    case.facts.docker_entries().find_map(|entry| {
        let config = graph.node(entry.config?).document.as_config()?;
        diff_id_counts(entry.layers.len(), config.diff_ids.len(), fits)
    })
}

/// For readers that go by the `diff_ids`.
pub(in crate::readers) fn docker_has_a_layer_for_each(case: &Case<'_, '_>) -> Option<String> {
    docker_diff_ids(case, |layers, ids| layers >= ids)
}

pub(super) fn diff_id_counts(layers: usize, ids: usize, fits: fn(usize, usize) -> bool) -> Option<String> {
    when(!fits(layers, ids), format!("the image has {layers} layers, and its config {ids} `diff_ids`"))
}
