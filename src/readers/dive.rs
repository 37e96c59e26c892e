//! `dive docker-archive://`, which reads docker archives, and of other archives the layers alone.

use super::conditions::{self, cut, when};
use super::reader::{Case, Reader, Requirement, Takes, View, loses, refuses};
use super::requirements::{self, REPACK};
use crate::digest::Digest;
use crate::doc::Document;
use crate::graph::{DockerEntry, engines};
use crate::media_type::Compression;

const ARCHIVE: &str = "https://github.com/wagoodman/dive/blob/main/dive/image/docker/image_archive.go";

/// Without `manifest.json` it takes any config of the file, and all its layers. Tried with 0.13.
pub(super) static DIVE: Reader = Reader {
    engine: &engines::DOCKER_LOAD,
    entries: |_| Vec::new(),
    takes: Takes::First,
    decodes_everything: false,
    chooses: &[],
    keeps_unnamed: true,
    accepts_name: |_| true,
    requirements: &[&[
        IS_ARCHIVE,
        requirements::NO_TOP_FOLDER,
        requirements::RELATIVE_NAMES,
        NOT_COMPRESSED,
        A_CONFIG,
        NO_LINKS,
        EXACT_NAMES,
        FILES,
        DIFF_IDS,
        NO_LINKED_CONFIG,
        NO_HARD_LINKS,
        NAMES_OF_LAYERS,
        MANIFEST_JSON,
        FIRST_IMAGE,
        NO_SYMBOLIC_LINKS,
        requirements::DOCKER_ONE_PLATFORM,
        requirements::VIEWS_AGREE,
    ]],
};

const IS_ARCHIVE: Requirement =
    refuses("archive", View::Any, conditions::is_archive, "https://github.com/wagoodman/dive#readme", REPACK);
const NOT_COMPRESSED: Requirement = refuses("not-compressed", View::Any, conditions::not_compressed, ARCHIVE, REPACK);
const A_CONFIG: Requirement = refuses("a-config", View::Index, has_a_config, ARCHIVE, &[]);
const NO_LINKS: Requirement = refuses("no-links", View::Index, has_no_linked_blob, ARCHIVE, REPACK);
const EXACT_NAMES: Requirement = refuses("exact-names", View::Docker, conditions::names_are_plain, ARCHIVE, REPACK);
const FILES: Requirement = refuses("files", View::Docker, has_files, ARCHIVE, REPACK);
// It crashes on both.
const DIFF_IDS: Requirement = refuses("diff-ids", View::Docker, has_a_diff_id_for_each, ARCHIVE, &[]);
const NO_LINKED_CONFIG: Requirement = refuses("no-links", View::Docker, has_no_linked_config, ARCHIVE, REPACK);
const NO_HARD_LINKS: Requirement = refuses("no-hard-links", View::Docker, conditions::no_hard_links, ARCHIVE, REPACK);
const NAMES_OF_LAYERS: Requirement = refuses("names-of-layers", View::Docker, finds_layers, ARCHIVE, REPACK);
const MANIFEST_JSON: Requirement = loses("manifest.json", View::Index, has_an_order, ARCHIVE, REPACK);
const FIRST_IMAGE: Requirement = loses("one-image", View::Docker, has_one_image, ARCHIVE, &[]);
const NO_SYMBOLIC_LINKS: Requirement = loses("no-symbolic-links", View::Docker, has_no_linked_layer, ARCHIVE, REPACK);

fn has_a_config(case: &Case<'_, '_>) -> Option<String> {
    let is_config = |document: &Document| document.as_config().is_some_and(|config| !config.diff_ids.is_empty());
    let found = case.facts.graph().nodes().iter().any(|node| node.is_present() && is_config(&node.document));
    when(!found, "contains no config of an image")
}

/// The first image of `manifest.json`, which it takes.
fn first<'a>(case: &Case<'a, '_>) -> Option<&'a DockerEntry> {
    case.facts.graph().docker.first()
}

fn has_files(case: &Case<'_, '_>) -> Option<String> {
    conditions::docker_files_of(case, first(case).into_iter())
}

fn has_a_diff_id_for_each(case: &Case<'_, '_>) -> Option<String> {
    conditions::docker_diff_ids(case, |layers, ids| layers <= ids)
}

fn has_no_linked_config(case: &Case<'_, '_>) -> Option<String> {
    let config = first(case)?.image.config.ok()?;
    when(case.facts.is_archive_link(config), "the config is a link")
}

fn has_no_linked_blob(case: &Case<'_, '_>) -> Option<String> {
    let digests = case.facts.graph().nodes().iter().filter_map(|node| node.key.digest());
    let linked = digests.map(Digest::blob_path).find(|name| case.facts.is_archive_link(name))?;
    Some(format!("`{}` is a link in the archive", cut(&linked)))
}

/// It knows a layer by its name, and by that how it is compressed; files below `blobs/` by their content.
fn finds_layers(case: &Case<'_, '_>) -> Option<String> {
    let entry = first(case)?;
    entry.image.layers.iter().zip(&entry.layers).find_map(|(name, layer)| {
        let stored = (*layer).and_then(|id| case.facts.compression_of(id));
        let expected = match name {
            name if name.ends_with(".tar") => Compression::None,
            name if name.ends_with(".tar.gz") || name.ends_with("tgz") => Compression::Gzip,
            name if name.starts_with("blobs/") => return None,
            name => return Some(format!("takes no file named `{}` for a layer", cut(name))),
        };
        let other = stored.filter(|stored| *stored != expected)?;
        Some(format!("the layer `{}` is compressed with {other}", cut(name)))
    })
}

fn has_an_order(_: &Case<'_, '_>) -> Option<String> {
    Some("there is no `manifest.json`: it shows all layers of the file, in any order".to_owned())
}

fn has_one_image(case: &Case<'_, '_>) -> Option<String> {
    let count = case.facts.graph().docker.len();
    when(count > 1, format!("takes the first of {count} images of `manifest.json`"))
}

fn has_no_linked_layer(case: &Case<'_, '_>) -> Option<String> {
    let mut layers = first(case)?.image.layers.iter();
    let linked = layers.find(|name| case.facts.is_archive_link(name))?;
    Some(format!("shows the layer `{}`, a link, without files", cut(linked)))
}
