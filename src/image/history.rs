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
    let made = config.and_then(|config| entries(&config)).unwrap_or_default();
    Ok(if made.len() == layers { made } else { vec![None; layers] })
}

fn entries(config: &[u8]) -> Option<Vec<Option<String>>> {
    let document = Value::parse(std::str::from_utf8(config).ok()?).ok()?;
    let made_layer =
        |entry: &Value<'_>| entry.get("empty_layer").is_none_or(|empty_layer| empty_layer.text() != "true");
    let entries = document.get("history").and_then(Value::items)?.into_iter().filter(made_layer);
    let made_by = |entry: Value<'_>| entry.get("created_by").and_then(Value::as_str).map(|text| text.into_owned());
    Some(entries.map(made_by).collect())
}
