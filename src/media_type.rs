//! Media types of the OCI image specification, of Docker's distribution format, and of what builders and signers add.

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};

/// `application/vnd.oci.image.index.v1+json`
pub const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// `application/vnd.oci.image.manifest.v1+json`
pub const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// `application/vnd.oci.image.config.v1+json`
pub const OCI_CONFIG: &str = "application/vnd.oci.image.config.v1+json";
/// `application/vnd.oci.image.layer.v1.tar`
pub const OCI_LAYER: &str = "application/vnd.oci.image.layer.v1.tar";
/// `application/vnd.oci.image.layer.v1.tar+gzip`
pub const OCI_LAYER_GZIP: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
/// `application/vnd.oci.image.layer.v1.tar+zstd`
pub const OCI_LAYER_ZSTD: &str = "application/vnd.oci.image.layer.v1.tar+zstd";
/// `application/vnd.oci.image.layer.nondistributable.v1.tar`
pub const OCI_FOREIGN_LAYER: &str = "application/vnd.oci.image.layer.nondistributable.v1.tar";
/// `application/vnd.oci.image.layer.nondistributable.v1.tar+gzip`
pub const OCI_FOREIGN_LAYER_GZIP: &str = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip";
/// `application/vnd.oci.image.layer.nondistributable.v1.tar+zstd`
pub const OCI_FOREIGN_LAYER_ZSTD: &str = "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd";
/// `application/vnd.oci.empty.v1+json`: the config or layer of an artifact that has none.
pub const OCI_EMPTY: &str = "application/vnd.oci.empty.v1+json";
/// `application/vnd.oci.artifact.manifest.v1+json`: of a release candidate of 1.1, never released.
pub const OCI_ARTIFACT_MANIFEST: &str = "application/vnd.oci.artifact.manifest.v1+json";
/// `application/vnd.docker.distribution.manifest.list.v2+json`
pub const DOCKER_INDEX: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
/// `application/vnd.docker.distribution.manifest.v2+json`
pub const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
/// `application/vnd.docker.distribution.manifest.v1+prettyjws` and its unsigned form: before 2016.
pub const DOCKER_MANIFEST_V1: [&str; 2] = [
    "application/vnd.docker.distribution.manifest.v1+prettyjws",
    "application/vnd.docker.distribution.manifest.v1+json",
];
/// `application/vnd.docker.container.image.v1+json`
pub const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";
/// `application/vnd.docker.image.rootfs.diff.tar`
pub const DOCKER_LAYER: &str = "application/vnd.docker.image.rootfs.diff.tar";
/// `application/vnd.docker.image.rootfs.diff.tar.gzip`
pub const DOCKER_LAYER_GZIP: &str = "application/vnd.docker.image.rootfs.diff.tar.gzip";
/// `application/vnd.docker.image.rootfs.diff.tar.zstd`: not registered, written by some builders.
pub const DOCKER_LAYER_ZSTD: &str = "application/vnd.docker.image.rootfs.diff.tar.zstd";
/// `application/vnd.docker.image.rootfs.foreign.diff.tar`
pub const DOCKER_FOREIGN_LAYER: &str = "application/vnd.docker.image.rootfs.foreign.diff.tar";
/// `application/vnd.docker.image.rootfs.foreign.diff.tar.gzip`
pub const DOCKER_FOREIGN_LAYER_GZIP: &str = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";
/// `application/vnd.in-toto+json`: one in-toto statement.
pub const IN_TOTO: &str = "application/vnd.in-toto+json";
/// `application/vnd.dsse.envelope.v1+json`: a signed statement.
pub const DSSE: &str = "application/vnd.dsse.envelope.v1+json";
/// `application/vnd.docker.attestation.manifest.v1+json`: the artifact type of BuildKit's newer attestation manifests.
pub const DOCKER_ATTESTATION: &str = "application/vnd.docker.attestation.manifest.v1+json";
/// `application/vnd.docker.plugin.v1+json`: the config of a plugin of docker's, with layers and diff_ids as an image has them.
pub const DOCKER_PLUGIN: &str = "application/vnd.docker.plugin.v1+json";
/// `application/vnd.buildkit.cacheconfig.v0`: the config of a BuildKit cache export.
pub const BUILDKIT_CACHE_CONFIG: &str = "application/vnd.buildkit.cacheconfig.v0";
/// `application/vnd.dev.cosign.simplesigning.v1+json`: the layer of a cosign signature.
pub const COSIGN_SIGNATURE: &str = "application/vnd.dev.cosign.simplesigning.v1+json";

