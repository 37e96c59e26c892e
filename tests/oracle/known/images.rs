//! Images that readers load in part or not at all: lists of none, layers that are not those of the config, platforms.

use super::super::answer::Reader;
use super::super::hold::Kind;
use super::Known;

pub const ROWS: &[Known] = &[
    Known {
        cases: &["config.history-more.docker"],
        readers: &[Reader::Docker],
        kind: Kind::Refuses,
        reason: "a history of more layers than there are: `verify` warns of it",
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
];
