//! The layers of a manifest, and those that a cache export lists in an index.

use super::{Builder, LayerRow, State, state};
use crate::doc::annotations::PREDICATE_TYPE;
use crate::doc::{Descriptor, Field};
use crate::graph::{NodeId, Role};
use crate::image::{Amount, history};
use crate::media_type::{self, MediaType};

impl Builder<'_> {
    pub(super) fn layers(&self, id: NodeId) -> Vec<LayerRow> {
        let graph = &self.image.graph;
        let config = graph.config_of(id);
        let mut rows = Vec::new();
        for &link in &graph.node(id).links {
            let (Role::Layer(number) | Role::Manifest(number)) = link.role else { continue };
            let Some(descriptor) = graph.descriptor(id, link) else { continue };
            // Among the layers of a cache export stands its config.
            if matches!(link.role, Role::Manifest(_)) && !is_layer(descriptor) {
                continue;
            }
            let diff_id = config.and_then(|config| config.diff_ids.get(number as usize)).and_then(Field::ok);
            rows.push(LayerRow {
                digest: descriptor.digest.ok().map_or_else(|| "no valid digest".to_owned(), ToString::to_string),
                size: link.node.and_then(|layer| self.size(layer, Some(descriptor))),
                media_type: descriptor.media_type.ok().cloned(),
                state: link.node.map_or(State::Absent, |layer| state(graph.node(layer).content)),
                diff_id: diff_id.cloned(),
                predicate_type: descriptor.annotations.get(PREDICATE_TYPE).map(ToOwned::to_owned),
                created_by: None,
            });
        }
        rows
    }

    /// The layers as they are listed, where that was asked for: with the commands that created them.
    pub(super) fn listed(&mut self, mut rows: Vec<LayerRow>, config: Option<NodeId>) -> Option<Vec<LayerRow>> {
        if !self.options.layers {
            return None;
        }
        match history::created_by(self.image, config, rows.len(), &self.options.limits) {
            Ok(commands) => rows.iter_mut().zip(commands).for_each(|(row, command)| row.created_by = command),
            Err(error) => {
                self.failed.get_or_insert(error);
            }
        }
        Some(rows)
    }
}

fn is_layer(descriptor: &Descriptor) -> bool {
    matches!(descriptor.media_type.ok().map(MediaType::kind), Some(media_type::Kind::Layer(_)))
}

/// How many there are, and their stored bytes.
pub(super) fn amount(layers: &[LayerRow]) -> Amount {
    let mut amount = Amount::default();
    for layer in layers {
        amount.add(layer.size.unwrap_or(0));
    }
    amount
}
