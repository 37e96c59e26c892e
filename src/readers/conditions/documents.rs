//! Conditions of the documents that a target decodes: whether it can, and whether they are what they are listed as.

use super::docker::diff_id_counts;
use super::{Case, cut, when};
use crate::digest::Algorithm;
use crate::doc::{Descriptor, Document, Field, Problem};
use crate::finding::Code;
use crate::graph::NodeId;
use crate::media_type::{self, Kind as MediaKind, MediaType};

/// A whole number below zero, and a list's entry that is null, are what the programs decode and only then stumble over.
fn is_undecodable(problem: &Problem) -> bool {
    let found = problem.found.as_deref().unwrap_or_default();
    let is_negative = found.strip_prefix('-').is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
    match problem.code {
        Code::FieldType => !is_negative && found != "null",
        Code::JsonBom => true,
        // A time that is none.
        Code::FieldValue => problem.pointer.ends_with("/created"),
        _ => false,
    }
}

fn undecodable(name: &str, problem: &Problem) -> String {
    format!("{name} cannot be decoded: `{}`: {}", cut(&problem.pointer), cut(&problem.detail))
}

/// All these programs are written in Go, which decodes a document as a whole or not at all.
pub(in crate::readers) fn decodes(case: &Case<'_, '_>) -> Option<String> {
    if let Some(problem) = case.facts.index_problems.iter().find(|problem| is_undecodable(problem)) {
        return Some(undecodable("`index.json`", problem));
    }
    let graph = case.facts.graph();
    case.decoded().into_iter().map(|id| graph.node(id)).find_map(|node| {
        let problem = node.problems.iter().find(|problem| is_undecodable(problem))?;
        Some(undecodable(&format!("the {}", node.kind), problem))
    })
}

/// Documents are hashed when they are read: a reader that keeps what it imports under the digest that it has finds
/// nothing under the other.
pub(in crate::readers) fn has_documents_of_their_digests(case: &Case<'_, '_>) -> Option<String> {
    mismatch(case, case.decoded().into_iter().chain(case.configs()))
}

/// The same for readers that take the manifest of a file as it is.
pub(in crate::readers) fn has_configs_of_their_digests(case: &Case<'_, '_>) -> Option<String> {
    mismatch(case, case.configs())
}

fn mismatch(case: &Case<'_, '_>, nodes: impl IntoIterator<Item = NodeId>) -> Option<String> {
    let graph = case.facts.graph();
    nodes.into_iter().find_map(|id| {
        let (expected, _) = graph.node(id).mismatch()?;
        Some(format!("the {} does not match its digest {expected}", graph.node(id).kind))
    })
}

/// Programs that unpack layers compute the SHA-256 of what they decompress, and compare it with the diff_id whatever
/// its algorithm.
pub(in crate::readers) fn has_sha256_diff_ids(case: &Case<'_, '_>) -> Option<String> {
    let graph = case.facts.graph();
    let configs = case.configs().into_iter().filter_map(|id| graph.node(id).document.as_config());
    let mut diff_ids = configs.flat_map(|config| &config.diff_ids).filter_map(Field::ok);
    let other = diff_ids.find(|diff_id| diff_id.algorithm() != Some(Algorithm::Sha256))?;
    Some(format!("a diff_id is not SHA-256 but {}", other.algorithm_name()))
}

/// The config is read while an image is loaded or unpacked.
pub(in crate::readers) fn config_decodes(case: &Case<'_, '_>) -> Option<String> {
    config_problem(case, is_undecodable)
}

/// The same with docker's types, which take a text for a command of one word.
pub(in crate::readers) fn config_decodes_for_docker(case: &Case<'_, '_>) -> Option<String> {
    let is_command = |problem: &Problem| {
        let is_text = problem.found.as_deref().is_some_and(|found| found.starts_with('"'));
        is_text && ["/config/Cmd", "/config/Entrypoint"].contains(&problem.pointer.as_str())
    };
    config_problem(case, |problem| is_undecodable(problem) && !is_command(problem))
}

fn config_problem(case: &Case<'_, '_>, concerns: impl Fn(&Problem) -> bool) -> Option<String> {
    let graph = case.facts.graph();
    case.configs().into_iter().find_map(|id| {
        let problem = graph.node(id).problems.iter().find(|problem| concerns(problem))?;
        Some(undecodable("the config", problem))
    })
}

/// A document that is an index and a manifest at once, or of docker's first schema, is refused since CVE-2021-41190.
pub(in crate::readers) fn is_one_kind_of_document(case: &Case<'_, '_>) -> Option<String> {
    ambiguous_document(case, |_| true)
}

/// The first problem that makes a document two, of those that concern a reader by the place where they are.
pub(in crate::readers) fn ambiguous_document(case: &Case<'_, '_>, concerns: fn(&str) -> bool) -> Option<String> {
    let graph = case.facts.graph();
    let is_ambiguous = |problem: &&Problem| problem.code == Code::DocumentAmbiguous && concerns(&problem.pointer);
    let found = case.decoded().into_iter().find_map(|id| graph.node(id).problems.iter().find(is_ambiguous))?;
    Some(format!("a document {}", found.detail))
}

