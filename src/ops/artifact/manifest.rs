//! The manifest of an artifact.

use std::collections::BTreeMap;

use super::files::FileInput;
use crate::edit::{Draft, EditOptions, Referent, empty_config};
use crate::error::Error;
use crate::json::edit::quoted;
use crate::media_type::{self, MediaType};

/// What an artifact is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactOptions {
    /// `artifactType`
    pub artifact_type: String,
    /// Its files.
    pub files: Vec<FileInput>,
    /// Annotations of the manifest.
    pub annotations: BTreeMap<String, String>,
}

/// Adds the manifest of an artifact with all that it needs. Members are in the order in which ORAS writes them, so that the
/// same files and annotations give the same digest.
pub(super) fn put(
    draft: &mut Draft<'_>,
    wanted: &ArtifactOptions,
    subject: Option<&Referent>,
    options: &EditOptions,
) -> Result<Referent, Error> {
    let mut titles: BTreeMap<String, &FileInput> = BTreeMap::new();
    for file in &wanted.files {
        if let Some(other) = titles.insert(file.title()?, file) {
            let reason = format!("{} has the same title", other.path.display());
            return Err(Error::Unfit { path: file.path.display().to_string(), verb: "add it to an artifact", reason });
        }
    }
    let layers = wanted.files.iter().map(|file| file.layer(draft, &options.meter)).collect::<Result<Vec<_>, _>>()?;
    let (kind, artifact_type) = (quoted(media_type::OCI_MANIFEST), quoted(&wanted.artifact_type));
    let mut members = vec![
        "\"schemaVersion\":2".to_owned(),
        format!("\"mediaType\":{kind}"),
        format!("\"artifactType\":{artifact_type}"),
        format!("\"config\":{}", empty_config(draft)),
        format!("\"layers\":[{}]", layers.join(",")),
    ];
    members.extend(subject.map(|subject| format!("\"subject\":{}", subject.descriptor(&[]))));
    if !wanted.annotations.is_empty() {
        let annotations = wanted.annotations.iter().map(|(key, value)| format!("{}:{}", quoted(key), quoted(value)));
        members.push(format!("\"annotations\":{{{}}}", annotations.collect::<Vec<_>>().join(",")));
    }
    let text = format!("{{{}}}", members.join(","));
    let size = text.len() as u64;
    Ok(Referent {
        media_type: MediaType::new(media_type::OCI_MANIFEST),
        digest: draft.add_bytes(text.into_bytes()),
        size,
    })
}

/// The entry of `index.json` for an artifact, as JSON text (image-spec `descriptor.md`, "artifactType"). `annotations` are
/// JSON text, those with its name.
pub(super) fn entry(to: &Referent, artifact_type: &str, annotations: Option<&str>) -> String {
    let annotations = annotations.map(|text| ("annotations", text.to_owned()));
    let others: Vec<_> = annotations.into_iter().chain([("artifactType", quoted(artifact_type))]).collect();
    to.descriptor(&others)
}
