//! The disagreements that are known, each with its reason. A row that no longer disagrees fails the test.

use super::answer::Reader;
use super::fleet::Answers;
use super::hold::{Disagreement, Kind};
use super::image::Case;

/// Disagreements of one kind, all for one reason.
#[derive(Debug)]
pub struct Known {
    /// The cases; a `*` at either end stands for any text.
    pub cases: &'static [&'static str],
    pub readers: &'static [Reader],
    pub kind: Kind,
    /// Why it is left so.
    pub reason: &'static str,
}

impl Known {
    pub fn covers(&self, found: &Disagreement) -> bool {
        let case = self.cases.iter().any(|pattern| fits(pattern, &found.case));
        self.kind == found.kind && self.readers.contains(&found.reader) && case
    }

    /// What of the row is no longer so: each of its cases disagrees with each of its readers, as far as they ran.
    pub fn gone(&self, found: &[Disagreement], cases: &[Case], answers: &Answers) -> Vec<String> {
        let mut gone = Vec::new();
        for reader in self.readers.iter().filter(|reader| answers.contains_key(reader)) {
            for pattern in self.cases.iter().filter(|pattern| cases.iter().any(|case| fits(pattern, &case.name))) {
                let so = |found: &&Disagreement| {
                    (found.kind, found.reader) == (self.kind, *reader) && fits(pattern, &found.case)
                };
                if !found.iter().any(|found| so(&found)) {
                    gone.push(format!("{pattern}: {}: {:?} ({})", reader.name(), self.kind, self.reason));
                }
            }
        }
        gone
    }
}

fn fits(pattern: &str, case: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (None, None) => pattern == case,
        (Some(end), None) => case.ends_with(end),
        (None, Some(start)) => case.starts_with(start),
        (Some(_), Some(_)) => case.contains(pattern.trim_matches('*')),
    }
}

