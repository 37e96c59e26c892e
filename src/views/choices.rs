//! Which image of an index its readers choose, where `manifest.json` names one: they go by the platforms of descriptors,
//! and readers of `manifest.json` by what it lists.

use std::collections::HashMap;

use crate::finding::{Code, Finding, Place};
use crate::graph::{DockerFile, Graph, NodeId};
use crate::image::Image;
use crate::views::docker;
use crate::views::pair::IndexImage;
use crate::views::rows::called;
use crate::views::{Pairs, meaning};

/// The images below each index that was asked about.
#[derive(Debug, Default)]
pub(crate) struct Choices {
    images: HashMap<NodeId, Vec<NodeId>>,
}

impl Choices {
    fn below(&mut self, graph: &Graph, index: NodeId) -> &[NodeId] {
        self.images.entry(index).or_insert_with(|| graph.images_below(index))
    }

    /// How many images are compared for one image of `manifest.json`.
    pub(crate) fn cost(&mut self, graph: &Graph, pairs: &Pairs, partner: &IndexImage) -> usize {
        partner.listed.iter().map(|&top| self.below(graph, pairs.listed[top].node).len()).sum()
    }

    /// Another image than `manifest.json` names, which readers of `index.json` choose under the same name on a machine of
    /// its platform.
    pub(crate) fn other(
        &mut self,
        image: &Image,
        pairs: &Pairs,
        place: usize,
        partner: &IndexImage,
    ) -> Option<Finding> {
        let graph = &image.graph;
        let entry = &graph.docker[place];
        let platform = graph.platform_of(entry.config?)?;
        let (tag, chosen) = partner.listed.iter().find_map(|&top| {
            let top = &pairs.listed[top];
            let tag = entry.image.repo_tags.iter().find(|tag| meaning(tag).is_some() && top.names.has(tag))?;
            let chosen = docker::usual(image, self.below(graph, top.node), &platform)?;
            (graph.config_node(chosen) != partner.config).then_some((tag, chosen))
        })?;
        let text = |id: Option<NodeId>| id.map_or("no config", |id| graph.node(id).key.as_str()).to_owned();
        let at = Place::at("manifest.json", DockerFile::Config.pointer(entry.number));
        let name = called(std::slice::from_ref(tag), None);
        let detail = format!("on {platform}, readers of `index.json` choose another image for {name}");
        Some(
            Finding::new(Code::ViewConfigDiffers, at, detail)
                .compared(text(graph.config_node(chosen)), text(partner.config)),
        )
    }
}
