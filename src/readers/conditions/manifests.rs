//! Questions about the manifests that a target takes, their configs and layers.

use super::{Case, list, when};
use crate::digest::Digest;
use crate::doc::Descriptor;
use crate::graph::{Content, NodeId, Role};
use crate::media_type::{Compression, Kind as MediaKind, MediaType};
use crate::readers::instances::Instance;
use crate::readers::reader::Takes;

/// Whether the reader runs a manifest with this config.
fn is_run(case: &Case<'_, '_>, id: NodeId) -> bool {
    let facts = case.facts;
    let has_diff_ids = facts.graph().config_of(id).is_some_and(|config| !config.diff_ids.is_empty());
    case.reader.engine.runs_config(facts.config_type(id), has_diff_ids)
}

pub(in crate::readers) fn is_an_image(case: &Case<'_, '_>) -> Option<String> {
    let taken = case.taken();
    let other = taken.iter().find(|&&id| !is_run(case, id))?;
    let node = case.facts.graph().node(*other);
    if !taken.iter().any(|&id| is_run(case, id)) {
        return Some(format!("contains no image to run but {}", node.kind));
    }
    let digest = node.key.digest().map_or_else(|| "an entry".to_owned(), Digest::short);
    Some(format!("besides the image the file lists {digest} ({}), which is not an image to run", node.kind))
}

pub(in crate::readers) fn has_all_manifests(case: &Case<'_, '_>) -> Option<String> {
    let graph = case.facts.graph();
    let absent = case.listed().into_iter().find(|&id| graph.node(id).content == Content::Absent)?;
    let (_, platforms) = case.facts.platforms();
    let what = if platforms.is_empty() { String::new() } else { format!(", with {}", list(&platforms)) };
    let digest = graph.node(absent).key.digest().map_or_else(String::new, Digest::short);
    Some(format!("takes all platforms, and {digest} is missing{what}"))
}

pub(in crate::readers) fn has_instance(case: &Case<'_, '_>) -> Option<String> {
    when(case.any(Instance::Absent), format!("the manifest for {} is missing", case.facts.host))
}

pub(in crate::readers) fn has_blobs(case: &Case<'_, '_>) -> Option<String> {
    let absent = case.taken().into_iter().find_map(|id| case.facts.absent_blob(id))?;
    Some(format!("the blob {} is missing", absent.short()))
}

pub(in crate::readers) fn has_right_sizes(case: &Case<'_, '_>) -> Option<String> {
    let (digest, said, found) = case.taken().into_iter().find_map(|id| case.facts.other_size(id))?;
    Some(format!("the size of {} is {said} bytes in its descriptor and {found} in the file", digest.short()))
}

pub(in crate::readers) fn has_foreign_layers(case: &Case<'_, '_>) -> Option<String> {
    let external = external(case, |_| true)?;
    Some(format!("the layer {external} is not in the file and would be fetched from its URL"))
}

/// For programs that leave a layer where it is whose media type says that it may be kept from registries.
pub(in crate::readers) fn has_distributable_layers(case: &Case<'_, '_>) -> Option<String> {
    let external = external(case, |blob| !is_non_distributable(blob))?;
    Some(format!("{external} is not in the file and would be fetched from its URL"))
}

/// The layers that such programs leave where they are.
pub(in crate::readers) fn copies_all_layers(case: &Case<'_, '_>) -> Option<String> {
    let external = external(case, is_non_distributable)?;
    Some(format!("does not copy the layer {external}, which is not in the file"))
}

/// The first blob of its images that is elsewhere.
fn external(case: &Case<'_, '_>, concerns: impl Fn(&Descriptor) -> bool) -> Option<String> {
    let taken = case.taken();
    let mut blobs = taken.into_iter().flat_map(|id| case.facts.external_blobs(id));
    blobs.find(|&blob| concerns(blob))?.digest.ok().map(Digest::short)
}

fn is_non_distributable(blob: &Descriptor) -> bool {
    let kind = blob.media_type.ok().map(MediaType::kind);
    matches!(kind, Some(MediaKind::Layer(layer)) if layer.non_distributable)
}

/// The entries of `index.json` and of indexes have the sizes of what they reference.
pub(in crate::readers) fn lists_right_sizes(case: &Case<'_, '_>) -> Option<String> {
    let (facts, graph) = (case.facts, case.facts.graph());
    let roots = facts.roots.iter().filter_map(|&root| graph.roots.get(root));
    let roots = roots.filter_map(|root| Some((&root.descriptor, root.node?)));
    let children = facts.manifests.iter().flat_map(|&id| {
        let links = graph.node(id).links.iter().filter(|link| matches!(link.role, Role::Manifest(_)));
        links.filter_map(move |&link| Some((graph.descriptor(id, link)?, link.node?)))
    });
    roots.chain(children).find_map(|(descriptor, id)| {
        let found = facts.image.size_of(id)?;
        let said = descriptor.size.ok().copied();
        let digest = descriptor.digest.ok()?.short();
        let said = match said {
            Some(said) if said == found => return None,
            Some(said) => format!("{said} bytes"),
            None => "missing".to_owned(),
        };
        Some(format!("the size of {digest} is {said} in its entry and {found} bytes in the file"))
    })
}

pub(in crate::readers) fn is_sha256(case: &Case<'_, '_>) -> Option<String> {
    let facts = case.facts;
    let everything = case.reader.decodes_everything || case.reader.takes == Takes::Everything;
    let manifests = if everything { case.listed().into_iter().collect() } else { case.taken() };
    let other = manifests.into_iter().find_map(|id| facts.other_algorithm(id))?;
    Some(format!("the digest {} is not SHA-256", other.short()))
}

/// Whether all layers of its images have media types by which the reader unpacks them.
pub(in crate::readers) fn knows_layers(case: &Case<'_, '_>) -> Option<String> {
    let images = case.taken().into_iter().filter(|&id| is_run(case, id));
    let mut layers = images.flat_map(|id| case.facts.layers(id));
    let (_, descriptor) = layers.find(|&(kind, _)| !case.reader.engine.unpacks(kind))?;
    let kind = descriptor.media_type.ok().map_or("none", MediaType::as_str);
    Some(format!("the media type of a layer is {kind}"))
}

pub(in crate::readers) fn no_docker_zstd(case: &Case<'_, '_>) -> Option<String> {
    let odd = |id: NodeId| {
        case.facts.layers(id).any(|(kind, _)| kind.is_some_and(|k| k.docker && k.compression == Compression::Zstd))
    };
    when(case.taken().into_iter().any(odd), "zstd layers have a docker media type that is not registered")
}

/// Reading them needs keys.
pub(in crate::readers) fn no_encrypted_layers(case: &Case<'_, '_>) -> Option<String> {
    let encrypted = |id: NodeId| case.facts.layers(id).any(|(kind, _)| kind.is_some_and(|kind| kind.encrypted));
    when(case.taken().into_iter().any(encrypted), "layers are encrypted, and decrypting them needs keys")
}