/// The table.
pub const KNOWN: &[Known] = &[
    Known {
        cases: &["index-json.fifo-after"],
        readers: &[Reader::DockerContainerd, Reader::Ctr, Reader::Kind],
        kind: Kind::Accepts,
        reason: "a file of the name comes before the fifo, which `doctor` takes for the document",
    },
    Known {
        cases: &["manifest-json.fifo-after"],
        readers: &[
            Reader::SkopeoDockerArchive,
            Reader::Podman,
            Reader::DockerContainerd,
            Reader::Ctr,
            Reader::Kind,
            Reader::Crane,
        ],
        kind: Kind::Accepts,
        reason: "a file of the name comes before the fifo, which `doctor` takes for the document",
    },
    Known {
        cases: &["config.history-more.docker"],
        readers: &[Reader::Docker],
        kind: Kind::Refuses,
        reason: "a history of more layers than there are: `verify` warns of it",
    },
    Known {
        cases: &["inner.manifests-empty-after", "inner.manifests-null-after"],
        readers: &[Reader::Ctr],
        kind: Kind::Accepts,
        reason: "a key that stands twice, of which `doctor` takes the other: `verify` reports it",
    },
    Known {
        cases: &["dual.docker-empty", "dual.docker-empty.no-oci-layout"],
        readers: &[Reader::Docker],
        kind: Kind::Accepts,
        reason: "a list of no images, which is accepted and nothing loaded, or refused",
    },
    Known {
        cases: &["docker.null"],
        readers: &[Reader::Podman],
        kind: Kind::Accepts,
        reason: "a list of no images, which is accepted and nothing loaded, or refused",
    },
    Known {
        cases: &["docker.empty"],
        readers: &[Reader::Podman, Reader::Docker],
        kind: Kind::Accepts,
        reason: "a list of no images, which is accepted and nothing loaded, or refused",
    },
    Known {
        cases: &["dual.index-empty"],
        readers: &[Reader::DockerContainerd, Reader::Ctr, Reader::Kind],
        kind: Kind::Refuses,
        reason: "a list of no images, which is accepted and nothing loaded, or refused",
    },
    Known {
        cases: &["config.architecture-missing.docker", "config.variant.docker"],
        readers: &[Reader::Ctr],
        kind: Kind::Refuses,
        reason: "a platform that is none or has a variant, which containerd takes for another; `doctor` minds neither",
    },
    Known {
        cases: &["platform-empty.alone", "platform-os-alone.alone"],
        readers: &[Reader::Ctr],
        kind: Kind::Refuses,
        reason: "a platform without its two parts, which containerd takes for another; `doctor` reads none",
    },
    Known {
        cases: &["inner.entry-null"],
        readers: &[Reader::Umoci],
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
        cases: &["manifest.config-type-empty", "manifest.config-type-octet"],
        readers: &[Reader::Ctr, Reader::Kind],
        kind: Kind::Accepts,
        reason: "config and layers of types that ctr imports and cannot unpack",
    },
    Known {
        cases: &["manifest.layer-urls"],
        readers: &[Reader::SkopeoOciArchive, Reader::Podman],
        kind: Kind::Refuses,
        reason: "containers/image fetches the layer from its URL although it is in the file",
    },
    Known {
        cases: &["manifest.layer-size-more"],
        readers: &[Reader::SkopeoOciArchive, Reader::Podman],
        kind: Kind::Accepts,
        reason: "containers/image reads on over a wrong size of a layer",
    },
    Known {
        cases: &["manifest.with-null-manifests"],
        readers: &[Reader::SkopeoOciArchive, Reader::Podman],
        kind: Kind::Accepts,
        reason: "containers/image takes no offence at a `manifests` that is null; `verify` reports the document",
    },
    Known {
        cases: &["blob-manifest.dot", "blob-manifest.twice-last", "blob-config.dot", "blob-config.twice-last"],
        readers: &[Reader::Ctr, Reader::Kind],
        kind: Kind::Accepts,
        reason: "containerd takes in every member, so that one of two of this name has the digest; `verify` reports both",
    },
    Known {
        cases: &["type-index.below-first"],
        readers: &[Reader::SkopeoOciArchive, Reader::Podman],
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
        readers: &[Reader::SkopeoOciArchive, Reader::Podman, Reader::DockerContainerd, Reader::Kind],
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
        cases: &["docker-config.dot", "docker-config.twice-last"],
        readers: &[Reader::Docker, Reader::Ctr, Reader::Kind],
        kind: Kind::Refuses,
        reason: "layers that are not those of the config: `verify --deep` reports it, `doctor` reads no layer",
    },
    Known {
        cases: &["manifest.layers-twice-over"],
        readers: &[Reader::Podman],
        kind: Kind::Refuses,
        reason: "layers that are not those of the config: `verify --deep` reports it, `doctor` reads no layer",
    },
    Known {
        cases: &[
            "config.diff-ids-other",
            "config.diff-ids-twice",
            "manifest.config-capital",
            "manifest.config-twice",
            "manifest.layers-of-the-other",
            "manifest.layers-twice",
        ],
        readers: &[Reader::Podman, Reader::Ctr, Reader::Kind, Reader::Umoci],
        kind: Kind::Refuses,
        reason: "layers that are not those of the config: `verify --deep` reports it, `doctor` reads no layer",
    },
    Known {
        cases: &["dual.layers-of-the-other"],
        readers: &[Reader::SkopeoDockerArchive, Reader::Docker],
        kind: Kind::Refuses,
        reason: "layers that are not those of the config: `verify --deep` reports it, `doctor` reads no layer",
    },
    Known {
        cases: &["dual.layers-of-the-other.no-oci-layout"],
        readers: &[Reader::SkopeoDockerArchive, Reader::Docker, Reader::Ctr, Reader::Kind],
        kind: Kind::Refuses,
        reason: "layers that are not those of the config: `verify --deep` reports it, `doctor` reads no layer",
    },
    Known {
        cases: &["docker-config.twice-first"],
        readers: &[Reader::SkopeoDockerArchive, Reader::Podman],
        kind: Kind::Refuses,
        reason: "layers that are not those of the config: `verify --deep` reports it, `doctor` reads no layer",
    },
    Known {
        cases: &[
            "config.diff-ids-other.docker",
            "config.diff-ids-twice.docker",
            "docker-config.replaced",
            "docker.config-twice",
            "docker.layers-of-the-other",
        ],
        readers: &[Reader::SkopeoDockerArchive, Reader::Podman, Reader::Docker, Reader::Ctr, Reader::Kind],
        kind: Kind::Refuses,
        reason: "layers that are not those of the config: `verify --deep` reports it, `doctor` reads no layer",
    },
    Known {
        cases: &["type-config.below-first"],
        readers: &[Reader::Umoci],
        kind: Kind::Accepts,
        reason: "media types that no reader takes for an image: `verify` reports it",
    },
    Known {
        cases: &["type-docker.alone"],
        readers: &[Reader::SkopeoOciArchive],
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
        cases: &["docker.config-slash", "manifest-json.slash-all"],
        readers: &[Reader::Docker],
        kind: Kind::Accepts,
        reason: "names and links that readers follow each in their own way",
    },
    Known {
        cases: &["index-json.folder-slash"],
        readers: &[Reader::DockerContainerd, Reader::Ctr, Reader::Kind],
        kind: Kind::Accepts,
        reason: "names and links that readers follow each in their own way",
    },
    Known {
        cases: &["manifest-json.empty-after"],
        readers: &[Reader::SkopeoDockerArchive, Reader::Podman, Reader::Crane],
        kind: Kind::Accepts,
        reason: "names and links that readers follow each in their own way",
    },
    Known {
        cases: &["manifest-json.folder-slash"],
        readers: &[
            Reader::SkopeoDockerArchive,
            Reader::Podman,
            Reader::DockerContainerd,
            Reader::Ctr,
            Reader::Kind,
            Reader::Crane,
        ],
        kind: Kind::Accepts,
        reason: "names and links that readers follow each in their own way",
    },
    Known {
        cases: &["index-json.slash-all"],
        readers: &[Reader::SkopeoOciArchive, Reader::Podman],
        kind: Kind::Accepts,
        reason: "names and links that readers follow each in their own way",
    },
    Known {
        cases: &["manifest-json.dot-all"],
        readers: &[Reader::Crane],
        kind: Kind::Refuses,
        reason: "names and links that readers follow each in their own way",
    },
    Known {
        cases: &["manifest-json.out"],
        readers: &[Reader::Docker],
        kind: Kind::Refuses,
        reason: "names and links that readers follow each in their own way",
    },
    Known {
        cases: &["manifest-json.hard-link"],
        readers: &[Reader::SkopeoDockerArchive, Reader::Podman],
        kind: Kind::Refuses,
        reason: "names and links that readers follow each in their own way",
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
        cases: &["index-json.out"],
        readers: &[Reader::SkopeoOciArchive, Reader::Podman, Reader::Umoci],
        kind: Kind::Refuses,
        reason: "tar and skopeo refuse names that climb, which `verify` warns of",
    },
    Known {
        cases: &["index-json.up", "index-json.up-first"],
        readers: &[Reader::Umoci],
        kind: Kind::Refuses,
        reason: "tar and skopeo refuse names that climb, which `verify` warns of",
    },
    Known {
        cases: &["text.text-after", "text.zero-byte-after"],
        readers: &[Reader::SkopeoOciArchive, Reader::Podman],
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
