//! Dual archives whose two views agree, and every way in which they can disagree.

use serde_json::{Value, json};

use super::builder::{Tagged, dual};
use super::*;

/// Two images as docker 25 saves them: uncompressed layers, `LayerSources`, `repositories`.
pub fn docker25() -> Files {
    dual::docker25(&two_images().1)
}

/// Two images as BuildKit, ctr and the containerd store write them: compressed layers, no `repositories`.
pub fn containerd() -> Files {
    let (store, images) = two_images();
    let roots: Vec<_> = images.iter().map(|image| image.image.desc.named(&image.tags[0])).collect();
    dual::containerd(&store, &roots, &images)
}

pub fn two_images() -> (Store, Vec<Tagged>) {
    let mut store = Store::new();
    let app =
        Image::new("linux/amd64").layer(Layer::of(&[("a", "1\n")]).gzip()).layer(Layer::of(&[("b", "2\n")]).gzip());
    let other = Image::new("linux/amd64").layer(Layer::of(&[("c", "3\n")]).gzip());
    let images = [(app, "example.com/team/app:1.0"), (other, "example.com/team/other:2.0")];
    let images = images.map(|(image, name)| image.put(&mut store).tagged(&[name])).to_vec();
    (store, images)
}

/// Changes a document at the top as a value.
pub fn edit(files: &mut Files, name: &str, change: impl FnOnce(&mut Value)) {
    files.edit_json(name, |text| {
        let mut value: Value = serde_json::from_str(text).unwrap();
        change(&mut value);
        value.to_string()
    });
}

pub fn add_blob(files: &mut Files, content: impl Into<Vec<u8>>) -> String {
    let content = content.into();
    let digest = hash::sha256(&content);
    files.file(&blob_name(&digest), content);
    digest
}

pub type Change = fn(&mut Files);

/// Each disagreement that fits every dual archive, and the one code that names it.
pub const EVERYWHERE: [(&str, Change, &str); 9] = [
    ("config", other_config, "view-config-differs"),
    ("layer", other_layer, "view-layers-differ"),
    ("order", |files| edit(files, "manifest.json", |list| swap(&mut list[0]["Layers"])), "view-layers-differ"),
    ("fewer layers", |files| edit(files, "manifest.json", |list| pop(&mut list[0]["Layers"])), "view-layers-differ"),
    ("no layers in the index (moby/moby#47065)", no_layers, "view-layers-differ"),
    (
        "RepoTags",
        |files| edit(files, "manifest.json", |list| list[0]["RepoTags"] = json!(["example.com/x:9"])),
        "view-names-differ",
    ),
    ("ref.name", |files| edit(files, "index.json", rename_root), "view-names-differ"),
    ("image that manifest.json lacks", |files| edit(files, "manifest.json", pop), "view-image-missing"),
    (
        "image that index.json lacks (moby/moby#51389)",
        |files| edit(files, "index.json", |index| pop(&mut index["manifests"])),
        "view-image-missing",
    ),
];

/// Disagreements in what only docker 25 and later write.
pub const DOCKER25: [(&str, Change, &str); 7] = [
    ("key of LayerSources", |files| edit_sources(files, "key"), "view-layer-sources"),
    ("digest in LayerSources", |files| edit_sources(files, "digest"), "view-layer-sources"),
    ("size in LayerSources", |files| edit_sources(files, "size"), "view-layer-sources"),
    ("wrong diff_ids (moby/moby#47150)", wrong_diff_ids, "view-layer-sources"),
    (
        "name in repositories",
        |files| edit(files, "repositories", |map| rename_key(map, "example.com/team/app")),
        "view-repositories",
    ),
    ("layer in repositories", other_top_layer, "view-repositories"),
    (
        "name that repositories lacks",
        |files| {
            edit(files, "repositories", |map| {
                map.as_object_mut().unwrap().remove("example.com/team/other");
            })
        },
        "view-repositories",
    ),
];

pub fn swap(list: &mut Value) {
    list.as_array_mut().unwrap().swap(0, 1);
}

pub fn pop(list: &mut Value) {
    list.as_array_mut().unwrap().pop().unwrap();
}

pub fn rename_root(index: &mut Value) {
    index["manifests"][0]["annotations"]["org.opencontainers.image.ref.name"] = json!("9.9");
}

pub fn rename_key(map: &mut Value, key: &str) {
    let map = map.as_object_mut().unwrap();
    let value = map.remove(key).unwrap();
    map.insert("example.com/nobody".into(), value);
}

pub fn other_config(files: &mut Files) {
    let old = files.digest_at("manifest.json", "/0/Config");
    let text = files.text(&old).replace("PATH=/bin", "PATH=/evil");
    let new = add_blob(files, text);
    edit(files, "manifest.json", |list| list[0]["Config"] = json!(blob_name(&new)));
}

pub fn other_layer(files: &mut Files) {
    let new = add_blob(files, Layer::of(&[("evil", "x\n")]).put(&mut Store::new(), Dialect::Oci).tar);
    edit(files, "manifest.json", |list| list[0]["Layers"][0] = json!(blob_name(&new)));
}

pub fn no_layers(files: &mut Files) {
    let manifest = files.digest_at("index.json", "/manifests/0/digest");
    files.rewrite_document(&manifest, |text| {
        let mut value: Value = serde_json::from_str(text).unwrap();
        value["layers"] = json!([]);
        value.to_string()
    });
}

pub fn edit_sources(files: &mut Files, what: &str) {
    edit(files, "manifest.json", |list| {
        let sources = list[0]["LayerSources"].as_object_mut().unwrap();
        let key = sources.keys().next().unwrap().clone();
        let absent = format!("sha256:{}", "0".repeat(64));
        match what {
            "key" => {
                let value = sources.remove(&key).unwrap();
                sources.insert(absent, value);
            }
            "digest" => sources[&key]["digest"] = json!(absent),
            _ => sources[&key]["size"] = json!(7),
        }
    });
}

/// The config gives the first layer another diff_id than the uncompressed file has; all digests above are in step.
pub fn wrong_diff_ids(files: &mut Files) {
    let config = files.digest_at("manifest.json", "/0/Config");
    let diff_id = files.digest_at(&config, "/rootfs/diff_ids/0");
    let wrong = format!("sha256:{}", "1".repeat(64));
    let digest = format!("sha256:{}", config.rsplit('/').next().unwrap());
    files.rewrite_document(&digest, |text| text.replace(&diff_id, &wrong));
    edit(files, "manifest.json", |list| {
        let sources = list[0]["LayerSources"].as_object_mut().unwrap();
        let value = sources.remove(&diff_id).unwrap();
        sources.insert(wrong, value);
    });
}

pub fn other_top_layer(files: &mut Files) {
    let first = files.digest_at("manifest.json", "/0/Layers/0");
    let hex = first.rsplit('/').next().unwrap().to_owned();
    edit(files, "repositories", |map| map["example.com/team/app"]["1.0"] = json!(hex));
}