/// An index that is listed as a manifest, or the other way round.
pub(in crate::readers) fn is_as_listed(case: &Case<'_, '_>) -> Option<String> {
    misled(case, |_, is_index, own| match own {
        MediaKind::Index => !is_index,
        MediaKind::Manifest => is_index,
        _ => false,
    })
}

/// A document that is listed by another media type than its own, where the reader minds: by the node, by whether it is
/// an index, and by its own media type.
pub(in crate::readers) fn misled(
    case: &Case<'_, '_>,
    minds: impl Fn(NodeId, bool, MediaKind) -> bool,
) -> Option<String> {
    let graph = case.facts.graph();
    case.decoded().into_iter().find_map(|id| {
        let node = graph.node(id);
        let problem = node.problems.iter().find(|problem| problem.code == Code::MediaTypeMismatch)?;
        let own = node.document.media_type()?;
        let is_index = matches!(node.document, Document::Index(_));
        when(minds(id, is_index, own.kind()), format!("{}: {}", problem.detail, cut(own.as_str())))
    })
}

/// The media types by which programs know an index or a manifest, exactly as they are written.
const LISTED: [&str; 4] =
    [media_type::OCI_INDEX, media_type::OCI_MANIFEST, media_type::DOCKER_INDEX, media_type::DOCKER_MANIFEST];

/// Whether an entry of `index.json` has a media type by which containers/image knows how to read it.
pub(in crate::readers) fn has_known_type(case: &Case<'_, '_>) -> Option<String> {
    let types = case.entries().into_iter().filter_map(|root| case.facts.descriptor(root)?.media_type.ok());
    let odd = types.into_iter().find(|kind| !kind.as_str().is_empty() && !LISTED.contains(&kind.as_str()))?;
    Some(format!("an entry of `index.json` has the media type {}", cut(odd.as_str())))
}

/// For readers that know what they take by the media type that it is listed with, and by no other.
pub(in crate::readers) fn takes_known_types(case: &Case<'_, '_>) -> Option<String> {
    let entries = case.entries().into_iter().filter_map(|root| case.facts.descriptor(root));
    let taken = case.taken().into_iter().filter_map(|id| case.facts.graph().first_descriptor(id));
    let types = entries.chain(taken).map(|entry| entry.media_type.ok().map_or("none", MediaType::as_str));
    let odd = types.into_iter().find(|kind| !LISTED.contains(kind))?;
    Some(format!("what it takes is listed with the media type {}", cut(odd)))
}

/// The same of every entry of every index.
pub(in crate::readers) fn lists_known_types(case: &Case<'_, '_>) -> Option<String> {
    let odd = listed(case).find(|entry| !entry.media_type.ok().is_some_and(|kind| LISTED.contains(&kind.as_str())))?;
    let kind = odd.media_type.ok().map_or("none", MediaType::as_str);
    Some(format!("an index lists an entry with the media type {}", cut(kind)))
}

/// The entries of `index.json` and of the indexes below it.
fn listed<'a>(case: &Case<'a, '_>) -> impl Iterator<Item = &'a Descriptor> {
    let (facts, graph) = (case.facts, case.facts.graph());
    let roots = facts.roots.iter().filter_map(|&root| facts.descriptor(root));
    let children = facts.manifests.iter().filter_map(|&id| match &graph.node(id).document {
        Document::Index(index) => Some(index.manifests.iter().map(|(_, child)| child)),
        _ => None,
    });
    roots.chain(children.flatten())
}

/// containerd asks of each entry of `index.json` that becomes an image that its descriptor is whole.
pub(in crate::readers) fn has_whole_descriptors(case: &Case<'_, '_>) -> Option<String> {
    case.entries().into_iter().filter_map(|root| case.facts.descriptor(root)).find_map(|entry| {
        let is_typed = entry.media_type.ok().is_some_and(|kind| !kind.as_str().is_empty());
        let is_sized = matches!(entry.size, Field::Ok(1..));
        let lacking = if is_typed { "size" } else { "media type" };
        when(!is_typed || !is_sized, format!("an entry of `index.json` has no {lacking}"))
    })
}

/// What is listed by something that is no digest.
pub(in crate::readers) fn has_digests(case: &Case<'_, '_>) -> Option<String> {
    let odd = listed(case).find_map(|entry| match &entry.digest {
        Field::Bad(text) => Some(text),
        _ => None,
    })?;
    Some(format!("`{}` is not a digest", cut(odd)))
}

/// The layers of a manifest are as many as its config has `diff_ids`.
pub(in crate::readers) fn has_a_diff_id_for_each(case: &Case<'_, '_>) -> Option<String> {
    diff_ids(case, |layers, ids| layers == ids)
}

/// The layers and `diff_ids` of the first manifest whose counts do not fit.
pub(in crate::readers) fn diff_ids(case: &Case<'_, '_>, fits: fn(usize, usize) -> bool) -> Option<String> {
    let graph = case.facts.graph();
    case.taken().into_iter().find_map(|id| {
        let Document::Manifest(manifest) = &graph.node(id).document else { return None };
        diff_id_counts(manifest.layers.len(), graph.config_of(id)?.diff_ids.len(), fits)
    })
}
