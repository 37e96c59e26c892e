//! The images of `manifest.json`.

use super::layers::amount;
use super::{Builder, LayerRow, State, TreeNode, state};
use crate::doc::{Field, docker};
use crate::graph::{DockerEntry, Kind};

impl Builder<'_> {
    /// One image of `manifest.json`.
    pub(in crate::ops::inspect) fn docker(&mut self, at: usize) -> TreeNode {
        let graph = &self.image.graph;
        let entry = &graph.docker[at];
        let layers = self.docker_layers(entry);
        let problems = entry.config.iter().flat_map(|&id| &graph.node(id).problems);
        let mut problems = problems.map(|problem| problem.detail.clone().into()).collect();
        self.docker_configs.extend(entry.config);
        let config = entry.config.filter(|_| self.options.config).and_then(|id| self.config(id, &mut problems));
        let state = entry.config.map_or(State::Absent, |id| state(graph.node(id).content));
        TreeNode {
            names: entry.image.repo_tags.clone(),
            digest: entry.image.config.ok().and_then(|name| docker::config_digest(name)),
            platform: entry.config.and_then(|id| graph.platform_of(id)).map(Box::new),
            layers: Some(amount(&layers)),
            layer_list: self.listed(layers, entry.config),
            config,
            problems,
            ..TreeNode::new(Kind::Image, state)
        }
    }

    fn docker_layers(&self, entry: &DockerEntry) -> Vec<LayerRow> {
        let graph = &self.image.graph;
        let config = entry.config.and_then(|id| graph.node(id).document.as_config());
        let rows = entry.layers.iter().zip(&entry.image.layers).enumerate();
        rows.map(|(number, (layer, name))| {
            let diff_id = config.and_then(|config| config.diff_ids.get(number)).and_then(Field::ok);
            LayerRow {
                digest: name.clone(),
                size: layer.and_then(|layer| self.size(layer, None)),
                media_type: None,
                state: layer.map_or(State::Absent, |layer| state(graph.node(layer).content)),
                diff_id: diff_id.cloned(),
                predicate_type: None,
                created_by: None,
            }
        })
        .collect()
    }
}
