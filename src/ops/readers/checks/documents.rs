//! Questions about the documents that a target decodes: whether it can, and whether they are what they are listed as.

use std::collections::BTreeSet;

use super::{Case, cut, when};
use crate::digest::Algorithm;
use crate::doc::{Descriptor, Document, Field, Problem};
use crate::finding::Code;
use crate::graph::{Content, NodeId, Role};
use crate::media_type::{self, Kind as MediaKind, MediaType};
use crate::ops::readers::facts::Instance;
use crate::ops::readers::requirements::Under;
use crate::ops::target::Target;
use crate::platform::Platform;

/// The indexes and manifests that a target decodes: containerd all that are listed, others those on the way to the image
/// that they take.
fn decoded(case: &Case<'_, '_>) -> BTreeSet<NodeId> {
    let facts = case.facts;
    if imports_all(case.target) {
        return facts.manifests.iter().copied().collect();
    }
    let roots = case.entries().into_iter().filter_map(|root| facts.graph().roots[root].node);
    roots.chain(case.taken()).collect()
}

fn imports_all(target: Target) -> bool {
    matches!(target, Target::DockerContainerd | Target::Ctr | Target::Kind | Target::K3s)
}

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
pub(in crate::ops::readers) fn decodes(case: &Case<'_, '_>) -> Option<String> {
    if let Some(problem) = case.facts.index_problems.iter().find(|problem| is_undecodable(problem)) {
        return Some(undecodable("`index.json`", problem));
    }
    let graph = case.facts.graph();
    decoded(case).into_iter().map(|id| graph.node(id)).find_map(|node| {
        let problem = node.problems.iter().find(|problem| is_undecodable(problem))?;
        Some(undecodable(&format!("the {}", node.kind), problem))
    })
}

fn config_of(case: &Case<'_, '_>, id: NodeId) -> Option<NodeId> {
    case.facts.graph().node(id).links.iter().find(|link| link.role == Role::Config)?.node
}

/// Documents are hashed when they are read. containerd keeps what it imports under the digest that it has and finds nothing
/// under the other; containers/image takes the manifest of an archive as it is.
pub(in crate::ops::readers) fn has_documents_of_their_digests(case: &Case<'_, '_>) -> Option<String> {
    let graph = case.facts.graph();
    let trusts_manifests = matches!(case.target, Target::Podman | Target::SkopeoOci | Target::SkopeoOciArchive);
    let manifests = decoded(case).into_iter().filter(|_| !trusts_manifests);
    let configs = case.taken().into_iter().filter_map(|id| config_of(case, id));
    manifests.chain(configs).find_map(|id| {
        let (expected, _) = graph.node(id).mismatch()?;
        Some(format!("the {} is not what its digest {expected} says", graph.node(id).kind))
    })
}

/// Programs that unpack layers compute the SHA-256 of what they inflate, and hold it against the diff_id whatever its
/// algorithm.
pub(in crate::ops::readers) fn has_sha256_diff_ids(case: &Case<'_, '_>) -> Option<String> {
    let graph = case.facts.graph();
    let configs: Vec<NodeId> = if case.view == Under::Docker {
        case.facts.docker_entries().filter_map(|entry| entry.config).collect()
    } else {
        case.taken().into_iter().filter_map(|id| config_of(case, id)).collect()
    };
    let diff_ids = configs.into_iter().filter_map(|id| graph.node(id).document.as_config()).flat_map(|c| &c.diff_ids);
    let other = diff_ids.filter_map(Field::ok).find(|diff_id| diff_id.algorithm() != Some(Algorithm::Sha256))?;
    Some(format!("a diff_id of another algorithm than SHA-256, {}", other.algorithm_name()))
}

/// podman reads the config while it loads an image, containerd while it unpacks one.
pub(in crate::ops::readers) fn config_decodes(case: &Case<'_, '_>) -> Option<String> {
    let graph = case.facts.graph();
    let configs: Vec<NodeId> = if case.view == Under::Docker {
        case.facts.docker_entries().filter_map(|entry| entry.config).collect()
    } else {
        case.taken().into_iter().filter_map(|id| config_of(case, id)).collect()
    };
    // Docker takes a text for a command of one word.
    let takes_text = matches!(case.target, Target::DockerClassic | Target::Docker | Target::SkopeoDockerArchive);
    let is_command = |problem: &Problem| {
        let is_text = problem.found.as_deref().is_some_and(|found| found.starts_with('"'));
        takes_text && is_text && ["/config/Cmd", "/config/Entrypoint"].contains(&problem.pointer.as_str())
    };
    configs.into_iter().find_map(|id| {
        let mut problems = graph.node(id).problems.iter();
        let problem = problems.find(|problem| is_undecodable(problem) && !is_command(problem))?;
        Some(undecodable("the config", problem))
    })
}

/// A document that is an index and a manifest at once, or of docker's first schema, is refused since CVE-2021-41190.
pub(in crate::ops::readers) fn is_one_thing(case: &Case<'_, '_>) -> Option<String> {
    let graph = case.facts.graph();
    // containerd takes no notice of `history`, and umoci of nothing that is of docker's first schema.
    let concerns = |problem: &&Problem| match case.target {
        _ if problem.code != Code::DocumentAmbiguous => false,
        Target::Umoci => problem.pointer.is_empty(),
        target => !(imports_all(target) && problem.pointer == "/history"),
    };
    let found = decoded(case).into_iter().find_map(|id| graph.node(id).problems.iter().find(concerns))?;
    Some(format!("a document {}", found.detail))
}

