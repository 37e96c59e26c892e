//! What an edit creates: indexes, and the layout that a new image file begins with.

use std::collections::BTreeMap;

use super::draft::Draft;
use crate::doc::descriptor_text;
use crate::image::Image;
use crate::json::edit::{apply, quoted};
use crate::json::{Edit, EditError, Value};
use crate::limits::Limits;
use crate::media_type;
use crate::media_type::MediaType;
use crate::source::{Part, Source};

/// A layout that lists nothing yet. `label` stands for it in messages and receipts.
pub fn empty_layout(label: &str, limits: &Limits) -> Image {
    let index = format!(r#"{{"schemaVersion":2,"mediaType":{},"manifests":[]}}"#, quoted(media_type::OCI_INDEX));
    let files = [("oci-layout", r#"{"imageLayoutVersion":"1.0.0"}"#.to_owned()), ("index.json", index)];
    let parts: BTreeMap<String, Part> =
        files.into_iter().map(|(name, text)| (name.to_owned(), Part::text(text))).collect();
    Image::load(Source::assembled(label, parts, limits), limits)
}

/// An index of descriptors, which are JSON texts: Docker's where all of them reference Docker's manifests, else OCI's.
///
/// # Errors
///
/// When one of the texts is not JSON.
pub fn index_of(descriptors: &[String]) -> Result<(MediaType, String), EditError> {
    let is_docker = |text: &String| {
        let own = Value::parse(text).ok().and_then(|value| Some(value.get("mediaType")?.as_str()?.into_owned()));
        own.as_deref() == Some(media_type::DOCKER_MANIFEST)
    };
    let all_docker = !descriptors.is_empty() && descriptors.iter().all(is_docker);
    let kind = if all_docker { media_type::DOCKER_INDEX } else { media_type::OCI_INDEX };
    let members = [("mediaType", quoted(kind)), ("manifests", format!("[{}]", descriptors.join(",")))];
    Ok((MediaType::new(kind), document(&members)?))
}

/// A manifest or index with these members after `schemaVersion`: key, and value as JSON text. It is laid out as builders
/// do it, so that the same parts give the same digest.
///
/// # Errors
///
/// When one of the values is not JSON.
pub fn document(members: &[(&str, String)]) -> Result<String, EditError> {
    let edits = members.iter().map(|(key, value)| Edit::InsertMember {
        object: String::new(),
        at: usize::MAX,
        key: (*key).to_owned(),
        value: value.clone(),
    });
    apply("{\n  \"schemaVersion\": 2\n}", &edits.collect::<Vec<_>>())
}

/// The descriptor of the empty config that the manifests of artifacts have (image-spec `manifest.md`, "Guidance for an
/// Empty Descriptor"), as JSON text; its blob joins the draft.
pub(crate) fn empty_config(draft: &mut Draft<'_>) -> String {
    let digest = draft.add_bytes(&b"{}"[..]);
    descriptor_text(media_type::OCI_EMPTY, &digest, 2, &[("data", quoted("e30="))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_laid_out_as_builders_do_it() {
        let child = format!(r#"{{"mediaType":{},"digest":"sha256:ab"}}"#, quoted(media_type::DOCKER_MANIFEST));
        let (kind, text) = index_of(std::slice::from_ref(&child)).unwrap();
        assert_eq!(kind.as_str(), media_type::DOCKER_INDEX);
        let expected = "{\n  \"schemaVersion\": 2,\n  \"mediaType\": \"application/vnd.docker.distribution.manifest.list.v2+json\",\n  \"manifests\": [\n    {\n      \"mediaType\": \"application/vnd.docker.distribution.manifest.v2+json\",\n      \"digest\": \"sha256:ab\"\n    }\n  ]\n}";
        assert_eq!(text, expected);
        let (kind, _) = index_of(&[child, r#"{"mediaType":"a/b"}"#.to_owned()]).unwrap();
        assert_eq!(kind.as_str(), media_type::OCI_INDEX);
        assert_eq!(index_of(&[]).unwrap().0.as_str(), media_type::OCI_INDEX);
    }
}
