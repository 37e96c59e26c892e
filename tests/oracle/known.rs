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
        cases: &["docker.empty"],
        readers: &[Reader::Podman, Reader::Docker],
        kind: Kind::RunsNothing,
        reason: "a `manifest.json` that lists nothing is loaded without a word",
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
        readers: &[Reader::DockerContainerd, Reader::Ctr],
        kind: Kind::Refuses,
        reason: "a list of no images, which is accepted and nothing loaded, or refused",
    },
    Known {
        cases: &["manifest.config-type-empty", "manifest.config-type-octet", "manifest.layer-type-octet"],
        readers: &[Reader::Ctr],
        kind: Kind::Accepts,
        reason: "config and layers of types that ctr imports and cannot unpack",
    },
    Known {
        cases: &[
            "platform-386.alone",
            "platform-arm64.alone",
            "platform-empty.alone",
            "platform-os-alone.alone",
            "platform-os-features.alone",
            "platform-unknown-attests.alone",
            "platform-unknown.alone",
            "platform-variant-v2.alone",
            "platform-variant-v8.alone",
            "platform-windows.alone",
        ],
        readers: &[Reader::Ctr],
        kind: Kind::Refuses,
        reason: "containerd keeps no image whose platform is another's; `doctor` looks at the config",
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
        cases: &[
            "docker.tags-missing",
            "docker.tags-null",
            "docker.unnamed",
            "dual.docker-unnamed.no-oci-layout",
            "named.none",
        ],
        readers: &[Reader::Ctr],
        kind: Kind::RunsNothing,
        reason: "ctr keeps no image without a name; `doctor` says so for `index.json`",
    },
    Known {
        cases: &[
            "blob-manifest.replaced",
            "digest-absent.alone",
            "digest-absent.below-first",
            "digest-absent.below-last",
            "digest-absent.top-first",
        ],
        readers: &[Reader::Ctr],
        kind: Kind::Refuses,
        reason: "digests that are not those of the content, or are none: `verify` reports it, `doctor` hashes nothing",
    },
    Known {
        cases: &[
            "digest-capitals.alone",
            "digest-capitals.below-first",
            "digest-capitals.below-last",
            "digest-capitals.top-first",
            "digest-short.alone",
            "digest-short.below-first",
            "digest-short.below-last",
            "digest-short.top-first",
        ],
        readers: &[Reader::DockerContainerd, Reader::Ctr],
        kind: Kind::Refuses,
        reason: "digests that are not those of the content, or are none: `verify` reports it, `doctor` hashes nothing",
    },
    Known {
        cases: &["blob-config.dot", "blob-config.twice-last"],
        readers: &[Reader::SkopeoOciArchive, Reader::Podman],
        kind: Kind::Refuses,
        reason: "digests that are not those of the content, or are none: `verify` reports it, `doctor` hashes nothing",
    },
    Known {
        cases: &["blob-config.replaced"],
        readers: &[Reader::SkopeoOciArchive, Reader::Podman, Reader::Ctr],
        kind: Kind::Refuses,
        reason: "digests that are not those of the content, or are none: `verify` reports it, `doctor` hashes nothing",
    },
    Known {
        cases: &["named.capitals", "named.plus", "named.tag"],
        readers: &[Reader::DockerContainerd],
        kind: Kind::RunsNothing,
        reason: "docker's containerd store keeps an image under a name that no command of docker's finds",
    },
    Known {
        cases: &["inner.manifests-empty-after", "inner.manifests-null-after"],
        readers: &[Reader::Ctr],
        kind: Kind::Accepts,
        reason: "documents that are two things at once: `verify` reports it",
    },
    Known {
        cases: &["type-index.below-first"],
        readers: &[Reader::SkopeoOciArchive, Reader::Podman],
        kind: Kind::Accepts,
        reason: "documents that are two things at once: `verify` reports it",
    },
    Known {
        cases: &["type-index.alone"],
        readers: &[Reader::DockerContainerd],
        kind: Kind::Refuses,
        reason: "documents that are two things at once: `verify` reports it",
    },
    Known {
        cases: &[
            "inner.type-manifest",
            "manifest.with-null-manifests",
            "type-index.below-first",
            "type-index.below-last",
            "type-index.top-first",
        ],
        readers: &[Reader::DockerContainerd, Reader::Ctr],
        kind: Kind::Refuses,
        reason: "documents that are two things at once: `verify` reports it",
    },
    Known {
        cases: &["manifest.type-docker"],
        readers: &[Reader::Podman],
        kind: Kind::Refuses,
        reason: "documents that are two things at once: `verify` reports it",
    },
    Known {
        cases: &["manifest.type-capital-key", "manifest.type-index"],
        readers: &[Reader::Podman, Reader::DockerContainerd, Reader::Ctr],
        kind: Kind::Refuses,
        reason: "documents that are two things at once: `verify` reports it",
    },
    Known {
        cases: &["manifest.with-history"],
        readers: &[Reader::SkopeoOciArchive, Reader::Podman],
        kind: Kind::Refuses,
        reason: "documents that are two things at once: `verify` reports it",
    },
    Known {
        cases: &[
            "inner.with-config",
            "inner.with-fs-layers",
            "inner.with-layers",
            "manifest.with-empty-fs-layers",
            "manifest.with-empty-manifests",
            "manifest.with-fs-layers",
            "manifest.with-manifests",
        ],
        readers: &[Reader::SkopeoOciArchive, Reader::Podman, Reader::DockerContainerd, Reader::Ctr],
        kind: Kind::Refuses,
        reason: "documents that are two things at once: `verify` reports it",
    },
    Known {
        cases: &["size-missing.top-first", "size-negative.top-first", "size-zero.top-first"],
        readers: &[Reader::DockerContainerd],
        kind: Kind::Refuses,
        reason: "fields of another type than readers decode: `verify` reports it",
    },
    Known {
        cases: &[
            "size-exponent.top-first",
            "size-missing.alone",
            "size-negative.alone",
            "size-text.top-first",
            "size-zero.alone",
        ],
        readers: &[Reader::DockerContainerd, Reader::Ctr],
        kind: Kind::Refuses,
        reason: "fields of another type than readers decode: `verify` reports it",
    },
    Known {
        cases: &["config.cmd-text", "config.created-empty", "config.created-odd", "config.user-number"],
        readers: &[Reader::Podman],
        kind: Kind::Refuses,
        reason: "fields of another type than readers decode: `verify` reports it",
    },
    Known {
        cases: &["docker.entry-null"],
        readers: &[
            Reader::SkopeoDockerArchive,
            Reader::Podman,
            Reader::Docker,
            Reader::DockerContainerd,
            Reader::Ctr,
            Reader::Crane,
        ],
        kind: Kind::Refuses,
        reason: "fields of another type than readers decode: `verify` reports it",
    },
    Known {
        cases: &["index.entry-null"],
        readers: &[Reader::SkopeoOciArchive, Reader::Podman, Reader::DockerContainerd],
        kind: Kind::Refuses,
        reason: "fields of another type than readers decode: `verify` reports it",
    },
    Known {
        cases: &[
            "index.schema-text",
            "inner.schema-text",
            "size-exponent.alone",
            "size-exponent.below-first",
            "size-exponent.below-last",
            "size-text.alone",
            "size-text.below-first",
            "size-text.below-last",
        ],
        readers: &[Reader::SkopeoOciArchive, Reader::Podman, Reader::DockerContainerd, Reader::Ctr],
        kind: Kind::Refuses,
        reason: "fields of another type than readers decode: `verify` reports it",
    },
    Known {
        cases: &["config.diff-ids-empty", "config.diff-ids-more", "config.rootfs-missing"],
        readers: &[Reader::Ctr],
        kind: Kind::Refuses,
        reason: "layers that are not those of the config: `verify --deep` reports it, `doctor` reads no layer",
    },
    Known {
        cases: &["docker-config.dot", "docker-config.twice-last"],
        readers: &[Reader::Docker, Reader::Ctr],
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
            "manifest.layers-twice-over",
        ],
        readers: &[Reader::Podman, Reader::Ctr],
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
        readers: &[Reader::SkopeoDockerArchive, Reader::Docker, Reader::Ctr],
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
        cases: &["docker.layers-empty"],
        readers: &[Reader::SkopeoDockerArchive, Reader::Podman, Reader::Docker, Reader::Crane],
        kind: Kind::Refuses,
        reason: "layers that are not those of the config: `verify --deep` reports it, `doctor` reads no layer",
    },
    Known {
        cases: &["docker-config.replaced", "docker.config-twice", "docker.layer-twice", "docker.layers-of-the-other"],
        readers: &[Reader::SkopeoDockerArchive, Reader::Podman, Reader::Docker, Reader::Ctr],
        kind: Kind::Refuses,
        reason: "layers that are not those of the config: `verify --deep` reports it, `doctor` reads no layer",
    },
    Known {
        cases: &["type-empty.top-first", "type-missing.top-first"],
        readers: &[Reader::DockerContainerd],
        kind: Kind::Refuses,
        reason: "media types that no reader takes for an image: `verify` reports it",
    },
    Known {
        cases: &["type-empty.alone", "type-missing.alone"],
        readers: &[Reader::DockerContainerd, Reader::Ctr],
        kind: Kind::Refuses,
        reason: "media types that no reader takes for an image: `verify` reports it",
    },
    Known {
        cases: &[
            "type-artifact.alone",
            "type-blank.alone",
            "type-capitals.alone",
            "type-config.alone",
            "type-docker.alone",
            "type-layer.alone",
            "type-octet.alone",
            "type-parameter.alone",
        ],
        readers: &[Reader::SkopeoOciArchive, Reader::Podman],
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
        readers: &[Reader::DockerContainerd, Reader::Ctr],
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
        readers: &[Reader::SkopeoDockerArchive, Reader::Podman, Reader::DockerContainerd, Reader::Ctr, Reader::Crane],
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
        cases: &["index-json.hard-link", "index-json.symlink", "manifest-json.symlink"],
        readers: &[Reader::DockerContainerd, Reader::Ctr],
        kind: Kind::Refuses,
        reason: "names and links that readers follow each in their own way",
    },
    Known {
        cases: &["docker.config-dot", "docker.config-two-slashes", "docker.config-up"],
        readers: &[Reader::DockerContainerd, Reader::Ctr, Reader::Crane],
        kind: Kind::Refuses,
        reason: "names and links that readers follow each in their own way",
    },
    Known {
        cases: &["docker-config.hard-link", "manifest-json.hard-link"],
        readers: &[Reader::SkopeoDockerArchive, Reader::Podman, Reader::DockerContainerd, Reader::Ctr],
        kind: Kind::Refuses,
        reason: "names and links that readers follow each in their own way",
    },
    Known {
        cases: &["index-json.out"],
        readers: &[Reader::SkopeoOciArchive, Reader::Podman],
        kind: Kind::Refuses,
        reason: "names and links that readers follow each in their own way",
    },
    Known {
        cases: &["docker.tag-of-digest", "docker.tag-without-tag"],
        readers: &[Reader::DockerContainerd, Reader::Ctr],
        kind: Kind::Accepts,
        reason: "names that are not a name and a tag, which containerd completes",
    },
    Known {
        cases: &["text.text-after", "text.zero-byte-after"],
        readers: &[Reader::SkopeoOciArchive, Reader::Podman],
        kind: Kind::Accepts,
        reason: "text before or after the document: `verify` reports it",
    },
    Known {
        cases: &["text.byte-order-mark"],
        readers: &[Reader::SkopeoOciArchive, Reader::Podman, Reader::DockerContainerd, Reader::Ctr],
        kind: Kind::Refuses,
        reason: "text before or after the document: `verify` reports it",
    },
];
