//! Content descriptors (image-spec `descriptor.md`) and the platform inside them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::annotations::{ATTESTATION_MANIFEST, Annotations, REFERENCE_DIGEST, REFERENCE_TYPE};
use super::field::{Field, Need, Object, Path, Problems};
use crate::digest::Digest;
use crate::finding::Code;
use crate::json::Value;
use crate::json::edit::quoted;
use crate::media_type::MediaType;
use crate::platform::Platform;

/// A descriptor that is written, as JSON text: the required fields, then others, whose values are JSON text.
pub(crate) fn descriptor_text(media_type: &str, digest: &Digest, size: u64, others: &[(&str, String)]) -> String {
    let (media_type, digest) = (quoted(media_type), quoted(digest.as_str()));
    let required = format!(r#""mediaType":{media_type},"digest":{digest},"size":{size}"#);
    let others = others.iter().map(|(key, value)| format!(",{}:{value}", quoted(key)));
    format!("{{{required}{}}}", others.collect::<String>())
}

/// What a document says about a blob.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Descriptor {
    /// `mediaType`
    pub media_type: Field<MediaType>,
    /// `digest`
    pub digest: Field<Digest>,
    /// `size`, in bytes.
    pub size: Field<u64>,
    /// `artifactType`
    pub artifact_type: Option<MediaType>,
    /// `platform`, where it is an object with both parts.
    pub platform: Option<Box<Platform>>,
    /// `annotations`
    pub annotations: Annotations,
    /// `urls`: where else the content lies. Never fetched.
    pub urls: Vec<String>,
    /// `data`: the content itself.
    pub data: Option<Box<[u8]>>,
}

const FIELDS: [&str; 8] = ["mediaType", "digest", "size", "urls", "annotations", "data", "artifactType", "platform"];

impl Descriptor {
    pub(crate) fn read(value: Value<'_>, path: Path<'_>, problems: &mut Problems) -> Option<Self> {
        let object = Object::open(value, path, &FIELDS, problems)?;
        let data = object.field("data", Need::Optional, "base64 (RFC 4648)", problems, |value| {
            STANDARD.decode(value.as_str()?.as_bytes()).ok()
        });
        let descriptor = Descriptor {
            media_type: object.media_type("mediaType", Need::Required, problems),
            digest: object.digest("digest", Need::Required, problems),
            size: object.size("size", Need::Required, problems),
            artifact_type: object.media_type("artifactType", Need::Optional, problems).ok().cloned(),
            platform: object
                .present("platform")
                .and_then(|value| read_platform(value, Path::Key(&path, "platform"), problems).map(Box::new)),
            annotations: Annotations(object.string_map("annotations", problems)),
            urls: object.strings("urls", problems).ok().cloned().unwrap_or_default(),
            data: data.ok().map(|bytes| bytes.as_slice().into()),
        };
        descriptor.check_data(path, problems);
        Some(descriptor)
    }

    /// Image-spec `descriptor.md`, "data": the decoded content must have the descriptor's size and digest.
    fn check_data(&self, path: Path<'_>, problems: &mut Problems) {
        let Some(data) = &self.data else { return };
        let path = Path::Key(&path, "data");
        if let Some(&size) = self.size.ok().filter(|&&size| size != data.len() as u64) {
            problems.compared(Code::DescriptorData, path, "the size of `data` does not match `size`", size, data.len());
        } else if let Some(digest) = self.digest.ok()
            && let Some(algorithm) = digest.algorithm()
        {
            let found = algorithm.digest(data);
            if found != *digest {
                problems.compared(Code::DescriptorData, path, "`data` does not match the digest", digest, found);
            }
        }
    }

    /// The platform, unless it is the `unknown/unknown` of attestations.
    pub fn real_platform(&self) -> Option<&Platform> {
        self.platform.as_deref().filter(|platform| !platform.is_unknown())
    }

    /// Whether it says that it is of a BuildKit attestation in the index style.
    pub fn claims_attestation(&self) -> bool {
        self.annotations.get(REFERENCE_TYPE) == Some(ATTESTATION_MANIFEST)
    }

    /// The manifest that a BuildKit attestation in the index style refers to.
    pub fn attests(&self) -> Option<&str> {
        self.annotations.get(REFERENCE_DIGEST).filter(|_| self.claims_attestation())
    }
}

/// A platform (image-spec `image-index.md`, "platform"): `os` and `architecture` are required.
fn read_platform(value: Value<'_>, path: Path<'_>, problems: &mut Problems) -> Option<Platform> {
    const FIELDS: [&str; 6] = ["architecture", "os", "os.version", "os.features", "variant", "features"];
    let object = Object::open(value, path, &FIELDS, problems)?;
    let architecture = object.string("architecture", Need::Required, problems);
    let os = object.string("os", Need::Required, problems);
    let variant = object.string("variant", Need::Optional, problems);
    let os_version = object.string("os.version", Need::Optional, problems);
    let os_features = object.strings("os.features", problems);
    Some(Platform {
        os: os.ok()?.clone(),
        architecture: architecture.ok()?.clone(),
        variant: variant.ok().cloned().filter(|variant| !variant.is_empty()),
        os_version: os_version.ok().cloned().filter(|version| !version.is_empty()),
        os_features: os_features.ok().cloned().unwrap_or_default(),
    })
}
