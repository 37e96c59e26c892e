//! The list of all that can be wrong with an image file.

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

            /// How bad it is when no policy says otherwise.
            pub fn severity(self) -> Severity {
                match self { $($(Code::$variant => Severity::$severity,)*)* }
            }

            /// One line: what it means.
            pub fn summary(self) -> &'static str {
                match self { $($(Code::$variant => $summary,)*)* }
            }

            /// The part of an image file that it speaks about.
            pub fn group(self) -> &'static str {
                match self { $($(Code::$variant => $group,)*)* }
            }

            /// The long explanation in Markdown: what it means, why it matters, how it comes about, how to mend it.
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
        TarLoneZeroBlock "tar-lone-zero-block" Error "a single block of zeros stands between two members"
        TarEntriesAfterEnd "tar-entries-after-end" Error "members follow the end marker"
        TarTrailingData "tar-trailing-data" Error "data follows the end marker"
        TarZeroPadding "tar-zero-padding" Warning "more zeros follow the end marker than a record holds"
        TarConflictingEntry "tar-conflicting-entry" Error "two members of one name hold different bytes"
        TarDuplicateEntry "tar-duplicate-entry" Warning "one member is stored twice with the same bytes"
        TarSizeConflict "tar-size-conflict" Error "header and PAX record give different sizes for a member"
        TarPaxMalformed "tar-pax-malformed" Error "a PAX extended header cannot be read"
        TarPaxGlobal "tar-pax-global" Error "a global PAX header changes the members after it"
        TarHeaderMalformed "tar-header-malformed" Error "a member header cannot be read"
        TarTypeDoubtful "tar-type-doubtful" Error "some readers take a member for a file, others for something else or refuse it"
        TarSpecialFile "tar-special-file" Warning "the archive or directory holds a device, fifo, socket or sparse file"
        MemberNameUnsafe "member-name-unsafe" Warning "a member name is absolute, climbs with `..`, holds control characters or is not UTF-8"
        MemberOverlap "member-overlap" Error "unpacking puts one member in the place of another"
        MemberNameCase "member-name-case" Warning "two names differ only in case"
        LinkEscapes "link-escapes" Error "a link leads outside the archive or directory"
        LinkBroken "link-broken" Error "a link leads to nothing, or round in a circle"
        LinkNotFollowed "link-not-followed" Warning "a link stands for a file where not all readers follow it"
        CompressionUnusual "compression-unusual" Error "compressed data of a form that not all readers inflate"
        CompressedTrailingData "compressed-trailing-data" Error "data follows the compressed archive"
        ContainerWrapped "container-wrapped" Note "everything stands in one top folder"
        ContainerUnpacked "container-unpacked" Note "a docker archive was unpacked into a directory"
    }
    "layout" {
        LayoutFileMissing "layout-file-missing" Warning "the file `oci-layout` is absent"
        LayoutVersion "layout-version" Warning "the layout version is missing or one that readers refuse"
        LayoutMajorVersion "layout-major-version" Error "the layout is of a major version that nobody defined"
        IndexMissing "index-missing" Error "the layout has no `index.json`"
        LayoutEmpty "layout-empty" Error "`index.json` or `manifest.json` lists nothing"
        RefNamesDiffer "ref-names-differ" Error "the two name annotations of one image give it different names"
        RefNameInvalid "ref-name-invalid" Warning "a name in `index.json` has characters that a name cannot have"
        RefConflict "ref-conflict" Error "one name stands for two different images"
    }
    "document" {
        JsonSyntax "json-syntax" Error "a document is not JSON in UTF-8"
        JsonDuplicateKey "json-duplicate-key" Error "an object has the same key twice"
        JsonKeyCase "json-key-case" Error "a key differs from a known one only in case"
        JsonNul "json-nul" Error "a string in a document holds a NUL character"
        JsonBom "json-bom" Error "a document begins with a byte order mark"
        FieldMissing "field-missing" Error "a required field is absent"
        FieldType "field-type" Error "a field has the wrong type"
        FieldValue "field-value" Error "a field has a value that the specification does not allow"
        SchemaVersionMissing "schema-version-missing" Warning "`index.json` has no `schemaVersion`"
        MediaTypeMissing "media-type-missing" Warning "`index.json` has no `mediaType`"
        ManifestsNull "manifests-null" Warning "`manifests` is null instead of a list"
        DocumentAmbiguous "document-ambiguous" Error "a document is both an index and a manifest, or a manifest of two schemas"
        ManifestSchema1 "manifest-schema-1" Error "a manifest of Docker's first schema, whose layers are not verified"
        MediaTypeMismatch "media-type-mismatch" Error "descriptor and document name different media types"
        MediaTypeMixed "media-type-mixed" Error "a manifest mixes media types of OCI and of Docker"
        DescriptorData "descriptor-data" Error "the `data` of a descriptor is not the content it describes"
        DescriptorPlatform "descriptor-platform" Warning "the descriptor of a config or subject has a platform"
        DigestInvalid "digest-invalid" Error "a digest is not of the form `algorithm:encoded`"
        DigestUnsupported "digest-unsupported" Error "a digest algorithm that ocikit cannot compute"
        LimitExceeded "limit-exceeded" Error "the file asks for more than a limit allows"
    }
    "blob" {
        BlobMissing "blob-missing" Error "a referenced blob is absent"
        BlobSize "blob-size" Error "a blob has another size than its descriptor says"
        BlobDigest "blob-digest" Error "a blob has another digest than its descriptor says"
        BlobMisplaced "blob-misplaced" Error "a blob stands beside the folder where readers look for it"
        BlobMisnamed "blob-misnamed" Error "an unreferenced blob is not what its name says"
        BlobUnreferenced "blob-unreferenced" Note "a blob that nothing refers to"
        BlobUnreadable "blob-unreadable" Error "a blob could not be read to its end"
        ChildMissing "child-missing" Warning "an index lists a manifest that is absent"
        ImagesMissing "images-missing" Error "every image that an index lists is absent"
        BlobInline "blob-inline" Warning "a blob stands in `data` alone, where not all readers look"
        LayerExternal "layer-external" Note "a non-distributable layer is kept elsewhere"
    }
    "image" {
        PlatformContradiction "platform-contradiction" Error "index and config name different platforms"
        PlatformSpelling "platform-spelling" Note "index and config spell one platform differently"
        PlatformDuplicate "platform-duplicate" Warning "an index lists two images for one platform"
        PlatformMissing "platform-missing" Warning "an index lists several images, and one of them has no platform"
        ConfigEnv "config-env" Warning "an environment variable of a config has no name or no value"
        ConfigPlatformEmpty "config-platform-empty" Warning "a config names no platform"
        KindContradiction "kind-contradiction" Error "an image that engines run claims to be an attestation, a signature or an SBOM"
        ConfigMediaType "config-media-type" Error "the config of an image has a media type that is no config's"
        DiffIdCount "diff-id-count" Error "the config lists more or fewer layers than the manifest"
        HistoryCount "history-count" Warning "the history does not account for the layers"
        DiffIdMismatch "diff-id-mismatch" Error "a layer inflates to another digest than its diff_id"
        LayerCorrupt "layer-corrupt" Error "a layer does not inflate"
        LayerCompression "layer-compression" Error "a layer is compressed otherwise than its media type says"
        LayerNotTar "layer-not-tar" Error "a layer is not a well-formed tar archive"
        LayerMediaType "layer-media-type" Warning "an image has a layer of a media type that not all readers unpack"
        LayerTrailingData "layer-trailing-data" Error "data follows the compressed layer"
        LayerZeroPadding "layer-zero-padding" Warning "zeros follow the compressed layer"
        LayerEntriesConflict "layer-entries-conflict" Error "a layer holds one name twice, or removes what it holds"
        LayerEntryDoubtful "layer-entry-doubtful" Error "readers do different things with an entry of a layer, or refuse it"
        LayerGlobalHeader "layer-global-header" Warning "a layer holds a global PAX header, which not all readers take"
        LayerTocDiffers "layer-toc-differs" Error "the table of contents of a layer lists other files than the layer holds"
        LayerTocUnreadable "layer-toc-unreadable" Error "the table of contents of a layer cannot be read, or is another than an annotation names"
        LayerEncrypted "layer-encrypted" Note "an encrypted layer cannot be looked into"
        CacheAsIndex "cache-as-index" Warning "a BuildKit cache export is an index of layers"
    }
    "attestation" {
        AttestationSubjectAbsent "attestation-subject-absent" Warning "an attestation speaks about a manifest that is absent"
        AttestationSubjectMismatch "attestation-subject-mismatch" Error "a statement speaks about another image"
        AttestationSubjectEmpty "attestation-subject-empty" Note "a statement names no subject"
        AttestationPredicateType "attestation-predicate-type" Error "annotation and statement name different predicate types"
        AttestationStatement "attestation-statement" Error "an attestation is not an in-toto statement"
        SubjectAnnotation "subject-annotation" Error "annotation and `subject` name different manifests"
        SubjectAbsent "subject-absent" Warning "a referrer speaks about a manifest that is absent"
        ReferrerUnlisted "referrer-unlisted" Note "a referrer that `index.json` does not lead to"
    }
    "docker view" {
        DockerFileMissing "docker-file-missing" Error "`manifest.json` names a file that is absent"
        DockerFileName "docker-file-name" Warning "`manifest.json` spells the name of a file as not all readers find it"
        DockerConfigDigest "docker-config-digest" Error "a config is not what its file name says"
        RepositoriesDangling "repositories-dangling" Warning "`repositories` names a layer that is absent"
        ViewConfigDiffers "view-config-differs" Error "`index.json` and `manifest.json` give one image different configs"
        ViewLayersDiffer "view-layers-differ" Error "`index.json` and `manifest.json` give one image different layers"
        ViewNamesDiffer "view-names-differ" Error "`index.json` and `manifest.json` give one image different names"
        ViewImageMissing "view-image-missing" Error "only one of `index.json` and `manifest.json` lists an image"
        ViewPlatformsFewer "view-platforms-fewer" Note "`manifest.json` lists fewer platforms than `index.json`"
        ViewLayerSources "view-layer-sources" Error "`LayerSources` contradicts the layers"
        ViewRepositories "view-repositories" Warning "`repositories` and `RepoTags` name different images"
    }
    "policy" {
        PlatformRequired "platform-required" Error "a required platform is absent"
        AttestationRequired "attestation-required" Error "an image lacks a required attestation"
        RefRequired "ref-required" Error "a required name is absent"
        DigestUnexpected "digest-unexpected" Error "no root has the expected digest"
        SizeOver "size-over" Error "the image is larger than allowed"
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The text is no code's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no finding is named `{0}`{question}; `ocikit explain --list` lists them", question = question(.0))]
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
            for part in ["## Why it matters", "## How it comes about", "## How to mend it"] {
                assert!(text.contains(part), "{code} has `{part}`");
            }
        }
    }
}
