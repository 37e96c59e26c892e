//! Conditions of the archive or directory, and which descriptions it carries.

use super::{Case, cut, when};
use crate::digest::Digest;
use crate::media_type::Compression;
use crate::readers::reader::View;

pub(in crate::readers) fn is_archive(case: &Case<'_, '_>) -> Option<String> {
    when(case.facts.image.source.format().directory, "reads archives only, and this is a directory")
}

pub(in crate::readers) fn is_directory(case: &Case<'_, '_>) -> Option<String> {
    when(!case.facts.image.source.format().directory, "reads directories only, and this is an archive")
}

pub(in crate::readers) fn is_not_empty(case: &Case<'_, '_>) -> Option<String> {
    let graph = case.facts.graph();
    when(graph.roots.is_empty() && graph.docker.is_empty(), "lists no image")
}

pub(in crate::readers) fn not_wrapped(case: &Case<'_, '_>) -> Option<String> {
    when(case.facts.wrapped, "everything is inside one top folder")
}

pub(in crate::readers) fn relative_names(case: &Case<'_, '_>) -> Option<String> {
    when(case.facts.absolute, "all member names are absolute")
}

pub(in crate::readers) fn blobs_in_place(case: &Case<'_, '_>) -> Option<String> {
    let (image, graph) = (case.facts.image, case.facts.graph());
    let misplaced = (0..graph.nodes().len()).find_map(|id| image.misplaced(id));
    misplaced.map(|member| format!("`{}` is not in the folder of its digest algorithm", cut(&member.name)))
}

pub(in crate::readers) fn compression(case: &Case<'_, '_>) -> Compression {
    case.facts.image.source.format().compression
}

pub(in crate::readers) fn not_compressed(case: &Case<'_, '_>) -> Option<String> {
    let compression = compression(case);
    when(compression != Compression::None, format!("the whole file is compressed with {compression}"))
}

pub(in crate::readers) fn not_gzip(case: &Case<'_, '_>) -> Option<String> {
    when(compression(case) == Compression::Gzip, "the whole file is compressed with gzip")
}

pub(in crate::readers) fn has_index(case: &Case<'_, '_>) -> Option<String> {
    when(!case.facts.has_index, "there is no `index.json`")
}

pub(in crate::readers) fn has_docker_view(case: &Case<'_, '_>) -> Option<String> {
    when(!case.facts.image.source.format().docker_view, "there is no `manifest.json`")
}

pub(in crate::readers) fn has_layout_file(case: &Case<'_, '_>) -> Option<String> {
    let detail = "`oci-layout` is missing or has an unknown version";
    when(!case.facts.has_layout_file || !case.facts.layout_version_known, detail)
}

/// For readers that do without `oci-layout`.
pub(in crate::readers) fn has_known_layout_version(case: &Case<'_, '_>) -> Option<String> {
    let facts = case.facts;
    when(facts.has_layout_file && !facts.layout_version_known, "`oci-layout` has an unknown version")
}

pub(in crate::readers) fn no_linked_documents(case: &Case<'_, '_>) -> Option<String> {
    let name = if case.view == View::Docker { "manifest.json" } else { "index.json" };
    when(case.facts.is_link(name), format!("`{name}` is a link"))
}

/// For readers that take no link in an archive for a file.
pub(in crate::readers) fn no_linked_blobs(case: &Case<'_, '_>) -> Option<String> {
    let graph = case.facts.graph();
    let blobs = graph.nodes().iter().filter_map(|node| node.key.digest()).map(Digest::blob_path);
    let documents = ["oci-layout", "index.json"].map(ToOwned::to_owned);
    let linked = documents.into_iter().chain(blobs).find(|name| case.facts.is_archive_link(name))?;
    Some(format!("`{}` is a link in the archive", cut(&linked)))
}

pub(in crate::readers) fn has_known_layout(case: &Case<'_, '_>) -> Option<String> {
    has_layout_file(case).or_else(|| has_index(case))
}
