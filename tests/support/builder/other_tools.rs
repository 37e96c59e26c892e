//! Containers of single tools: apko, imgpkg, hauler.

use super::docker_other::{compressed_name, crane};
use super::{Desc, Layout, Store, Tagged};
use crate::support::files::Files;
use crate::support::json::{arr, obj};

/// apko: crane's docker archive with one tag for each architecture, then the raw manifests under `sha256:<hex>` and
/// `index.json`, which is the image index itself. No `oci-layout`, no `blobs`.
pub fn apko(store: &Store, index: &Desc, images: &[Tagged]) -> Files {
    let mut files = crane(images);
    for Tagged { image, .. } in images {
        files.file(&image.desc.digest, store.get(&image.desc.digest));
    }
    files.file("index.json", store.get(&index.digest));
    files
}

/// imgpkg: a `manifest.json` that is not docker's, and layers named `sha256-<hex>.tar.gz`.
pub fn imgpkg(image: &Tagged) -> Files {
    let mut files = Files::new();
    let layers = image.image.layers.iter().map(|layer| {
        let name = format!("sha256-{}", compressed_name(layer));
        files.file(&name, layer.blob());
        obj([("MediaType", (&layer.desc.media_type).into()), ("Digest", (&layer.desc.digest).into())])
            .with("DiffID", &layer.diff_id)
    });
    let layers = arr(layers.collect::<Vec<_>>());
    let config = obj([("Digest", (&image.image.config.digest).into()), ("Raw", (&image.image.config_text).into())]);
    let entry = obj([("Image", obj([("Refs", arr(&image.tags)), ("Config", config), ("Layers", layers)]))]);
    files.file("manifest.json", arr([entry]).compact());
    files
}

/// hauler: a layout whose roots carry `kind`, with a docker manifest.json; the whole is a tar.zst:
/// [`Files::to_tar_zst`].
pub fn hauler(store: &Store, roots: &[Desc], images: &[Tagged]) -> Files {
    let kind = |root: &Desc| root.clone().annotate("kind", "dev.hauler/image");
    let mut files = roots.iter().fold(Layout::new(store), |layout, root| layout.root(&kind(root))).files();
    files.file("manifest.json", super::dual::blob_manifest(images));
    files
}
