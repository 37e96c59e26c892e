//! The documents of `docker save`: `manifest.json` and the older `repositories`.

use super::descriptor::Descriptor;
use super::field::{Field, Need, Object, Path, Problems, excerpt};
use crate::digest::Digest;
use crate::finding::Code;
use crate::json::{Kind, Value};
use crate::reference::is_name_and_tag;

/// One image of `manifest.json`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DockerImage {
    /// `Config`: a member's name.
    pub config: Field<String>,
    /// `RepoTags`; empty for null.
    pub repo_tags: Vec<String>,
    /// `Layers`: members' names, bottom first. Empty names stand for layers that the daemon had (`pack`).
    pub layers: Vec<String>,
    /// `LayerSources`: by diff_id (docker) or layer digest (regctl), what the index calls the layer.
    pub layer_sources: Vec<(String, Descriptor)>,
}

/// The images of `manifest.json`, with the number of each in the stored list.
pub(crate) fn read_images(value: Value<'_>, problems: &mut Problems) -> Vec<(u32, DockerImage)> {
    let Some(items) = value.items() else {
        problems.compared(Code::FieldType, Path::Root, "not an array", Kind::Array, excerpt(value));
        return Vec::new();
    };
    let numbered = (0..).zip(items);
    numbered.filter_map(|(number, item)| Some((number, read_image(item, number, problems)?))).collect()
}

/// Keys are taken without regard to case: only Go programs define this file, and jib writes lower case.
fn read_image(value: Value<'_>, number: u32, problems: &mut Problems) -> Option<DockerImage> {
    let path = Path::Item(&Path::Root, number as usize);
    let object = Object::open_folded(value, path, problems)?;
    let config = object.string("Config", Need::Required, problems);
    if config.ok().is_some_and(String::is_empty) {
        let detail = "`Config` is empty; every reader refuses the image";
        problems.note(Code::FieldValue, Path::Key(&path, "Config"), detail);
    }
    let repo_tags = object.strings("RepoTags", problems);
    check_repo_tags(repo_tags.ok().map(Vec::as_slice).unwrap_or_default(), Path::Key(&path, "RepoTags"), problems);
    let layers = object.strings("Layers", problems);
    let mut layer_sources = Vec::new();
    if let Some(value) = object.present("LayerSources") {
        let path = Path::Key(&path, "LayerSources");
        match value.members() {
            Some(members) => {
                for member in members {
                    let path = Path::Key(&path, &member.key);
                    if let Some(descriptor) = Descriptor::read(member.value, path, problems) {
                        layer_sources.push((member.key.clone().into_owned(), descriptor));
                    }
                }
            }
            None => problems.compared(Code::FieldType, path, "not an object", Kind::Object, excerpt(value)),
        }
    }
    Some(DockerImage {
        config,
        repo_tags: repo_tags.ok().cloned().unwrap_or_default(),
        layers: layers.ok().cloned().unwrap_or_default(),
        layer_sources,
    })
}

/// A name that is none keeps podman and docker from loading the file, and skopeo and crane from nothing.
fn check_repo_tags(tags: &[String], path: Path<'_>, problems: &mut Problems) {
    for (number, tag) in tags.iter().enumerate().filter(|(_, tag)| !is_name_and_tag(tag)) {
        let detail = "the tag is not of the form `name:tag`; podman refuses the archive";
        problems.compared(Code::FieldValue, Path::Item(&path, number), detail, "name:tag", tag);
    }
}

/// The digest that the name of a config in a docker archive stands for: `<hex>.json`, `sha256:<hex>`,
/// `blobs/sha256/<hex>`.
pub fn config_digest(name: &str) -> Option<Digest> {
    Digest::from_blob_path(name).or_else(|| {
        let file = name.rsplit('/').next().unwrap_or(name);
        let stem = file.strip_suffix(".json").unwrap_or(file);
        Digest::from_sha256_hex(stem.strip_prefix("sha256:").unwrap_or(stem))
    })
}

/// The digest of the stored bytes that the name of a layer stands for: `blobs/sha256/<hex>`, with or without `.tar.gz`,
/// or crane's `<hex>.tar.gz`.
///
/// podman's `<hex>.tar` names the diff_id, which for an uncompressed layer is the same. `<id>/layer.tar` names neither.
pub fn layer_digest(name: &str) -> Option<Digest> {
    let file = name.rsplit('/').next().unwrap_or(name);
    let hex = file.split('.').next().unwrap_or(file);
    Digest::from_sha256_hex(hex.strip_prefix("sha256:").unwrap_or(hex))
}

/// One line of `repositories`: a name, a tag, and the layer that it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryTag {
    /// `name:tag`
    pub name: String,
    /// The identifier of the image's top layer: a v1 id, or in docker 25 and later a layer's digest without algorithm.
    pub layer: String,
    /// Where it stands, as a JSON pointer.
    pub pointer: String,
}

/// The lines of `repositories`: `{"name": {"tag": "id"}}`.
pub(crate) fn read_repositories(value: Value<'_>, problems: &mut Problems) -> Vec<RepositoryTag> {
    let Some(repositories) = Object::open_map(value, Path::Root, problems) else { return Vec::new() };
    let mut tags = Vec::new();
    for repository in repositories.members() {
        let path = Path::Key(&Path::Root, &repository.key);
        let Some(object) = Object::open_map(repository.value, path, problems) else { continue };
        for tag in object.members() {
            let path = Path::Key(&path, &tag.key);
            match tag.value.as_str() {
                Some(layer) => tags.push(RepositoryTag {
                    name: format!("{}:{}", repository.key, tag.key),
                    layer: layer.into_owned(),
                    pointer: path.to_string(),
                }),
                None => problems.compared(Code::FieldType, path, "not a string", Kind::String, excerpt(tag.value)),
            }
        }
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_digests() {
        let hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let digest = Digest::from_sha256_hex(hex);
        for name in [format!("{hex}.json"), format!("sha256:{hex}"), format!("blobs/sha256/{hex}")] {
            assert_eq!(config_digest(&name), digest, "{name}");
        }
        for name in [format!("{hex}.tar.gz"), format!("{hex}.tar"), format!("blobs/sha256/{hex}.tar.gz")] {
            assert_eq!(layer_digest(&name), digest, "{name}");
        }
        assert_eq!(layer_digest(&format!("{hex}/layer.tar")), None);
        assert_eq!(config_digest("config.json"), None);
    }
}
