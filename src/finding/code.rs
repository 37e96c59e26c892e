//! The list of finding codes.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::Severity;
use crate::near;

macro_rules! codes {
    ($($group:literal { $($variant:ident $name:literal $severity:ident $summary:literal)* })*) => {
        /// What is wrong: a stable kebab-case name, a severity, a line and an explanation.
        ///
        /// The list only grows; a name never changes its meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[doc = $summary] $variant,)*)*
        }

        impl Code {
            /// All codes, grouped as `explain --list` shows them.
            pub const ALL: &[Code] = &[$($(Code::$variant,)*)*];

            /// The name that reports, `--deny`, `--allow` and `explain` use.
            pub fn name(self) -> &'static str {
                match self { $($(Code::$variant => $name,)*)* }
            }

            /// The severity, unless a policy changes it.
            pub fn severity(self) -> Severity {
                match self { $($(Code::$variant => Severity::$severity,)*)* }
            }

            /// One line: what it means.
            pub fn summary(self) -> &'static str {
                match self { $($(Code::$variant => $summary,)*)* }
            }

            /// The part of an image file that it describes.
            pub fn group(self) -> &'static str {
                match self { $($(Code::$variant => $group,)*)* }
            }

            /// The long explanation in Markdown: what it means, why it matters, what causes it, how to fix it.
            pub fn explanation(self) -> &'static str {
                match self { $($(Code::$variant => include_str!(concat!("explain/", $name, ".md")),)*)* }
            }
        }
    };
}

