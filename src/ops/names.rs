//! `ref add`, `ref remove` and `ref rename`: the names in an image file, in every document that has them.

use std::collections::HashSet;

use super::edit::{Draft, EditOptions, Holder, List, ListShape, Scope, Slot, Stored, docker, slots_of};
use crate::doc::Descriptor;
use crate::doc::annotations::{CONTAINERD_NAME, REF_NAME};
use crate::error::Error;
use crate::graph::{NodeId, Role, Root, Selector, Top};
use crate::image::Image;
use crate::json::edit::{apply, quoted};
use crate::json::{Edit, Value, pointer_token};
use crate::reference::{normalized, same_image, tag_of};

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
    let top = one(image, selector)?;
    let node = image.graph.nodes_of(top).first().copied();
    let holders: Vec<&Root> = image.graph.roots.iter().filter(|root| has_name(root, name)).collect();
    let foreign = holders.iter().any(|root| root.node != node);
    let own_configs = configs_below(image, image.graph.nodes_of(top));
    let in_docker = image.graph.docker.iter().enumerate().any(|(at, entry)| {
        top != Top::Docker(at)
            && !entry.config.is_some_and(|config| own_configs.contains(&config))
            && entry.image.repo_tags.iter().any(|tag| is_name(tag, name))
    });
    if (foreign || in_docker) && !replace {
        return Err(Error::Occupied { path: image.source.label().to_owned(), what: format!("the name `{name}`") });
    }
    if foreign || in_docker {
        take_away(&mut draft, name, |root| root.node != node, !image.graph.roots.is_empty());
    }
    match top {
        Top::Docker(at) => {
            let config = image.graph.docker[at].config;
            docker::add_name(&mut draft, &config.into_iter().collect(), name);
            return Ok(draft);
        }
        Top::Root(at) if holders.iter().all(|root| root.node != node) => {
            name_root(&mut draft, &image.graph.roots[at], name)?;
        }
        Top::Node(id) if holders.iter().all(|root| root.node != node) => name_node(&mut draft, id, name)?,
        Top::Root(_) | Top::Node(_) => {}
    }
    let own = match top {
        Top::Root(at) => Some(&image.graph.roots[at].descriptor),
        Top::Node(_) | Top::Docker(_) => None,
    };
    let own = holders.iter().find(|root| root.node == node).map(|root| &root.descriptor).or(own);
    if let Some(name) = in_docker_view(image, own, name) {
        docker::add_name(&mut draft, &own_configs, &name);
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

/// Whether a name that was typed is a tag alone.
fn is_bare(name: &str) -> bool {
    !name.contains(['/', ':'])
}

/// What is to get the name: the index rather than its children, where those are listed beside it.
fn one(image: &Image, selector: &Selector) -> Result<Top, Error> {
    let graph = &image.graph;
    if image.source.shape().index_view && selector.platform.is_none() {
        let list = List::find(image, selector, "name")?;
        if let ListShape::Nested(id) | ListShape::Single(id) = list.shape {
            let fits = |slot: &Slot| list.scope == Scope::All || list.entries.iter().any(|entry| entry.slot == *slot);
            let slots: Vec<Slot> = slots_of(graph, id);
            let named = slots.iter().find(|slot| slot.holder == Holder::Top && fits(slot)).or(slots.first());
            let root = named.filter(|slot| slot.holder == Holder::Top);
            let at = root.and_then(|slot| graph.roots.iter().position(|root| root.number == slot.number));
            return Ok(at.map_or(Top::Node(id), Top::Root));
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
    let chosen: Option<HashSet<NodeId>> = if selector.is_all() {
        None
    } else {
        let tops = image.graph.select(image.source.label(), selector)?;
        Some(tops.into_iter().flat_map(|top| image.graph.nodes_of(top)).collect())
    };
    let is_chosen = |node: Option<NodeId>| match &chosen {
        Some(chosen) => node.is_some_and(|id| chosen.contains(&id)),
        None => true,
    };
    let roots: Vec<&Root> =
        image.graph.roots.iter().filter(|root| has_name(root, old) && is_chosen(root.node)).collect();
    let own: HashSet<u32> = roots.iter().map(|root| root.number).collect();
    let occupied = image.graph.roots.iter().any(|root| has_name(root, new) && !own.contains(&root.number));
    let tags = image.graph.docker.iter().flat_map(|entry| &entry.image.repo_tags);
    let occupied = occupied || (roots.is_empty() && tags.clone().any(|tag| is_name(tag, new)));
    if occupied && !replace {
        return Err(Error::Occupied { path: image.source.label().to_owned(), what: format!("the name `{new}`") });
    }
    if occupied {
        take_away(&mut draft, new, |root| !own.contains(&root.number), true);
    }
    let (mut stored, spelling) = (draft.stored(), Spelling::of(image));
    for root in &roots {
        let annotations = spelling.annotations(&root.descriptor, new);
        for edit in naming(&mut stored, root, &annotations)? {
            draft.edit(Holder::Top, edit);
        }
    }
    let mut found = !roots.is_empty();
    let below = configs_below(image, roots.iter().filter_map(|root| root.node));
    let entries: HashSet<NodeId> = image
        .graph
        .docker
        .iter()
        .filter(|entry| entry.image.repo_tags.iter().any(|tag| is_name(tag, old)))
        .filter_map(|entry| entry.config)
        .filter(|config| chosen.is_none() || below.contains(config) || is_chosen(Some(*config)))
        .collect();
    if !entries.is_empty() {
        found = true;
        let new = match roots.first() {
            Some(root) => in_docker_view(image, Some(&root.descriptor), new),
            None => Some(new.to_owned()),
        };
        if let Some(new) = &new {
            docker::add_name(&mut draft, &entries, new);
        }
        let stays = |tag: &str| new.as_ref().is_some_and(|new| same_image(tag, new));
        docker::remove_name(&mut draft, |tag| is_name(tag, old) && !stays(tag));
    }
    if found { Ok(draft) } else { Err(absent(image, old)) }
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
            draft.remove(Slot { holder: Holder::Top, number: root.number });
            continue;
        }
        unname(draft, root);
    }
    if in_docker {
        found |= docker::remove_name(draft, |tag| is_name(tag, name));
    }
    found
}

/// Takes its names from an entry.
pub(super) fn unname(draft: &mut Draft<'_>, root: &Root) {
    for key in [CONTAINERD_NAME, REF_NAME] {
        if root.descriptor.annotations.get(key).is_some() {
            let pointer = format!("{}/annotations{}", slot(root).pointer(), pointer_token(key));
            draft.edit(Holder::Top, Edit::Remove { pointer });
        }
    }
}

/// Names an entry that has no name; beside one that has, puts another entry for the same digest, as BuildKit does.
fn name_root(draft: &mut Draft<'_>, root: &Root, name: &str) -> Result<(), Error> {
    if root.name().is_some() {
        let (mut stored, spelling) = (draft.stored(), Spelling::of(draft.image()));
        return name_beside(draft, &mut stored, &spelling, root, name);
    }
    let annotations = annotations_for(draft.image(), &root.descriptor, name);
    for edit in naming(&mut draft.stored(), root, &annotations)? {
        draft.edit(Holder::Top, edit);
    }
    Ok(())
}

/// Puts another entry for the same digest beside one that has a name.
pub(super) fn name_beside(
    draft: &mut Draft<'_>,
    stored: &mut Stored<'_>,
    spelling: &Spelling,
    root: &Root,
    name: &str,
) -> Result<(), Error> {
    let annotations = spelling.annotations(&root.descriptor, name);
    let text = stored.entry(slot(root))?;
    let mut edits = Vec::new();
    for key in [CONTAINERD_NAME, REF_NAME] {
        let pointer = format!("/annotations{}", pointer_token(key));
        match annotations.iter().find(|(own, _)| *own == key) {
            Some((_, value)) => edits.push(set("", key, value)),
            None if root.descriptor.annotations.get(key).is_some() => edits.push(Edit::Remove { pointer }),
            None => {}
        }
    }
    let copy = apply(text, &edits).map_err(|fault| Error::Document {
        path: draft.image().source.label().to_owned(),
        document: "index.json".to_owned(),
        fault: fault.to_string(),
    })?;
    draft.insert(Holder::Top, root.number as usize + 1, &copy);
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
    draft.insert(Holder::Top, usize::MAX, &copy);
    Ok(())
}

/// The splices that give an entry these names and no others.
pub(super) fn naming(stored: &mut Stored<'_>, root: &Root, annotations: &[(&str, String)]) -> Result<Vec<Edit>, Error> {
    let text = stored.entry(slot(root))?;
    let pointer = slot(root).pointer();
    let has = Value::parse(text).is_ok_and(|value| value.at("/annotations").is_some_and(|own| own.members().is_some()));
    if !has {
        let members: Vec<String> =
            annotations.iter().map(|(key, value)| format!("{}:{}", quoted(key), quoted(value))).collect();
        let value = format!("{{{}}}", members.join(","));
        return Ok(vec![Edit::Set { object: pointer, key: "annotations".to_owned(), value }]);
    }
    let mut edits: Vec<Edit> = annotations.iter().map(|(key, value)| set(&pointer, key, value)).collect();
    for key in [CONTAINERD_NAME, REF_NAME] {
        if root.descriptor.annotations.get(key).is_some() && !annotations.iter().any(|(own, _)| *own == key) {
            edits.push(Edit::Remove { pointer: format!("{pointer}/annotations{}", pointer_token(key)) });
        }
    }
    Ok(edits)
}

fn set(pointer: &str, key: &str, value: &str) -> Edit {
    Edit::Set { object: format!("{pointer}/annotations"), key: key.to_owned(), value: quoted(value) }
}

/// The annotations of a new entry with this name, as JSON text.
pub(super) fn annotations_text(image: &Image, name: &str) -> String {
    let annotations = annotations_for(image, &Descriptor::default(), name);
    let members: Vec<String> =
        annotations.iter().map(|(key, value)| format!("{}:{}", quoted(key), quoted(value))).collect();
    format!("{{{}}}", members.join(","))
}

fn annotations_for(image: &Image, own: &Descriptor, name: &str) -> Vec<(&'static str, String)> {
    Spelling::of(image).annotations(own, name)
}

/// How a file spells names.
pub(super) struct Spelling {
    /// Some stand in full, in an annotation for that.
    in_full: bool,
    /// There are names at all.
    named: bool,
}

impl Spelling {
    pub(super) fn of(image: &Image) -> Self {
        let roots = &image.graph.roots;
        let in_full = roots.iter().any(|root| root.descriptor.annotations.get(CONTAINERD_NAME).is_some());
        Spelling { in_full, named: roots.iter().any(|root| root.name().is_some()) }
    }

    /// A name in the annotations that the file uses: in full and as a tag, as BuildKit and docker have it, or as it was
    /// typed where the file has only `ref.name`.
    pub(super) fn annotations(&self, own: &Descriptor, name: &str) -> Vec<(&'static str, String)> {
        let repository = own.annotations.get(CONTAINERD_NAME).and_then(|full| {
            let tag = tag_of(full)?;
            full.strip_suffix(&format!(":{tag}"))
        });
        let is_full = !is_bare(name);
        match (is_full, repository) {
            (true, _) if self.in_full || !self.named => {
                let full = normalized(name);
                let tag = tag_of(&full).unwrap_or("latest").to_owned();
                vec![(CONTAINERD_NAME, full), (REF_NAME, tag)]
            }
            (false, Some(repository)) => {
                vec![(CONTAINERD_NAME, format!("{repository}:{name}")), (REF_NAME, name.to_owned())]
            }
            _ => vec![(REF_NAME, name.to_owned())],
        }
    }
}

fn slot(root: &Root) -> Slot {
    Slot { holder: Holder::Top, number: root.number }
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

fn absent(image: &Image, name: &str) -> Error {
    let roots = image.graph.roots.iter().filter_map(|root| root.name().map(ToOwned::to_owned));
    let tags = image.graph.docker.iter().flat_map(|entry| entry.image.repo_tags.iter().cloned());
    Error::no_such_image(image.source.label(), format!("`{name}`"), name, roots.chain(tags).collect())
}
