//! Questions about the manifests that a target takes, their configs and layers.

use super::{Case, list, when};
use crate::digest::Digest;
use crate::graph::{Content, NodeId};
use crate::media_type::{Compression, MediaType};
use crate::readers::file_facts::Instance;

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
    let absent = case.facts.manifests.iter().find(|&&id| graph.node(id).content == Content::Absent)?;
    let (_, platforms) = case.facts.platforms();
    let what = if platforms.is_empty() { String::new() } else { format!(", with {}", list(&platforms)) };
    let digest = graph.node(*absent).key.digest().map_or_else(String::new, Digest::short);
    Some(format!("imports all platforms, and {digest} is missing{what}"))
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
    let external = case.taken().into_iter().find_map(|id| case.facts.external_layer(id))?;
    Some(format!("the layer {} is not in the file and would be fetched from its URL", external.short()))
}

pub(in crate::readers) fn is_sha256(case: &Case<'_, '_>) -> Option<String> {
    let facts = case.facts;
    let everything = case.reader.decodes_everything;
    let manifests = if everything { facts.manifests.iter().copied().collect() } else { case.taken() };
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
