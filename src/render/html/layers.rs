//! The layers of two images against each other: two bars to one scale, and the same as a table.

use super::element::{Html, table};
use super::node::{more, short};
use crate::ops::diff::{ImageDiff, LayerChange, LayerDiff, LayerFacts};
use crate::render::{Bytes, Count};

/// Layers in a bar or the table; docker allows 127.
const MOST: usize = 500;
/// Height of a bar, and from one bar to the next.
const BAR: u32 = 30;
const STEP: u32 = 42;
/// Width of the letter before a bar, in hundredths of the whole.
const LEAD: f64 = 4.0;

/// Bars and table.
pub(super) fn layers(html: &mut Html, image: &ImageDiff) {
    let shared = image.layers.iter().filter(|layer| layer.change == LayerChange::Shared).count() as u64;
    let rest = Count(image.layers.len() as u64 - shared, "layer");
    html.leaf("h4", &[], &format!("Layers: {shared} shared, {rest} changed, added or removed"));
    bars(html, image);
    table(html, "Layers", &["", "in A", "in B", "change"], |html| {
        for layer in image.layers.iter().take(MOST) {
            html.element("tr", &[("class", class(layer.change))], |html| {
                html.leaf("th", &[("scope", "row"), ("class", "sign")], sign(layer.change));
                for facts in [&layer.a, &layer.b] {
                    html.element("td", &[], |html| side(html, facts.as_ref()));
                }
                let moved = if layer.moved { ", moved" } else { "" };
                html.leaf("td", &[], &format!("{}{moved}", word(layer.change)));
            });
        }
    });
    more(html, image.layers.len(), MOST, "layer");
    if image.size_a != image.size_b {
        let (a, b) = (image.size_a, image.size_b);
        let sign = if b > a { '+' } else { '−' };
        html.leaf(
            "p",
            &[],
            &format!("Stored size: {} in A, {} in B ({sign}{}).", Bytes(a), Bytes(b), Bytes(a.abs_diff(b))),
        );
    }
}

fn side(html: &mut Html, facts: Option<&LayerFacts>) {
    let Some(facts) = facts else { return html.text("–") };
    html.text(&format!("{}  ", facts.number));
    html.code(&short(&facts.name));
    if let Some(size) = facts.size {
        html.text(&format!("  {}", Bytes(size)));
    }
}

fn bars(html: &mut Html, image: &ImageDiff) {
    let scale = image.size_a.max(image.size_b);
    if scale == 0 {
        return;
    }
    let label = format!("Stored size of the layers: {} in A, {} in B", Bytes(image.size_a), Bytes(image.size_b));
    let height = (STEP + BAR + 2).to_string();
    html.element("figure", &[("class", "bars")], |html| {
        let attributes = [("role", "img"), ("aria-label", label.as_str()), ("width", "100%"), ("height", &height)];
        html.element("svg", &attributes, |html| {
            let pick: [fn(&LayerDiff) -> Option<&LayerFacts>; 2] = [|layer| layer.a.as_ref(), |layer| layer.b.as_ref()];
            for (row, (name, pick)) in ["A", "B"].into_iter().zip(pick).enumerate() {
                let mut own: Vec<(LayerChange, &LayerFacts)> =
                    image.layers.iter().filter_map(|layer| Some((layer.change, pick(layer)?))).collect();
                own.sort_by_key(|(_, facts)| facts.number);
                bar(html, name, &own, row as u32 * STEP + 1, scale);
            }
        });
        html.leaf(
            "figcaption",
            &[],
            "= in both, ≈ the same content stored differently, − only in A, + only in B; the bottom layer is on the \
            left.",
        );
    });
}

fn bar(html: &mut Html, name: &str, layers: &[(LayerChange, &LayerFacts)], y: u32, scale: u64) {
    let base = (y + BAR - 10).to_string();
    html.leaf("text", &[("class", "side"), ("x", "0"), ("y", &base)], name);
    let (mut x, top, height) = (LEAD, y.to_string(), BAR.to_string());
    for (change, facts) in layers.iter().take(MOST) {
        let width = facts.size.unwrap_or(0) as f64 / scale as f64 * (100.0 - LEAD);
        let (left, wide) = (format!("{x:.3}%"), format!("{width:.3}%"));
        let class = class(*change);
        html.void("rect", &[("class", class), ("x", &left), ("y", &top), ("width", &wide), ("height", &height)]);
        // On the narrowest screen a letter needs three hundredths.
        if width > 7.0 {
            let text = format!("{} {}", sign(*change), facts.number);
            html.leaf("text", &[("x", &left), ("dx", "6"), ("y", &base)], &text);
        } else if width > 3.0 {
            html.leaf("text", &[("x", &left), ("dx", "3"), ("y", &base)], sign(*change));
        }
        x += width;
    }
}

fn sign(change: LayerChange) -> &'static str {
    match change {
        LayerChange::Shared => "=",
        LayerChange::Recompressed => "≈",
        LayerChange::Added => "+",
        LayerChange::Removed => "−",
    }
}

fn word(change: LayerChange) -> &'static str {
    match change {
        LayerChange::Shared => "in both",
        LayerChange::Recompressed => "the same content, stored differently",
        LayerChange::Added => "only in B",
        LayerChange::Removed => "only in A",
    }
}

fn class(change: LayerChange) -> &'static str {
    match change {
        LayerChange::Shared => "same",
        LayerChange::Recompressed => "changed",
        LayerChange::Added => "added",
        LayerChange::Removed => "removed",
    }
}
