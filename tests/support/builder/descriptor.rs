//! Descriptors, platforms and media types, in the order that Go programs write the fields.

use crate::support::hash::hex_of;
use crate::support::json::{Json, arr, obj};

pub const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub const OCI_CONFIG: &str = "application/vnd.oci.image.config.v1+json";
pub const OCI_EMPTY: &str = "application/vnd.oci.empty.v1+json";
pub const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
pub const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
pub const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";

pub const REF_NAME: &str = "org.opencontainers.image.ref.name";
pub const FULL_NAME: &str = "io.containerd.image.name";

/// Whose media types a document uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    #[default]
    Oci,
    Docker,
}

impl Dialect {
    pub fn index(self) -> &'static str {
        if self == Dialect::Oci { OCI_INDEX } else { DOCKER_LIST }
    }

    pub fn manifest(self) -> &'static str {
        if self == Dialect::Oci { OCI_MANIFEST } else { DOCKER_MANIFEST }
    }

    pub fn config(self) -> &'static str {
        if self == Dialect::Oci { OCI_CONFIG } else { DOCKER_CONFIG }
    }
}

/// What a document says about a blob.
#[derive(Clone, Debug, PartialEq)]
pub struct Desc {
    pub media_type: String,
    pub digest: String,
    pub size: usize,
    pub urls: Vec<String>,
    pub annotations: Vec<(String, String)>,
    /// Base64, for the `data` field.
    pub data: Option<String>,
    /// `linux/arm/v7`; see [`platform_json`].
    pub platform: Option<String>,
    pub artifact_type: Option<String>,
    /// Fields that nobody knows.
    pub extra: Vec<(String, Json)>,
}

impl Desc {
    pub fn new(media_type: &str, digest: &str, size: usize) -> Self {
        Desc {
            media_type: media_type.to_string(),
            digest: digest.to_string(),
            size,
            urls: Vec::new(),
            annotations: Vec::new(),
            data: None,
            platform: None,
            artifact_type: None,
            extra: Vec::new(),
        }
    }

    pub fn hex(&self) -> &str {
        hex_of(&self.digest)
    }

    pub fn annotate(mut self, key: &str, value: &str) -> Self {
        self.annotations.push((key.to_string(), value.to_string()));
        self
    }

    pub fn platform(mut self, platform: &str) -> Self {
        self.platform = Some(platform.to_string());
        self
    }

    pub fn without_platform(mut self) -> Self {
        self.platform = None;
        self
    }

    pub fn url(mut self, url: &str) -> Self {
        self.urls.push(url.to_string());
        self
    }

    pub fn artifact_type(mut self, artifact_type: &str) -> Self {
        self.artifact_type = Some(artifact_type.to_string());
        self
    }

    pub fn extra(mut self, key: &str, value: impl Into<Json>) -> Self {
        self.extra.push((key.to_string(), value.into()));
        self
    }

    /// The content itself, in the `data` field.
    pub fn inline(mut self, content: &[u8]) -> Self {
        self.data = Some(base64(content));
        self
    }

    /// A copy under this tag, without a platform, as BuildKit and docker list a root: `1.0`.
    pub fn tagged(&self, tag: &str) -> Self {
        self.clone().without_platform().annotate(REF_NAME, tag)
    }

    /// A copy under a full name, with the tag beside it: `example.com/team/app:1.0`.
    pub fn named(&self, name: &str) -> Self {
        let tag = name.rsplit_once(':').unwrap_or_else(|| panic!("`{name}` has no tag")).1;
        self.clone().without_platform().annotate(FULL_NAME, name).annotate(REF_NAME, tag)
    }

    /// The three fields that identify the blob, as in `subject`.
    pub fn bare(&self) -> Self {
        Desc::new(&self.media_type, &self.digest, self.size)
    }

    pub fn json(&self) -> Json {
        let mut json = obj([
            ("mediaType", Json::from(&self.media_type)),
            ("digest", Json::from(&self.digest)),
            ("size", Json::from(self.size)),
        ]);
        if !self.urls.is_empty() {
            json.push("urls", arr(&self.urls));
        }
        if !self.annotations.is_empty() {
            json.push("annotations", annotations_json(&self.annotations));
        }
        if let Some(data) = &self.data {
            json.push("data", data);
        }
        if let Some(platform) = &self.platform {
            json.push("platform", platform_json(platform));
        }
        if let Some(artifact_type) = &self.artifact_type {
            json.push("artifactType", artifact_type);
        }
        for (key, value) in &self.extra {
            json.push(key, value.clone());
        }
        json
    }
}

/// `linux/arm/v7` as the platform object of a descriptor.
pub fn platform_json(platform: &str) -> Json {
    let mut parts = platform.split('/');
    let (os, architecture) = (parts.next().unwrap(), parts.next().expect("a platform is os/arch[/variant]"));
    let mut json = obj([("architecture", architecture.into()), ("os", os.into())]);
    if let Some(variant) = parts.next() {
        json.push("variant", variant);
    }
    json
}

/// Annotations or labels as an object.
pub fn annotations_json(annotations: &[(String, String)]) -> Json {
    Json::Object(annotations.iter().map(|(key, value)| (key.clone(), Json::from(value))).collect())
}

/// Standard base64 with padding.
pub fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place) & 63) as usize];
            out.push(if place <= chunk.len() { letter.into() } else { '=' });
        }
    }
    out
}
