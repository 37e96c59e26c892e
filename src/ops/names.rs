//! `ref add`, `ref remove` and `ref rename`: the names in an image file, in every document that has them.

use std::collections::HashSet;

use crate::doc::Descriptor;
use crate::doc::annotations::CONTAINERD_NAME;
use crate::edit::names::{
    Spelling, annotations_for, annotations_text, is_bare, name_beside, name_edits, note_unaccepted, unname,
};
use crate::edit::{Draft, EditOptions, Holder, List, ListKind, Scope, Slot, docker, slots_of};
use crate::error::Error;
use crate::graph::{DockerEntry, NodeId, Role, Root, Selectable, Selector};
use crate::image::Image;
use crate::json::Edit;
use crate::json::edit::apply;
use crate::reference::{same_image, tag_of};

/// Gives what a selector means one name more.
///
/// # Errors
///
/// [`Error::Occupied`] when something else has the name, without `replace`; and when nothing or several things fit.
pub fn add<'a>(
    image: &'a Image,
    selector: &Selector,
    name: &str,
    replace: bool,
    options: &EditOptions,
) -> Result<Draft<'a>, Error> {
    let mut draft = Draft::new(image, options, &Scope::All)?;
    note_unaccepted(&mut draft, name);
    let graph = &image.graph;
    let named = one(image, selector)?;
    let node = graph.nodes_of(named).first().copied();
    let configs = configs_below(image, graph.nodes_of(named));
    let (own, foreign): (Vec<&Root>, Vec<&Root>) =
        graph.roots.iter().filter(|root| has_name(root, name)).partition(|root| root.node == node);
    let is_foreign_image = |at: usize, entry: &DockerEntry| {
        named != Selectable::Docker(at) && !entry.config.is_some_and(|config| configs.contains(&config))
    };
    let mut images = graph.docker.iter().enumerate().filter(|(at, entry)| is_foreign_image(*at, entry));
    if !foreign.is_empty() || images.any(|(_, entry)| entry.image.repo_tags.iter().any(|tag| is_name(tag, name))) {
        if !replace {
            return Err(occupied(image, name));
        }
        take_away(&mut draft, name, |root| root.node != node, !graph.roots.is_empty());
    }
    let root = match named {
        Selectable::Docker(at) => {
            let config = graph.docker[at].config;
            docker::add_name(&mut draft, &config.into_iter().collect(), name);
            return Ok(draft);
        }
        Selectable::Root(at) => Some(&graph.roots[at]),
        Selectable::Node(_) => None,
    };
    if own.is_empty() {
        match (root, node) {
            (Some(root), _) => name_root(&mut draft, root, name)?,
            (None, Some(id)) => name_node(&mut draft, id, name)?,
            (None, None) => {}
        }
    }
    let descriptor = own.first().copied().or(root).map(|root| &root.descriptor);
    if let Some(name) = in_docker_view(image, descriptor, name) {
        docker::add_name(&mut draft, &configs, &name);
    }
    Ok(draft)
}

/// What `manifest.json` is to call what `index.json` calls by a name: a bare tag belongs to the repository of the entry
/// that it is given to, and where that has none, to no name that docker knows.
fn in_docker_view(image: &Image, own: Option<&Descriptor>, name: &str) -> Option<String> {
    let none = Descriptor::default();
    let annotations = annotations_for(image, own.unwrap_or(&none), name);
    let full = annotations.into_iter().find_map(|(key, value)| (key == CONTAINERD_NAME).then_some(value));
    full.or_else(|| (!is_bare(name)).then(|| name.to_owned()))
}

/// What is to get the name: the index rather than its children, where those are listed beside it.
fn one(image: &Image, selector: &Selector) -> Result<Selectable, Error> {
    let graph = &image.graph;
    if image.source.format().index_view && selector.platform.is_none() {
        let list = List::find(image, selector, "name")?;
        if let ListKind::Nested(id) | ListKind::Single(id) = list.kind {
            let fits = |slot: &Slot| list.scope == Scope::All || list.entries.iter().any(|entry| entry.slot == *slot);
            let slots: Vec<Slot> = slots_of(graph, id);
            let named = slots.iter().find(|slot| slot.holder == Holder::IndexJson && fits(slot)).or(slots.first());
            let root = named.filter(|slot| slot.holder == Holder::IndexJson);
            let at = root.and_then(|slot| graph.roots.iter().position(|root| root.number == slot.number));
            return Ok(at.map_or(Selectable::Node(id), Selectable::Root));
        }
    }
    graph.select_one(image.source.label(), selector)
}

