//! Conditions of what is lost on the way.

use std::collections::BTreeSet;

use super::{Case, list, taken_index, when};
use crate::graph::NodeId;
use crate::platform::Platform;
use crate::readers::reader::View;

pub(in crate::readers) fn some_are_unnamed(case: &Case<'_, '_>) -> Option<String> {
    let unnamed = case.facts.roots.len().saturating_sub(case.entries().len());
    match unnamed {
        0 => None,
        1 => Some("skips an entry of `index.json` that has no name".to_owned()),
        count => Some(format!("skips {count} entries of `index.json` that have no name")),
    }
}

pub(in crate::readers) fn docker_some_are_unnamed(case: &Case<'_, '_>) -> Option<String> {
    let unnamed = case.facts.docker_entries().filter(|entry| entry.image.repo_tags.is_empty()).count();
    match unnamed {
        0 => None,
        1 => Some("does not keep an image of `manifest.json` that has no name".to_owned()),
        count => Some(format!("does not keep {count} images of `manifest.json` that have no name")),
    }
}

pub(in crate::readers) fn loads_one_platform(case: &Case<'_, '_>) -> Option<String> {
    let (platforms, _) = case.facts.platforms();
    let host = case.facts.host;
    when(taken_index(case) && platforms.len() > 1, format!("loads only {host} of {}", list(&platforms)))
}

pub(in crate::readers) fn docker_has_fewer_platforms(case: &Case<'_, '_>) -> Option<String> {
    let (platforms, _) = case.facts.platforms();
    let own: Vec<Platform> = docker_platforms(case);
    let fewer = platforms.iter().any(|platform| !own.iter().any(|own| own.normalized() == platform.normalized()));
    when(fewer && !own.is_empty(), format!("`manifest.json` lists only {} of {}", list(&own), list(&platforms)))
}

fn docker_platforms(case: &Case<'_, '_>) -> Vec<Platform> {
    let graph = case.facts.graph();
    let configs = case.facts.docker_entries().filter_map(|entry| entry.config);
    let mut platforms: Vec<Platform> = configs.filter_map(|id| graph.platform_of(id)).collect();
    platforms.sort();
    platforms.dedup();
    platforms
}

pub(in crate::readers) fn docker_has_host_platform(case: &Case<'_, '_>) -> Option<String> {
    let own = docker_platforms(case);
    let host = case.facts.host;
    let other = !own.is_empty() && !own.iter().any(|platform| platform.satisfies(host));
    when(other, format!("no image for {host}, only for {}", list(&own)))
}

pub(in crate::readers) fn has_all_images(case: &Case<'_, '_>) -> Option<String> {
    let (_, absent) = case.facts.platforms();
    when(!absent.is_empty(), format!("the images for {} are missing", list(&absent)))
}

pub(in crate::readers) fn keeps_attestations(case: &Case<'_, '_>) -> Option<String> {
    let count = case.facts.attestations();
    when(count > 0, left_behind(count))
}

/// What refers to the images that are taken, and is not in an index with them.
pub(in crate::readers) fn keeps_referrers(case: &Case<'_, '_>) -> Option<String> {
    let graph = case.facts.graph();
    let taken: BTreeSet<NodeId> = case.listed().into_iter().collect();
    let left: BTreeSet<NodeId> =
        taken.iter().flat_map(|&id| graph.referrers_of(id)).filter(|id| !taken.contains(id)).collect();
    match left.len() {
        0 => None,
        1 => Some("does not copy the artifact that refers to the image".to_owned()),
        count => Some(format!("does not copy the {count} artifacts that refer to the image")),
    }
}

pub(in crate::readers) fn views_agree(case: &Case<'_, '_>) -> Option<String> {
    let believed = if case.view == View::Docker { "manifest.json" } else { "index.json" };
    when(case.facts.views_differ, format!("`index.json` and `manifest.json` differ; it reads `{believed}`"))
}

fn left_behind(count: usize) -> String {
    if count == 1 {
        "does not load the attestation".to_owned()
    } else {
        format!("does not load the {count} attestations")
    }
}
