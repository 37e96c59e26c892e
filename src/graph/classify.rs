//! What a descriptor and its document are: the one classifier, which every command asks.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::doc::annotations::{KIND, REF_NAME, SIGSTORE_PREDICATE_TYPE};
use crate::doc::{Descriptor, Document, Index, Manifest};
use crate::media_type::{self, MediaType};

/// What a blob is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A list of manifests.
    Index,
    /// The manifest of an image to run.
    Image,
    /// A manifest whose layers are in-toto statements.
    Attestation(AttestationStyle),
    /// A signature: cosign's, a sigstore bundle without predicate, Notary's.
    Signature,
    /// An SBOM that is stored as an artifact of its own.
    Sbom,
    /// Another artifact: a manifest whose config is no image config.
    Artifact,
    /// A BuildKit cache export, as an index of layers or as an image manifest.
    Cache,
    /// An image config, or what is in its place.
    Config,
    /// A file-system layer.
    Layer,
    /// A blob of another media type.
    Blob,
}

/// How an attestation is tied to what it refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AttestationStyle {
    /// BuildKit's older form: an entry of the same index, an image config with `unknown/unknown`.
    Index,
    /// BuildKit's newer form: an entry of the same index, an artifact with `subject`.
    Artifact,
    /// A referrer of its own: `subject`, or a cosign tag.
    Referrer,
}

impl AttestationStyle {
    /// `index`, `artifact` or `referrer`.
    pub fn name(self) -> &'static str {
        match self {
            AttestationStyle::Index => "index",
            AttestationStyle::Artifact => "artifact",
            AttestationStyle::Referrer => "referrer",
        }
    }
}

impl Kind {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Index => "index",
            Kind::Image => "image",
            Kind::Attestation(_) => "attestation",
            Kind::Signature => "signature",
            Kind::Sbom => "SBOM",
            Kind::Artifact => "artifact",
            Kind::Cache => "BuildKit cache",
            Kind::Config => "config",
            Kind::Layer => "layer",
            Kind::Blob => "blob",
        }
    }

    /// Whether it refers to another manifest and is nothing to run.
    pub fn is_about_another(self) -> bool {
        matches!(self, Kind::Attestation(_) | Kind::Signature | Kind::Sbom)
    }
}

impl Serialize for Kind {
    /// As one word: what programs read does not depend on the style of an attestation.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Kind::Sbom => "sbom",
            Kind::Cache => "cache",
            kind => kind.name(),
        })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Says what a manifest or index is, from the descriptor that references it and its document.
///
/// An absent one is known by its descriptor alone.
pub fn classify(descriptor: Option<&Descriptor>, document: &Document) -> Kind {
    match document {
        Document::Index(index) => of_index(index),
        Document::Manifest(manifest) => of_manifest(descriptor, manifest),
        Document::Config(_) => Kind::Config,
        Document::Opaque => descriptor.map_or(Kind::Blob, of_descriptor),
    }
}

/// Says what a blob is, from its descriptor alone.
pub fn of_descriptor(descriptor: &Descriptor) -> Kind {
    if descriptor.attests().is_some() {
        return Kind::Attestation(AttestationStyle::Index);
    }
    let artifact = descriptor.artifact_type.as_ref().and_then(of_artifact_type);
    match descriptor.media_type.ok().map(MediaType::kind) {
        Some(media_type::Kind::Index) => Kind::Index,
        Some(media_type::Kind::Manifest) => artifact.unwrap_or(Kind::Image),
        Some(media_type::Kind::Config) => Kind::Config,
        Some(media_type::Kind::Layer(_)) => Kind::Layer,
        _ => Kind::Blob,
    }
}

/// BuildKit's older cache export lists layers, and a config of its own, in `manifests`.
fn of_index(index: &Index) -> Kind {
    let media_type = |descriptor: &Descriptor| descriptor.media_type.ok().map(|kind| (kind.kind(), kind.clone()));
    let mut types = index.manifests.iter().filter_map(|(_, descriptor)| media_type(descriptor)).peekable();
    let of_cache = |(kind, own): (media_type::Kind, MediaType)| {
        matches!(kind, media_type::Kind::Layer(_)) || own.as_str() == media_type::BUILDKIT_CACHE_CONFIG
    };
    if types.peek().is_some() && types.all(of_cache) { Kind::Cache } else { Kind::Index }
}

