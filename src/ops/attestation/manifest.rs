//! The text of attestation manifests in each style, and of the configs of BuildKit's older one.

use super::Style;
use crate::digest::Digest;
use crate::doc::annotations::{ATTESTATION_MANIFEST, PREDICATE_TYPE, REFERENCE_DIGEST, REFERENCE_TYPE};
use crate::doc::descriptor_text;
use crate::edit::{Draft, Referent, document, empty_config};
use crate::error::Error;
use crate::image::Image;
use crate::json::edit::{apply, quoted};
use crate::json::{Edit, Value};
use crate::media_type::{self, MediaType};

/// The descriptor of a statement, as JSON text.
pub(super) fn statement_layer(digest: &Digest, size: u64, media_type: &str, predicate_type: &str) -> String {
    let annotations = format!("{{{}:{}}}", quoted(PREDICATE_TYPE), quoted(predicate_type));
    descriptor_text(media_type, digest, size, &[("annotations", annotations)])
}

/// The entry of an index for an attestation about an image, as JSON text: as BuildKit writes it in both styles.
pub(super) fn entry(to: &Referent, subject: &Digest) -> String {
    let annotations = [(REFERENCE_DIGEST, subject.as_str()), (REFERENCE_TYPE, ATTESTATION_MANIFEST)];
    let annotations = annotations.map(|(key, value)| format!("{}:{}", quoted(key), quoted(value)));
    let platform = r#"{"architecture":"unknown","os":"unknown"}"#.to_owned();
    to.descriptor(&[("annotations", format!("{{{}}}", annotations.join(","))), ("platform", platform)])
}

/// The entry of `index.json` for a referrer, as JSON text (image-spec `descriptor.md`, "artifactType").
pub(super) fn referrer_entry(to: &Referent) -> String {
    to.descriptor(&[("artifactType", quoted(media_type::IN_TOTO))])
}

/// A new attestation manifest about a subject; says where it leads. The blobs that it needs join the draft.
pub(super) fn create(
    draft: &mut Draft<'_>,
    style: Style,
    layers: &[(Digest, String)],
    subject: &Referent,
) -> Result<Referent, Error> {
    let mut members = vec![("mediaType", quoted(media_type::OCI_MANIFEST))];
    members.extend(style.artifact_type().map(|kind| ("artifactType", quoted(kind))));
    let digests: Vec<&str> = layers.iter().map(|(digest, _)| digest.as_str()).collect();
    members.push(("config", config(draft, style, &digests)));
    let texts: Vec<&str> = layers.iter().map(|(_, text)| text.as_str()).collect();
    members.push(("layers", format!("[{}]", texts.join(","))));
    if style != Style::Index {
        members.push(("subject", subject.descriptor(&[])));
    }
    let text = document(&members).map_err(|fault| failed(draft.image(), "the new manifest", &fault.to_string()))?;
    Ok(put(draft, text))
}

/// An attestation manifest in another style; its layers stay as they are.
pub(super) fn restyled(
    draft: &mut Draft<'_>,
    name: &str,
    text: &str,
    style: Style,
    subject: &Referent,
) -> Result<Referent, Error> {
    let wrong = |fault: String| failed(draft.image(), name, &fault);
    let value = Value::parse(text.trim_start_matches('\u{feff}')).map_err(|error| wrong(error.to_string()))?;
    let members = value.members().unwrap_or_default();
    let has = |key: &str| members.iter().any(|member| member.key == key);
    let layers = value.get("layers").and_then(|layers| layers.items()).unwrap_or_default();
    let digests = layers.iter().map(|layer| layer.get("digest")?.as_str());
    let digests: Vec<String> = digests.map(|digest| digest.unwrap_or_default().into_owned()).collect();
    let is_empty_config =
        value.at("/config/mediaType").and_then(|kind| kind.as_str().map(|kind| kind == media_type::OCI_EMPTY));
    let mut edits = Vec::new();
    match style.artifact_type() {
        Some(kind) if has("artifactType") => {
            edits.push(Edit::Replace { pointer: "/artifactType".to_owned(), value: quoted(kind) });
        }
        Some(kind) => {
            let after = members.iter().position(|member| member.key == "mediaType").map_or(0, |at| at + 1);
            let key = "artifactType".to_owned();
            edits.push(Edit::InsertMember { object: String::new(), at: after, key, value: quoted(kind) });
        }
        None if has("artifactType") => edits.push(Edit::Remove { pointer: "/artifactType".to_owned() }),
        None => {}
    }
    if style == Style::Index || is_empty_config != Some(true) {
        let digests: Vec<&str> = digests.iter().map(String::as_str).collect();
        edits.push(Edit::Set {
            object: String::new(),
            key: "config".to_owned(),
            value: config(draft, style, &digests),
        });
    }
    match (style, has("subject")) {
        (Style::Index, true) => edits.push(Edit::Remove { pointer: "/subject".to_owned() }),
        (Style::Index, false) | (_, true) => {}
        (_, false) => {
            let (key, value) = ("subject".to_owned(), subject.descriptor(&[]));
            edits.push(Edit::InsertMember { object: String::new(), at: usize::MAX, key, value });
        }
    }
    let text = apply(text, &edits).map_err(|fault| failed(draft.image(), name, &fault.to_string()))?;
    Ok(put(draft, text))
}

/// The config of an attestation manifest: the empty one, or BuildKit's image config of statements.
fn config(draft: &mut Draft<'_>, style: Style, diff_ids: &[&str]) -> String {
    if style == Style::Index {
        let quoted_ids: Vec<String> = diff_ids.iter().map(|digest| quoted(digest)).collect();
        let text = format!(
            r#"{{"architecture":"unknown","os":"unknown","config":{{}},"rootfs":{{"type":"layers","diff_ids":[{}]}}}}"#,
            quoted_ids.join(",")
        );
        let size = text.len() as u64;
        let digest = draft.add_bytes(text.into_bytes());
        return descriptor_text(media_type::OCI_CONFIG, &digest, size, &[]);
    }
    empty_config(draft)
}

/// Adds a manifest to a draft.
pub(super) fn put(draft: &mut Draft<'_>, text: String) -> Referent {
    let own = Value::parse(text.trim_start_matches('\u{feff}')).ok();
    let own = own.and_then(|value| Some(MediaType::new(&value.get("mediaType")?.as_str()?)));
    let media_type = own.unwrap_or_else(|| MediaType::new(media_type::OCI_MANIFEST));
    let size = text.len() as u64;
    Referent { media_type, digest: draft.add_bytes(text.into_bytes()), size }
}

pub(super) fn failed(image: &Image, document: &str, fault: &str) -> Error {
    Error::Document { path: image.source.label().to_owned(), document: document.to_owned(), fault: fault.to_owned() }
}
