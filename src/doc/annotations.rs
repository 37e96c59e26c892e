//! Annotations, and the keys that tools agreed on.

/// `org.opencontainers.image.ref.name`: a tag, or a full name, by producer.
pub const REF_NAME: &str = "org.opencontainers.image.ref.name";
/// `io.containerd.image.name`: the full name.
pub const CONTAINERD_NAME: &str = "io.containerd.image.name";
/// `org.opencontainers.image.base.name`: the name of the image that an image was built on.
pub const BASE_NAME: &str = "org.opencontainers.image.base.name";
/// `org.opencontainers.image.base.digest`: the digest of its manifest.
pub const BASE_DIGEST: &str = "org.opencontainers.image.base.digest";
/// `org.opencontainers.image.created`: when an image was built, or on an entry of `index.json` exported.
pub const CREATED: &str = "org.opencontainers.image.created";
/// `containerd.io/uncompressed`: on the descriptor of a layer, the digest of its uncompressed bytes.
pub const UNCOMPRESSED: &str = "containerd.io/uncompressed";
/// `org.opencontainers.image.title`: on the layer of an artifact, the name of the file.
pub const TITLE: &str = "org.opencontainers.image.title";
/// `io.containerd.manifest.subject`: on a descriptor of `index.json`, the manifest that the referrer refers to.
pub const CONTAINERD_SUBJECT: &str = "io.containerd.manifest.subject";
/// `vnd.docker.reference.type`: `attestation-manifest` on BuildKit's attestation descriptors.
pub const REFERENCE_TYPE: &str = "vnd.docker.reference.type";
/// The value of [`REFERENCE_TYPE`] on an attestation.
pub const ATTESTATION_MANIFEST: &str = "attestation-manifest";
/// `vnd.docker.reference.digest`: the manifest that a BuildKit attestation refers to.
pub const REFERENCE_DIGEST: &str = "vnd.docker.reference.digest";
/// `in-toto.io/predicate-type`: on the layer that holds a statement.
pub const PREDICATE_TYPE: &str = "in-toto.io/predicate-type";
/// `kind`: what cosign and hauler write on the descriptors of a layout.
pub const KIND: &str = "kind";
/// `dev.sigstore.bundle.predicateType`: on sigstore bundles.
pub const SIGSTORE_PREDICATE_TYPE: &str = "dev.sigstore.bundle.predicateType";
/// `dev.cosignproject.cosign/signature`: on the layer with the payload, the signature in base64.
pub const COSIGN_SIGNATURE: &str = "dev.cosignproject.cosign/signature";
/// `dev.sigstore.cosign/certificate`: on the same layer, the certificate of the signer in PEM.
pub const COSIGN_CERTIFICATE: &str = "dev.sigstore.cosign/certificate";
/// `dev.sigstore.cosign/bundle`: on the same layer, the entry of the transparency log.
pub const COSIGN_BUNDLE: &str = "dev.sigstore.cosign/bundle";
/// `dev.sigstore.cosign/rfc3161timestamp`: on the same layer, the timestamp of an authority.
pub const COSIGN_TIMESTAMP: &str = "dev.sigstore.cosign/rfc3161timestamp";

/// Whether an annotation tells how a layer is compressed inside, which is untrue of other bytes: the tables of contents of
/// zstd:chunked and eStargz.
pub(crate) fn is_told_by_compression(key: &str) -> bool {
    let prefixes =
        ["io.github.containers.zstd-chunked.", "io.containers.zstd-chunked.", "containerd.io/snapshot/stargz/"];
    prefixes.iter().any(|prefix| key.starts_with(prefix))
}

/// The annotations of a descriptor or document, in stored order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Annotations(pub(crate) Vec<(Box<str>, Box<str>)>);

impl Annotations {
    /// The value of a key; the last where it is listed twice.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().rev().find(|(name, _)| &**name == key).map(|(_, value)| &**value)
    }

    /// Keys and values, in stored order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (&**key, &**value))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
