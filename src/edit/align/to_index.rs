//! `manifest.json` made to follow `index.json`.

use std::collections::{BTreeMap, BTreeSet};

use super::view::View;
use crate::edit::docker_documents::ManifestText;
use crate::edit::{Draft, docker};
use crate::error::Error;
use crate::finding::{Code, Finding};
use crate::graph::{DockerEntry, NodeId};
use crate::json::Edit;
use crate::json::edit::quoted;
use crate::platform::Platform;
use crate::reference::{normalized, tag_of};
use crate::views;
use crate::views::{Comparison, Pairs, Verdict, both_views};

/// Images get the names, config and layers that `index.json` says; those that it does not list go, and those that only it
/// lists come.
pub(super) fn images(draft: &mut Draft<'_>) -> Result<(), Error> {
    let image = draft.image();
    let Comparison { images, pairs, findings, .. } = both_views(image, draft.limits());
    let absent: BTreeSet<u32> = findings.iter().filter_map(entry_with_absent_file).collect();
    let stored = ManifestText::of(draft);
    for (about, row) in &images {
        let Some(entry) = about.docker.map(|place| &image.graph.docker[place]) else { continue };
        let Some(at) = about.index else {
            draft.edit_docker(Edit::Remove { pointer: format!("/{}", entry.number) });
            continue;
        };
        let own = &pairs.images[at];
        if row.names == Verdict::Different {
            let names = names_of(draft, &pairs, at, entry)?;
            let list = names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(",");
            let tags = stored.field(entry.number, "RepoTags");
            draft.edit_docker(docker::set(&tags, format!("[{list}]")));
        }
        let is_absent = absent.contains(&entry.number);
        if row.config == Verdict::Different || row.layers == Verdict::Different || is_absent {
            let (config, layers) = views::docker::dual_files(image, own.node)?;
            let pointer = stored.field(entry.number, "Config");
            draft.edit_docker(docker::set(&pointer, quoted(&config)));
            let list = layers.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(",");
            let pointer = stored.field(entry.number, "Layers");
            draft.edit_docker(docker::set(&pointer, format!("[{list}]")));
        }
    }
    for (manifest, names) in only_there(draft, &pairs, &findings.iter().collect::<Vec<_>>()) {
        let value = views::docker::dual_item(image, manifest, &names)?;
        draft.edit_docker(Edit::InsertItem { array: String::new(), at: usize::MAX, value });
    }
    Ok(())
}

fn entry_with_absent_file(finding: &Finding) -> Option<u32> {
    let step = finding.at.steps().first().filter(|_| finding.code == Code::DockerFileMissing)?;
    step.pointer.split('/').nth(1)?.parse().ok()
}

/// The names that `index.json` has for an image, in the form of `RepoTags`. A tag alone takes the repository of another of
/// its names.
fn names_of(draft: &Draft<'_>, pairs: &Pairs, at: usize, entry: &DockerEntry) -> Result<Vec<String>, Error> {
    let shown: Vec<String> = pairs.images[at].listed.iter().flat_map(|&top| pairs.listed[top].names.shown()).collect();
    let (full, tags): (Vec<String>, Vec<String>) = shown.into_iter().partition(|name| name.contains(['/', ':']));
    let repository = full.iter().chain(&entry.image.repo_tags).find_map(|name| {
        let tag = tag_of(name)?;
        name.strip_suffix(&format!(":{tag}")).map(ToOwned::to_owned)
    });
    let mut names: Vec<String> = Vec::new();
    let mut known: BTreeSet<String> = BTreeSet::new();
    for name in full {
        if known.insert(normalized(&name)) {
            names.push(name);
        }
    }
    let mut known: BTreeSet<String> = names.iter().filter_map(|name| tag_of(name)).map(ToOwned::to_owned).collect();
    for tag in tags {
        if !known.insert(tag.clone()) {
            continue;
        }
        let Some(repository) = &repository else {
            let reason = format!(
                "index.json has only the tag `{tag}` for {}, but manifest.json requires a repository; with `--view \
                docker` the edit uses manifest.json",
                draft.graph().node(pairs.images[at].node).key.as_str()
            );
            return Err(Error::Unfit {
                path: draft.image().source.label().to_owned(),
                verb: View::Index.verb(),
                reason,
            });
        };
        names.push(format!("{repository}:{tag}"));
    }
    Ok(names)
}

/// Images that only `index.json` lists, with the names that docker would know them by: of an index one platform, as in
/// every dual archive.
fn only_there(draft: &Draft<'_>, pairs: &Pairs, findings: &[&Finding]) -> Vec<(NodeId, Vec<String>)> {
    let graph = draft.graph();
    let mut found: BTreeMap<NodeId, Vec<String>> = BTreeMap::new();
    let mut order: Vec<NodeId> = Vec::new();
    for top in super::to_docker::tops_alone(graph, pairs, findings) {
        let mut images = graph.images_below(pairs.listed[top].node);
        images.retain(|&id| graph.node(id).is_present());
        let Some(manifest) = views::docker::usual(draft.image(), &images, &Platform::new("linux", "amd64")) else {
            continue;
        };
        let roots = pairs.listed[top].roots.iter().map(|&root| &graph.roots[root]);
        let names = found.entry(manifest).or_insert_with(|| {
            order.push(manifest);
            Vec::new()
        });
        names.extend(roots.filter_map(views::docker::docker_name));
    }
    order.into_iter().filter_map(|id| Some((id, found.remove(&id)?))).collect()
}
