//! The two views side by side: the rows of the table, and every disagreement as a finding.

use std::collections::{BTreeMap, BTreeSet};

use crate::digest::Digest;
use crate::finding::{Code, Finding, Findings, Place};
use crate::graph::{DockerFile, Graph};
use crate::image::Image;
use crate::limits::{LimitReached, Limits};
use crate::reference::tag_of;
use crate::views::choices::Choices;
use crate::views::layers::{DockerLayer, IndexLayer, Outcome};
use crate::views::pair::IndexImage;
use crate::views::repositories::TopLayers;
use crate::views::rows::{ComparedPair, Comparison, MOST_NAMES, called, index_side, list};
use crate::views::{
    ComparedImage, Names, Pairs, Side, Unproven, Verdict, alone, layers, meaning, pair, repositories, sources,
};

/// Compares both views of a dual file.
pub(crate) fn compare(image: &Image, limits: &Limits) -> Comparison {
    let graph = &image.graph;
    let mut comparison = Comparison::default();
    if unreadable(image, &mut comparison.findings) {
        return comparison;
    }
    let pairs = pair::pair(image, limits);
    // apko's index.json is an image index, where nothing has a name.
    let has_names = image.source.find("oci-layout").is_some();
    let mut top_layers: BTreeMap<String, Vec<TopLayers>> = BTreeMap::new();
    // Each image of `manifest.json` costs the layers of both sides, and they may all be of one image.
    let mut steps = limits.descriptors.saturating_mul(4);
    let mut choices = Choices::default();
    for place in 0..graph.docker.len() {
        let partner = pairs.partner[place].map(|at| &pairs.images[at]);
        let own = &graph.docker[place].image;
        let cost = 1 + own.layers.len() + own.layer_sources.len() + own.repo_tags.len();
        let choices_cost = partner.map_or(0, |partner| choices.cost(graph, &pairs, partner));
        let cost = cost + partner.map_or(0, |partner| graph.node(partner.node).links.len()) + choices_cost;
        let Some(left) = steps.checked_sub(cost) else {
            let reached = LimitReached { name: "descriptors", limit: limits.descriptors as u64 };
            let at = Place::at("manifest.json", format!("/{}", graph.docker[place].number));
            let finding = Finding::new(
                Code::LimitExceeded,
                at,
                format!("this image and those after it were not compared: {reached}"),
            );
            comparison.findings.push(finding);
            break;
        };
        steps = left;
        docker_image(image, &pairs, place, has_names, &mut top_layers, &mut comparison);
        if let Some(partner) = partner {
            comparison.findings.extend(choices.other(image, &pairs, place, partner));
        }
    }
    alone::docker_names_twice(image, &pairs, &mut comparison.findings);
    alone::images_of_index_alone(image, &pairs, &mut comparison);
    let mut index_names = BTreeSet::new();
    for top in pairs.listed.iter().filter(|_| has_names) {
        index_names.extend(top.names.keys());
    }
    repositories::check(image, &top_layers, &index_names, &mut comparison.findings);
    comparison.pairs = pairs;
    comparison
}

/// What a docker archive says against itself.
pub(crate) fn docker_alone(image: &Image) -> Findings {
    let graph = &image.graph;
    let mut findings = Findings::new();
    let mut top_layers: BTreeMap<String, Vec<TopLayers>> = BTreeMap::new();
    for entry in &graph.docker {
        let docker = layers::of_docker(graph, entry);
        sources::check(image, entry, &docker, &[], &mut findings);
        for name in entry.image.repo_tags.iter().filter_map(|tag| meaning(tag)) {
            top_layers.entry(name).or_default().push(TopLayers::of(graph, &docker, &[]));
        }
    }
    alone::docker_names_twice(image, &Pairs::default(), &mut findings);
    repositories::check(image, &top_layers, &BTreeSet::new(), &mut findings);
    findings
}

/// Whether a view cannot be read at all, so that comparing would call every image missing.
fn unreadable(image: &Image, findings: &mut Findings) -> bool {
    let graph = &image.graph;
    let is_unread = (graph.roots.is_empty() && graph.faults_of("index.json").next().is_some())
        || (graph.docker.is_empty() && graph.faults_of("manifest.json").next().is_some());
    if is_unread {
        findings.extend(graph.faults_of("index.json").chain(graph.faults_of("manifest.json")).cloned());
    }
    is_unread
}

fn docker_image(
    image: &Image,
    pairs: &Pairs,
    place: usize,
    has_names: bool,
    top_layers: &mut BTreeMap<String, Vec<TopLayers>>,
    comparison: &mut Comparison,
) {
    let graph = &image.graph;
    let entry = &graph.docker[place];
    let partner = pairs.partner[place].map(|at| &pairs.images[at]);
    let docker = layers::of_docker(graph, entry);
    let index = partner.map_or_else(Vec::new, |partner| layers::of_index(graph, partner.node));
    absent_files(graph, place, &mut comparison.findings);
    sources::check(image, entry, &docker, &index, &mut comparison.findings);
    for name in entry.image.repo_tags.iter().filter_map(|tag| meaning(tag)) {
        top_layers.entry(name).or_default().push(TopLayers::of(graph, &docker, &index));
    }
    let config = pair::config_digest(image, entry);
    let mut row = ComparedImage {
        platform: entry.config.and_then(|id| graph.platform_of(id)),
        index: None,
        docker: Some(Side {
            at: Place::at("manifest.json", format!("/{}", entry.number)),
            names: entry.image.repo_tags.iter().take(MOST_NAMES).cloned().collect(),
            config: config.clone(),
            layers: entry.image.layers.clone(),
        }),
        names: Verdict::OneView,
        config: Verdict::OneView,
        layers: Verdict::OneView,
    };
    let about = ComparedPair { docker: Some(place), index: pairs.partner[place] };
    let Some(partner) = partner else {
        let detail = format!("only `manifest.json` lists {}", called(&entry.image.repo_tags, config.as_ref()));
        let at = Place::at("manifest.json", format!("/{}", entry.number));
        comparison.findings.push(Finding::new(Code::ViewImageMissing, at, detail));
        comparison.images.push((about, row));
        return;
    };
    row.index = Some(index_side(graph, pairs, partner));
    row.config = compare_configs(graph, place, partner, config.as_ref(), &mut comparison.findings);
    row.names = match has_names {
        true => compare_names(graph, pairs, place, partner, &mut comparison.findings),
        false => Verdict::Same,
    };
    row.layers = compare_layers(place, graph, &index, &docker, comparison);
    comparison.images.push((about, row));
}

