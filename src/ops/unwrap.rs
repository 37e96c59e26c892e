//! `unwrap`: an index with one image becomes that image.

use crate::command::CommandLine;
use crate::edit::{Draft, EditOptions, Entry, Holder, List, ListKind, Referent, Slot, slots_of};
use crate::error::Error;
use crate::graph::{Kind, NodeId, Role, Selector};
use crate::image::Image;
use crate::media_type::{self, MediaType};

/// Lets the names of an index stand for its one image, or that of the selector's platform. The manifest keeps its digest;
/// the index goes, and with it the attestations that are in it.
///
/// # Errors
///
/// When the index has several images and no platform is given, or the image is not in the file.
pub fn unwrap<'a>(image: &'a Image, selector: &Selector, options: &EditOptions) -> Result<Draft<'a>, Error> {
    let (graph, path) = (&image.graph, image.source.label());
    let list = List::find(image, selector, "unwrap")?;
    let mut draft = Draft::new(image, options, &list.scope)?;
    let index = match list.kind {
        ListKind::Nested(index) => index,
        ListKind::Single(_) => match list.entries.as_slice() {
            // A digest chooses one of the images of an index.
            [Entry { slot: Slot { holder: Holder::Node(index), .. }, .. }] if selector.digest.is_some() => *index,
            _ => return Ok(draft),
        },
        ListKind::Flat => {
            let first = list.images().into_iter().find_map(|(_, platform)| platform);
            let keep = first.map(|platform| {
                CommandLine::ocikit("platform keep").path(path).word(platform.to_string()).into_new_file()
            });
            let hint = keep.map_or_else(String::new, |keep| keep.hint("keeps one of them"));
            let reason = format!("index.json lists the images directly{hint}");
            return Err(Error::Unfit { path: path.to_owned(), verb: "unwrap", reason });
        }
    };
    let images = match &selector.platform {
        Some(platform) => list.for_platform(platform)?,
        None => list.images().into_iter().map(|(entry, _)| entry).collect(),
    };
    let mut digests: Vec<&str> =
        images.iter().filter_map(|entry| Some(entry.descriptor.digest.ok()?.as_str())).collect();
    digests.dedup();
    let [entry, ..] = images.as_slice() else {
        let reason = "the index lists no image".to_owned();
        return Err(Error::Unfit { path: path.to_owned(), verb: "unwrap", reason });
    };
    if digests.len() > 1 {
        let several: Vec<_> = images.iter().map(|entry| (*entry, list.platform_of(entry))).collect();
        return Err(list.ambiguous_among(&several, "holds".to_owned()));
    }
    let (Some(digest), Some(size), Some(node)) = (entry.descriptor.digest.ok(), entry.descriptor.size.ok(), entry.node)
    else {
        return Err(Error::Absent { path: path.to_owned(), digest: "the image".to_owned() });
    };
    if !graph.node(node).is_present() {
        return Err(Error::Absent { path: path.to_owned(), digest: digest.to_string() });
    }
    let media_type = entry.descriptor.media_type.ok().cloned();
    let media_type = media_type.unwrap_or_else(|| MediaType::new(media_type::OCI_MANIFEST));
    for slot in slots_of(graph, index) {
        draft.retarget(slot, Referent { media_type: media_type.clone(), digest: digest.clone(), size: *size });
    }
    for referrer in graph.referrers_of(node) {
        if stands_in(image, index, referrer) {
            draft.drop_referrer(referrer);
        }
    }
    Ok(draft)
}

fn stands_in(image: &Image, index: NodeId, referrer: NodeId) -> bool {
    let links = &image.graph.node(index).links;
    let is_listed = links.iter().any(|link| matches!(link.role, Role::Manifest(_)) && link.node == Some(referrer));
    is_listed && matches!(image.graph.node(referrer).kind, Kind::Attestation(_) | Kind::Signature | Kind::Sbom)
}