/// Takes a name away. What it stood for stays; where it had no other name, without one.
///
/// # Errors
///
/// When nothing has the name.
pub fn remove<'a>(image: &'a Image, name: &str, options: &EditOptions) -> Result<Draft<'a>, Error> {
    let mut draft = Draft::new(image, options, &Scope::All)?;
    if !take_away(&mut draft, name, |_| true, true) {
        return Err(absent(image, name));
    }
    Ok(draft)
}

/// Changes a name. With a selector only that of what it means.
///
/// # Errors
///
/// When nothing has the old name; [`Error::Occupied`] when something has the new one, without `replace`.
pub fn rename<'a>(
    image: &'a Image,
    selector: &Selector,
    old: &str,
    new: &str,
    replace: bool,
    options: &EditOptions,
) -> Result<Draft<'a>, Error> {
    let mut draft = Draft::new(image, options, &Scope::All)?;
    note_unaccepted(&mut draft, new);
    let chosen = Chosen::of(image, selector)?;
    let roots: Vec<&Root> =
        image.graph.roots.iter().filter(|root| has_name(root, old) && chosen.has(root.node)).collect();
    let own: HashSet<u32> = roots.iter().map(|root| root.number).collect();
    if is_occupied(image, new, &own) {
        if !replace {
            return Err(occupied(image, new));
        }
        take_away(&mut draft, new, |root| !own.contains(&root.number), true);
    }
    let (mut stored, spelling) = (draft.stored(), Spelling::of(image));
    for root in &roots {
        let annotations = spelling.annotations(&root.descriptor, new);
        for edit in name_edits(&mut stored, root, &annotations)? {
            draft.edit(Holder::IndexJson, edit);
        }
    }
    let in_docker = rename_in_docker(&mut draft, &chosen, &roots, old, new);
    if in_docker || !roots.is_empty() { Ok(draft) } else { Err(absent(image, old)) }
}

/// The nodes that a selector means; None for all.
struct Chosen(Option<HashSet<NodeId>>);

impl Chosen {
    fn of(image: &Image, selector: &Selector) -> Result<Self, Error> {
        if selector.is_all() {
            return Ok(Chosen(None));
        }
        let selected = image.graph.select(image.source.label(), selector)?;
        Ok(Chosen(Some(selected.into_iter().flat_map(|one| image.graph.nodes_of(one)).collect())))
    }

    fn has(&self, node: Option<NodeId>) -> bool {
        self.0.as_ref().is_none_or(|chosen| node.is_some_and(|id| chosen.contains(&id)))
    }
}

/// Whether something other than these entries of `index.json` has a name. With entries there, `manifest.json` follows them.
fn is_occupied(image: &Image, name: &str, own: &HashSet<u32>) -> bool {
    let graph = &image.graph;
    let mut tags = graph.docker.iter().flat_map(|entry| &entry.image.repo_tags);
    graph.roots.iter().any(|root| has_name(root, name) && !own.contains(&root.number))
        || (own.is_empty() && tags.any(|tag| is_name(tag, name)))
}

/// Changes a name in `manifest.json` and `repositories`, in step with the entries of `index.json` that have it; says
/// whether any image had it.
fn rename_in_docker(draft: &mut Draft<'_>, chosen: &Chosen, roots: &[&Root], old: &str, new: &str) -> bool {
    let image = draft.image();
    let below = configs_below(image, roots.iter().filter_map(|root| root.node));
    let is_meant = |config: &NodeId| below.contains(config) || chosen.has(Some(*config));
    let entries = image.graph.docker.iter().filter(|entry| entry.image.repo_tags.iter().any(|tag| is_name(tag, old)));
    let configs: HashSet<NodeId> = entries.filter_map(|entry| entry.config).filter(is_meant).collect();
    if configs.is_empty() {
        return false;
    }
    let new = match roots.first() {
        Some(root) => in_docker_view(image, Some(&root.descriptor), new),
        None => Some(new.to_owned()),
    };
    if let Some(new) = &new {
        docker::add_name(draft, &configs, new);
    }
    let stays = |tag: &str| new.as_ref().is_some_and(|new| same_image(tag, new));
    docker::remove_name(draft, |tag| is_name(tag, old) && !stays(tag));
    true
}

