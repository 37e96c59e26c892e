//! `docker load` with the classic image store, which goes by `manifest.json` alone.

use super::conditions::{self, when};
use super::names::accepts_tag_or_name;
use super::reader::{Case, Reader, Requirement, Takes, View, refuses};
use super::requirements::{self, LOAD, REPACK};
use crate::graph::engines;
use crate::media_type::Compression;
use crate::platform::Platform;

/// What all versions have in common.
const BASE: Reader = Reader {
    engine: &engines::DOCKER_LOAD,
    entries: |facts| facts.chosen_entries(),
    takes: Takes::OneManifest,
    decodes_everything: false,
    chooses: &[],
    keeps_unnamed: true,
    accepts_name: accepts_tag_or_name,
    requirements: &[],
};

const OF_ALL_VERSIONS: &[Requirement] = &[
    requirements::ARCHIVE,
    requirements::NO_TOP_FOLDER,
    requirements::BLOBS_IN_PLACE,
    requirements::MANIFEST_JSON,
    requirements::DOCKER_DECODABLE_CONFIG_AS_DOCKER,
    requirements::DOCKER_DIFF_IDS_OF_SHA256,
    requirements::DOCKER_DIFF_IDS,
    OS_OF_THE_MACHINE,
    requirements::FILES,
    requirements::DOCKER_NAME,
    requirements::DOCKER_ONE_PLATFORM,
    requirements::DOCKER_PLATFORM_OF_THE_MACHINE,
    requirements::ATTESTATIONS_KEPT,
    requirements::VIEWS_AGREE,
];

/// `docker load` before version 25.
pub(super) static DOCKER_CLASSIC: Reader = Reader { requirements: &[&[NOT_ZSTD], OF_ALL_VERSIONS], ..BASE };

/// `docker load` from version 25 on.
pub(super) static DOCKER: Reader = Reader { requirements: &[OF_ALL_VERSIONS], ..BASE };

const NOT_ZSTD: Requirement =
    refuses("not-zstd", View::Any, not_zstd, "https://github.com/moby/moby/pull/41759", REPACK).fixed_in(&[23]);
const OS_OF_THE_MACHINE: Requirement = refuses("os-of-the-machine", View::Docker, fits_the_os, LOAD, &[]);

/// docker loads no image of another operating system.
fn fits_the_os(case: &Case<'_, '_>) -> Option<String> {
    let (graph, host) = (case.facts.graph(), case.facts.host);
    let mut platforms = case.facts.docker_entries().filter_map(|entry| graph.platform_of(entry.config?));
    let is_other = |platform: &Platform| platform.normalized().os != host.normalized().os;
    let other = platforms.find(is_other)?;
    Some(format!("the image is for {other}, and this machine is {host}"))
}

fn not_zstd(case: &Case<'_, '_>) -> Option<String> {
    when(conditions::compression(case) == Compression::Zstd, "the whole file is compressed with zstd")
}