/// Files that `manifest.json` names and nothing holds; the place and words are those of `verify`.
fn absent_files(graph: &Graph, place: usize, findings: &mut Findings) {
    let entry = &graph.docker[place];
    for id in entry.config.into_iter().chain(entry.layers.iter().copied().flatten()) {
        findings.extend(crate::image::docker_files::absent(graph, id, Some(entry.number)));
    }
    for (number, _) in (0..).zip(&entry.image.layers).filter(|(_, name)| name.is_empty()) {
        findings.push(crate::image::docker_files::left_out(entry.number, number));
    }
}

fn compare_configs(
    graph: &Graph,
    place: usize,
    partner: &IndexImage,
    config: Option<&Digest>,
    findings: &mut Findings,
) -> Verdict {
    let entry = &graph.docker[place];
    if entry.config.is_some() && entry.config == partner.config {
        return Verdict::Same;
    }
    let other = partner.config.and_then(|id| graph.node(id).key.digest());
    match (other, config) {
        (Some(one), Some(other)) if one == other => Verdict::Same,
        (Some(one), Some(other)) if one.algorithm_name() != other.algorithm_name() => Verdict::Unproven,
        (one, other) => {
            let text = |digest: Option<&Digest>| digest.map_or_else(|| "no config".to_owned(), Digest::to_string);
            let at = Place::at("manifest.json", DockerFile::Config.pointer(entry.number));
            let detail = "`index.json` gives another config for this image";
            findings.push(Finding::new(Code::ViewConfigDiffers, at, detail).compared(text(one), text(other)));
            Verdict::Different
        }
    }
}

fn compare_names(graph: &Graph, pairs: &Pairs, place: usize, partner: &IndexImage, findings: &mut Findings) -> Verdict {
    let entry = &graph.docker[place];
    let of_index = || partner.listed.iter().map(|&top| &pairs.listed[top].names);
    let own_unknown = |tag: &String| meaning(tag).is_some() && !of_index().any(|names| names.has(tag));
    let full: BTreeSet<&str> = of_index().flat_map(Names::full).collect();
    // Each platform that `manifest.json` lists may carry only some of the names; together they carry all. The first
    // that it lists answers for all of them.
    let unlisted = partner.listed.iter().any(|&top| {
        let (names, first) = &pairs.docker_names[top];
        let tags = || names.iter().filter_map(|name| tag_of(name)).collect();
        *first == Some(place) && pairs.listed[top].names.missing_beside(names, &tags(), &full)
    });
    if !entry.image.repo_tags.iter().any(own_unknown) && !unlisted {
        return Verdict::Same;
    }
    let at = Place::at("manifest.json", format!("/{}/RepoTags", entry.number));
    let index: BTreeSet<String> = of_index().flat_map(|names| names.shown()).take(MOST_NAMES).collect();
    let index: Vec<String> = index.into_iter().collect();
    let detail = "`index.json` gives other names for this image";
    let finding = Finding::new(Code::ViewNamesDiffer, at, detail);
    findings.push(finding.compared(list(&index), list(&entry.image.repo_tags)));
    Verdict::Different
}

fn compare_layers(
    place: usize,
    graph: &Graph,
    index: &[IndexLayer<'_>],
    docker: &[DockerLayer<'_>],
    comparison: &mut Comparison,
) -> Verdict {
    let image = graph.docker[place].number;
    let at = || Place::at("manifest.json", format!("/{image}/Layers"));
    let outcome = layers::compare(index, docker);
    let finding = match outcome {
        Outcome::Same { unproven } if unproven.is_empty() => return Verdict::Same,
        Outcome::Same { unproven } => {
            for number in unproven {
                let (Some(one), Some(other)) = (index.get(number), docker.get(number)) else { continue };
                comparison.unproven.push(Unproven {
                    at: at().within(&format!("/{number}")),
                    file: other.name.to_owned(),
                    layer: one.digest.cloned(),
                });
            }
            return Verdict::Unproven;
        }
        Outcome::Order => {
            Finding::new(Code::ViewLayersDiffer, at(), "`index.json` lists the same layers in another order")
        }
        Outcome::Count => {
            let finding = Finding::new(Code::ViewLayersDiffer, at(), "`index.json` lists another number of layers");
            finding.compared(format!("{} layers", index.len()), format!("{} layers", docker.len()))
        }
        Outcome::Differ(number) => {
            let (one, other) = (index.get(number), docker.get(number));
            let text =
                |digest: Option<&Digest>| digest.map_or_else(|| "a layer without a digest".into(), Digest::to_string);
            let detail = "`index.json` lists another layer in this position";
            let finding = Finding::new(Code::ViewLayersDiffer, at().within(&format!("/{number}")), detail);
            finding.compared(text(one.and_then(|one| one.digest)), other.map_or("", |other| other.name))
        }
    };
    comparison.findings.push(finding);
    Verdict::Different
}
