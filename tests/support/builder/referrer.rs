//! Artifacts: OCI 1.1 referrers, and cosign's signatures beside the image.

use super::descriptor::{OCI_CONFIG, OCI_EMPTY, OCI_MANIFEST, base64};
use super::{Desc, Store};
use crate::support::hash::sha256;
use crate::support::json::{Json, arr, obj};

/// An artifact manifest to be built.
#[derive(Clone, Debug)]
pub struct Artifact {
    artifact_type: String,
    files: Vec<(String, Vec<u8>, String)>,
    subject: Option<Desc>,
}

impl Artifact {
    /// An artifact without files: `application/vnd.example.sbom`.
    pub fn new(artifact_type: &str) -> Self {
        Artifact { artifact_type: artifact_type.to_string(), files: Vec::new(), subject: None }
    }

    /// A file as a layer with its title, as oras stores it.
    pub fn file(mut self, media_type: &str, content: impl Into<Vec<u8>>, title: &str) -> Self {
        self.files.push((media_type.to_string(), content.into(), title.to_string()));
        self
    }

    /// What the artifact refers to.
    pub fn subject(mut self, subject: &Desc) -> Self {
        self.subject = Some(subject.bare());
        self
    }

    /// Puts files and manifest; the descriptor carries the artifact type, as oras lists it.
    pub fn put(&self, store: &mut Store) -> Desc {
        let layers: Vec<_> = self
            .files
            .iter()
            .map(|(media_type, content, title)| {
                store.put(media_type, content.as_slice()).annotate("org.opencontainers.image.title", title)
            })
            .collect();
        let mut manifest = obj([("schemaVersion", Json::from(2)), ("mediaType", Json::from(OCI_MANIFEST))])
            .with("artifactType", &self.artifact_type)
            .with("config", store.put(OCI_EMPTY, "{}").inline(b"{}").json())
            .with("layers", arr(layers.iter().map(Desc::json)));
        if let Some(subject) = &self.subject {
            manifest.push("subject", subject.json());
        }
        store.put_json(OCI_MANIFEST, &manifest).artifact_type(&self.artifact_type)
    }
}

/// The payload that cosign signs in its older form: which digest, under which name.
pub fn cosign_payload(signed: &str, name: &str) -> String {
    let identity = obj([("docker-reference", name.into())]);
    let image = obj([("docker-manifest-digest", Json::from(signed))]);
    let critical = obj([("identity", identity), ("image", image), ("type", "cosign container image signature".into())]);
    obj([("critical", critical), ("optional", Json::Null)]).compact()
}

/// Cosign's older form: a manifest named `sha256-<hex>.sig`, whose layer says which digest was signed.
pub fn cosign_signature(store: &mut Store, signed: &Desc, name: &str) -> Desc {
    cosign_manifest(store, &cosign_payload(&signed.digest, name), b"not a real signature")
}

/// The manifest around a payload and a signature over it.
pub fn cosign_manifest(store: &mut Store, payload: &str, signature: &[u8]) -> Desc {
    let diff_id = sha256(payload.as_bytes());
    let layer = store
        .put("application/vnd.dev.cosign.simplesigning.v1+json", payload)
        .annotate("dev.cosignproject.cosign/signature", &base64(signature));
    let config = obj([("architecture", "".into()), ("created", "0001-01-01T00:00:00Z".into()), ("os", "".into())])
        .with("rootfs", obj([("type", "layers".into()), ("diff_ids", arr([diff_id]))]))
        .with("config", obj([]));
    let config = store.put(OCI_CONFIG, config.compact());
    let manifest = obj([("schemaVersion", Json::from(2)), ("mediaType", Json::from(OCI_MANIFEST))])
        .with("config", config.json())
        .with("layers", arr([layer.json()]));
    store.put_json(OCI_MANIFEST, &manifest)
}

/// The tag that cosign gives a signature: `sha256-<hex>.sig`.
pub fn cosign_tag(signed: &Desc) -> String {
    format!("{}.sig", signed.digest.replace(':', "-"))
}
