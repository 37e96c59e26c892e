//! `--require-ref` and `--expect`: names that must reference an image in the file, and the digest that a root must have.

use std::collections::BTreeSet;

use crate::checks::options::VerifyOptions;
use crate::checks::whole;
use crate::checks::whole::{images, is_there};
use crate::finding::{Code, Finding, Findings, Place};
use crate::graph::{Graph, NodeId, Role, Selectable, Selector};
use crate::image::Image;
use crate::reference::DigestPrefix;

/// `selected` are the images below `chosen`, which were asked for.
pub(crate) fn check(
    image: &Image,
    chosen: &[Selectable],
    selected: &[NodeId],
    top: Place,
    options: &VerifyOptions,
    findings: &mut Findings,
) {
    let (graph, policy) = (&image.graph, &options.policy);
    // Roots that are meant together: with `every`, one name stands for them, so that all must have the digest.
    let mut groups: Vec<(Vec<Selectable>, bool)> = Vec::new();
    let known = known(graph, selected);
    for wanted in &policy.require_refs {
        let by_name = Selector { reference: Some(wanted.clone()), ..Selector::default() };
        let named = graph.select(image.source.label(), &by_name).unwrap_or_default();
        // What is selected besides narrows what the name stands for.
        let narrowed = Selector { reference: Some(wanted.clone()), ..options.selector.clone() };
        let narrowed = graph.select(image.source.label(), &narrowed).unwrap_or_default();
        if let Some(detail) = lacks(graph, wanted, &named, &narrowed, &known, options) {
            let names: Vec<&str> = names(graph).collect();
            let found = if names.is_empty() { "no names".to_owned() } else { names.join(", ") };
            findings.push(Finding::new(Code::RefRequired, top.clone(), detail).compared(wanted, found));
        }
        groups.push((narrowed, true));
    }
    if groups.is_empty() || options.selector.reference.is_some() {
        groups.push((chosen.to_vec(), options.selector.reference.is_some()));
    }
    let Some(expected) = &policy.expect else { return };
    for (group, every) in groups {
        if let Some(detail) = differs(graph, expected, &group, every, options) {
            let digests: BTreeSet<String> = group.iter().map(|top| root_digest(graph, *top)).collect();
            let digests: Vec<String> = digests.into_iter().collect();
            let finding = Finding::new(Code::DigestUnexpected, top.clone(), detail);
            findings.push(finding.compared(expected, digests.join(", ")));
        }
    }
}

/// The selected images with their configs, by which `manifest.json` knows them.
fn known(graph: &Graph, selected: &[NodeId]) -> BTreeSet<NodeId> {
    let configs = selected.iter().flat_map(|&id| &graph.node(id).links).filter(|link| link.role == Role::Config);
    configs.filter_map(|link| link.node).chain(selected.iter().copied()).collect()
}

/// Why a required name is not met.
fn lacks(
    graph: &Graph,
    wanted: &str,
    named: &[Selectable],
    narrowed: &[Selectable],
    selected: &BTreeSet<NodeId>,
    options: &VerifyOptions,
) -> Option<String> {
    if named.is_empty() {
        return Some(format!("the required name `{wanted}` is missing"));
    }
    let images = images(graph, narrowed);
    if images.is_empty() {
        let what = if options.selector.is_all() { "no image" } else { "no selected image" };
        return Some(format!("the required name `{wanted}` references {what}"));
    }
    if !images.iter().any(|&id| is_there(graph, id, options)) {
        return Some(format!("the required name `{wanted}` references an image that is missing or incomplete"));
    }
    // A docker archive beside an index is no top of a whole file.
    let is_selected = |id: &NodeId| options.selector.is_all() || selected.contains(id);
    let is_met = images.iter().any(|id| is_there(graph, *id, options) && is_selected(id));
    (!is_met).then(|| format!("the required name `{wanted}` references another image than the selected one"))
}

/// Why no root, or not every root, is the expected one.
fn differs(
    graph: &Graph,
    expected: &DigestPrefix,
    group: &[Selectable],
    every: bool,
    options: &VerifyOptions,
) -> Option<String> {
    let fits = |top: &&Selectable| root_digest(graph, **top).parse().is_ok_and(|digest| expected.matches(&digest));
    let fitting: Vec<&Selectable> = group.iter().filter(fits).collect();
    if fitting.is_empty() {
        return Some("no image or index has the expected digest".to_owned());
    }
    if every && fitting.len() < group.len() {
        return Some("the name also refers to an image or index with another digest".to_owned());
    }
    let is_in_file = fitting.iter().any(|top| is_root_there(graph, **top, options));
    (!is_in_file).then(|| "the image of the expected digest is missing or incomplete".to_owned())
}

/// Whether a root is in the file, with an image where it is of images.
fn is_root_there(graph: &Graph, top: Selectable, options: &VerifyOptions) -> bool {
    let images = images(graph, &[top]);
    let is_sound = || match top {
        Selectable::Docker(_) => true,
        top => graph.nodes_of(top).iter().all(|&id| whole::is_sound(graph, id)),
    };
    is_sound() && (images.is_empty() || options.sparse || images.iter().any(|&id| is_there(graph, id, options)))
}

fn names(graph: &Graph) -> impl Iterator<Item = &str> {
    let roots = graph.roots.iter().flat_map(|root| root.names());
    roots.chain(graph.docker.iter().flat_map(|entry| entry.image.repo_tags.iter().map(String::as_str)))
}

fn root_digest(graph: &Graph, top: Selectable) -> String {
    match top {
        Selectable::Docker(at) => {
            let config = graph.docker[at].image.config.ok().and_then(|name| crate::doc::docker::config_digest(name));
            config.map_or_else(String::new, |digest| digest.to_string())
        }
        top => graph.nodes_of(top).first().map_or_else(String::new, |&id| graph.node(id).key.as_str().to_owned()),
    }
}
