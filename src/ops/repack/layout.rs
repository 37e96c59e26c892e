//! Any file with an `index.json`, in the one form that all OCI formats are written in.

use std::sync::Arc;

use super::parcel::Parcel;
use crate::digest::Digest;
use crate::error::Error;
use crate::graph::{Content, Key};
use crate::image::Image;
use crate::limits::Limits;
use crate::source::{MemberKind, Part, Resolution};

/// What `oci-layout` holds (image-spec `image-layout.md`, "oci-layout file"); producers write it in four spellings.
pub(super) const LAYOUT_FILE: &str = r#"{"imageLayoutVersion":"1.0.0"}"#;

/// The layout in a file: `oci-layout`, `index.json` as it is stored, and every blob under its path, and with
/// `unreferenced` those that nothing refers to. Other files are left behind.
pub(super) fn of(image: &Image, unreferenced: bool, limits: &Limits) -> Result<Parcel, Error> {
    let (source, graph) = (&image.source, &image.graph);
    let mut parcel = Parcel::new(source.label());
    parcel.put("oci-layout", Part::text(LAYOUT_FILE.to_owned()));
    parcel.put("index.json", Part::text(index_text(image, limits)?));
    let part = |member| Part::Member(Arc::clone(source), member);
    for (id, node) in graph.nodes().iter().enumerate() {
        let Key::Digest(digest) = &node.key else { continue };
        if let Content::Member(member) = node.content {
            parcel.blob(digest, part(member));
        } else if let Some(bytes) = graph.inline(id).filter(|bytes| digest.is_of(bytes)) {
            // Not all readers inspect `data`.
            parcel.blob(digest, Part::Bytes(bytes.into()));
        }
    }
    for (id, member) in source.members().iter().enumerate() {
        let is_unreferenced = unreferenced && member.kind == MemberKind::File && graph.held_by(id).is_none();
        if let Some(digest) = Digest::from_blob_path(&member.name).filter(|_| is_unreferenced) {
            parcel.blob(&digest, part(id));
        }
    }
    Ok(parcel)
}

/// The stored text of `index.json`.
pub(super) fn index_text(image: &Image, limits: &Limits) -> Result<String, Error> {
    let source = &image.source;
    let path = || source.label().to_owned();
    let document = |fault: String| Error::Document { path: path(), document: "index.json".to_owned(), fault };
    // What else is wrong in it is copied as it is, and `verify` tells it; from this nothing could be copied.
    if let Some(finding) = image.graph.faults_of("index.json").next().filter(|_| image.graph.roots.is_empty()) {
        return Err(document(finding.detail.clone()));
    }
    let Resolution::File(member) = source.resolve("index.json") else {
        return Err(Error::Absent { path: path(), digest: "index.json".to_owned() });
    };
    let bytes = source.read(member, limits.document_bytes).map_err(|error| error.at(source.origin(member)))?;
    String::from_utf8(bytes).map_err(|_| document("not UTF-8".to_owned()))
}
