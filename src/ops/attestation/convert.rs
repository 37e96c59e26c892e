//! `attestation convert`

use std::collections::{BTreeMap, BTreeSet};

use super::chosen::{Chosen, Place, chosen};
use super::manifest::{entry, referrer_entry, restyled};
use super::style::Style;
use crate::digest::Digest;
use crate::edit::wrap::wrap;
use crate::edit::{Draft, EditOptions, Holder, List, ListKind, Referent, Slot, entry_of, slots_of};
use crate::error::Error;
use crate::graph::{AttestationStyle, Key, Kind, NodeId, Role, Selector};
use crate::image::Image;
use crate::json::Edit;
use crate::json::edit::quoted;
use crate::media_type::{self, MediaType};
use crate::reference::DigestPrefix;

/// Keeps the attestations about what a selector means in another style. The statements stay as they are, to the byte; so do
/// signed envelopes and bundles with their manifests, which have only one style.
///
/// # Errors
///
/// When the selector fits nothing, there are attestations and all of them are signed, or an image that one refers to is
/// not listed.
pub fn convert<'a>(
    image: &'a Image,
    selector: &Selector,
    style: Style,
    options: &EditOptions,
) -> Result<Draft<'a>, Error> {
    let Chosen { scope, places, .. } = chosen(image, selector)?;
    let mut draft = Draft::new(image, options, &scope)?;
    let (plain, signed): (Vec<Place>, Vec<Place>) = places.into_iter().partition(|place| is_plain(image, place.node));
    if plain.is_empty() && !signed.is_empty() {
        let absent = signed.iter().find(|place| !image.graph.node(place.node).is_present());
        if let Some(absent) = absent {
            let digest = format!("the attestation {}", image.graph.node(absent.node).key.as_str());
            return Err(Error::Absent { path: image.source.label().to_owned(), digest });
        }
        let reason = "the attestations are signed, and signed envelopes have only one style".to_owned();
        return Err(Error::Unfit { path: image.source.label().to_owned(), verb: "convert", reason });
    }
    // Fallback indexes list referrers a second time; the first place counts.
    let mut done: BTreeSet<(NodeId, Option<Digest>)> = BTreeSet::new();
    let mut wrapped: BTreeMap<NodeId, Vec<String>> = BTreeMap::new();
    for place in plain {
        let is_new = done.insert((place.node, place.subject.clone()));
        if Style::of(place.style) == style {
            continue;
        }
        let subject = subject(image, &place)?;
        let text = draft.text(Holder::Node(place.node))?;
        let name = image.graph.node(place.node).key.as_str();
        let to = restyled(&mut draft, name, &text, style, &subject)?;
        let stays = style != Style::Referrer && place.style != AttestationStyle::Referrer;
        if stays && let Some(slot) = place.slot {
            draft.retarget(slot, to);
            relabel(&mut draft, slot, style);
            continue;
        }
        match place.slot {
            Some(slot) => draft.remove(slot),
            None => draft.drop_referrer(place.node),
        }
        if !is_new {
            continue;
        }
        if style == Style::Referrer {
            draft.insert(Holder::IndexJson, usize::MAX, &referrer_entry(&to));
            continue;
        }
        let entry = entry(&to, &subject.digest);
        match home(image, &subject.digest) {
            Home::List(holder) => draft.insert(holder, usize::MAX, &entry),
            Home::Lone(node) => wrapped.entry(node).or_default().push(entry),
        }
    }
    for (node, more) in wrapped {
        let digest = DigestPrefix::new(image.graph.node(node).key.as_str());
        let selector = Selector { digest, ..selector.clone() };
        let list = List::find(image, &selector, "convert")?;
        match list.kind {
            ListKind::Single(_) => wrap(&mut draft, &list, false, &more)?,
            _ => more.iter().for_each(|entry| draft.insert(Holder::IndexJson, usize::MAX, entry)),
        }
    }
    Ok(draft)
}

/// A descriptor that names the type of the artifact names the new one, or none where there is none (image-spec
/// `descriptor.md`, "artifactType").
fn relabel(draft: &mut Draft<'_>, slot: Slot, style: Style) {
    if entry_of(draft.graph(), slot).is_none_or(|entry| entry.descriptor.artifact_type.is_none()) {
        return;
    }
    let key = "artifactType".to_owned();
    draft.edit(
        slot.holder,
        match style.artifact_type() {
            Some(kind) => Edit::Set { object: slot.pointer(), key, value: quoted(kind) },
            None => Edit::Remove { pointer: format!("{}/{key}", slot.pointer()) },
        },
    );
}

/// Whether an attestation holds bare statements only.
fn is_plain(image: &Image, manifest: NodeId) -> bool {
    let graph = &image.graph;
    let mut layers = graph.node(manifest).links.iter().filter(|link| matches!(link.role, Role::Layer(_)));
    graph.node(manifest).is_present()
        && layers.all(|&link| {
            let own = graph.descriptor(manifest, link).and_then(|descriptor| descriptor.media_type.ok());
            own.is_some_and(|kind| kind.as_str() == media_type::IN_TOTO)
        })
}

/// What the descriptors of the image say that an attestation refers to.
fn subject(image: &Image, place: &Place) -> Result<Referent, Error> {
    let graph = &image.graph;
    let absent = |digest: &str| Error::Absent { path: image.source.label().to_owned(), digest: digest.to_owned() };
    let digest = place.subject.as_ref().ok_or_else(|| absent("the subject of an attestation"))?;
    let key = Key::Digest(digest.clone());
    let id = graph.find(&key).ok_or_else(|| absent(digest.as_str()))?;
    let slot = slots_of(graph, id).into_iter().next().ok_or_else(|| absent(digest.as_str()))?;
    let descriptor = entry_of(graph, slot).ok_or_else(|| absent(digest.as_str()))?.descriptor;
    let size = *descriptor.size.ok().ok_or_else(|| absent(digest.as_str()))?;
    let media_type = descriptor.media_type.ok().cloned();
    let media_type = media_type.unwrap_or_else(|| MediaType::new(media_type::OCI_MANIFEST));
    Ok(Referent { media_type, digest: digest.clone(), size })
}

/// Where attestations about an image are in the styles of an index.
enum Home {
    List(Holder),
    /// The image is listed in `index.json` alone.
    Lone(NodeId),
}

fn home(image: &Image, subject: &Digest) -> Home {
    let graph = &image.graph;
    let Some(id) = graph.find(&Key::Digest(subject.clone())) else { return Home::List(Holder::IndexJson) };
    let is_index = |slot: &Slot| matches!(slot.holder, Holder::Node(own) if graph.node(own).kind == Kind::Index);
    match slots_of(graph, id).into_iter().find(is_index) {
        Some(slot) => Home::List(slot.holder),
        None => Home::Lone(id),
    }
}
