//! Questions about what is lost on the way.

use super::{Case, cut, list, taken_index, when};
use crate::graph::Kind;
use crate::ops::readers::requirements::Under;
use crate::platform::Platform;
use crate::reference::is_name_and_tag;

pub(in crate::ops::readers) fn is_no_directory(case: &Case<'_, '_>) -> Option<String> {
    let directory = case.facts.image.source.shape().directory;
    when(directory, "the image is named after the path of the directory")
}

pub(in crate::ops::readers) fn some_are_unnamed(case: &Case<'_, '_>) -> Option<String> {
    let unnamed = case.facts.roots.len().saturating_sub(case.entries().len());
    match unnamed {
        0 => None,
        1 => Some("an entry of `index.json` without a name becomes no image".to_owned()),
        count => Some(format!("{count} entries of `index.json` without a name become no images")),
    }
}

pub(in crate::ops::readers) fn docker_some_are_unnamed(case: &Case<'_, '_>) -> Option<String> {
    let unnamed = case.facts.docker_entries().filter(|entry| entry.image.repo_tags.is_empty()).count();
    match unnamed {
        0 => None,
        1 => Some("an image of `manifest.json` without a name is not kept".to_owned()),
        count => Some(format!("{count} images of `manifest.json` without a name are not kept")),
    }
}

/// docker keeps an image under what stands in `index.json`, and looks for what its commands make of a name.
pub(in crate::ops::readers) fn has_name_to_run(case: &Case<'_, '_>) -> Option<String> {
    let graph = case.facts.graph();
    let mut names = case.entries().into_iter().filter_map(|root| graph.roots.get(root)?.name());
    let odd = names.find(|name| !name.contains('@') && !is_name_and_tag(name))?;
    Some(format!("it is kept as `{}`, which no command finds: not a name and a tag", cut(odd)))
}

pub(in crate::ops::readers) fn holds_an_image(case: &Case<'_, '_>) -> Option<String> {
    let graph = case.facts.graph();
    let image = case.facts.manifests.iter().any(|&id| graph.node(id).kind == Kind::Image);
    when(!image, "it holds no image to run")
}

pub(in crate::ops::readers) fn loads_one_platform(case: &Case<'_, '_>) -> Option<String> {
    let (platforms, _) = case.facts.platforms();
    let host = case.facts.host;
    when(taken_index(case) && platforms.len() > 1, format!("loads {host} only, of {}", list(&platforms)))
}

pub(in crate::ops::readers) fn docker_has_fewer_platforms(case: &Case<'_, '_>) -> Option<String> {
    let (platforms, _) = case.facts.platforms();
    let own: Vec<Platform> = docker_platforms(case);
    let fewer = platforms.iter().any(|platform| !own.iter().any(|own| own.normalized() == platform.normalized()));
    when(fewer && !own.is_empty(), format!("`manifest.json` lists {} only, of {}", list(&own), list(&platforms)))
}

fn docker_platforms(case: &Case<'_, '_>) -> Vec<Platform> {
    let graph = case.facts.graph();
    let configs = case.facts.docker_entries().filter_map(|entry| entry.config);
    let mut platforms: Vec<Platform> = configs.filter_map(|id| graph.platform_of(id)).collect();
    platforms.sort();
    platforms.dedup();
    platforms
}

pub(in crate::ops::readers) fn has_host_image(case: &Case<'_, '_>) -> Option<String> {
    let (platforms, _) = case.facts.platforms();
    let host = case.facts.host;
    let other = !platforms.is_empty() && !platforms.iter().any(|platform| platform.satisfies(host));
    when(other, format!("no image for {host}; there are {}", list(&platforms)))
}

pub(in crate::ops::readers) fn docker_has_host_platform(case: &Case<'_, '_>) -> Option<String> {
    let own = docker_platforms(case);
    let host = case.facts.host;
    let other = !own.is_empty() && !own.iter().any(|platform| platform.satisfies(host));
    when(other, format!("no image for {host}; there are {}", list(&own)))
}

pub(in crate::ops::readers) fn has_all_images(case: &Case<'_, '_>) -> Option<String> {
    let (_, absent) = case.facts.platforms();
    when(!absent.is_empty(), format!("the images for {} are absent", list(&absent)))
}

pub(in crate::ops::readers) fn keeps_attestations(case: &Case<'_, '_>) -> Option<String> {
    let count = case.facts.attestations();
    when(count > 0, left_behind(count))
}

pub(in crate::ops::readers) fn one_compression(case: &Case<'_, '_>) -> Option<String> {
    when(case.facts.stored.len() > 1, "layers are compressed in different ways, and it goes by the first")
}

pub(in crate::ops::readers) fn views_agree(case: &Case<'_, '_>) -> Option<String> {
    let believed = if case.view == Under::Docker { "manifest.json" } else { "index.json" };
    when(case.facts.views_differ, format!("`index.json` and `manifest.json` differ, and it goes by `{believed}`"))
}

fn left_behind(count: usize) -> String {
    if count == 1 {
        "the attestation is left behind".to_owned()
    } else {
        format!("the {count} attestations are left behind")
    }
}