/// Takes a name from some entries of `index.json`, and in step from `manifest.json`; says whether any had it.
fn take_away(draft: &mut Draft<'_>, name: &str, from: impl Fn(&Root) -> bool, in_docker: bool) -> bool {
    let image = draft.image();
    let mut found = false;
    let going: Vec<&Root> = image.graph.roots.iter().filter(|root| has_name(root, name) && from(root)).collect();
    let numbers: HashSet<u32> = going.iter().map(|root| root.number).collect();
    let staying = image.graph.roots.iter().filter(|root| !numbers.contains(&root.number));
    let staying: HashSet<Option<NodeId>> = staying.map(|root| root.node).collect();
    for root in &going {
        found = true;
        if staying.contains(&root.node) {
            draft.remove(Slot { holder: Holder::IndexJson, number: root.number });
            continue;
        }
        unname(draft, root);
    }
    if in_docker {
        found |= docker::remove_name(draft, |tag| is_name(tag, name));
    }
    found
}

/// Names an entry that has no name; beside one that has, puts another entry for the same digest, as BuildKit does.
fn name_root(draft: &mut Draft<'_>, root: &Root, name: &str) -> Result<(), Error> {
    if root.name().is_some() {
        let (mut stored, spelling) = (draft.stored(), Spelling::of(draft.image()));
        return name_beside(draft, &mut stored, &spelling, root, name);
    }
    let annotations = annotations_for(draft.image(), &root.descriptor, name);
    for edit in name_edits(&mut draft.stored(), root, &annotations)? {
        draft.edit(Holder::IndexJson, edit);
    }
    Ok(())
}

/// Lists something in `index.json`, under a name, that only an index listed before.
fn name_node(draft: &mut Draft<'_>, id: NodeId, name: &str) -> Result<(), Error> {
    let image = draft.image();
    let Some(slot) = slots_of(&image.graph, id).into_iter().next() else { return Ok(()) };
    let mut stored = draft.stored();
    let text = stored.entry(slot)?;
    let value = annotations_text(image, name);
    let edit = Edit::Set { object: String::new(), key: "annotations".to_owned(), value };
    let copy = apply(text, &[edit]).map_err(|fault| Error::Document {
        path: image.source.label().to_owned(),
        document: "descriptor".to_owned(),
        fault: fault.to_string(),
    })?;
    draft.insert(Holder::IndexJson, usize::MAX, &copy);
    Ok(())
}

/// Whether an entry has a name: in full, or as the tag that it is listed under.
fn has_name(root: &Root, name: &str) -> bool {
    match root.name() {
        Some(own) => is_name(own, name),
        None => false,
    }
}

/// Whether a stored name is the one that was typed: the same image, or with a bare tag typed, that tag.
fn is_name(own: &str, typed: &str) -> bool {
    let is_bare = is_bare(typed);
    own == typed
        || (!is_bare && own.contains([':', '/']) && same_image(own, typed))
        || (is_bare && tag_of(own) == Some(typed))
}

/// The configs of the images below some nodes, and these nodes themselves: in a docker archive a name stands for a config.
fn configs_below(image: &Image, nodes: impl IntoIterator<Item = NodeId>) -> HashSet<NodeId> {
    let graph = &image.graph;
    let mut configs: HashSet<NodeId> = nodes.into_iter().collect();
    let images = graph.images_below_all(configs.iter().copied());
    let links = images.into_iter().flat_map(|id| &graph.node(id).links).filter(|link| link.role == Role::Config);
    configs.extend(links.filter_map(|link| link.node));
    configs
}

fn occupied(image: &Image, name: &str) -> Error {
    Error::Occupied { path: image.source.label().to_owned(), what: format!("the name `{name}`") }
}

fn absent(image: &Image, name: &str) -> Error {
    let roots = image.graph.roots.iter().filter_map(|root| root.name().map(ToOwned::to_owned));
    let tags = image.graph.docker.iter().flat_map(|entry| entry.image.repo_tags.iter().cloned());
    Error::no_such_image(image.source.label(), format!("`{name}`"), name, roots.chain(tags).collect())
}
