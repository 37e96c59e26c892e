//! Names in the form that a target accepts.

use std::collections::BTreeSet;

use crate::doc::annotations::{CONTAINERD_NAME, REF_NAME};
use crate::edit::names::{Spelling, name_edits};
use crate::edit::{Draft, EditOptions, Holder, Scope};
use crate::error::Error;
use crate::graph::Root;
use crate::image::Image;
use crate::readers::accepts_name;
use crate::reference::{name_like, normalized, tag_of};
use crate::target::Target;

/// Gives entries of `index.json` with a name that the target refuses the nearest one that it accepts, and those without
/// a name `latest` where the target knows images by name alone.
pub(super) fn accepted<'a>(image: &'a Image, target: Target, options: &EditOptions) -> Result<Draft<'a>, Error> {
    let graph = &image.graph;
    let mut draft = Draft::new(image, options, &Scope::All)?;
    let mut taken: BTreeSet<String> = graph.roots.iter().flat_map(|root| root.names()).map(ToOwned::to_owned).collect();
    let (mut stored, spelling) = (draft.stored(), Spelling::of(image));
    for root in &graph.roots {
        let old = root.names().find(|name| !accepts_name(target, name));
        let wanted = match (old, root.name()) {
            (Some(old), _) => name_like(old),
            (None, None) if matches!(target, Target::Umoci | Target::Zarf) => "latest".to_owned(),
            (None, _) => continue,
        };
        let name = free(&wanted, &taken);
        taken.insert(name.clone());
        let annotations = spelling.annotations(&root.descriptor, &name);
        for edit in name_edits(&mut stored, root, &annotations)? {
            draft.edit(Holder::IndexJson, edit);
        }
    }
    Ok(draft)
}

/// Gives entries of `index.json` whose `org.opencontainers.image.ref.name` the target does not accept the tag of their
/// name, and those without one `latest`. The full name stays in `io.containerd.image.name`.
pub(super) fn tagged<'a>(image: &'a Image, target: Target, options: &EditOptions) -> Result<Draft<'a>, Error> {
    let graph = &image.graph;
    let mut draft = Draft::new(image, options, &Scope::All)?;
    let tags = graph.roots.iter().filter_map(|root| accepted_tag(root, target));
    let mut taken: BTreeSet<String> = tags.map(ToOwned::to_owned).collect();
    let mut stored = draft.stored();
    for root in graph.roots.iter().filter(|root| accepted_tag(root, target).is_none()) {
        let full = root.name().map(normalized);
        let tag = full.as_deref().and_then(tag_of).unwrap_or("latest");
        let tag = free(tag, &taken);
        taken.insert(tag.clone());
        let full = full.map(|full| (CONTAINERD_NAME, full));
        let annotations: Vec<(&str, String)> = full.into_iter().chain([(REF_NAME, tag)]).collect();
        for edit in name_edits(&mut stored, root, &annotations)? {
            draft.edit(Holder::IndexJson, edit);
        }
    }
    Ok(draft)
}

fn accepted_tag(root: &Root, target: Target) -> Option<&str> {
    root.descriptor.annotations.get(REF_NAME).filter(|tag| accepts_name(target, tag))
}

/// The name, with a number where another image has it.
fn free(wanted: &str, taken: &BTreeSet<String>) -> String {
    if !taken.contains(wanted) {
        return wanted.to_owned();
    }
    let numbered = (2..).map(|number: u32| format!("{wanted}-{number}"));
    numbered.into_iter().find(|name| !taken.contains(name)).unwrap_or_else(|| wanted.to_owned())
}
