//! Names that are listed twice in one view, and images that only `index.json` lists.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::{Code, Finding, Findings, Place};
use crate::graph::{Graph, Kind, Role};
use crate::image::Image;
use crate::platform::Platform;
use crate::views::rows::{ComparedPair, called, index_side};
use crate::views::{ComparedImage, Comparison, Pairs, Verdict, meaning};

/// One name for two images of `manifest.json`: the later load takes it away from the earlier. Platforms of one image
/// may share it.
pub(crate) fn docker_names_twice(image: &Image, pairs: &Pairs, findings: &mut Findings) {
    let graph = &image.graph;
    let mut first: BTreeMap<String, usize> = BTreeMap::new();
    let families = |place: usize| -> BTreeSet<usize> {
        let partner = pairs.partner.get(place).copied().flatten();
        let listed = partner.map_or(&[][..], |at| pairs.images[at].listed.as_slice());
        listed.iter().map(|&top| pairs.listed[top].family).collect()
    };
    for (place, entry) in graph.docker.iter().enumerate() {
        for name in entry.image.repo_tags.iter().filter_map(|tag| meaning(tag)) {
            let earlier = *first.entry(name.clone()).or_insert(place);
            let other = &graph.docker[earlier];
            let same = other.config == entry.config || !families(earlier).is_disjoint(&families(place));
            if earlier == place || same {
                continue;
            }
            let at = Place::at("manifest.json", format!("/{}/RepoTags", entry.number));
            let text = |config: Option<usize>| config.map_or("", |id| graph.node(id).key.as_str());
            let detail = format!("the name `{name}` refers to two different images");
            findings.push(Finding::new(Code::RefConflict, at, detail).compared(text(other.config), text(entry.config)));
        }
    }
}

/// Images that `manifest.json` does not list: platforms of one that it does list, or whole images.
pub(crate) fn images_of_index_alone(image: &Image, pairs: &Pairs, comparison: &mut Comparison) {
    let graph = &image.graph;
    let mut listed: BTreeMap<usize, BTreeSet<Option<Platform>>> = BTreeMap::new();
    for paired in pairs.images.iter().filter(|image| !image.docker.is_empty()) {
        for &top in &paired.listed {
            let platforms = listed.entry(pairs.listed[top].family).or_default();
            platforms.insert(paired.platform.as_ref().map(Platform::normalized));
        }
    }
    let mut fewer: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    let mut missing: BTreeSet<usize> = BTreeSet::new();
    for (number, alone) in pairs.images.iter().enumerate().filter(|(_, image)| image.docker.is_empty()) {
        let node = graph.node(alone.node);
        let Some(&top) = alone.listed.first().filter(|_| node.kind == Kind::Image && node.is_present()) else {
            continue;
        };
        let own = alone.platform.as_ref().map(Platform::normalized);
        let within_index = graph.node(pairs.listed[top].node).kind == Kind::Index;
        let is_platform = alone.listed.iter().find_map(|&top| {
            let platforms = listed.get(&pairs.listed[top].family)?;
            (within_index || !platforms.contains(&own)).then_some(top)
        });
        match is_platform {
            Some(top) => {
                let name = alone.platform.as_ref().map_or_else(|| "no platform".to_owned(), ToString::to_string);
                fewer.entry(top).or_default().insert(name);
            }
            None => {
                missing.insert(top);
            }
        }
        let about = ComparedPair { docker: None, index: Some(number) };
        let row = ComparedImage {
            platform: alone.platform.clone(),
            index: Some(index_side(graph, pairs, alone)),
            docker: None,
            names: Verdict::OneView,
            config: Verdict::OneView,
            layers: Verdict::OneView,
        };
        comparison.images.push((about, row));
    }
    for (top, platforms) in fewer {
        let platforms: Vec<String> = platforms.into_iter().collect();
        let detail = format!("`manifest.json` does not list {}", platforms.join(", "));
        comparison.findings.push(Finding::new(Code::ViewPlatformsFewer, top_place(graph, pairs, top), detail));
    }
    for top in missing {
        let names: Vec<String> = pairs.listed[top].names.shown().collect();
        let digest = graph.node(pairs.listed[top].node).key.digest();
        let detail = format!("only `index.json` lists {}", called(&names, digest));
        comparison.findings.push(Finding::new(Code::ViewImageMissing, top_place(graph, pairs, top), detail));
    }
}

fn top_place(graph: &Graph, pairs: &Pairs, top: usize) -> Place {
    let number = pairs.listed[top].roots.first().map_or(0, |&root| graph.roots[root].number);
    Place::at("index.json", Role::Manifest(number).pointer())
}
