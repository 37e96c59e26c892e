//! What documents say, and readers decode each in their own way.

use super::super::answer::Reader;
use super::super::hold::Kind;
use super::Known;

pub const ROWS: &[Known] = &[
    Known {
        cases: &["inner.manifests-empty-after", "inner.manifests-null-after"],
        readers: &[Reader::Ctr],
        kind: Kind::Accepts,
        reason: "a key that stands twice, of which `doctor` takes the other: `verify` reports it",
    },
    Known {
        cases: &["inner.entry-null"],
        readers: &[Reader::Umoci, Reader::SkopeoPush, Reader::Oras],
        kind: Kind::Refuses,
        reason: "an entry that `doctor` passes over, and readers count: `verify` reports it",
    },
    Known {
        cases: &["manifest.layer-type-octet"],
        readers: &[Reader::Ctr],
        kind: Kind::Accepts,
        reason: "config and layers of types that ctr imports and cannot unpack",
    },
    Known {
        cases: &["manifest.layer-urls"],
        readers: &[Reader::SkopeoOciArchive, Reader::SkopeoOci, Reader::Podman],
        kind: Kind::Refuses,
        reason: "containers/image fetches the layer from its URL although it is in the file",
    },
    Known {
        cases: &["manifest.layer-size-more"],
        readers: &[Reader::SkopeoOciArchive, Reader::SkopeoOci, Reader::Podman],
        kind: Kind::Accepts,
        reason: "containers/image reads on over a wrong size of a layer",
    },
    Known {
        cases: &["manifest.with-null-manifests"],
        readers: &[Reader::SkopeoOciArchive, Reader::SkopeoOci, Reader::Podman],
        kind: Kind::Accepts,
        reason: "containers/image takes no offence at a `manifests` that is null; `verify` reports the document",
    },
    Known {
        cases: &["type-index.below-first"],
        readers: &[Reader::SkopeoOciArchive, Reader::SkopeoOci, Reader::Podman],
        kind: Kind::Accepts,
        reason: "documents that are not what they are listed as: `verify` reports it",
    },
    Known {
        cases: &["inner.with-fs-layers"],
        readers: &[Reader::Umoci],
        kind: Kind::Accepts,
        reason: "documents that are not what they are listed as: `verify` reports it",
    },
    Known {
        cases: &["manifest.type-capital-key"],
        readers: &[Reader::Podman, Reader::DockerContainerd, Reader::Ctr, Reader::Kind, Reader::Umoci],
        kind: Kind::Refuses,
        reason: "documents that are not what they are listed as: `verify` reports it",
    },
    Known {
        cases: &["type-index.below-first", "type-index.below-last"],
        readers: &[Reader::Umoci],
        kind: Kind::Refuses,
        reason: "documents that are not what they are listed as: `verify` reports it",
    },
    Known {
        cases: &["docker.entry-null"],
        readers: &[
            Reader::SkopeoDockerArchive,
            Reader::Podman,
            Reader::Docker,
            Reader::DockerContainerd,
            Reader::Ctr,
            Reader::Kind,
            Reader::Crane,
        ],
        kind: Kind::Refuses,
        reason: "fields of another type than readers decode: `verify` reports it",
    },
    Known {
        cases: &["index.entry-null"],
        readers: &[Reader::SkopeoOciArchive, Reader::SkopeoOci, Reader::Podman, Reader::DockerContainerd, Reader::Kind],
        kind: Kind::Refuses,
        reason: "fields of another type than readers decode: `verify` reports it",
    },
    Known {
        cases: &["size-less.alone", "size-missing.alone"],
        readers: &[Reader::Umoci],
        kind: Kind::Refuses,
        reason: "fields of another type than readers decode: `verify` reports it",
    },
    Known {
        cases: &["type-config.below-first"],
        readers: &[Reader::Umoci],
        kind: Kind::Accepts,
        reason: "media types that no reader takes for an image: `verify` reports it",
    },
    Known {
        cases: &["type-docker.alone"],
        readers: &[Reader::SkopeoOciArchive, Reader::SkopeoOci],
        kind: Kind::Refuses,
        reason: "media types that no reader takes for an image: `verify` reports it",
    },
    Known {
        cases: &["type-capitals.alone", "type-empty.alone"],
        readers: &[Reader::Umoci],
        kind: Kind::Refuses,
        reason: "media types that no reader takes for an image: `verify` reports it",
    },
    Known {
        cases: &["platform-variant-v2.below-first", "platform-variant-v8.below-first"],
        readers: &[Reader::Oras],
        kind: Kind::Differs,
        reason: "oras takes the first entry of the architecture whatever its variant; engines take the one without",
    },
    Known {
        cases: &["platform-variant-v2.below-first", "platform-variant-v8.below-first"],
        readers: &[Reader::Oras],
        kind: Kind::RunsOther,
        reason: "oras takes the first entry of the architecture whatever its variant; engines take the one without",
    },
    Known {
        cases: &["text.text-after", "text.zero-byte-after"],
        readers: &[Reader::SkopeoOciArchive, Reader::SkopeoOci, Reader::Podman, Reader::SkopeoPush, Reader::Oras],
        kind: Kind::Accepts,
        reason: "text after the document, which readers of streams leave unread: `verify` reports it",
    },
    Known {
        cases: &["names.empty.first", "names.empty.last"],
        readers: &[Reader::Umoci],
        kind: Kind::Refuses,
        reason: "two entries of one tag",
    },
    Known {
        cases: &["manifest.config-data-other", "manifest.layer-data-other"],
        readers: &[Reader::Umoci],
        kind: Kind::Refuses,
        reason: "umoci checks the `data` of descriptors, as `verify` does",
    },
    Known {
        cases: &["inner.subject"],
        readers: &[Reader::Umoci],
        kind: Kind::Refuses,
        reason: "umoci counts the `subject` of an index among the images that a tag may mean",
    },
    Known {
        cases: &[
            "config.env-without-value",
            "config.os-missing",
            "config.os-other",
            "config.os-twice",
            "config.rootfs-type",
        ],
        readers: &[Reader::Umoci],
        kind: Kind::Refuses,
        reason: "what a config may say and umoci makes no bundle of: `verify` reports it",
    },
];
