//! Image manifests (image-spec `manifest.md`) and Docker's schema 2.

use super::annotations::Annotations;
use super::descriptor::Descriptor;
use super::field::{Field, Need, Object, Path, Problems, excerpt};
use crate::finding::Code;
use crate::json::Value;
use crate::media_type::{self, MediaType};

/// A config and layers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manifest {
    /// `mediaType`
    pub media_type: Option<MediaType>,
    /// `artifactType`
    pub artifact_type: Option<MediaType>,
    /// `config`
    pub config: Option<Descriptor>,
    /// `layers`, with the number of each in the stored list.
    pub layers: Vec<(u32, Descriptor)>,
    /// `subject`: the manifest that this one refers to.
    pub subject: Option<Descriptor>,
    /// `annotations`
    pub annotations: Annotations,
}

const FIELDS: [&str; 7] = ["schemaVersion", "mediaType", "artifactType", "config", "layers", "subject", "annotations"];

impl Manifest {
    pub(crate) fn read(value: Value<'_>, problems: &mut Problems) -> Self {
        let Some(object) = Object::open(value, Path::Root, &FIELDS, problems) else { return Manifest::default() };
        schema_version(&object, problems);
        let media_type = object.media_type("mediaType", Need::Optional, problems);
        let artifact_type = object.media_type("artifactType", Need::Optional, problems);
        let config = match object.present("config") {
            Some(value) => Descriptor::read(value, Path::Key(&Path::Root, "config"), problems),
            None => {
                problems.note(Code::FieldMissing, Path::Root, "the required field `config` is missing");
                None
            }
        };
        let mut number = 0;
        let layers = object.list("layers", Need::Required, problems, |value, path, problems| {
            number += 1;
            Descriptor::read(value, path, problems).map(|descriptor| (number - 1, descriptor))
        });
        // Image-spec `manifest.md`, "artifactType": must be set when the config is the empty one.
        let config_type = config.as_ref().and_then(|config| config.media_type.ok());
        if artifact_type.is_missing() && config_type.is_some_and(|kind| kind.as_str() == media_type::OCI_EMPTY) {
            let detail = "`artifactType` is missing although the config is the empty descriptor";
            problems.note(Code::FieldMissing, Path::Root, detail);
        }
        let subject = object
            .present("subject")
            .and_then(|value| Descriptor::read(value, Path::Key(&Path::Root, "subject"), problems));
        // Image-spec `descriptor.md` has it for entries of an index.
        for (key, descriptor) in [("config", &config), ("subject", &subject)] {
            if descriptor.as_ref().is_some_and(|descriptor| descriptor.platform.is_some()) {
                let path = Path::Key(&Path::Root, key);
                let detail = format!("the descriptor of `{key}` has a `platform`; Amazon ECR refuses the manifest");
                problems.note(Code::DescriptorPlatform, Path::Key(&path, "platform"), detail);
            }
        }
        Manifest {
            media_type: media_type.ok().cloned(),
            artifact_type: artifact_type.ok().cloned(),
            config,
            layers: if let Field::Ok(layers) = layers { layers } else { Vec::new() },
            subject,
            annotations: Annotations(object.string_map("annotations", problems)),
        }
    }
}

/// `schemaVersion` is 2 in every document of today; 1 is Docker's format of before 2016.
pub(crate) fn schema_version(object: &Object<'_, '_>, problems: &mut Problems) {
    let version = object.field("schemaVersion", Need::Required, "a whole number", problems, Value::as_u63);
    if let Field::Ok(version) = version
        && version != 2
    {
        let path = object.path();
        let found = object.get("schemaVersion").map(excerpt).unwrap_or_default();
        problems.compared(Code::FieldValue, Path::Key(&path, "schemaVersion"), "`schemaVersion` is unknown", 2, found);
    }
}
