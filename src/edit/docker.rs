//! `manifest.json` and `repositories`, kept in step with what becomes of the index view.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::docker_documents::{Lines, ManifestText, repository, top_layer};
use super::draft::Draft;
use super::rewrite::Rewritten;
use super::successor::Successor;
use super::walk::Output;
use super::{contents, splice_failed, views};
use crate::digest::Digest;
use crate::doc;
use crate::error::Error;
use crate::graph::{DockerEntry, NodeId};
use crate::json::edit::{apply, quoted};
use crate::json::{Edit, Kind, pointer_token};
use crate::reference::{familiar, normalized, tag_of};
use crate::source::Resolution;

/// What becomes of a document at the top.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Fate {
    /// It stays as it is, or is not there.
    #[default]
    Same,
    /// It gets this text.
    New(String),
    /// It goes, since it would list nothing.
    Gone,
}

/// What becomes of the docker view.
#[derive(Debug, Clone, Default)]
pub(super) struct DockerOutcome {
    pub(super) manifest: Fate,
    pub(super) repositories: Fate,
    /// Files that the remaining images need.
    pub(super) live: BTreeSet<NodeId>,
    /// Blobs that come in for them.
    pub(super) coming: BTreeSet<Digest>,
}

/// Works out both documents.
pub(super) fn settle(draft: &Draft<'_>, rewritten: &Rewritten, output: &Output) -> Result<DockerOutcome, Error> {
    let (graph, source) = (&draft.image.graph, &draft.image.source);
    if !source.format().docker_view {
        return Ok(DockerOutcome::default());
    }
    let mut outcome = DockerOutcome::default();
    let (mut edits, mut lines) = (draft.docker.clone(), draft.repositories.clone());
    let mut lists_none = !graph.docker.is_empty();
    let (stored, listed, known) = (ManifestText::of(draft), views::configs(graph), Lines::of(draft));
    for entry in &graph.docker {
        if is_kept(draft, output, rewritten, &listed, entry) {
            let successor = Successor::of(draft, rewritten, entry);
            edits.extend(successor.edits(&stored)?);
            lines.extend(successor.lines(&known));
            outcome.coming.extend(successor.coming());
            lists_none = false;
        } else {
            edits.push(Edit::Remove { pointer: format!("/{}", entry.number) });
            lines.extend(known.that_name(entry).map(|line| Edit::Remove { pointer: line.pointer.clone() }));
        }
    }
    outcome.manifest = if lists_none { Fate::Gone } else { changed(draft, "manifest.json", &edits)? };
    outcome.live = live(draft, &outcome.manifest);
    if source.find("repositories").is_some() {
        let lines = without_emptied(draft, lines);
        outcome.repositories = if lists_none { Fate::Gone } else { changed(draft, "repositories", &lines)? };
    }
    Ok(outcome)
}

/// The files of the source that `manifest.json` names in the end.
fn live(draft: &Draft<'_>, manifest: &Fate) -> BTreeSet<NodeId> {
    let (graph, source) = (&draft.image.graph, &draft.image.source);
    match manifest {
        Fate::Gone => BTreeSet::new(),
        Fate::Same => {
            let files = graph.docker.iter().flat_map(|entry| entry.config.iter().chain(entry.layers.iter().flatten()));
            files.copied().collect()
        }
        Fate::New(text) => {
            let images = doc::read_docker_manifest(text.as_bytes(), &draft.options.limits).view;
            let names = images.iter().flat_map(|(_, image)| image.config.ok().into_iter().chain(&image.layers));
            let held = names.filter_map(|name| match source.resolve(name) {
                Resolution::File(member) => graph.held_by(member),
                _ => None,
            });
            held.collect()
        }
    }
}

fn changed(draft: &Draft<'_>, name: &str, edits: &[Edit]) -> Result<Fate, Error> {
    if edits.is_empty() {
        return Ok(Fate::Same);
    }
    let text = contents::top(draft.image, name, &draft.options.limits)?;
    let new = apply(&text, edits).map_err(|fault| splice_failed(&draft.image.source, name, &fault))?;
    Ok(if new == text { Fate::Same } else { Fate::New(new) })
}

/// An image stays as long as the index view references its config, or never did.
fn is_kept(
    draft: &Draft<'_>,
    output: &Output,
    rewritten: &Rewritten,
    listed: &HashSet<NodeId>,
    entry: &DockerEntry,
) -> bool {
    let graph = &draft.image.graph;
    let Some(config) = entry.config else { return true };
    if !draft.image.source.format().index_view || !listed.contains(&config) {
        return true;
    }
    let now = rewritten.nodes.get(&config).map(|new| &new.digest).or(graph.node(config).key.digest());
    now.is_none_or(|digest| output.live.contains(digest))
}

/// Removes a repository that would be left without a tag.
fn without_emptied(draft: &Draft<'_>, mut edits: Vec<Edit>) -> Vec<Edit> {
    let is_removal = |edit: &Edit| match edit {
        Edit::Remove { pointer } => Some(pointer.clone()),
        _ => None,
    };
    let removed: HashSet<String> = edits.iter().filter_map(is_removal).collect();
    let filled = edits.iter().filter_map(|edit| match edit {
        Edit::Set { object, .. } => Some(object.clone()),
        _ => None,
    });
    let lines = &draft.image.graph.repositories;
    let staying = lines.iter().filter(|line| !removed.contains(&line.pointer)).map(|line| repository(line).to_owned());
    let staying: HashSet<String> = staying.chain(filled).collect();
    let all: BTreeSet<&str> = lines.iter().map(repository).collect();
    let emptied = all.into_iter().filter(|repository| !staying.contains(*repository));
    edits.extend(emptied.map(|pointer| Edit::Remove { pointer: pointer.to_owned() }));
    edits
}

