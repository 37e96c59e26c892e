//! `docker buildx imagetools create` and `inspect` with `oci-layout://`, from the source code of buildx 0.33 and later; not
//! tried.

use super::conditions;
use super::file_facts::{By, FileFacts};
use super::reader::{Case, Reader, Requirement, Takes, View, refuses};
use super::requirements::{self, CHOOSE, REPACK};
use crate::graph::engines;

const LAYOUT: &str = "https://github.com/docker/buildx/pull/3721";
/// What a name is where none is given.
const LATEST: &str = "latest";

/// It takes the entry with the tag or digest that a person gives, else the tag `latest`, else the only one.
pub(super) static IMAGETOOLS: Reader = Reader {
    engine: &engines::REGISTRY,
    entries: chosen_entry,
    takes: Takes::Everything,
    decodes_everything: false,
    chooses: &[By::Name, By::Digest],
    keeps_unnamed: true,
    accepts_name: |_| true,
    requirements: &[&[
        IS_DIRECTORY,
        requirements::NO_TOP_FOLDER,
        requirements::BLOBS_IN_PLACE,
        INDEX_JSON,
        ONE_ENTRY,
        requirements::NO_LAYERS_IN_THE_INDEX,
        requirements::ALL_MANIFESTS,
        requirements::ALL_BLOBS,
        requirements::DISTRIBUTABLE_LAYERS,
        requirements::DECODABLE,
        requirements::LAYERS_COPIED,
        requirements::REFERRERS_KEPT,
        requirements::VIEWS_AGREE,
    ]],
};

const IS_DIRECTORY: Requirement = refuses("directory", View::Any, conditions::is_directory, LAYOUT, REPACK);
const INDEX_JSON: Requirement = refuses("index.json", View::Any, conditions::has_index, LAYOUT, REPACK);
const ONE_ENTRY: Requirement = refuses("one-entry", View::Index, has_an_entry, LAYOUT, CHOOSE);

fn chosen_entry(facts: &FileFacts<'_>) -> Vec<usize> {
    let all = facts.all_entries();
    if facts.chosen_by() == Some(By::Digest) {
        return facts.chosen_entries();
    }
    let wanted = facts.reference.unwrap_or(LATEST);
    let tagged: Vec<usize> = facts.tagged(|name| name == wanted).into_iter().take(1).collect();
    if tagged.is_empty() && all.len() == 1 { all } else { tagged }
}

fn has_an_entry(case: &Case<'_, '_>) -> Option<String> {
    if !case.entries().is_empty() {
        return None;
    }
    if let Some(reference) = case.facts.reference {
        return Some(conditions::no_such_ref_name(case, reference));
    }
    conditions::one_entry(case)
}