codes! {
    "archive" {
        TarTruncated "tar-truncated" Error "the archive ends inside a member"
        TarEndMissing "tar-end-missing" Warning "the archive has no end marker"
        TarLoneZeroBlock "tar-lone-zero-block" Error "a single zero block separates two members"
        TarEntriesAfterEnd "tar-entries-after-end" Error "members follow the end marker"
        TarTrailingData "tar-trailing-data" Error "data follows the end marker"
        TarZeroPadding "tar-zero-padding" Warning "the zero padding after the end marker exceeds one record"
        TarConflictingEntry "tar-conflicting-entry" Error "two members have the same name and different content"
        TarDuplicateEntry "tar-duplicate-entry" Warning "the archive stores a member twice with the same content"
        TarSizeConflict "tar-size-conflict" Error "the header and the PAX record of a member give different sizes"
        TarPaxMalformed "tar-pax-malformed" Error "a PAX extended header is malformed"
        TarPaxGlobal "tar-pax-global" Error "a global PAX header changes the members after it"
        TarHeaderMalformed "tar-header-malformed" Error "a member header is malformed"
        TarTypeDoubtful "tar-type-doubtful" Error "readers disagree on the type of a member"
        TarSpecialFile "tar-special-file" Warning "the archive or directory contains a device, FIFO, socket or sparse file"
        MemberNameUnsafe "member-name-unsafe" Warning "a member name is absolute, contains `..` or control characters, or is not UTF-8"
        MemberOverlap "member-overlap" Error "unpacking writes two members to the same path"
        MemberNameCase "member-name-case" Warning "two member names differ only in case"
        LinkEscapes "link-escapes" Error "a link points outside the archive or directory"
        LinkBroken "link-broken" Error "a link has no target or is part of a loop"
        LinkNotFollowed "link-not-followed" Warning "an image file is stored as a link that not all readers follow"
        CompressionUnusual "compression-unusual" Error "some readers refuse this form of compressed data"
        CompressedTrailingData "compressed-trailing-data" Error "data follows the compressed archive"
        ContainerWrapped "container-wrapped" Note "all members are in one top-level directory"
        ContainerUnpacked "container-unpacked" Note "the directory is an unpacked docker archive"
    }
    "layout" {
        LayoutFileMissing "layout-file-missing" Warning "the file `oci-layout` is missing"
        LayoutVersion "layout-version" Warning "the layout version is missing or refused by some readers"
        LayoutMajorVersion "layout-major-version" Error "the major version of the layout is unknown"
        IndexMissing "index-missing" Error "the image layout has no `index.json`"
        LayoutEmpty "layout-empty" Error "`index.json` or `manifest.json` lists no image"
        RefNamesDiffer "ref-names-differ" Error "the two name annotations of an image give different names"
        RefNameInvalid "ref-name-invalid" Warning "a name in `index.json` contains invalid characters"
        RefConflict "ref-conflict" Error "one name refers to two different images"
    }
    "document" {
        JsonSyntax "json-syntax" Error "a document is not valid JSON in UTF-8"
        JsonDuplicateKey "json-duplicate-key" Error "a JSON object has a duplicate key"
        JsonKeyCase "json-key-case" Error "a key differs from a known key only in case"
        JsonNul "json-nul" Error "a JSON string contains a NUL character"
        JsonBom "json-bom" Error "a document starts with a byte order mark"
        FieldMissing "field-missing" Error "a required field is missing"
        FieldType "field-type" Error "a field has the wrong type"
        FieldValue "field-value" Error "the specification does not allow the value of a field"
        SchemaVersionMissing "schema-version-missing" Warning "`index.json` has no `schemaVersion`"
        MediaTypeMissing "media-type-missing" Note "`index.json` has no `mediaType`"
        ManifestsNull "manifests-null" Warning "`manifests` is null instead of an array"
        DocumentAmbiguous "document-ambiguous" Error "a document is both an index and a manifest, or a manifest of two schemas"
        ManifestSchema1 "manifest-schema-1" Error "a manifest uses Docker schema 1, whose layers ocikit does not verify"
        MediaTypeMismatch "media-type-mismatch" Error "a descriptor and its document have different media types"
        MediaTypeMixed "media-type-mixed" Error "a manifest mixes OCI and Docker media types"
        DescriptorData "descriptor-data" Error "the `data` of a descriptor does not match its digest or size"
        DescriptorPlatform "descriptor-platform" Warning "the descriptor of a config or subject has a platform"
        DigestInvalid "digest-invalid" Error "a digest does not have the form `algorithm:encoded`"
        DigestUnsupported "digest-unsupported" Error "the digest algorithm is not supported"
        LimitExceeded "limit-exceeded" Error "the file exceeds a limit"
    }
    "blob" {
        BlobMissing "blob-missing" Error "a referenced blob is missing"
        BlobSize "blob-size" Error "the size of a blob does not match its descriptor"
        BlobDigest "blob-digest" Error "the content of a blob does not match its digest"
        BlobMisplaced "blob-misplaced" Error "a blob is outside the directory of its digest algorithm"
        BlobMisnamed "blob-misnamed" Error "the content of an unreferenced blob does not match its file name"
        BlobUnreferenced "blob-unreferenced" Note "no document references the blob"
        BlobUnreadable "blob-unreadable" Error "a blob cannot be read to its end"
        ChildMissing "child-missing" Warning "an index lists a manifest that is missing"
        ImagesMissing "images-missing" Error "every image that the index lists is missing"
        BlobInline "blob-inline" Warning "a blob is stored only in `data` of its descriptor"
        LayerExternal "layer-external" Note "a non-distributable layer is stored elsewhere"
    }
    "image" {
        PlatformContradiction "platform-contradiction" Error "the index and the config give different platforms"
        PlatformSpelling "platform-spelling" Note "the index and the config spell the platform differently"
        PlatformDuplicate "platform-duplicate" Warning "an index lists two images for the same platform"
        PlatformMissing "platform-missing" Warning "an index lists several images, one of them without a platform"
        ConfigEnv "config-env" Warning "an environment variable in a config has no name or no value"
        ConfigPlatformEmpty "config-platform-empty" Warning "a config has no platform"
        KindContradiction "kind-contradiction" Error "a runnable image is labeled as an attestation, a signature or an SBOM"
        ConfigMediaType "config-media-type" Error "the config of an image has an unexpected media type"
        DiffIdCount "diff-id-count" Error "the config and the manifest have different numbers of layers"
        HistoryCount "history-count" Warning "the history does not match the number of layers"
        DiffIdMismatch "diff-id-mismatch" Error "the uncompressed content of a layer does not match its diff_id"
        LayerCorrupt "layer-corrupt" Error "a layer cannot be decompressed"
        LayerCompression "layer-compression" Error "the compression of a layer does not match its media type"
        LayerNotTar "layer-not-tar" Error "a layer is not a well-formed tar archive"
        LayerMediaType "layer-media-type" Warning "some readers refuse the media type of a layer"
        LayerTrailingData "layer-trailing-data" Error "data follows the compressed layer"
        LayerZeroPadding "layer-zero-padding" Warning "zeros follow the compressed layer"
        LayerEntriesConflict "layer-entries-conflict" Error "a layer contains a name twice, or removes its own entry"
        LayerEntryDoubtful "layer-entry-doubtful" Error "readers differ in how they apply a layer entry, or refuse it"
        LayerGlobalHeader "layer-global-header" Warning "a layer contains a global PAX header, which some readers refuse"
        LayerTocDiffers "layer-toc-differs" Error "the table of contents of a layer does not match its files"
        LayerTocUnreadable "layer-toc-unreadable" Error "the table of contents of a layer cannot be read or does not match its digest"
        LayerEncrypted "layer-encrypted" Note "an encrypted layer cannot be inspected"
        CacheAsIndex "cache-as-index" Warning "a BuildKit cache export is an index of layers"
    }
    "attestation" {
        AttestationSubjectAbsent "attestation-subject-absent" Warning "an attestation refers to a manifest that is missing"
        AttestationSubjectMismatch "attestation-subject-mismatch" Error "an in-toto statement describes another image"
        AttestationSubjectEmpty "attestation-subject-empty" Note "an in-toto statement has no subject"
        AttestationPredicateType "attestation-predicate-type" Error "an annotation and its statement give different predicate types"
        AttestationStatement "attestation-statement" Error "an attestation is not an in-toto statement"
        SubjectAnnotation "subject-annotation" Error "the annotation and `subject` refer to different manifests"
        SubjectAbsent "subject-absent" Warning "a referrer refers to a manifest that is missing"
        ReferrerUnlisted "referrer-unlisted" Note "`index.json` does not list a referrer"
    }
    "signature" {
        SignatureMalformed "signature-malformed" Error "a signature, its payload or its bundle is malformed"
        SignatureInvalid "signature-invalid" Error "a signature names a key that did not make it"
        SignatureUntrusted "signature-untrusted" Error "a signature is by none of the given keys"
        SignatureDigest "signature-digest" Error "a signature is over another manifest than the one it is attached to"
        SignatureReference "signature-reference" Error "an image was signed under another name"
        SignaturePartial "signature-partial" Error "images of an index are signed, but not the index"
        SignatureRequired "signature-required" Error "no valid signature by a given key covers an image"
    }
    "docker view" {
        DockerFileMissing "docker-file-missing" Error "`manifest.json` lists a file that is missing"
        DockerFileName "docker-file-name" Warning "not all readers find a file by its name in `manifest.json`"
        DockerConfigDigest "docker-config-digest" Error "the content of a config does not match its file name"
        RepositoriesDangling "repositories-dangling" Warning "`repositories` refers to a layer that is missing"
        ViewConfigDiffers "view-config-differs" Error "`index.json` and `manifest.json` give different configs for an image"
        ViewLayersDiffer "view-layers-differ" Error "`index.json` and `manifest.json` give different layers for an image"
        ViewNamesDiffer "view-names-differ" Error "`index.json` and `manifest.json` give different names for an image"
        ViewImageMissing "view-image-missing" Error "only one of `index.json` and `manifest.json` lists an image"
        ViewPlatformsFewer "view-platforms-fewer" Note "`manifest.json` lists fewer platforms than `index.json`"
        ViewLayerSources "view-layer-sources" Error "`LayerSources` does not match the layers"
        ViewRepositories "view-repositories" Warning "`repositories` and `RepoTags` refer to different images"
    }
    "policy" {
        PlatformRequired "platform-required" Error "a required platform is missing"
        AttestationRequired "attestation-required" Error "an image does not have a required attestation"
        RefRequired "ref-required" Error "a required name is missing"
        DigestUnexpected "digest-unexpected" Error "no image or index has the expected digest"
        ManifestUnproved "manifest-unproved" Error "an image is not proved to be that of the given manifest"
        SizeOver "size-over" Error "the file is larger than the limit"
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The text is no code's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown finding `{0}`{question}; `ocikit explain --list` lists them", question = question(.0))]
pub struct UnknownCode(pub String);

fn question(written: &str) -> String {
    let names = Code::ALL.iter().map(|code| code.name());
    near::question(near::nearest(written, names).as_deref())
}

impl FromStr for Code {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, UnknownCode> {
        Code::ALL.iter().copied().find(|code| code.name() == text).ok_or_else(|| UnknownCode(text.into()))
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kebab_case_and_found_again() {
        for &code in Code::ALL {
            assert!(code.name().bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'), "{code}");
            assert_eq!(code.name().parse(), Ok(code));
        }
    }

    #[test]
    fn every_explanation_has_its_four_parts() {
        for &code in Code::ALL {
            let text = code.explanation();
            assert!(text.starts_with(&format!("# {code}\n")), "{code} begins with its name");
            for part in ["## Why it matters", "## Causes", "## How to fix it"] {
                assert!(text.contains(part), "{code} has `{part}`");
            }
        }
    }
}
