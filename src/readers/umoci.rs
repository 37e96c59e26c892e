//! umoci, which unpacks one image of a layout directory by its tag.

use super::conditions::{self, when};
use super::file_facts::FileFacts;
use super::names::accepts_tag;
use super::reader::{Case, Reader, Requirement, Takes, View, refuses};
use super::repair::Repair;
use super::requirements::{self, LAYOUT_SPEC, REPACK};
use crate::graph::{Kind, NodeId, Role, engines};
use crate::media_type::Compression;

const PARSER: &str = "https://github.com/opencontainers/umoci/blob/main/oci/casext/mediatype/parse.go";

/// It takes the entry with the tag that a person gives, else the first tag.
pub(super) static UMOCI: Reader = Reader {
    engine: &engines::UMOCI,
    entries: tagged_entries,
    takes: Takes::OneManifest,
    decodes_everything: false,
    chooses: &[],
    keeps_unnamed: false,
    accepts_name: accepts_tag,
    requirements: &[&[
        requirements::DIRECTORY,
        requirements::NO_TOP_FOLDER,
        requirements::BLOBS_IN_PLACE,
        requirements::INDEX_JSON,
        OCI_LAYOUT,
        REF_NAME,
        requirements::NAME,
        requirements::NO_LAYERS_IN_THE_INDEX,
        ONE_IMAGE,
        OCI_MEDIA_TYPES,
        requirements::IMAGE_TO_RUN,
        requirements::MANIFEST_OF_THE_MACHINE,
        requirements::ALL_BLOBS,
        requirements::SIZES,
        requirements::LAYERS_IN_THE_FILE,
        requirements::SHA256,
        KNOWN_LAYERS,
        NO_ZSTD_LAYERS,
        requirements::DECODABLE,
        requirements::DECODABLE_CONFIG,
        ONE_KIND_OF_DOCUMENT,
        TYPE_AS_LISTED,
        DIGESTS_OF_CONTENT,
        requirements::DIFF_IDS_OF_SHA256,
        DIFF_IDS,
        requirements::FILES,
        requirements::DOCKER_ONE_PLATFORM,
        requirements::DOCKER_PLATFORM_OF_THE_MACHINE,
        requirements::VIEWS_AGREE,
    ]],
};

const OCI_LAYOUT: Requirement = refuses("oci-layout", View::Index, conditions::has_layout_file, LAYOUT_SPEC, REPACK);
const REF_NAME: Requirement =
    refuses("ref-name", View::Index, has_tag, "https://umo.ci/reference/umoci.1/", &[Repair::Names]);
const ONE_IMAGE: Requirement = refuses(
    "one-image",
    View::Index,
    is_one_manifest,
    "https://github.com/opencontainers/umoci/issues/10",
    &[Repair::OneImage],
);
const OCI_MEDIA_TYPES: Requirement =
    refuses("oci-media-types", View::Index, has_oci_types, PARSER, &[Repair::OciTypes]);
const KNOWN_LAYERS: Requirement = refuses(
    "known-layers",
    View::Index,
    conditions::knows_layers,
    "https://github.com/opencontainers/umoci/blob/main/oci/layer/unpack.go",
    &[Repair::OciTypes],
);
// 0.4.7 stops; release notes of 0.5 name zstd.
const NO_ZSTD_LAYERS: Requirement = refuses(
    "no-zstd-layers",
    View::Index,
    no_zstd_layers,
    "https://github.com/opencontainers/umoci/blob/main/CHANGELOG.md",
    &[Repair::Gzip],
)
.fixed_in(&[0, 5]);
const ONE_KIND_OF_DOCUMENT: Requirement =
    refuses("one-kind-of-document", View::Index, is_one_kind_of_document, PARSER, &[]);
const TYPE_AS_LISTED: Requirement = refuses("type-as-listed", View::Index, is_as_listed, PARSER, &[]);
const DIGESTS_OF_CONTENT: Requirement =
    refuses("digests-of-content", View::Index, conditions::has_documents_of_their_digests, PARSER, &[]);
const DIFF_IDS: Requirement = refuses("diff-ids", View::Index, has_a_diff_id_for_each, PARSER, &[]);

/// The entries with the tag that a person gives, else with the first tag.
fn tagged_entries(facts: &FileFacts<'_>) -> Vec<usize> {
    let first = || facts.roots.iter().find_map(|&root| facts.ref_name(root));
    let tag = facts.reference.or_else(first);
    facts.tagged(|name| Some(name) == tag)
}

fn has_tag(case: &Case<'_, '_>) -> Option<String> {
    let entries = case.entries();
    match entries.len() {
        1 => None,
        0 => Some("no entry has an `org.opencontainers.image.ref.name`".to_owned()),
        count => Some(format!("{count} entries of `index.json` have this name")),
    }
}

/// umoci goes down through an index that leads to one manifest.
fn is_one_manifest(case: &Case<'_, '_>) -> Option<String> {
    let graph = case.facts.graph();
    let [root] = case.entries()[..] else { return None };
    let id = graph.roots.get(root)?.node.filter(|&id| graph.node(id).kind == Kind::Index)?;
    let below = graph.reachable([id]);
    let is_index = |id: NodeId| graph.node(id).kind == Kind::Index;
    let indexes = (0..graph.nodes().len()).filter(|&id| below[id] && is_index(id));
    // Those that are missing count as well.
    let listed = indexes.flat_map(|id| &graph.node(id).links).filter(|link| matches!(link.role, Role::Manifest(_)));
    let manifests = listed.filter(|link| !link.node.is_some_and(is_index)).count();
    when(manifests != 1, "the name references an index with several manifests")
}

fn has_oci_types(case: &Case<'_, '_>) -> Option<String> {
    let types = case.entries().into_iter().filter_map(|root| case.facts.descriptor(root)?.media_type.ok());
    let configs = case.taken().into_iter().filter_map(|id| case.facts.config_type(id));
    let docker = types.chain(configs).find(|kind| kind.as_str().starts_with("application/vnd.docker."));
    docker.map(|kind| format!("the media type {kind} is a docker media type"))
}

fn no_zstd_layers(case: &Case<'_, '_>) -> Option<String> {
    let zstd =
        |id: NodeId| case.facts.layers(id).any(|(kind, _)| kind.is_some_and(|k| k.compression == Compression::Zstd));
    when(case.taken().into_iter().any(zstd), "layers are compressed with zstd")
}

/// It takes no notice of what is of docker's first schema.
fn is_one_kind_of_document(case: &Case<'_, '_>) -> Option<String> {
    conditions::ambiguous_document(case, str::is_empty)
}

fn is_as_listed(case: &Case<'_, '_>) -> Option<String> {
    conditions::misled(case, |_, _, _| true)
}

fn has_a_diff_id_for_each(case: &Case<'_, '_>) -> Option<String> {
    conditions::diff_ids(case, |layers, ids| layers <= ids)
}
