//! The history of a config (image-spec `config.md`, "history"): how its entries stand for layers, and new ones.

use crate::json::edit::{apply, quoted};
use crate::json::{Edit, EditError, Kind, Value};

/// An entry that comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HistoryEntry {
    /// `created_by`
    pub(crate) created_by: String,
    /// `created`, in the form of RFC 3339; by default that of the config.
    pub(crate) created: Option<String>,
    /// `comment`
    pub(crate) comment: Option<String>,
    /// Whether it stands for no layer.
    pub(crate) empty_layer: bool,
}

impl HistoryEntry {
    /// The entry for a config, as JSON text.
    pub(super) fn text(&self, config: Value<'_>) -> String {
        let of_config = || Some(config.get("created")?.as_str()?.into_owned());
        let created = self.created.clone().or_else(of_config);
        let mut members: Vec<String> = created.iter().map(|time| format!("\"created\":{}", quoted(time))).collect();
        members.push(format!("\"created_by\":{}", quoted(&self.created_by)));
        members.extend(self.comment.iter().map(|comment| format!("\"comment\":{}", quoted(comment))));
        if self.empty_layer {
            members.push("\"empty_layer\":true".to_owned());
        }
        format!("{{{}}}", members.join(","))
    }
}

/// Which entry of the history stands for which layer: the number of the entry for each layer, bottom first. None where
/// the history does not account for this many layers, or there is none.
pub(crate) fn entries_of_layers(config: Value<'_>, layers: usize) -> Option<Vec<usize>> {
    let (mut numbers, mut number) = (Vec::new(), 0);
    config.get("history")?.each_item(|entry| {
        if entry.get("empty_layer").is_none_or(|empty_layer| empty_layer.text() != "true") {
            numbers.push(number);
        }
        number += 1;
        numbers.len() <= layers
    });
    (numbers.len() == layers).then_some(numbers)
}

/// A config with one more entry at the end of its history.
///
/// # Errors
///
/// When it is no JSON object.
pub(crate) fn append(config: &str, entry: &HistoryEntry) -> Result<String, EditError> {
    let value = Value::parse(config.strip_prefix('\u{feff}').unwrap_or(config))?;
    let text = entry.text(value);
    let has_list = value.get("history").is_some_and(|history| history.kind() == Kind::Array);
    let edit = if has_list {
        Edit::InsertItem { array: "/history".to_owned(), at: usize::MAX, value: text }
    } else {
        Edit::Set { object: String::new(), key: "history".to_owned(), value: format!("[{text}]") }
    };
    apply(config, &[edit])
}
