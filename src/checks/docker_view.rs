//! `manifest.json` and `repositories` against the files they name.

use crate::checks::blobs::Hashed;
use crate::checks::platforms::check_history;
use crate::checks::scope::Scope;
use crate::checks::stacks::Stacks;
use crate::digest::Digest;
use crate::doc::{Config, Field, docker};
use crate::finding::{Code, Finding, Findings, Place};
use crate::graph::{Content, DockerEntry, DockerFile, Graph, Key, Kind, NodeId, Via};
use crate::image::{Image, docker_files, layer_findings};
use crate::media_type::Compression;
use crate::source::Resolution;

pub(crate) fn check(image: &Image, scope: &Scope, hashed: &Hashed, stacks: &mut Stacks, findings: &mut Findings) {
    let graph = &image.graph;
    for entry in &graph.docker {
        let Some(config_id) = entry.config else { continue };
        if !scope.has(config_id) {
            continue;
        }
        check_config_name(graph, entry, config_id, findings);
        check_omitted_layers(entry, findings);
        let Some(config) = graph.node(config_id).document.as_config() else { continue };
        check_counts(entry, config, findings);
        let mut stack = Vec::new();
        for (number, layer) in entry.layers.iter().enumerate() {
            let diff_id = config.diff_ids.get(number).and_then(Field::ok);
            if let Some(layer) = layer {
                check_layer(image, entry, number, *layer, diff_id, hashed, findings);
                stack.push(((number, *layer), hashed.layer(image, *layer)));
            }
        }
        if entry.layers.iter().flatten().any(|layer| !is_told(graph, entry, *layer)) {
            let at = |(number, layer)| place_of_layer(graph, entry, number, layer);
            stacks.check(&stack, at, findings);
        }
    }
    if scope.whole {
        check_repositories(image, findings);
    }
}

/// A config is named by its digest, which is the image's identifier in docker.
fn check_config_name(graph: &Graph, entry: &DockerEntry, config: NodeId, findings: &mut Findings) {
    let node = graph.node(config);
    if let (Key::Member(_), Some((expected, found))) = (&node.key, node.mismatch()) {
        let at = Place::at("manifest.json", DockerFile::Config.pointer(entry.number)).then(node.key.as_str());
        let detail = "the config does not match the digest in its file name";
        findings.push(Finding::new(Code::DockerConfigDigest, at, detail).compared(expected, found));
    }
}

fn check_omitted_layers(entry: &DockerEntry, findings: &mut Findings) {
    for (number, _) in (0..).zip(&entry.image.layers).filter(|(_, name)| name.is_empty()) {
        findings.push(docker_files::left_out(entry.number, number));
    }
}

fn check_counts(entry: &DockerEntry, config: &Config, findings: &mut Findings) {
    let at = || Place::at("manifest.json", format!("/{}", entry.number));
    let layers = entry.image.layers.len();
    if config.diff_ids.len() != layers {
        let detail = "the config has another number of `diff_ids` than `Layers` has layers";
        let finding = Finding::new(Code::DiffIdCount, at(), detail);
        findings.push(finding.compared(format!("{layers} diff_ids"), format!("{} diff_ids", config.diff_ids.len())));
    }
    check_history(config, layers, Kind::Image, at, findings);
}

/// An uncompressed layer is its own diff_id, so that hashing it is enough; a compressed one says its digest in its name.
fn check_layer(
    image: &Image,
    entry: &DockerEntry,
    number: usize,
    layer: NodeId,
    diff_id: Option<&Digest>,
    hashed: &Hashed,
    findings: &mut Findings,
) {
    let node = image.graph.node(layer);
    let Content::Member(member) = node.content else { return };
    let Some(facts) = hashed.facts(image, member) else { return };
    if is_told(&image.graph, entry, layer) {
        return;
    }
    let at = place_of_layer(&image.graph, entry, number, layer);
    let name = &image.source.members()[member].name;
    let by_name = docker::layer_digest(name).filter(|_| matches!(node.key, Key::Member(_)));
    match &facts.layer {
        Some(inside) => {
            layer_findings::check_content(inside, &at, findings);
            layer_findings::check_diff_id(inside, diff_id, &at, findings);
        }
        None if facts.compression == Compression::None => {
            if let Some(expected) =
                diff_id.filter(|id| id.algorithm() == facts.digest.algorithm() && **id != facts.digest)
            {
                let detail = "the layer does not match its diff_id";
                findings.push(Finding::new(Code::DiffIdMismatch, at.clone(), detail).compared(expected, &facts.digest));
            }
        }
        None => {}
    }
    // podman names layers by their diff_id, crane by the digest of the compressed file.
    if let Some(expected) = by_name.filter(|name| *name != facts.digest && Some(name) != diff_id) {
        let detail = "the layer does not match the digest in its file name";
        findings.push(Finding::new(Code::BlobDigest, at, detail).compared(expected, &facts.digest));
    }
}

/// What `index.json` references as well is inspected on that way.
fn is_told(graph: &Graph, entry: &DockerEntry, layer: NodeId) -> bool {
    let told = |id: NodeId| !matches!(graph.node(id).via, Via::Docker(..));
    told(layer) && entry.config.is_some_and(told)
}

fn place_of_layer(graph: &Graph, entry: &DockerEntry, number: usize, layer: NodeId) -> Place {
    let pointer = DockerFile::Layer(u32::try_from(number).unwrap_or(u32::MAX)).pointer(entry.number);
    Place::at("manifest.json", pointer).then(graph.node(layer).key.as_str())
}

/// The identifiers in `repositories`: the folder of a v1 layer, or in docker 25 and later a layer's digest.
fn check_repositories(image: &Image, findings: &mut Findings) {
    for tag in &image.graph.repositories {
        let id = &tag.layer;
        let names =
            [format!("{id}/layer.tar"), format!("{id}/json"), format!("{id}.tar"), format!("blobs/sha256/{id}")];
        let is_there = names.iter().any(|name| matches!(image.source.resolve(name), Resolution::File(_)))
            || any_begins_with(image, id);
        if !is_there {
            let at = Place::at("repositories", tag.pointer.clone());
            let detail = format!("the name `{}` refers to a layer that is missing", tag.name);
            findings.push(Finding::new(Code::RepositoriesDangling, at, detail).found(id));
        }
    }
}

/// Whether the name of a member begins with an identifier. Members are sorted by name.
fn any_begins_with(image: &Image, id: &str) -> bool {
    let members = image.source.members();
    let first = members.partition_point(|member| *member.name < *id);
    !id.is_empty() && members.get(first).is_some_and(|member| member.name.starts_with(id))
}
