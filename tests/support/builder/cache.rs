//! BuildKit's cache exports.

use super::descriptor::OCI_MANIFEST;
use super::image::CREATED;
use super::{BuiltLayer, Desc, Index, Store};
use crate::support::json::{Json, arr, obj};

const CACHE_CONFIG: &str = "application/vnd.buildkit.cacheconfig.v0";

/// The older form: an index whose entries are layers, and the cache config at the end.
pub fn as_index(store: &mut Store, layers: &[BuiltLayer]) -> Desc {
    let config = cache_config(store, layers);
    let entries: Vec<_> = layers.iter().map(entry).chain([config]).collect();
    Index::of(&entries).put(store)
}

/// The form that registries accept: an image manifest whose config is the cache config.
pub fn as_manifest(store: &mut Store, layers: &[BuiltLayer]) -> Desc {
    let config = cache_config(store, layers);
    let manifest = obj([("schemaVersion", Json::from(2)), ("mediaType", Json::from(OCI_MANIFEST))])
        .with("config", config.json())
        .with("layers", arr(layers.iter().map(|layer| entry(layer).json())));
    store.put_json(OCI_MANIFEST, &manifest)
}

fn entry(layer: &BuiltLayer) -> Desc {
    layer.desc.clone().annotate("buildkit/createdat", CREATED).annotate("containerd.io/uncompressed", &layer.diff_id)
}

fn cache_config(store: &mut Store, layers: &[BuiltLayer]) -> Desc {
    let blobs = layers.iter().enumerate().map(|(position, layer)| {
        let parent = if position == 0 { Json::Number("-1".into()) } else { Json::from(position - 1) };
        obj([("blob", (&layer.desc.digest).into()), ("parent", parent)])
    });
    let records = layers.iter().enumerate().map(|(position, layer)| {
        let result = obj([("layer", position.into()), ("createdAt", CREATED.into())]);
        obj([("digest", (&layer.diff_id).into()), ("layers", arr([result]))])
    });
    let config = obj([("layers", arr(blobs)), ("records", arr(records))]);
    store.put(CACHE_CONFIG, config.compact())
}