/// How the media types of sigstore bundles begin, whatever their version.
pub(crate) const SIGSTORE_BUNDLE: &str = "application/vnd.dev.sigstore.bundle";

/// Whether a media type is that of a sigstore bundle, whatever its version.
pub fn is_bundle(media_type: &str) -> bool {
    media_type.starts_with(SIGSTORE_BUNDLE)
}

/// How bytes are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Compression {
    /// Not at all.
    None,
    /// gzip, RFC 1952.
    Gzip,
    /// Zstandard, RFC 8878.
    Zstd,
    /// xz: detected, not decompressed.
    Xz,
    /// bzip2: detected, not decompressed.
    Bzip2,
}

impl Compression {
    /// The name in messages and reports: `uncompressed`, `gzip`, `zstd`, `xz`, `bzip2`.
    pub const fn name(self) -> &'static str {
        match self {
            Compression::None => "uncompressed",
            Compression::Gzip => "gzip",
            Compression::Zstd => "zstd",
            Compression::Xz => "xz",
            Compression::Bzip2 => "bzip2",
        }
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What a media type says its content is, whoever registered it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// An OCI index or a Docker manifest list.
    Index,
    /// An OCI or Docker image manifest.
    Manifest,
    /// An OCI or Docker image config.
    Config,
    /// A layer that holds a tar archive.
    Layer(LayerType),
    /// A document that ocikit knows to be no index, manifest, config or layer.
    Other,
}

/// What the media type of a layer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LayerType {
    /// How the tar archive is compressed.
    pub compression: Compression,
    /// Whether it may be kept from registries (`urls`).
    pub non_distributable: bool,
    /// Whether it is encrypted (`+encrypted`, ocicrypt).
    pub encrypted: bool,
    /// Whether Docker, and not OCI, registered it.
    pub docker: bool,
}

impl LayerType {
    /// The media type that says this; None where nobody registered one.
    pub fn media_type(self) -> Option<&'static str> {
        Some(match (self.docker, self.non_distributable, self.compression) {
            _ if self.encrypted => return None,
            (false, false, Compression::None) => OCI_LAYER,
            (false, false, Compression::Gzip) => OCI_LAYER_GZIP,
            (false, false, Compression::Zstd) => OCI_LAYER_ZSTD,
            (false, true, Compression::None) => OCI_FOREIGN_LAYER,
            (false, true, Compression::Gzip) => OCI_FOREIGN_LAYER_GZIP,
            (false, true, Compression::Zstd) => OCI_FOREIGN_LAYER_ZSTD,
            (true, false, Compression::None) => DOCKER_LAYER,
            (true, false, Compression::Gzip) => DOCKER_LAYER_GZIP,
            (true, true, Compression::None) => DOCKER_FOREIGN_LAYER,
            (true, true, Compression::Gzip) => DOCKER_FOREIGN_LAYER_GZIP,
            _ => return None,
        })
    }
}

/// A media type; the well-known ones take no memory of their own.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MediaType(Cow<'static, str>);

const KNOWN: [&str; 29] = [
    OCI_INDEX,
    OCI_MANIFEST,
    OCI_CONFIG,
    OCI_LAYER,
    OCI_LAYER_GZIP,
    OCI_LAYER_ZSTD,
    OCI_FOREIGN_LAYER,
    OCI_FOREIGN_LAYER_GZIP,
    OCI_FOREIGN_LAYER_ZSTD,
    OCI_EMPTY,
    OCI_ARTIFACT_MANIFEST,
    DOCKER_INDEX,
    DOCKER_MANIFEST,
    DOCKER_MANIFEST_V1[0],
    DOCKER_MANIFEST_V1[1],
    DOCKER_CONFIG,
    DOCKER_LAYER,
    DOCKER_LAYER_GZIP,
    DOCKER_LAYER_ZSTD,
    DOCKER_FOREIGN_LAYER,
    DOCKER_FOREIGN_LAYER_GZIP,
    IN_TOTO,
    DSSE,
    DOCKER_ATTESTATION,
    DOCKER_PLUGIN,
    BUILDKIT_CACHE_CONFIG,
    COSIGN_SIGNATURE,
    "application/json",
    "application/octet-stream",
];

impl MediaType {
    /// Bytes of memory of its own: none for the well-known ones.
    pub(crate) fn own_bytes(&self) -> usize {
        match &self.0 {
            Cow::Borrowed(_) => 0,
            Cow::Owned(text) => text.len(),
        }
    }

