//! Image configs (image-spec `config.md`): the platform, the diff_ids, and what the history accounts for.

use super::field::{Field, Need, Object, Path, Problems, digest};
use super::{execution, time};
use crate::digest::Digest;
use crate::finding::Code;
use crate::json::Value;
use crate::platform::Platform;

/// The part of an image config that other documents are compared with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    /// `os`, `architecture`, `variant`, `os.version`, `os.features`; None when one of the first two is absent or empty.
    pub platform: Option<Box<Platform>>,
    /// `created`, an RFC 3339 time, as stored.
    pub created: Option<Box<str>>,
    /// `rootfs.diff_ids`: the digests of the uncompressed layers, bottom first.
    pub diff_ids: Vec<Field<Digest>>,
    /// How many entries of `history` made a layer; None without a history.
    pub history_layers: Option<usize>,
}

const FIELDS: [&str; 16] = [
    "created",
    "author",
    "architecture",
    "os",
    "os.version",
    "os.features",
    "variant",
    "config",
    "rootfs",
    "history",
    // Docker's own, which Go programs know under these names.
    "id",
    "parent",
    "comment",
    "container",
    "container_config",
    "docker_version",
];

impl Config {
    /// How many layers of another image this one begins with, by their diff_ids.
    pub(crate) fn shared_layers<'d>(&self, others: impl IntoIterator<Item = Option<&'d Digest>>) -> usize {
        let is_same = |(own, other): &(&Field<Digest>, Option<&Digest>)| other.is_some() && own.ok() == *other;
        self.diff_ids.iter().zip(others).take_while(is_same).count()
    }

    pub(crate) fn read(value: Value<'_>, problems: &mut Problems) -> Self {
        let Some(object) = Object::open(value, Path::Root, &FIELDS, problems) else { return Config::default() };
        // Docker's own strings; skopeo, podman and docker refuse an archive in which they are something else.
        for key in ["id", "parent", "comment", "container", "docker_version", "author"] {
            object.string(key, Need::Optional, problems);
        }
        execution::check_types(&object, "container_config", problems);
        execution::check(&object, "config", problems);
        Config {
            platform: read_platform(&object, problems).map(Box::new),
            created: time::check(&object, "created", problems).map(Into::into),
            diff_ids: read_diff_ids(&object, problems),
            history_layers: read_history(&object, problems),
        }
    }
}

fn read_platform(object: &Object<'_, '_>, problems: &mut Problems) -> Option<Platform> {
    let os = object.string("os", Need::Required, problems);
    let architecture = object.string("architecture", Need::Required, problems);
    let variant = object.string("variant", Need::Optional, problems);
    let os_version = object.string("os.version", Need::Optional, problems);
    let os_features = object.strings("os.features", problems);
    let (os, architecture) = (os.ok()?, architecture.ok()?);
    if os.is_empty() || architecture.is_empty() {
        problems.note(Code::ConfigPlatformEmpty, Path::Root, "`os` or `architecture` is empty");
        return None;
    }
    let given = |field: Field<String>| field.ok().cloned().filter(|text| !text.is_empty());
    Some(Platform {
        os: os.clone(),
        architecture: architecture.clone(),
        variant: given(variant),
        os_version: given(os_version),
        os_features: os_features.ok().cloned().unwrap_or_default(),
    })
}

fn read_diff_ids(object: &Object<'_, '_>, problems: &mut Problems) -> Vec<Field<Digest>> {
    let Some(value) = object.present("rootfs") else {
        problems.note(Code::FieldMissing, Path::Root, "the required field `rootfs` is missing");
        return Vec::new();
    };
    let path = Path::Key(&Path::Root, "rootfs");
    let Some(rootfs) = Object::open(value, path, &["type", "diff_ids"], problems) else { return Vec::new() };
    let kind = rootfs.string("type", Need::Required, problems);
    if let Field::Ok(kind) = kind
        && kind != "layers"
    {
        problems.compared(
            Code::FieldValue,
            Path::Key(&path, "type"),
            "the `type` of `rootfs` is unknown",
            "layers",
            kind,
        );
    }
    // An image without layers: Go programs write null for the empty list, or nothing.
    match rootfs.list("diff_ids", Need::Optional, problems, |value, path, problems| Some(digest(value, path, problems)))
    {
        Field::Ok(diff_ids) => diff_ids,
        _ => Vec::new(),
    }
}

fn read_history(object: &Object<'_, '_>, problems: &mut Problems) -> Option<usize> {
    const FIELDS: [&str; 5] = ["created", "author", "created_by", "comment", "empty_layer"];
    let made_layer = object.list("history", Need::Optional, problems, |value, path, problems| {
        let entry = Object::open(value, path, &FIELDS, problems)?;
        time::check(&entry, "created", problems);
        for key in ["author", "created_by", "comment"] {
            entry.string(key, Need::Optional, problems);
        }
        let empty = entry.flag("empty_layer", problems);
        Some(empty != Field::Ok(true))
    });
    made_layer.ok().map(|entries| entries.iter().filter(|made| **made).count())
}
