//! `trivy image --input`, which reads docker archives and layout directories.

use super::conditions::{self, list, when};
use super::file_facts::{By, FileFacts};
use super::instances::Instance;
use super::reader::{Case, Reader, Requirement, Takes, View, loses, refuses};
use super::repair::Repair;
use super::requirements::{self, CHOOSE, LOAD, REPACK};
use crate::digest::Algorithm;
use crate::graph::engines;
use crate::media_type::Compression;

const OCI: &str = "https://github.com/aquasecurity/trivy/blob/main/pkg/fanal/image/oci.go";
const TARBALL: &str = "https://github.com/google/go-containerregistry/blob/main/pkg/v1/tarball/image.go";

/// Of several entries of a directory it takes the first, and of an index the first image. Tried with 0.59.
pub(super) static TRIVY: Reader = Reader {
    engine: &engines::DOCKER_LOAD,
    entries: first_entry,
    takes: Takes::First,
    decodes_everything: false,
    chooses: &[By::Name, By::Digest],
    keeps_unnamed: true,
    accepts_name: |_| true,
    requirements: &[&[
        requirements::NO_TOP_FOLDER,
        requirements::RELATIVE_NAMES_OF_DOCKER,
        requirements::BLOBS_IN_PLACE,
        NOT_ZSTD,
        MANIFEST_JSON,
        INDEX_JSON,
        AN_IMAGE,
        REF_NAME,
        requirements::NO_LAYERS_IN_THE_INDEX,
        FIRST_MANIFEST,
        KNOWN_TYPES,
        requirements::ALL_BLOBS,
        requirements::LAYERS_IN_THE_FILE,
        SHA256,
        NO_ENCRYPTED_LAYERS,
        requirements::DECODABLE,
        requirements::DECODABLE_CONFIG,
        requirements::DOCKER_DECODABLE_CONFIG,
        DIFF_IDS,
        DOCKER_DIFF_IDS,
        EXACT_NAMES,
        requirements::FILES,
        NO_HARD_LINKS,
        ONE_IMAGE,
        FIRST_ENTRY,
        FIRST_PLATFORM,
        requirements::DOCKER_ONE_PLATFORM,
        requirements::DOCKER_PLATFORM_OF_THE_MACHINE,
        requirements::VIEWS_AGREE,
    ]],
};

const NOT_ZSTD: Requirement = refuses("not-zstd", View::Docker, not_zstd, TARBALL, REPACK);
const MANIFEST_JSON: Requirement = refuses(
    "manifest.json",
    View::Docker,
    conditions::has_docker_view,
    "https://github.com/aquasecurity/trivy/issues/5775",
    REPACK,
);
const INDEX_JSON: Requirement = refuses("index.json", View::Index, conditions::has_index, OCI, REPACK);
const AN_IMAGE: Requirement = refuses("an-image", View::Index, has_an_entry, OCI, &[]);
const REF_NAME: Requirement = refuses("ref-name", View::Index, has_ref_name, OCI, &[]);
const FIRST_MANIFEST: Requirement =
    refuses("manifest-of-the-machine", View::Index, has_first_manifest, OCI, &[Repair::Prune, Repair::OneImage]);
const KNOWN_TYPES: Requirement =
    refuses("known-types", View::Index, conditions::takes_known_types, OCI, &[Repair::OciTypes]);
const SHA256: Requirement = refuses("sha256", View::Index, lists_sha256, OCI, &[]);
const NO_ENCRYPTED_LAYERS: Requirement = refuses(
    "no-encrypted-layers",
    View::Index,
    conditions::no_encrypted_layers,
    "https://github.com/containers/ocicrypt",
    &[],
);
const DIFF_IDS: Requirement = refuses("diff-ids", View::Index, has_a_layer_for_each, OCI, &[]);
const DOCKER_DIFF_IDS: Requirement =
    refuses("diff-ids", View::Docker, conditions::docker_has_a_layer_for_each, LOAD, &[]);
const EXACT_NAMES: Requirement = refuses("exact-names", View::Docker, conditions::names_are_plain, TARBALL, REPACK);
const NO_HARD_LINKS: Requirement =
    refuses("no-hard-links", View::Docker, conditions::no_hard_links_in_folders, TARBALL, REPACK);
const ONE_IMAGE: Requirement = refuses("one-image", View::Docker, conditions::one_docker_image, TARBALL, CHOOSE);
const FIRST_ENTRY: Requirement = loses("one-entry-read", View::Index, has_one_entry, OCI, &[]);
const FIRST_PLATFORM: Requirement =
    loses("one-platform", View::Index, has_one_platform, "https://github.com/aquasecurity/trivy/issues/3571", &[]);

/// The entry that a person names, else the first.
fn first_entry(facts: &FileFacts<'_>) -> Vec<usize> {
    let entries = match (facts.reference, facts.chosen_by()) {
        (Some(reference), _) => facts.tagged(|name| name == reference),
        (None, Some(By::Digest)) => facts.chosen_entries(),
        (None, _) => facts.all_entries(),
    };
    entries.into_iter().take(1).collect()
}

fn has_an_entry(case: &Case<'_, '_>) -> Option<String> {
    when(case.facts.all_entries().is_empty(), "`index.json` lists nothing")
}

fn has_a_layer_for_each(case: &Case<'_, '_>) -> Option<String> {
    conditions::diff_ids(case, |layers, ids| layers >= ids)
}

fn has_ref_name(case: &Case<'_, '_>) -> Option<String> {
    let reference = case.facts.reference.filter(|_| case.entries().is_empty())?;
    Some(conditions::no_such_ref_name(case, reference))
}

fn not_zstd(case: &Case<'_, '_>) -> Option<String> {
    when(conditions::compression(case) == Compression::Zstd, "the whole file is compressed with zstd")
}

fn has_first_manifest(case: &Case<'_, '_>) -> Option<String> {
    when(case.any(Instance::Absent), "the first manifest is missing")
}

/// It parses the digests of all entries, and of what it takes.
fn lists_sha256(case: &Case<'_, '_>) -> Option<String> {
    let facts = case.facts;
    let listed = facts.all_entries().into_iter().filter_map(|root| facts.descriptor(root)?.digest.ok());
    let mut other = listed.filter(|digest| digest.algorithm() != Some(Algorithm::Sha256));
    let taken = || case.taken().into_iter().find_map(|id| facts.other_algorithm(id));
    let other = other.next().or_else(taken)?;
    Some(format!("the digest {} is not SHA-256", other.short()))
}

fn has_one_entry(case: &Case<'_, '_>) -> Option<String> {
    let count = case.facts.all_entries().len();
    when(count > 1 && !case.is_chosen(), format!("takes the first of {count} entries of `index.json`"))
}

fn has_one_platform(case: &Case<'_, '_>) -> Option<String> {
    let (platforms, _) = case.facts.platforms();
    let several = conditions::taken_index(case) && platforms.len() > 1;
    when(several, format!("takes the first image of an index, whatever the machine, of {}", list(&platforms)))
}
