//! Dual archives: `index.json` and `manifest.json` in one tar.

use super::docker_old::{layer_ids, manifest_json, repositories, v1_config};
use super::{BuiltImage, Desc, Layout, Store, Tagged};
use crate::support::files::{Files, blob_name};
use crate::support::json::{Json, arr, obj};

/// `docker save` since 25 with the classic store: uncompressed layers, `LayerSources`, `repositories`, and a v1 config
/// for each layer that nothing reaches. Layers are stored uncompressed whatever they were built as.
pub fn docker25(images: &[Tagged]) -> Files {
    let mut store = Store::new();
    let images: Vec<Tagged> = images
        .iter()
        .map(|Tagged { image, tags }| Tagged { image: image.uncompressed(&mut store), tags: tags.clone() })
        .collect();
    for Tagged { image, .. } in &images {
        for id in layer_ids(image) {
            store.put("", v1_config(image, &id));
        }
    }
    let mut layout_of = Layout::new(&store).version_text(r#"{"imageLayoutVersion": "1.0.0"}"#);
    for Tagged { image, tags } in &images {
        if tags.is_empty() {
            layout_of = layout_of.root(&image.desc.clone().without_platform());
        }
        for tag in tags {
            layout_of = layout_of.root(&image.desc.named(&full_name(tag)));
        }
    }
    let mut files = layout_of.files();
    files.remove("oci-layout");
    files.file("manifest.json", with_layer_sources(&images));
    files.file("oci-layout", r#"{"imageLayoutVersion": "1.0.0"}"#);
    let top_layer = |image: &BuiltImage| image.layers.last().map(|layer| layer.desc.hex().to_string());
    files.file("repositories", repositories(&images, |image| top_layer(image).unwrap_or_default()));
    files
}

/// docker with the containerd store, and ctr: the blobs as they were pulled, every root in `index.json`, and a
/// `manifest.json` that lists the host platform's image only.
pub fn containerd(store: &Store, roots: &[Desc], host: &[Tagged]) -> Files {
    let mut files = roots.iter().fold(Layout::new(store), |layout, root| layout.root(root)).files();
    let version = files.bytes("oci-layout").to_vec();
    files.remove("oci-layout");
    files.file("manifest.json", blob_manifest(host));
    files.file("oci-layout", version);
    files
}

/// A `manifest.json` whose names are blobs of the layout, as BuildKit's `type=docker` writes it.
pub fn blob_manifest(images: &[Tagged]) -> String {
    let layer = |image: &BuiltImage, position: usize| blob_name(&image.layers[position].desc.digest);
    manifest_json(images, |image| blob_name(&image.config.digest), layer)
}

fn with_layer_sources(images: &[Tagged]) -> String {
    let entries = images.iter().map(|Tagged { image, tags }| {
        let layers = image.layers.iter().map(|layer| blob_name(&layer.desc.digest));
        let mut sources: Vec<(String, Json)> =
            image.layers.iter().map(|layer| (layer.diff_id.clone(), layer.desc.json())).collect();
        sources.sort_by(|a, b| a.0.cmp(&b.0));
        sources.dedup_by(|a, b| a.0 == b.0);
        obj([("Config", blob_name(&image.config.digest).into())])
            .with("RepoTags", if tags.is_empty() { Json::Null } else { arr(tags) })
            .with("Layers", arr(layers))
            .with("LayerSources", Json::Object(sources))
    });
    arr(entries).compact()
}

/// `app:1.0` as Docker Hub's full name; names with a host stay.
fn full_name(tag: &str) -> String {
    match tag.split_once('/') {
        Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => tag.to_string(),
        Some(_) => format!("docker.io/{tag}"),
        None => format!("docker.io/library/{tag}"),
    }
}