/// Sets the field that a pointer points to.
pub(crate) fn set(pointer: &str, value: String) -> Edit {
    let (object, key) = pointer.rsplit_once('/').unwrap_or(("", pointer));
    Edit::Set { object: object.to_owned(), key: key.to_owned(), value }
}

/// Adds a name to the images of `manifest.json` that have one of these configs, and to `repositories`. One that was to go
/// from there, since others have it too, stays.
pub(crate) fn add_name(draft: &mut Draft<'_>, configs: &HashSet<NodeId>, name: &str) {
    let image = draft.image;
    let (stored, known) = (ManifestText::of(draft), Lines::of(draft));
    let full = normalized(name);
    let mut staying = HashSet::new();
    for entry in image.graph.docker.iter().filter(|entry| entry.config.is_some_and(|id| configs.contains(&id))) {
        let tags = &entry.image.repo_tags;
        let in_full = tags.iter().any(|tag| tag.starts_with("docker.io/"));
        let tag = if in_full { full.clone() } else { familiar(&full) };
        let same = tags.iter().enumerate().filter(|(_, own)| normalized(own) == full);
        let same: Vec<String> =
            same.map(|(at, _)| format!("{}/{at}", stored.field(entry.number, "RepoTags"))).collect();
        if !same.is_empty() {
            staying.extend(same);
            continue;
        }
        let (pointer, kind) = stored.pointer_and_kind(entry.number, "RepoTags");
        let value = quoted(&tag);
        if kind == Some(Kind::Array) {
            draft.edit_docker(Edit::InsertItem { array: pointer, at: usize::MAX, value });
        } else {
            draft.edit_docker(set(&pointer, format!("[{value}]")));
        }
        if let Some(edit) = line_for(draft, &known, entry, &tag) {
            draft.edit_repositories(edit);
        }
    }
    if !staying.is_empty() {
        draft.docker.retain(|edit| !is_removal_of(edit, |pointer| staying.contains(pointer)));
        let lines = known.by_name.get(&full).map_or(&[][..], Vec::as_slice);
        let is_line = |pointer: &str| lines.iter().any(|(_, line)| line.pointer == pointer);
        draft.repositories.retain(|edit| !is_removal_of(edit, is_line));
    }
}

fn is_removal_of(edit: &Edit, is_it: impl Fn(&str) -> bool) -> bool {
    matches!(edit, Edit::Remove { pointer } if is_it(pointer))
}

/// The splice that adds a line to `repositories`, where there is that file: a line names the top layer of an image, as
/// its other lines do.
fn line_for(draft: &Draft<'_>, known: &Lines<'_>, entry: &DockerEntry, name: &str) -> Option<Edit> {
    let own = known.that_name(entry).next();
    let id = own.map(|line| line.layer.clone()).or_else(|| top_layer(&entry.image.layers))?;
    added(draft, known, &[(name.to_owned(), id)]).pop()
}

/// The splices that add lines to `repositories`, where there is that file: names with what each stands for.
pub(crate) fn lines(draft: &Draft<'_>, named: &[(String, String)]) -> Vec<Edit> {
    added(draft, &Lines::of(draft), named)
}

fn added(draft: &Draft<'_>, known: &Lines<'_>, named: &[(String, String)]) -> Vec<Edit> {
    if draft.image.source.find("repositories").is_none() {
        return Vec::new();
    }
    let mut repositories: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for (name, layer) in named {
        let tag = tag_of(name).unwrap_or("latest").to_owned();
        let repository = name.strip_suffix(&format!(":{tag}")).unwrap_or(name).to_owned();
        repositories.entry(repository).or_default().push((tag, quoted(layer)));
    }
    let mut edits = Vec::new();
    for (repository, tags) in repositories {
        let object = pointer_token(&repository);
        if known.repositories.contains(&*object) {
            edits.extend(tags.into_iter().map(|(key, value)| Edit::Set { object: object.clone(), key, value }));
        } else {
            let tags: Vec<String> = tags.into_iter().map(|(tag, layer)| format!("{}:{layer}", quoted(&tag))).collect();
            let value = format!("{{{}}}", tags.join(","));
            edits.push(Edit::Set { object: String::new(), key: repository, value });
        }
    }
    edits
}

/// Takes a name from the images of `manifest.json` and from `repositories`; says whether any had it.
pub(crate) fn remove_name(draft: &mut Draft<'_>, is_it: impl Fn(&str) -> bool) -> bool {
    let image = draft.image;
    let stored = ManifestText::of(draft);
    let mut found = false;
    for entry in &image.graph.docker {
        for (number, tag) in entry.image.repo_tags.iter().enumerate() {
            if is_it(tag) {
                let tags = stored.field(entry.number, "RepoTags");
                draft.edit_docker(Edit::Remove { pointer: format!("{tags}/{number}") });
                found = true;
            }
        }
    }
    for line in image.graph.repositories.iter().filter(|line| is_it(&line.name)) {
        draft.edit_repositories(Edit::Remove { pointer: line.pointer.clone() });
        found = true;
    }
    found
}
