//! What is in `manifest.json` beside config and layers, and `repositories`: held in step with `RepoTags` and `Layers`.

use std::collections::{BTreeMap, BTreeSet};

use crate::edit::docker_documents::{ManifestText, top_layer};
use crate::edit::{Draft, docker};
use crate::error::Error;
use crate::finding::{Code, Finding};
use crate::graph::Graph;
use crate::json::Edit;
use crate::json::edit::quoted;
use crate::views::{both_views, meaning};

/// Of two images of `manifest.json` with one name the later keeps it, as when docker loads them.
pub(super) fn one_image_each(draft: &mut Draft<'_>) -> Result<(), Error> {
    let image = draft.image();
    let findings = both_views(image, draft.limits()).findings;
    if !findings.iter().any(|finding| finding.code == Code::RefConflict) {
        return Ok(());
    }
    let mut taken: BTreeMap<String, Option<usize>> = BTreeMap::new();
    let stored = ManifestText::of(draft);
    for entry in image.graph.docker.iter().rev() {
        for (number, tag) in entry.image.repo_tags.iter().enumerate() {
            let Some(name) = meaning(tag) else { continue };
            if *taken.entry(name).or_insert(entry.config) != entry.config {
                let tags = stored.field(entry.number, "RepoTags");
                draft.edit_docker(Edit::Remove { pointer: format!("{tags}/{number}") });
            }
        }
    }
    Ok(())
}

/// Entries of `LayerSources` that contradict the layers go; the lines of `repositories` become those that `RepoTags` says.
pub(super) fn in_step(draft: &mut Draft<'_>) -> Result<(), Error> {
    let findings = both_views(draft.image(), draft.limits()).findings;
    let of = |code: Code| findings.iter().filter(move |finding| finding.code == code);
    let stored = ManifestText::of(draft);
    let sources: BTreeSet<String> =
        of(Code::ViewLayerSources).filter_map(|finding| source_pointer(&stored, finding)).collect();
    for pointer in sources {
        draft.edit_docker(Edit::Remove { pointer });
    }
    if of(Code::ViewRepositories).next().is_some() {
        repositories(draft, &of(Code::ViewRepositories).collect::<Vec<_>>());
    }
    Ok(())
}

/// The pointer to the entry of `LayerSources` that a finding is about.
fn source_pointer(stored: &ManifestText, finding: &Finding) -> Option<String> {
    let mut parts = finding.at.steps().first()?.pointer.split('/').skip(1);
    let number = parts.next()?.parse().ok()?;
    let key = parts.nth(1)?;
    Some(format!("{}/{key}", stored.field(number, "LayerSources")))
}

fn repositories(draft: &mut Draft<'_>, findings: &[&Finding]) {
    let graph = &draft.image().graph;
    let steps = findings.iter().filter_map(|finding| finding.at.steps().first());
    let wrong: BTreeSet<&str> = steps.map(|step| step.pointer.as_str()).collect();
    let mut named = named(graph);
    for line in &graph.repositories {
        let name = meaning(&line.name);
        let own = name.as_ref().and_then(|name| Some((name.clone(), named.get(name)?.1.clone())));
        match own {
            Some((_, layer)) if wrong.contains(&*line.pointer) => {
                draft.edit_repositories(Edit::Replace { pointer: line.pointer.clone(), value: quoted(&layer) });
            }
            None if wrong.contains(&*line.pointer) => {
                draft.edit_repositories(Edit::Remove { pointer: line.pointer.clone() });
            }
            _ => {}
        }
        if let Some(name) = name {
            named.remove(&name);
        }
    }
    for edit in docker::lines(draft, &named.into_values().collect::<Vec<_>>()) {
        draft.edit_repositories(edit);
    }
}

/// The names of `manifest.json` by what they mean, each as it stands with the top layer of its image.
fn named(graph: &Graph) -> BTreeMap<String, (String, String)> {
    let entries = graph.docker.iter().filter_map(|entry| Some((entry, top_layer(&entry.image.layers)?)));
    let named = entries.flat_map(|(entry, layer)| {
        entry.image.repo_tags.iter().filter_map(move |tag| Some((meaning(tag)?, (tag.clone(), layer.clone()))))
    });
    named.collect()
}
