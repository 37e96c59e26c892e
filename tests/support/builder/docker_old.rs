//! Docker archives with a folder for each layer: `docker save` before 25, podman's `docker-archive`, Nix.

use super::image::CREATED;
use super::{BuiltImage, Tagged};
use crate::support::files::{Files, Kind, Member};
use crate::support::hash::{hex_of, sha256};
use crate::support::json::{Json, arr, obj};

/// `docker save` before 25: `<id>/{VERSION,json,layer.tar}` sorted by name, a repeated layer as a link to
/// `../<id>/layer.tar`, then `manifest.json` and `repositories`.
pub fn docker20(images: &[Tagged]) -> Files {
    let mut members: Vec<Vec<Member>> = Vec::new();
    let mut stored: Vec<(String, String)> = Vec::new();
    for image in images.iter().map(|tagged| &tagged.image) {
        for (layer, id) in image.layers.iter().zip(layer_ids(image)) {
            if members.iter().any(|group| group[0].name == id) {
                continue;
            }
            let first = stored.iter().find(|(diff_id, _)| *diff_id == layer.diff_id);
            let content = match first {
                Some((_, first)) => Kind::Symlink(format!("../{first}/layer.tar")),
                None => Kind::File(layer.tar.clone()),
            };
            stored.push((layer.diff_id.clone(), id.clone()));
            let mut group = vec![Member::new(&id, Kind::Dir)];
            group.extend(layer_members(image, &id, Member::new(&format!("{id}/layer.tar"), content)));
            members.push(group);
        }
        let config = Member::new(&config_name(image), Kind::File(image.config_text.clone().into()));
        if !members.contains(&vec![config.clone()]) {
            members.push(vec![config]);
        }
    }
    members.sort_by(|a, b| a[0].name.cmp(&b[0].name));
    let mut files = Files::new();
    members.into_iter().flatten().for_each(|member| {
        files.push(member);
    });
    files.file(
        "manifest.json",
        manifest_json(images, config_name, |image, position| format!("{}/layer.tar", layer_ids(image)[position])),
    );
    files.file("repositories", repositories(images, |image| layer_ids(image).pop().unwrap_or_default()));
    files
}

/// podman and skopeo: `<diffid>.tar`, a link to it from `<id>/layer.tar`, `manifest.json` and `repositories` last.
pub fn podman(images: &[Tagged]) -> Files {
    let mut files = Files::new();
    for image in images.iter().map(|tagged| &tagged.image) {
        for (layer, id) in image.layers.iter().zip(layer_ids(image)) {
            let tar = format!("{}.tar", hex_of(&layer.diff_id));
            if !files.contains(&tar) {
                files.file(&tar, layer.tar.clone());
            }
            if !files.contains(&format!("{id}/layer.tar")) {
                let link = Member::new(&format!("{id}/layer.tar"), Kind::Symlink(format!("../{tar}")));
                for member in layer_members(image, &id, link).into_iter().rev() {
                    files.push(member);
                }
            }
        }
        if !files.contains(&config_name(image)) {
            files.file(&config_name(image), image.config_text.as_str());
        }
    }
    for member in files.members_mut() {
        member.mode = if matches!(member.kind, Kind::Symlink(_)) { 0 } else { 0o444 };
    }
    files.file(
        "manifest.json",
        manifest_json(images, config_name, |image, position| {
            format!("{}.tar", hex_of(&image.layers[position].diff_id))
        }),
    );
    files.file("repositories", repositories(images, |image| layer_ids(image).pop().unwrap_or_default()));
    files
}

/// Nix: `<hash>/layer.tar` alone, read-only, the config named like docker's. The whole is gzipped:
/// [`Files::to_tar_gz`].
pub fn nix(image: &Tagged) -> Files {
    let mut files = Files::new();
    for layer in &image.image.layers {
        let folder = hex_of(&layer.diff_id);
        if !files.contains(folder) {
            files.dir(folder);
            files.file(&format!("{folder}/layer.tar"), layer.tar.clone());
        }
    }
    files.file(&config_name(&image.image), image.image.config_text.as_str());
    let images = std::slice::from_ref(image);
    files.file(
        "manifest.json",
        manifest_json(images, config_name, |image, position| {
            format!("{}/layer.tar", hex_of(&image.layers[position].diff_id))
        }),
    );
    for member in files.members_mut() {
        member.mode = if member.kind == Kind::Dir { 0o555 } else { 0o444 };
    }
    files
}

/// `<hex>.json`: the config's name in most docker archives.
pub fn config_name(image: &BuiltImage) -> String {
    format!("{}.json", image.config.hex())
}

/// Docker's `manifest.json`, one entry for each image.
pub fn manifest_json(
    images: &[Tagged],
    config: impl Fn(&BuiltImage) -> String,
    layer: impl Fn(&BuiltImage, usize) -> String,
) -> String {
    let entries = images.iter().map(|Tagged { image, tags }| {
        let layers = (0..image.layers.len()).map(|position| layer(image, position));
        let tags = if tags.is_empty() { Json::Null } else { arr(tags) };
        obj([("Config", config(image).into()), ("RepoTags", tags), ("Layers", arr(layers))])
    });
    arr(entries).compact()
}

/// The `repositories` file: name, tag, and what docker calls the image's id.
pub fn repositories(images: &[Tagged], id: impl Fn(&BuiltImage) -> String) -> String {
    let mut names: Vec<(String, Json)> = Vec::new();
    for Tagged { image, tags } in images {
        for (name, tag) in tags.iter().map(|tag| tag.rsplit_once(':').expect("a name with a tag")) {
            let position = names.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
                names.push((name.to_string(), obj([])));
                names.len() - 1
            });
            names[position].1.push(tag, id(image));
        }
    }
    Json::Object(names).compact()
}

/// The v1 ids of an image's layers: each depends on the layers below.
pub fn layer_ids(image: &BuiltImage) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for (position, layer) in image.layers.iter().enumerate() {
        let top = if position + 1 == image.layers.len() { image.config.digest.as_str() } else { "" };
        let below = ids.last().map_or("", String::as_str);
        ids.push(hex_of(&sha256(format!("{below} {} {top}", layer.diff_id).as_bytes())).to_string());
    }
    ids
}

/// The v1 config of a layer.
pub fn v1_config(image: &BuiltImage, id: &str) -> String {
    let ids = layer_ids(image);
    let mut json = obj([("id", id.into())]);
    if let Some(below) = ids.iter().position(|known| known == id).and_then(|position| position.checked_sub(1)) {
        json.push("parent", &ids[below]);
    }
    json.with("created", CREATED).with("container_config", obj([("Cmd", Json::Null)])).with("os", "linux").compact()
}

fn layer_members(image: &BuiltImage, id: &str, layer: Member) -> Vec<Member> {
    let text = |name: &str, content: String| Member::new(&format!("{id}/{name}"), Kind::File(content.into_bytes()));
    vec![text("VERSION", "1.0".to_string()), text("json", v1_config(image, id)), layer]
}
