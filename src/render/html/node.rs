//! One node of the tree: a line, and what unfolds below it.

use super::element::{Html, table};
use crate::digest::Digest;
use crate::ops::inspect::{LayerRow, State, TreeNode};
use crate::render::inspect::{config_facts, facts};
use crate::render::{Bytes, Count};

/// Annotations, variables, labels and layers shown of one node.
const MOST: usize = 100;

/// The line, and what is known of the node behind it. `target` is where the page shows its files.
pub(super) fn node(html: &mut Html, node: &TreeNode, docker_view: bool, target: Option<&str>) {
    html.element("details", &[], |html| {
        html.element("summary", &[], |html| line(html, node, docker_view));
        html.element("div", &[("class", "about")], |html| {
            for problem in &node.problems {
                html.element("p", &[("class", "problem")], |html| {
                    html.text("! ");
                    html.foreign(problem);
                });
            }
            fields(html, node);
            annotations(html, node);
            config(html, node);
            layers(html, node);
            if let Some(target) = target {
                html.element("p", &[], |html| html.leaf("a", &[("href", target)], "Its layers and files"));
            }
        });
    });
}

fn line(html: &mut Html, node: &TreeNode, docker_view: bool) {
    let kind = if docker_view { "image ID" } else { node.kind.name() };
    html.leaf("span", &[("class", "kind")], kind);
    if let Some(platform) = &node.platform {
        html.text(" ");
        html.element("strong", &[], |html| html.foreign(&platform.to_string()));
    }
    if let Some(digest) = &node.digest {
        html.text(" ");
        html.leaf("code", &[], &digest.short());
    }
    let facts = facts(node);
    if !facts.is_empty() {
        html.text(" ");
        html.element("span", &[("class", "facts")], |html| html.foreign(&facts.join(", ")));
    }
    state(html, node.state);
    if node.shown_above {
        html.text(" ");
        html.leaf("span", &[("class", "facts")], "shown above");
    }
    if !node.problems.is_empty() {
        html.text(" ");
        let count = Count(node.problems.len() as u64, "problem");
        html.leaf("span", &[("class", "mark error")], &format!("! {count}"));
    }
}

/// A word where something is not simply there.
fn state(html: &mut Html, state: State) {
    let word = match state {
        State::Absent => "absent",
        State::External => "external",
        State::Inline => "inline",
        State::Present => return,
    };
    html.text(" ");
    html.leaf("span", &[("class", "mark")], word);
}

fn fields(html: &mut Html, node: &TreeNode) {
    let platform = node.platform.as_ref();
    let text = |value: Option<&str>| value.map(ToOwned::to_owned);
    let fields = [
        ("digest", node.digest.as_ref().map(|digest| digest.as_str().to_owned())),
        ("media type", text(node.media_type.as_ref().map(|kind| kind.as_str()))),
        ("artifact type", text(node.artifact_type.as_ref().map(|kind| kind.as_str()))),
        ("size", node.size.map(|size| Bytes(size).to_string())),
        ("OS version", platform.and_then(|platform| platform.os_version.clone())),
        ("attached by", node.style.map(|style| format!("{style} style"))),
        ("refers to", node.about.as_ref().map(|about| about.as_str().to_owned())),
    ];
    html.element("dl", &[("class", "fields")], |html| {
        for (name, value) in fields {
            if let Some(value) = value {
                field(html, name, &value);
            }
        }
        node.predicate_types.iter().take(MOST).for_each(|kind| field(html, "predicate", kind));
    });
}

/// A name and a value of a list of fields.
pub(super) fn field(html: &mut Html, name: &str, value: &str) {
    html.element("div", &[], |html| {
        html.leaf("dt", &[], name);
        html.element("dd", &[], |html| html.code(value));
    });
}

fn annotations(html: &mut Html, node: &TreeNode) {
    if node.annotations.is_empty() {
        return;
    }
    table(html, "Annotations", &["annotation", "value", "set on"], |html| {
        for annotation in node.annotations.iter().take(MOST) {
            html.element("tr", &[], |html| {
                html.element("th", &[("scope", "row")], |html| html.code(&annotation.key));
                html.element("td", &[], |html| html.code(&annotation.value));
                html.leaf("td", &[], if annotation.on_descriptor { "descriptor" } else { "document" });
            });
        }
    });
    more(html, node.annotations.len(), MOST, "annotation");
}

fn config(html: &mut Html, node: &TreeNode) {
    let facts = node.config.as_deref().map(config_facts).unwrap_or_default();
    if facts.is_empty() {
        return;
    }
    table(html, "Config", &["config", "value"], |html| {
        for (name, value) in facts.iter().take(MOST) {
            html.element("tr", &[], |html| {
                html.leaf("th", &[("scope", "row")], name);
                html.element("td", &[], |html| html.code(value));
            });
        }
    });
    more(html, facts.len(), MOST, "value");
}

fn layers(html: &mut Html, node: &TreeNode) {
    let rows: &[LayerRow] = node.layer_list.as_deref().unwrap_or_default();
    if rows.is_empty() {
        return;
    }
    table(html, "Layers", &["layer", "digest", "stored", "media type"], |html| {
        for (place, row) in rows.iter().take(MOST).enumerate() {
            html.element("tr", &[], |html| {
                html.leaf("th", &[("scope", "row")], &(place + 1).to_string());
                html.element("td", &[], |html| {
                    html.code(&short(&row.digest));
                    state(html, row.state);
                });
                html.leaf(
                    "td",
                    &[("class", "number")],
                    &row.size.map_or("–".to_owned(), |size| Bytes(size).to_string()),
                );
                let kind = row.predicate_type.as_deref().or(row.media_type.as_ref().map(|kind| kind.as_str()));
                html.element("td", &[], |html| html.code(kind.unwrap_or("–")));
            });
        }
    });
    more(html, rows.len(), MOST, "layer");
}

/// Says what was left out of a list.
pub(super) fn more(html: &mut Html, count: usize, most: usize, noun: &str) {
    if count > most {
        let left = Count((count - most) as u64, noun);
        html.leaf("p", &[("class", "left-out")], &format!("{left} more, not shown here"));
    }
}

/// A digest shortened; any other name as it is.
pub(super) fn short(name: &str) -> String {
    name.parse::<Digest>().map_or_else(|_| name.to_owned(), |digest| digest.short())
}
