//! Which command created which layer, as the history in the config has it.

use crate::error::Error;
use crate::graph::NodeId;
use crate::image::{Image, raw};
use crate::json::Value;
use crate::limits::Limits;

/// `created_by` of each layer, bottom first; nothing when the history does not account for this many layers.
pub(crate) fn created_by(
    image: &Image,
    config: Option<NodeId>,
    layers: usize,
    limits: &Limits,
) -> Result<Vec<Option<String>>, Error> {
    let config = config.map(|config| raw::document(image, config, limits)).transpose()?.flatten();
    let created_by = config.and_then(|config| of_each_layer(&config, layers));
    Ok(created_by.unwrap_or_else(|| vec![None; layers]))
}

/// Nothing when the history names more or fewer layers; no entry after the first that is one too many is read.
fn of_each_layer(config: &[u8], layers: usize) -> Option<Vec<Option<String>>> {
    let document = Value::parse(std::str::from_utf8(config).ok()?).ok()?;
    let mut created_by = Vec::new();
    document.get("history")?.each_item(|entry| {
        if entry.get("empty_layer").is_none_or(|empty_layer| empty_layer.text() != "true") {
            created_by.push(entry.get("created_by").and_then(Value::as_str).map(|text| text.into_owned()));
        }
        created_by.len() <= layers
    });
    (created_by.len() == layers).then_some(created_by)
}
