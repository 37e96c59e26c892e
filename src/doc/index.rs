//! Image indexes (image-spec `image-index.md`) and Docker manifest lists; `index.json` is one of them.

use super::annotations::Annotations;
use super::descriptor::Descriptor;
use super::field::{Field, Need, Object, Path, Problems};
use super::manifest::schema_version;
use crate::finding::Code;
use crate::json::{Kind, Value};
use crate::media_type::MediaType;

/// A list of manifests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Index {
    /// `mediaType`
    pub media_type: Option<MediaType>,
    /// `artifactType`
    pub artifact_type: Option<MediaType>,
    /// `manifests`, with the number of each in the stored list.
    pub manifests: Vec<(u32, Descriptor)>,
    /// `subject`: the manifest that this one refers to.
    pub subject: Option<Descriptor>,
    /// `annotations`
    pub annotations: Annotations,
}

/// Where an index stands, which decides what is forgiven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// `index.json` of a layout: several producers leave fields out.
    Layout,
    /// A blob.
    Blob,
}

const FIELDS: [&str; 6] = ["schemaVersion", "mediaType", "artifactType", "manifests", "subject", "annotations"];

impl Index {
    pub(crate) fn read(value: Value<'_>, standing: Standing, problems: &mut Problems) -> Self {
        let Some(object) = Object::open(value, Path::Root, &FIELDS, problems) else { return Index::default() };
        let layout = standing == Standing::Layout;
        if layout && object.present("schemaVersion").is_none() {
            problems.note(
                Code::SchemaVersionMissing,
                Path::Root,
                "`schemaVersion` is missing; the specification requires 2",
            );
        } else {
            schema_version(&object, problems);
        }
        let media_type = object.media_type("mediaType", Need::Optional, problems);
        if layout && media_type.is_missing() {
            problems.note(
                Code::MediaTypeMissing,
                Path::Root,
                "`mediaType` is missing; the specification recommends it",
            );
        }
        let is_null = object.get("manifests").is_some_and(|value| value.kind() == Kind::Null);
        if is_null {
            let path = Path::Key(&Path::Root, "manifests");
            problems.compared(Code::ManifestsNull, path, "`manifests` is null", "an array", "null");
        }
        let need = if is_null { Need::Optional } else { Need::Required };
        let mut number = 0;
        let manifests = object.list("manifests", need, problems, |value, path, problems| {
            number += 1;
            let descriptor = Descriptor::read(value, path, problems)?;
            // containerd labels the image with each annotation of its entry here, and with none below.
            if layout && descriptor.annotations.iter().any(|(key, _)| key.is_empty()) {
                let path = Path::Key(&path, "annotations");
                let detail =
                    "an annotation has an empty key; containerd, and docker with the containerd image store, refuse \
                    the image";
                problems.note(Code::FieldValue, path, detail);
            }
            Some((number - 1, descriptor))
        });
        Index {
            media_type: media_type.ok().cloned(),
            artifact_type: object.media_type("artifactType", Need::Optional, problems).ok().cloned(),
            manifests: if let Field::Ok(manifests) = manifests { manifests } else { Vec::new() },
            subject: object
                .present("subject")
                .and_then(|value| Descriptor::read(value, Path::Key(&Path::Root, "subject"), problems)),
            annotations: Annotations(object.string_map("annotations", problems)),
        }
    }
}