fn of_manifest(descriptor: Option<&Descriptor>, manifest: &Manifest) -> Kind {
    let config = manifest.config.as_ref().and_then(|config| config.media_type.ok());
    let listed_as_attestation = descriptor.is_some_and(|descriptor| descriptor.attests().is_some());
    let artifact_type = manifest.artifact_type.as_ref();
    if artifact_type.is_some_and(|kind| kind.as_str() == media_type::DOCKER_ATTESTATION) {
        return Kind::Attestation(AttestationStyle::Artifact);
    }
    if listed_as_attestation {
        return Kind::Attestation(AttestationStyle::Index);
    }
    if config.is_some_and(|kind| kind.as_str() == media_type::BUILDKIT_CACHE_CONFIG) {
        return Kind::Cache;
    }
    let known = [artifact_type, config].into_iter().flatten().find_map(of_artifact_type);
    match known {
        Some(Kind::Signature) if manifest.annotations.get(SIGSTORE_PREDICATE_TYPE).is_some_and(is_statement) => {
            return Kind::Attestation(AttestationStyle::Referrer);
        }
        Some(kind) => return kind,
        None => {}
    }
    if let Some(kind) = of_layers(manifest) {
        return kind;
    }
    if let Some(kind) = descriptor.and_then(of_cosign_layout) {
        return kind;
    }
    match config.map(MediaType::kind) {
        Some(media_type::Kind::Config) | None => Kind::Image,
        _ => Kind::Artifact,
    }
}

/// sigstore bundles hold signatures of the image itself under this predicate type.
fn is_statement(predicate_type: &str) -> bool {
    predicate_type != "https://sigstore.dev/cosign/sign/v1"
}

/// What all layers of a manifest are, where that tells what the manifest is.
fn of_layers(manifest: &Manifest) -> Option<Kind> {
    let mut kinds = manifest.layers.iter().map(|(_, layer)| match layer.media_type.ok()?.as_str() {
        media_type::IN_TOTO | media_type::DSSE => Some(Kind::Attestation(AttestationStyle::Referrer)),
        media_type::COSIGN_SIGNATURE => Some(Kind::Signature),
        other => of_artifact_type(&MediaType::new(other)),
    });
    let first = kinds.next()??;
    kinds.all(|kind| kind == Some(first)).then_some(first)
}

/// The artifact, config and layer types of signers and SBOM writers.
fn of_artifact_type(artifact_type: &MediaType) -> Option<Kind> {
    let text = artifact_type.as_str();
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| text.starts_with(prefix));
    if starts(&["application/vnd.in-toto", "application/vnd.dsse.envelope", media_type::DOCKER_ATTESTATION]) {
        return Some(Kind::Attestation(AttestationStyle::Referrer));
    }
    if starts(&[
        media_type::SIGSTORE_BUNDLE,
        "application/vnd.dev.cosign.artifact.sig",
        "application/vnd.dev.cosign.simplesigning",
        "application/vnd.cncf.notary.signature",
    ]) {
        return Some(Kind::Signature);
    }
    let sbom = ["spdx", "cyclonedx", "syft", "sbom"].iter().any(|word| text.contains(word));
    sbom.then_some(Kind::Sbom)
}

/// `cosign save` says on each descriptor of `index.json` what it is; cosign's tags say it too.
fn of_cosign_layout(descriptor: &Descriptor) -> Option<Kind> {
    let kind = descriptor.annotations.get(KIND).unwrap_or_default();
    let tag = descriptor.annotations.get(REF_NAME).unwrap_or_default();
    let suffix = cosign_tag(tag).map_or("", |(_, suffix)| suffix);
    match (kind, suffix) {
        ("dev.cosignproject.cosign/sigs", _) | (_, "sig") => Some(Kind::Signature),
        ("dev.cosignproject.cosign/atts", _) | (_, "att") => Some(Kind::Attestation(AttestationStyle::Referrer)),
        ("dev.cosignproject.cosign/sboms", _) | (_, "sbom") => Some(Kind::Sbom),
        _ => None,
    }
}

