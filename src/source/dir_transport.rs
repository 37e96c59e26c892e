//! The directories of skopeo's `dir:` transport, presented as image layouts: each blob under its path, and the manifest, which
//! names no digest of its own there, as the one entry of an `index.json`.
//!
//! <https://github.com/containers/image/blob/main/docs/containers-transports.5.md>: "a non-standardized format, primarily useful
//! for debugging or noninvasive container inspection".

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use super::{FileFormat, Member, MemberKind, Part, Source, directory};
use crate::digest::{Algorithm, Digest, Hasher};
use crate::error::Error;
use crate::json::Value;
use crate::limits::Limits;
use crate::media_type::{DOCKER_MANIFEST_V1, OCI_INDEX, OCI_MANIFEST};

/// The manifest or index, and in a copy of all images what the names of their manifests end with.
const MANIFEST: &str = "manifest.json";

/// The file that says which version it is, and how it begins.
const VERSION: (&str, &[u8]) = ("version", b"Directory Transport Version: ");

/// Whether a directory without `index.json` says that it is one.
pub(super) fn is_one(root: &Path, members: &[Member]) -> bool {
    let (name, begin) = VERSION;
    let Some(member) = members.iter().find(|member| *member.name == *name && member.kind == MemberKind::File) else {
        return false;
    };
    let Ok(file) = directory::open(&directory::path_of(root, member)) else { return false };
    let mut first = Vec::new();
    file.take(begin.len() as u64).read_to_end(&mut first).is_ok() && first == begin
}

/// Presents it as an image layout. Names that are of no blob stay.
pub(super) fn presented(files: Source, limits: &Limits) -> Result<Source, Error> {
    let Some(manifest) = files.find(MANIFEST) else {
        return Err(Error::NotAnImage { path: files.label, found: "has no `manifest.json`".to_owned() });
    };
    let bytes = files.read(manifest, limits.document_bytes);
    let bytes = bytes.map_err(|error| error.at(format!("{}: {MANIFEST}", files.label)))?;
    let mut hasher = Hasher::new(Algorithm::Sha256);
    hasher.update(&bytes);
    let digest = hasher.finish();
    let index = index(&media_type(&bytes), &digest, bytes.len());
    let (label, bytes_stored) = (files.label.clone(), files.bytes_stored);
    let (format, findings) =
        (FileFormat { index_view: true, docker_view: false, skopeo: true, ..files.format }, files.findings.clone());
    let files = Arc::new(files);
    let mut parts = BTreeMap::from([
        ("oci-layout".to_owned(), Part::text(r#"{"imageLayoutVersion":"1.0.0"}"#.to_owned())),
        ("index.json".to_owned(), Part::text(index)),
    ]);
    let regular = files.members.iter().enumerate().filter(|(_, member)| member.kind == MemberKind::File);
    for (id, member) in regular.filter(|(id, _)| *id != manifest) {
        let name = blob_path(&member.name).unwrap_or_else(|| member.name.to_string());
        parts.insert(name, Part::Member(Arc::clone(&files), id));
    }
    parts.insert(digest.blob_path(), Part::Member(files, manifest));
    let source = Source::assembled(&label, parts, limits).with_format(format);
    Ok(Source { findings, bytes_stored, ..source })
}

/// The path in a layout of what has the digits of a digest as its name, after the algorithm where that is not sha256.
fn blob_path(name: &str) -> Option<String> {
    let name = name.strip_suffix(MANIFEST).map_or(name, |name| name.trim_end_matches('.'));
    let digest = match name.split_once('-') {
        Some((algorithm, encoded)) => format!("{algorithm}:{encoded}").parse::<Digest>().ok(),
        None => Digest::from_sha256_hex(name),
    };
    digest.filter(|digest| digest.algorithm().is_some()).map(|digest| digest.blob_path())
}

/// What a manifest says that it is; where it does not, what its fields say.
fn media_type(bytes: &[u8]) -> String {
    let value = std::str::from_utf8(bytes).ok().and_then(|text| Value::parse(text).ok());
    let get = |key: &str| value.and_then(|value| value.get(key));
    if let Some(media_type) = get("mediaType").and_then(Value::as_str) {
        return media_type.into_owned();
    }
    let is_schema_1 = get("schemaVersion").is_some_and(|version| version.text() == "1");
    match get("manifests") {
        Some(_) => OCI_INDEX,
        None if is_schema_1 => DOCKER_MANIFEST_V1[0],
        None => OCI_MANIFEST,
    }
    .to_owned()
}

fn index(media_type: &str, digest: &Digest, size: usize) -> String {
    let media_type = serde_json::Value::from(media_type);
    format!(
        r#"{{"schemaVersion":2,"mediaType":"{OCI_INDEX}","manifests":[{{"mediaType":{media_type},"digest":"{digest}","size":{size}}}]}}"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_blobs() {
        let hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let path = Some(format!("blobs/sha256/{hex}"));
        assert_eq!(blob_path(hex), path);
        assert_eq!(blob_path(&format!("{hex}.manifest.json")), path);
        assert_eq!(blob_path(&format!("sha512-{hex}{hex}")), Some(format!("blobs/sha512/{hex}{hex}")));
        for name in ["signature-1", "version", "manifest.json", "../x", ""] {
            assert_eq!(blob_path(name), None, "{name}");
        }
    }

    #[test]
    fn media_types_of_manifests() {
        for (text, expected) in [
            (r#"{"mediaType":"a/b"}"#, "a/b"),
            (r#"{"schemaVersion":2,"manifests":[]}"#, OCI_INDEX),
            (r#"{"schemaVersion":1}"#, DOCKER_MANIFEST_V1[0]),
            (r#"{"schemaVersion":2,"layers":[]}"#, OCI_MANIFEST),
            ("no JSON", OCI_MANIFEST),
        ] {
            assert_eq!(media_type(text.as_bytes()), expected, "{text}");
        }
    }
}
