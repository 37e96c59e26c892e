//! Questions about `manifest.json`, and what registries refuse.

use super::{Case, cut, when};
use crate::doc::Document;
use crate::graph::{Content, Key, NodeId};
use crate::ops::readers::accepts_name;
use crate::ops::target::Target;
use crate::platform::Platform;
use crate::reference::is_name_and_tag;

pub(in crate::ops::readers) fn docker_files(case: &Case<'_, '_>) -> Option<String> {
    let graph = case.facts.graph();
    let mut entries = case.facts.docker_entries().peekable();
    if entries.peek().is_none() {
        return Some("`manifest.json` lists no image".to_owned());
    }
    let absent = |id: NodeId| graph.node(id).content == Content::Absent;
    for entry in entries {
        let Some(config) = entry.config else {
            return Some("an image of `manifest.json` names no config".to_owned());
        };
        if entry.image.layers.iter().any(String::is_empty) {
            return Some("layers were left out for a daemon that has them".to_owned());
        }
        let files = std::iter::once(config).chain(entry.layers.iter().copied().flatten());
        if let Some(id) = files.into_iter().find(|&id| absent(id)) {
            let name = match &graph.node(id).key {
                Key::Digest(digest) => digest.short(),
                Key::Member(name) => format!("`{name}`"),
            };
            return Some(format!("the file {name}, which `manifest.json` names, is absent"));
        }
    }
    None
}

pub(in crate::ops::readers) fn docker_names(case: &Case<'_, '_>) -> Option<String> {
    let mut names = case.facts.docker_entries().flat_map(|entry| &entry.image.repo_tags);
    // containerd completes a name, and takes one with a digest.
    let completes = matches!(case.target, Target::DockerContainerd | Target::Ctr | Target::Kind | Target::K3s);
    let is_accepted = |name: &str| if completes { accepts_name(case.target, name) } else { is_name_and_tag(name) };
    let odd = names.find(|name| !is_accepted(name))?;
    Some(format!("`{}` is not a name and a tag", cut(odd)))
}

pub(in crate::ops::readers) fn one_docker_image(case: &Case<'_, '_>) -> Option<String> {
    let chooses = case.target == Target::SkopeoDockerArchive && case.facts.reference.is_some();
    let count = case.facts.graph().docker.len();
    when(count > 1 && !chooses, format!("`manifest.json` lists {count} images"))
}

pub(in crate::ops::readers) fn no_hard_links(case: &Case<'_, '_>) -> Option<String> {
    let mut layers = case.facts.docker_entries().flat_map(|entry| &entry.image.layers);
    let mut configs = case.facts.docker_entries().filter_map(|entry| entry.image.config.ok());
    let layer = when(layers.any(|name| case.facts.is_hard_link(name)), "a layer is a hard link");
    layer.or_else(|| when(configs.any(|name| case.facts.is_hard_link(name)), "a config is a hard link"))
}

/// crane and containerd look files up as they are named, and the names of members as they are stored.
pub(in crate::ops::readers) fn names_are_plain(case: &Case<'_, '_>) -> Option<String> {
    let names =
        case.facts.docker_entries().flat_map(|entry| entry.image.config.ok().into_iter().chain(&entry.image.layers));
    let is_plain = |name: &str| name.split('/').all(|part| !["", ".", ".."].contains(&part));
    let odd = names.into_iter().find(|name| !name.is_empty() && !is_plain(name))?;
    Some(format!("`manifest.json` spells the name of a file as `{}`", cut(odd)))
}

/// docker loads no image of another operating system, ctr none of another platform.
pub(in crate::ops::readers) fn docker_fits(case: &Case<'_, '_>) -> Option<String> {
    let graph = case.facts.graph();
    let host = case.facts.host;
    let mut platforms = case.facts.docker_entries().filter_map(|entry| graph.platform_of(entry.config?));
    let is_other = |platform: &Platform| match case.target {
        Target::Ctr => !platform.satisfies(host),
        _ => platform.normalized().os != host.normalized().os,
    };
    let other = platforms.find(is_other)?;
    Some(format!("an image for {other}, on {host}"))
}

/// The layers of an image are as many as its config has `diff_ids`.
pub(in crate::ops::readers) fn docker_has_a_diff_id_for_each(case: &Case<'_, '_>) -> Option<String> {
    let graph = case.facts.graph();
    case.facts.docker_entries().find_map(|entry| {
        let config = graph.node(entry.config?).document.as_config()?;
        let (layers, ids) = (entry.layers.len(), config.diff_ids.len());
        let minds = match case.target {
            // Without layers ctr unpacks nothing.
            Target::Ctr => layers != ids && layers > 0,
            // crane goes by the `diff_ids`.
            Target::Crane => layers < ids,
            _ => layers != ids,
        };
        when(minds, format!("{layers} layers, and {ids} `diff_ids` in the config"))
    })
}

pub(in crate::ops::readers) fn no_attestations(case: &Case<'_, '_>) -> Option<String> {
    let graph = case.facts.graph();
    let listed = |id: &NodeId| match &graph.node(*id).document {
        Document::Index(index) => index.manifests.iter().any(|(_, child)| child.attests().is_some()),
        _ => false,
    };
    let detail = "an index with attestations of `unknown/unknown`, which is taken for an image of that platform";
    when(case.facts.manifests.iter().any(listed), detail)
}

pub(in crate::ops::readers) fn no_subject(case: &Case<'_, '_>) -> Option<String> {
    let graph = case.facts.graph();
    let subject = |id: &&NodeId| match &graph.node(**id).document {
        Document::Manifest(manifest) => manifest.subject.is_some(),
        Document::Index(index) => index.subject.is_some(),
        _ => false,
    };
    let found = case.facts.manifests.iter().find(subject)?;
    Some(format!("the {} says with `subject` what it is about", graph.node(*found).kind))
}