/// An index that is listed as a manifest, or the other way round. podman minds of a manifest in `index.json` any type but
/// the listed one, and goes by what is listed below that.
pub(in crate::ops::readers) fn is_as_listed(case: &Case<'_, '_>) -> Option<String> {
    let graph = case.facts.graph();
    let roots: Vec<NodeId> = case.entries().into_iter().filter_map(|root| graph.roots[root].node).collect();
    decoded(case).into_iter().find_map(|id| {
        let node = graph.node(id);
        let problem = node.problems.iter().find(|problem| problem.code == Code::MediaTypeMismatch)?;
        let own = node.document.media_type()?;
        let is_index = matches!(node.document, Document::Index(_));
        let minds = match (case.target, own.kind()) {
            (Target::Podman, MediaKind::Index | MediaKind::Manifest) => !is_index && roots.contains(&id),
            (Target::Podman, _) => false,
            (Target::Umoci, _) => true,
            (_, MediaKind::Index) => !is_index,
            (_, MediaKind::Manifest) => is_index,
            _ => false,
        };
        when(minds, format!("{}: {}", problem.detail, cut(own.as_str())))
    })
}

/// The media types by which programs know an index or a manifest, exactly as they are written.
const LISTED: [&str; 4] =
    [media_type::OCI_INDEX, media_type::OCI_MANIFEST, media_type::DOCKER_INDEX, media_type::DOCKER_MANIFEST];

/// Whether an entry of `index.json` has a media type by which containers/image knows how to read it.
pub(in crate::ops::readers) fn has_known_type(case: &Case<'_, '_>) -> Option<String> {
    let types = case.entries().into_iter().filter_map(|root| case.facts.descriptor(root)?.media_type.ok());
    let odd = types.into_iter().find(|kind| !kind.as_str().is_empty() && !LISTED.contains(&kind.as_str()))?;
    Some(format!("an entry of `index.json` has the media type {}", cut(odd.as_str())))
}

/// The same of every entry of every index.
pub(in crate::ops::readers) fn lists_known_types(case: &Case<'_, '_>) -> Option<String> {
    let odd = listed(case).find(|entry| !entry.media_type.ok().is_some_and(|kind| LISTED.contains(&kind.as_str())))?;
    let kind = odd.media_type.ok().map_or("none", MediaType::as_str);
    Some(format!("the media type of what an index lists is {}", cut(kind)))
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
pub(in crate::ops::readers) fn has_whole_descriptors(case: &Case<'_, '_>) -> Option<String> {
    case.entries().into_iter().filter_map(|root| case.facts.descriptor(root)).find_map(|entry| {
        let is_typed = entry.media_type.ok().is_some_and(|kind| !kind.as_str().is_empty());
        let is_sized = matches!(entry.size, Field::Ok(1..));
        let lacking = if is_typed { "size" } else { "media type" };
        when(!is_typed || !is_sized, format!("an entry of `index.json` has no {lacking}"))
    })
}

/// What is listed by something that is no digest.
pub(in crate::ops::readers) fn has_digests(case: &Case<'_, '_>) -> Option<String> {
    let odd = listed(case).find_map(|entry| match &entry.digest {
        Field::Bad(text) => Some(text),
        _ => None,
    })?;
    Some(format!("the digest {} is none", cut(odd)))
}

/// The layers of a manifest are as many as its config has `diff_ids`.
pub(in crate::ops::readers) fn has_a_diff_id_for_each(case: &Case<'_, '_>) -> Option<String> {
    let graph = case.facts.graph();
    case.taken().into_iter().find_map(|id| {
        let Document::Manifest(manifest) = &graph.node(id).document else { return None };
        let (layers, ids) = (manifest.layers.len(), graph.config_of(id)?.diff_ids.len());
        let minds = match case.target {
            // Without layers ctr unpacks nothing.
            Target::Ctr => layers != ids && layers > 0,
            Target::Umoci => layers > ids,
            _ => layers != ids,
        };
        when(minds, format!("{layers} layers, and {ids} `diff_ids` in the config"))
    })
}

/// ctr passes over an entry of `index.json` whose own `platform` is another than the machine's, and refuses a file in
/// which nothing is left.
pub(in crate::ops::readers) fn entries_fit(case: &Case<'_, '_>) -> Option<String> {
    let platforms: Option<Vec<&Platform>> =
        case.entries().into_iter().map(|root| case.facts.descriptor(root)?.platform.as_deref()).collect();
    let platforms = platforms.filter(|platforms| !platforms.is_empty())?;
    let host = case.facts.host;
    // containerd takes a variant for another platform even where nobody asks for one.
    let fits = |platform: &&Platform| {
        platform.normalized().variant == host.normalized().variant
            && platform.satisfies(host)
            && platform.os_features.is_empty()
    };
    let other = platforms.first().filter(|_| !platforms.iter().any(fits))?;
    Some(format!("the entry of `index.json` is for {other}, not for {host}"))
}

/// ctr refuses a file in which any manifest that fits the machine is missing, and any entry of `index.json`.
pub(in crate::ops::readers) fn has_fitting_manifests(case: &Case<'_, '_>) -> Option<String> {
    let facts = case.facts;
    let graph = facts.graph();
    if facts.roots.iter().any(|&root| facts.instance(root) == Instance::Absent) {
        return Some("a manifest that `index.json` lists is absent".to_owned());
    }
    let absent = facts.manifests.iter().filter(|&&id| graph.node(id).content == Content::Absent);
    let fits = |id: NodeId| graph.first_descriptor(id)?.platform.as_deref().map(|own| own.satisfies(facts.host));
    let mut fitting = absent.filter(|&&id| fits(id) == Some(true));
    when(fitting.next().is_some(), format!("a manifest for {} is absent", facts.host))
}
