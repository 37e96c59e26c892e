//! The repairs that a target may need, each as an edit of the layout.

mod names;
mod one_image;

use super::RepackOptions;
use super::select::Selected;
use crate::edit::{Draft, EditOptions, Holder, Scope, Slot};
use crate::error::Error;
use crate::graph::{Content, Graph, Kind, NodeId, Role, Selector};
use crate::image::Image;
use crate::json::Edit;
use crate::ops::attestation::{self, RemoveOptions, Style};
use crate::ops::convert::{self, Dialect};
use crate::ops::platform;
use crate::readers::Repair;
use crate::source::Part;
use crate::target::Asked;

/// A layout after a repair; None where the repair changes nothing or cannot be carried out.
pub(super) fn repaired(
    image: &Image,
    repair: Repair,
    asked: &Asked,
    options: &RepackOptions,
) -> Result<Option<Selected>, Error> {
    let (edit, all) = (options.edit(), Selector::default());
    let mut left = Vec::new();
    let (draft, reason) = match repair {
        Repair::ImagesOnly => (images_only(image, &edit), "not a runnable image"),
        Repair::OneImage => {
            let draft = one_image::one_image(image, options.host(), &edit);
            left = one_image::left(image, options.host());
            (draft, "another platform")
        }
        Repair::Prune => (platform::prune(image, &all, &edit), "incomplete"),
        Repair::Names => (names::accepted(image, asked.target, &edit), "renamed"),
        Repair::Tags => (names::tagged(image, asked.target, &edit), "renamed"),
        Repair::OciTypes => (convert::convert(image, &all, Dialect::Oci, &edit), "other media types"),
        Repair::CacheManifest => (convert::cache(image, &all, &edit), "other media types"),
        Repair::Sizes => (sizes(image, &edit), "other sizes"),
        Repair::NoAttestations => {
            (attestation::remove(image, &all, &RemoveOptions::default(), &edit), "the target refuses attestations")
        }
        Repair::AttestationsInIndex => {
            (attestation::convert(image, &all, Style::Index, &edit), "listed in the index of the image")
        }
        Repair::NoReferrers => (no_referrers(image, &edit), "the target refuses `subject`"),
        Repair::Format | Repair::ChooseName | Repair::Gzip => return Ok(None),
    };
    // What cannot be carried out does not help; what is in the way is reported by the reader's refusal.
    let Ok(plan) = draft.and_then(Draft::plan) else { return Ok(None) };
    let mut selected = Selected::of(&plan, image.source.label());
    for row in &mut selected.left {
        row.reason = reason;
    }
    selected.left.extend(left);
    let index = |part: Option<&Part>| match part {
        Some(Part::Bytes(bytes)) => Some(bytes.to_vec()),
        Some(part) => part.content().ok().and_then(|mut content| {
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut content, &mut bytes).ok().map(|_| bytes)
        }),
        None => None,
    };
    let before = image.source.find("index.json").and_then(|id| image.source.part(id));
    let is_changed = index(before) != index(selected.parcel.files.get("index.json"));
    Ok(is_changed.then_some(selected))
}

/// Leaves out the entries of `index.json` that reference no image, and those that refer to one.
fn images_only<'a>(image: &'a Image, options: &EditOptions) -> Result<Draft<'a>, Error> {
    let graph = &image.graph;
    let mut draft = Draft::new(image, options, &Scope::All)?;
    let is_image = |id: NodeId| !graph.images_below(id).is_empty();
    for root in &graph.roots {
        if graph.is_about_another(root) || !root.node.is_some_and(is_image) {
            draft.remove(Slot { holder: Holder::IndexJson, number: root.number });
        }
    }
    Ok(draft)
}

/// Writes the sizes of configs, layers and manifests as they are.
fn sizes<'a>(image: &'a Image, options: &EditOptions) -> Result<Draft<'a>, Error> {
    let graph = &image.graph;
    let mut draft = Draft::new(image, options, &Scope::All)?;
    let found = |id: NodeId, said: Option<u64>| match graph.node(id).content {
        Content::Member(member) => {
            image.source.members().get(member).map(|member| member.size).filter(|&size| said != Some(size))
        }
        _ => None,
    };
    let set = |object: String, size: u64| Edit::Set { object, key: "size".to_owned(), value: size.to_string() };
    for root in &graph.roots {
        if let Some(size) = root.node.and_then(|id| found(id, root.descriptor.size.ok().copied())) {
            draft.edit(Holder::IndexJson, set(Role::Manifest(root.number).pointer(), size));
        }
    }
    for (id, node) in graph.nodes().iter().enumerate() {
        for &link in node.links.iter().filter(|link| link.role != Role::Subject) {
            let said = graph.descriptor(id, link).and_then(|descriptor| descriptor.size.ok().copied());
            if let Some(size) = link.node.and_then(|child| found(child, said)) {
                draft.edit(Holder::Node(id), set(link.role.pointer(), size));
            }
        }
    }
    Ok(draft)
}

/// Leaves out what refers to another manifest with `subject`; an image that does loses the field.
fn no_referrers<'a>(image: &'a Image, options: &EditOptions) -> Result<Draft<'a>, Error> {
    let graph = &image.graph;
    let mut draft = Draft::new(image, options, &Scope::All)?;
    for (id, node) in graph.nodes().iter().enumerate() {
        if !node.links.iter().any(|link| link.role == Role::Subject) {
            continue;
        }
        if is_image(graph, id) {
            draft.edit(Holder::Node(id), Edit::Remove { pointer: Role::Subject.pointer() });
        } else {
            draft.drop_referrer(id);
        }
    }
    Ok(draft)
}

fn is_image(graph: &Graph, id: NodeId) -> bool {
    match graph.node(id).kind {
        Kind::Image => true,
        Kind::Index => !graph.images_below(id).is_empty(),
        _ => false,
    }
}