    /// A media type of this text.
    pub fn new(text: &str) -> Self {
        MediaType(match KNOWN.iter().find(|known| **known == text) {
            Some(known) => Cow::Borrowed(known),
            None => Cow::Owned(text.to_owned()),
        })
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What it says its content is.
    pub fn kind(&self) -> Kind {
        kind(&self.0)
    }

    /// The known media type that this is to readers that ignore case, as RFC 6838, section 4.2, has it; None for one that is
    /// known as it stands. Go readers compare it as it stands.
    pub fn known_in_lower_case(&self) -> Option<MediaType> {
        let lower = self.0.to_ascii_lowercase();
        let known = *lower != *self.0 && (KNOWN.contains(&&*lower) || kind(&lower) != Kind::Other);
        known.then(|| MediaType::new(&lower))
    }

    /// Whether it is a media type that no reader takes for another: well-formed, and in the case in which it is known.
    pub fn is_plain(&self) -> bool {
        self.is_well_formed() && self.known_in_lower_case().is_none()
    }

    /// Whether the text has the form `type/subtype` of RFC 6838, section 4.2, with optional parameters.
    pub fn is_well_formed(&self) -> bool {
        let essence = self.0.split(';').next().unwrap_or_default().trim_end();
        let name = |part: &str| {
            (1..=127).contains(&part.len())
                && part.as_bytes()[0].is_ascii_alphanumeric()
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
        };
        essence.split_once('/').is_some_and(|(kind, subtype)| name(kind) && name(subtype))
    }
}

/// What a media type says its content is.
pub fn kind(media_type: &str) -> Kind {
    match media_type {
        OCI_INDEX | DOCKER_INDEX => Kind::Index,
        OCI_MANIFEST | DOCKER_MANIFEST => Kind::Manifest,
        OCI_CONFIG | DOCKER_CONFIG => Kind::Config,
        _ => layer_type(media_type).map_or(Kind::Other, Kind::Layer),
    }
}

fn layer_type(media_type: &str) -> Option<LayerType> {
    let (plain, encrypted) = match media_type.strip_suffix("+encrypted") {
        Some(plain) => (plain, true),
        None => (media_type, false),
    };
    let prefixes = [
        (OCI_LAYER, false, false),
        (OCI_FOREIGN_LAYER, true, false),
        (DOCKER_LAYER, false, true),
        (DOCKER_FOREIGN_LAYER, true, true),
    ];
    prefixes.into_iter().find_map(|(prefix, non_distributable, docker)| {
        let compression = match plain.strip_prefix(prefix)? {
            "" => Compression::None,
            "+gzip" | ".gzip" => Compression::Gzip,
            "+zstd" | ".zstd" => Compression::Zstd,
            _ => return None,
        };
        Some(LayerType { compression, non_distributable, encrypted, docker })
    })
}

impl From<&str> for MediaType {
    fn from(text: &str) -> Self {
        MediaType::new(text)
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl Serialize for MediaType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds() {
        assert_eq!(kind(OCI_INDEX), Kind::Index);
        assert_eq!(kind(DOCKER_MANIFEST), Kind::Manifest);
        assert_eq!(kind("application/vnd.example"), Kind::Other);
        for (media_type, compression, non_distributable, encrypted, docker) in [
            (OCI_LAYER, Compression::None, false, false, false),
            (OCI_LAYER_ZSTD, Compression::Zstd, false, false, false),
            (OCI_FOREIGN_LAYER_GZIP, Compression::Gzip, true, false, false),
            (DOCKER_LAYER_GZIP, Compression::Gzip, false, false, true),
            (DOCKER_FOREIGN_LAYER, Compression::None, true, false, true),
            ("application/vnd.oci.image.layer.v1.tar+gzip+encrypted", Compression::Gzip, false, true, false),
        ] {
            let expected = LayerType { compression, non_distributable, encrypted, docker };
            assert_eq!(kind(media_type), Kind::Layer(expected), "{media_type}");
        }
    }

    #[test]
    fn case_makes_another_media_type() {
        let lower = |text: &str| MediaType::new(text).known_in_lower_case().map(|known| known.to_string());
        assert_eq!(lower("Application/vnd.oci.image.manifest.v1+JSON").as_deref(), Some(OCI_MANIFEST));
        assert_eq!(lower(OCI_MANIFEST), None);
        assert_eq!(lower("application/vnd.Example.thing"), None);
    }

    #[test]
    fn the_form_of_rfc_6838() {
        for (text, good) in
            [(OCI_INDEX, true), ("text/plain; charset=utf-8", true), ("text", false), ("/x", false), ("a b/c", false)]
        {
            assert_eq!(MediaType::new(text).is_well_formed(), good, "{text}");
        }
    }
}
