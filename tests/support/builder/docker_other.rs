//! Docker archives without layer folders: crane, jib, rules_oci, pack.

use super::docker_old::{config_name, manifest_json};
use super::{BuiltImage, BuiltLayer, Compression, Tagged};
use crate::support::files::{Files, blob_name};
use crate::support::hash::hex_of;

/// crane, kaniko, ko: config `sha256:<hex>`, layers `<hex>.tar.gz` as the registry has them, no folders.
pub fn crane(images: &[Tagged]) -> Files {
    let mut files = Files::new();
    for image in images.iter().map(|tagged| &tagged.image) {
        add_once(&mut files, &image.config.digest, image.config_text.as_bytes());
        for layer in &image.layers {
            add_once(&mut files, &compressed_name(layer), &layer.blob());
        }
    }
    let layer = |image: &BuiltImage, position: usize| compressed_name(&image.layers[position]);
    files.file("manifest.json", manifest_json(images, |image| image.config.digest.clone(), layer));
    files
}

/// jib: `config.json`, `<hex>.tar.gz`, and a manifest.json whose keys are in lower case.
pub fn jib(image: &Tagged) -> Files {
    let mut files = Files::new();
    for layer in &image.image.layers {
        add_once(&mut files, &compressed_name(layer), &layer.blob());
    }
    files.file("config.json", image.image.config_text.as_str());
    let layer = |image: &BuiltImage, position: usize| compressed_name(&image.layers[position]);
    let manifest = manifest_json(std::slice::from_ref(image), |_| "config.json".to_string(), layer)
        .replace("\"Config\"", "\"config\"")
        .replace("\"RepoTags\"", "\"repoTags\"")
        .replace("\"Layers\"", "\"layers\"");
    files.file("manifest.json", manifest);
    files
}

/// rules_oci `oci_load`: `blobs/sha256/<hex>` for the config, `blobs/sha256/<hex>.tar.gz` for layers, all 0755.
pub fn rules_oci(image: &Tagged) -> Files {
    let mut files = Files::new();
    let layer_name = |layer: &BuiltLayer| format!("{}.tar.gz", blob_name(&layer.desc.digest));
    files.file(&blob_name(&image.image.config.digest), image.image.config_text.as_str());
    for layer in &image.image.layers {
        add_once(&mut files, &layer_name(layer), &layer.blob());
    }
    let config = |image: &BuiltImage| blob_name(&image.config.digest);
    let layer = |image: &BuiltImage, position: usize| layer_name(&image.layers[position]);
    files.file("manifest.json", manifest_json(std::slice::from_ref(image), config, layer));
    for member in files.members_mut() {
        (member.mode, member.mtime) = (0o755, 1_672_560_000);
    }
    files
}

/// pack, loading into a daemon that has the lower layers already: `Layers` holds an empty name for each of those.
pub fn pack(image: &Tagged, layers_in_daemon: usize) -> Files {
    let mut files = Files::new();
    files.file(&config_name(&image.image), image.image.config_text.as_str());
    for layer in &image.image.layers[layers_in_daemon..] {
        add_once(&mut files, &format!("{}.tar", hex_of(&layer.diff_id)), &layer.tar);
    }
    let layer = |image: &BuiltImage, position: usize| match position {
        position if position < layers_in_daemon => String::new(),
        position => format!("{}.tar", hex_of(&image.layers[position].diff_id)),
    };
    files.file("manifest.json", manifest_json(std::slice::from_ref(image), config_name, layer));
    files
}

/// `<hex>.tar`, `.tar.gz` or `.tar.zst`, after the compression.
pub fn compressed_name(layer: &BuiltLayer) -> String {
    let ending = match layer.compression {
        Compression::None => "tar",
        Compression::Gzip | Compression::GzipMembers(_) | Compression::GzipDeflate(_) => "tar.gz",
        Compression::Zstd | Compression::ZstdFrames(_) | Compression::ZstdReal(_) => "tar.zst",
    };
    format!("{}.{ending}", layer.desc.hex())
}

fn add_once(files: &mut Files, name: &str, content: &[u8]) {
    if !files.contains(name) {
        files.file(name, content);
    }
}
