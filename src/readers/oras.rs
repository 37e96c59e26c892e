//! `oras copy --from-oci-layout`, which copies one image of a layout to a registry or another layout.

use super::conditions::{self, cut};
use super::file_facts::{By, FileFacts};
use super::names::accepts_tag_alone;
use super::reader::{Case, Reader, Requirement, Takes, View, refuses};
use super::repair::Repair;
use super::requirements::{self, LAYOUT_SPEC, REPACK};
use crate::graph::engines;

const LAYOUTS: &str = "https://github.com/oras-project/oras-go/blob/main/content/oci/readonlyoci.go";
const COPY: &str = "https://oras.land/docs/commands/oras_cp";

/// It takes the entry with the tag or digest that a person gives, else the first with a tag.
pub(super) static ORAS: Reader = Reader {
    engine: &engines::REGISTRY,
    entries: chosen_entry,
    takes: Takes::Everything,
    decodes_everything: false,
    chooses: &[By::Name, By::Digest],
    keeps_unnamed: true,
    accepts_name: accepts_tag_alone,
    requirements: &[&[
        NOT_COMPRESSED,
        requirements::NO_TOP_FOLDER,
        requirements::RELATIVE_NAMES,
        requirements::BLOBS_IN_PLACE,
        requirements::INDEX_JSON,
        OCI_LAYOUT,
        NO_LINKS,
        TAG,
        requirements::ALL_MANIFESTS,
        requirements::ALL_BLOBS,
        requirements::DISTRIBUTABLE_LAYERS,
        requirements::SIZES,
        requirements::LISTED_SIZES,
        requirements::DECODABLE,
        DIGESTS,
        DIGESTS_OF_CONTENT,
        requirements::LAYERS_COPIED,
        requirements::REFERRERS_KEPT,
        requirements::VIEWS_AGREE,
    ]],
};

const NOT_COMPRESSED: Requirement = refuses("not-compressed", View::Any, conditions::not_compressed, LAYOUTS, REPACK);
const OCI_LAYOUT: Requirement = refuses("oci-layout", View::Index, conditions::has_layout_file, LAYOUT_SPEC, REPACK);
const NO_LINKS: Requirement = refuses("no-links", View::Index, conditions::no_linked_blobs, LAYOUTS, REPACK);
const TAG: Requirement = refuses("tag", View::Index, has_usable_tag, COPY, &[Repair::Tags]);
const DIGESTS: Requirement = refuses("digests", View::Index, conditions::has_digests, LAYOUTS, &[]);
const DIGESTS_OF_CONTENT: Requirement =
    refuses("digests-of-content", View::Index, conditions::has_documents_of_their_digests, LAYOUTS, &[]);

/// The last of several entries with one tag.
fn chosen_entry(facts: &FileFacts<'_>) -> Vec<usize> {
    if facts.chosen_by() == Some(By::Digest) {
        return facts.chosen_entries();
    }
    let first = || facts.roots.iter().filter_map(|&root| facts.ref_name(root)).find(|tag| accepts_tag_alone(tag));
    let tag =
        facts.reference.filter(|tag| accepts_tag_alone(tag)).or_else(|| first().filter(|_| facts.reference.is_none()));
    facts.tagged(|name| Some(name) == tag).into_iter().last().into_iter().collect()
}

fn has_usable_tag(case: &Case<'_, '_>) -> Option<String> {
    if !case.entries().is_empty() {
        return None;
    }
    let tags = case.facts.ref_names();
    Some(match (case.facts.reference, tags.first()) {
        (Some(reference), _) if accepts_tag_alone(reference) => conditions::no_such_ref_name(case, reference),
        (Some(tag), _) | (None, Some(&tag)) => {
            format!(
                "splits the path at the colon in the tag `{}`; a digest chooses the image, as `@sha256:…`",
                cut(tag)
            )
        }
        (None, None) => "no entry has a tag; a digest chooses the image, as `@sha256:…`".to_owned(),
    })
}
