//! Members of one name, links, fifos, and names that readers follow each in their own way.

use super::super::answer::Reader;
use super::super::hold::Kind;
use super::Known;

pub const ROWS: &[Known] = &[
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
        cases: &["blob-manifest.dot", "blob-manifest.twice-last", "blob-config.dot", "blob-config.twice-last"],
        readers: &[Reader::Ctr, Reader::Kind],
        kind: Kind::Accepts,
        reason: "containerd takes in every member, so that one of two of this name has the digest; `verify` reports both",
    },
    Known {
        cases: &["docker.config-slash"],
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
        cases: &["index-json.out"],
        readers: &[Reader::SkopeoOciArchive, Reader::SkopeoOci, Reader::Podman, Reader::Umoci],
        kind: Kind::Refuses,
        reason: "tar and skopeo refuse names that climb, which `verify` warns of",
    },
    Known {
        cases: &["index-json.up", "index-json.up-first"],
        readers: &[Reader::SkopeoOci, Reader::Umoci],
        kind: Kind::Refuses,
        reason: "tar and skopeo refuse names that climb, which `verify` warns of",
    },
];