/// The digest and the suffix of a tag of cosign's: `sha256-<hex>.sig`.
pub(crate) fn cosign_tag(tag: &str) -> Option<(crate::digest::Digest, &str)> {
    let tag = tag.rsplit(':').next().unwrap_or(tag);
    let (stem, suffix) = tag.split_once('.').unwrap_or((tag, ""));
    let (algorithm, encoded) = stem.split_once('-')?;
    Some((format!("{algorithm}:{encoded}").parse().ok()?, suffix))
}

/// The digits of a fallback tag whose digest was cut: the distribution specification leaves 64 of the 128 of a sha512.
pub(crate) fn cut_tag(tag: &str) -> Option<&str> {
    let tag = tag.rsplit(':').next().unwrap_or(tag);
    let digits = tag.strip_prefix("sha512-").map(|rest| rest.split('.').next().unwrap_or(rest))?;
    (digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doc::read_blob;
    use crate::limits::Limits;

    fn classified(text: &str) -> Kind {
        let read = read_blob(text.as_bytes(), None, &Limits::default());
        classify(None, &read.view)
    }

    fn manifest(config: &str, layer: &str, rest: &str) -> String {
        format!(
            r#"{{"schemaVersion":2,"mediaType":"{}","config":{{"mediaType":"{config}"}},"layers":[{{"mediaType":"{layer}"}}]{rest}}}"#,
            media_type::OCI_MANIFEST
        )
    }

    #[test]
    fn manifests() {
        let attestation = r#","artifactType":"application/vnd.docker.attestation.manifest.v1+json""#;
        let bundle = r#","artifactType":"application/vnd.dev.sigstore.bundle.v0.3+json""#;
        let statement = r#","annotations":{"dev.sigstore.bundle.predicateType":"https://slsa.dev/provenance/v1"}"#;
        let (empty, image, layer) = (media_type::OCI_EMPTY, media_type::OCI_CONFIG, media_type::OCI_LAYER_GZIP);
        let in_toto = media_type::IN_TOTO;
        for (text, kind) in [
            (manifest(image, layer, ""), Kind::Image),
            (manifest(media_type::DOCKER_CONFIG, media_type::DOCKER_LAYER_GZIP, ""), Kind::Image),
            (manifest(image, "application/x-unknown", ""), Kind::Image),
            (manifest(empty, in_toto, attestation), Kind::Attestation(AttestationStyle::Artifact)),
            (manifest(image, in_toto, ""), Kind::Attestation(AttestationStyle::Referrer)),
            (manifest(empty, "application/json", bundle), Kind::Signature),
            (manifest(empty, "x/y", &format!("{bundle}{statement}")), Kind::Attestation(AttestationStyle::Referrer)),
            (manifest(image, media_type::COSIGN_SIGNATURE, ""), Kind::Signature),
            (manifest(empty, "application/spdx+json", ""), Kind::Sbom),
            (manifest("application/vnd.example", "text/plain", ""), Kind::Artifact),
            (manifest(media_type::BUILDKIT_CACHE_CONFIG, layer, ""), Kind::Cache),
        ] {
            assert_eq!(classified(&text), kind, "{text}");
        }
    }

    #[test]
    fn every_kind_is_one_word_for_programs() {
        for (kind, word) in [
            (Kind::Attestation(AttestationStyle::Index), "\"attestation\""),
            (Kind::Sbom, "\"sbom\""),
            (Kind::Cache, "\"cache\""),
            (Kind::Image, "\"image\""),
        ] {
            assert_eq!(serde_json::to_string(&kind).unwrap(), word);
        }
    }

    #[test]
    fn indexes() {
        let index = |entry: &str| format!(r#"{{"schemaVersion":2,"manifests":[{{"mediaType":"{entry}"}}]}}"#);
        assert_eq!(classified(&index(media_type::OCI_MANIFEST)), Kind::Index);
        assert_eq!(classified(&index(media_type::OCI_LAYER_GZIP)), Kind::Cache);
        assert_eq!(classified(r#"{"schemaVersion":2,"manifests":[]}"#), Kind::Index);
    }

    #[test]
    fn tags_of_cosign() {
        let hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let tag = format!("example.com/app:sha256-{hex}.sig");
        let (digest, suffix) = cosign_tag(&tag).unwrap();
        assert_eq!((digest.encoded(), suffix), (hex, "sig"));
        assert_eq!(cosign_tag("1.0"), None);
    }
}
