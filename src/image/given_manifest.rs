//! A manifest from elsewhere, which a docker archive is compared with: an image file, or the document alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::digest::Algorithm;
use crate::doc::{Document, descriptor_text, read_blob};
use crate::image::Image;
use crate::json::edit::quoted;
use crate::limits::Limits;
use crate::media_type::{OCI_INDEX, OCI_MANIFEST};
use crate::source::{Part, Source};

/// Manifests that somebody vouches for, with their signatures if these are beside them.
#[derive(Debug, Clone)]
pub struct GivenManifest {
    /// The file, for reports.
    pub name: String,
    /// The manifests; layers need not be there.
    pub image: Arc<Image>,
}

impl GivenManifest {
    /// Of an image file.
    pub fn of_image(name: &str, image: Image) -> Self {
        GivenManifest { name: name.to_owned(), image: Arc::new(image) }
    }

    /// Of a manifest by itself, byte for byte as a registry has it; None where the bytes are none.
    pub fn of_document(name: &str, bytes: &[u8], limits: &Limits) -> Option<Self> {
        let document = read_blob(bytes, None, limits).view;
        if !matches!(document, Document::Manifest(_)) {
            return None;
        }
        let media_type = document.media_type().map_or(OCI_MANIFEST, |own| own.as_str());
        let digest = Algorithm::Sha256.digest(bytes);
        let descriptor = descriptor_text(media_type, &digest, bytes.len() as u64, &[]);
        let index = format!(r#"{{"schemaVersion":2,"mediaType":{},"manifests":[{descriptor}]}}"#, quoted(OCI_INDEX));
        let parts: BTreeMap<String, Part> = [
            ("oci-layout".to_owned(), Part::text(r#"{"imageLayoutVersion":"1.0.0"}"#.to_owned())),
            ("index.json".to_owned(), Part::text(index)),
            (digest.blob_path(), Part::Bytes(bytes.into())),
        ]
        .into();
        Some(Self::of_image(name, Image::load(Source::assembled(name, parts, limits), limits)))
    }
}
