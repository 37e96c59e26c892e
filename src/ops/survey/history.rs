//! Which command made which layer, as the config's history tells it.

use crate::graph::{Content, NodeId};
use crate::json::Value;
use crate::limits::Limits;
use crate::ops::Image;

/// `created_by` of each layer, bottom first; nothing when the history does not account for this many layers.
pub(super) fn made_by(image: &Image, config: Option<NodeId>, layers: usize, limits: &Limits) -> Vec<Option<String>> {
    let made = config.and_then(|config| entries(image, config, limits)).unwrap_or_default();
    if made.len() == layers { made } else { vec![None; layers] }
}

fn entries(image: &Image, config: NodeId, limits: &Limits) -> Option<Vec<Option<String>>> {
    let Content::Member(member) = image.graph.node(config).content else { return None };
    let bytes = image.source.read(member, limits.document_bytes).ok()?;
    let document = Value::parse(std::str::from_utf8(&bytes).ok()?).ok()?;
    let made_layer =
        |entry: &Value<'_>| entry.get("empty_layer").is_none_or(|empty_layer| empty_layer.text() != "true");
    let entries = document.get("history").and_then(Value::items)?.into_iter().filter(made_layer);
    let made_by = |entry: Value<'_>| entry.get("created_by").and_then(Value::as_str).map(|text| text.into_owned());
    Some(entries.map(made_by).collect())
}
