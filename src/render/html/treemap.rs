//! The map of an image: a box for each layer, in it a box for each of its biggest files.
//!
//! Across, everything is in hundredths of the map's width, down in pixels, so that letters keep their size on any screen.
//! A label is written for each of four widths, as much of it as fits there; the style sheet shows one of them. What a box
//! stands for is written out below the map while it has the focus or the pointer.

use super::element::{Html, cut};
use super::squarify::{Rect, squarify};
use crate::ops::survey::{LayerSpace, Space};
use crate::render::{Bytes, Count, Shown};

/// Height of the boxes: for few of them, more for each, and no more than this.
const LOWEST: f64 = 150.0;
const EACH: f64 = 14.0;
const HIGHEST: f64 = 480.0;
/// Height of the room below them for what one stands for.
const ROOM: f64 = 44.0;
/// Height of a layer's title.
const TITLE: f64 = 22.0;
/// The width for which boxes are made square, and those from which a longer label is shown.
const WIDTH: f64 = 1000.0;
const WIDTHS: [(&str, f64); 4] = [("xl", 1080.0), ("l", 860.0), ("m", 560.0), ("s", 300.0)];
/// Width of a letter, and of the room beside a label.
const LETTER: f64 = 6.7;
const BESIDE: f64 = 10.0;
/// Colours of layers, which come round again.
const COLOURS: usize = 8;

/// One box inside a layer.
struct Cell {
    name: String,
    what: String,
    bytes: u64,
    hidden: bool,
}

/// The map; `number` makes names in it differ from those of other maps on the page.
pub(super) fn treemap(html: &mut Html, space: &Space, number: usize) {
    let mut layers: Vec<&LayerSpace> = space.layers.iter().filter(|layer| layer.files.bytes > 0).collect();
    if layers.is_empty() {
        return;
    }
    layers.sort_by_key(|layer| std::cmp::Reverse(layer.files.bytes));
    let weights: Vec<u64> = layers.iter().map(|layer| layer.files.bytes).collect();
    let boxes: usize = layers.iter().map(|layer| layer.biggest.len() + 1).sum();
    let map = Map { height: (LOWEST + EACH * boxes as f64).min(HIGHEST), pattern: format!("hidden-{number}") };
    let whole = Rect { x: 0.0, y: 0.0, width: WIDTH, height: map.height };
    let after = format!("after-map-{number}");
    html.element("figure", &[("class", "map")], |html| {
        html.leaf("a", &[("class", "skip"), ("href", &format!("#{after}"))], "Skip the map");
        let label = "Map of the layers and their largest files; the tables below contain the same data";
        let height = pixels(map.height + ROOM);
        let attributes = [("role", "group"), ("aria-label", label), ("width", "100%"), ("height", height.as_str())];
        html.element("svg", &attributes, |html| {
            map.hatching(html);
            map.words(html, "hint", "Point at a box, or move from box to box with Tab, to see its name.");
            for (layer, area) in layers.iter().zip(squarify(&weights, whole)) {
                map.layer(html, layer, area);
            }
        });
        html.element("figcaption", &[("id", &after)], |html| {
            html.text("Each box is a file, in the box of the layer that stores it; its area is the size of the file. ");
            if space.waste.hidden.bytes > 0 {
                html.text("Hatched boxes with a dashed border are hidden files: ");
                html.text("a higher layer replaces or deletes them.");
            }
        });
    });
}

/// What is the same for all boxes of a map.
struct Map {
    height: f64,
    /// The name of the hatching.
    pattern: String,
}

impl Map {
    fn hatching(&self, html: &mut Html) {
        let size = [("width", "8"), ("height", "8"), ("patternUnits", "userSpaceOnUse")];
        let turned = [("id", self.pattern.as_str()), ("patternTransform", "rotate(45)"), size[0], size[1], size[2]];
        html.element("defs", &[], |html| {
            html.element("pattern", &turned, |html| {
                html.void("rect", &[("class", "hatch"), ("width", "3"), ("height", "8")]);
            });
        });
    }

    fn layer(&self, html: &mut Html, layer: &LayerSpace, area: Rect) {
        let colour = format!("c{}", (layer.number - 1) % COLOURS);
        let has_title = area.height > 3.0 * TITLE && area.width > 70.0;
        let what = format!("layer {}: {}", layer.number, contents(layer));
        let what = layer.made_by.as_ref().map_or(what.clone(), |made_by| format!("{what}, made by {made_by}"));
        html.element("g", &[("class", &colour)], |html| {
            let boxed = |html: &mut Html| {
                rect(html, "layer", area, "");
                if has_title {
                    let bytes = Bytes(layer.files.bytes);
                    let made_by = Shown(layer.made_by.as_deref().unwrap_or_default()).to_string();
                    let lengths = if made_by.is_empty() { [].as_slice() } else { &[100, 60, 30] };
                    let with = lengths.iter().map(|most| cut(&made_by, *most));
                    let with = with.map(|made_by| format!("layer {} · {bytes} · {made_by}", layer.number));
                    let without = [
                        format!("layer {} · {bytes}", layer.number),
                        format!("{} · {bytes}", layer.number),
                        layer.number.to_string(),
                    ];
                    let titles: Vec<Option<String>> = with.chain(without).map(Some).collect();
                    label(html, &titles, area, 15.0, "title");
                }
            };
            if has_title {
                self.focusable(html, &what, boxed);
            } else {
                boxed(html);
            }
            let top = if has_title { TITLE } else { 0.0 };
            let margin = if has_title { 3.0 } else { 0.0 };
            let inside = Rect {
                x: area.x + margin,
                y: area.y + top,
                width: area.width - 2.0 * margin,
                height: area.height - top - margin,
            };
            let cells = cells(layer);
            let weights: Vec<u64> = cells.iter().map(|cell| cell.bytes).collect();
            for (cell, area) in cells.iter().zip(squarify(&weights, inside)) {
                self.focusable(html, &cell.what, |html| self.cell(html, cell, area));
            }
        });
    }

    /// Something that can have the focus, and the words that are shown then.
    fn focusable(&self, html: &mut Html, what: &str, inside: impl FnOnce(&mut Html)) {
        let what = cut(what, 400);
        html.element("g", &[("class", "box"), ("tabindex", "0"), ("role", "img"), ("aria-label", &what)], |html| {
            inside(html);
            self.words(html, "words", &what);
        });
    }

    /// Words in the room below the boxes.
    fn words(&self, html: &mut Html, class: &str, words: &str) {
        let (y, height) = (pixels(self.height + 4.0), pixels(ROOM - 4.0));
        let place = [("class", class), ("y", y.as_str()), ("width", "100%"), ("height", height.as_str())];
        html.element("foreignObject", &place, |html| {
            html.element("p", &[("aria-hidden", "true")], |html| html.foreign(words));
        });
    }

    fn cell(&self, html: &mut Html, cell: &Cell, area: Rect) {
        rect(html, if cell.hidden { "cell hidden" } else { "cell" }, area, "");
        if cell.hidden {
            rect(html, "over", area, &format!("url(#{})", self.pattern));
        }
        if area.height >= 16.0 {
            label(html, &[Some(cell.name.clone())], area, 14.0, "name");
        }
        if area.height >= 34.0 {
            label(html, &[Some(Bytes(cell.bytes).to_string()), None], area, 28.0, "size");
        }
    }
}

/// The boxes of a layer, the biggest first.
fn cells(layer: &LayerSpace) -> Vec<Cell> {
    let files = layer.biggest.iter().map(|file| {
        let hidden = if file.hidden { ", hidden by a higher layer" } else { "" };
        let name = Shown(file.path.rsplit('/').next().unwrap_or(&file.path)).to_string();
        let what = format!("{}: {} in layer {}{hidden}", file.path, Bytes(file.bytes), layer.number);
        Cell { name, what, bytes: file.bytes, hidden: file.hidden }
    });
    let mut cells: Vec<Cell> = files.collect();
    let (seen, hidden) = layer.rest();
    for (rest, is_hidden) in [(seen, false), (hidden, true)] {
        if rest.bytes > 0 {
            let word = match (is_hidden, cells.is_empty()) {
                (true, _) => "hidden file",
                (false, true) => "file",
                (false, false) => "other file",
            };
            let name = Count(rest.count, word).to_string();
            let what = format!("{name}, none among the largest: {} in layer {}", Bytes(rest.bytes), layer.number);
            cells.push(Cell { name, what, bytes: rest.bytes, hidden: is_hidden });
        }
    }
    cells.sort_by_key(|cell| std::cmp::Reverse(cell.bytes));
    cells
}

fn contents(layer: &LayerSpace) -> String {
    let files = format!("{} in {}", Bytes(layer.files.bytes), Count(layer.files.count, "file"));
    if layer.hidden.bytes == 0 { files } else { format!("{files}, {} of it hidden", Bytes(layer.hidden.bytes)) }
}

fn rect(html: &mut Html, class: &str, area: Rect, fill: &str) {
    let (x, width) = (percent(area.x), percent(area.width));
    let (y, height) = (pixels(area.y), pixels(area.height));
    let attributes = [("class", class), ("x", &x), ("y", &y), ("width", &width), ("height", &height), ("fill", fill)];
    html.void("rect", &attributes);
}

/// A label for each width of the map: the first of the texts that fits, else the beginning of the last; None is nothing.
fn label(html: &mut Html, texts: &[Option<String>], area: Rect, down: f64, class: &str) {
    let mut fitted: Vec<(String, Vec<&str>)> = Vec::new();
    for (width_class, width) in WIDTHS {
        let letters = ((area.width / WIDTH * width - BESIDE) / LETTER).max(0.0) as usize;
        let Some(text) = fit(texts, letters) else { continue };
        match fitted.iter_mut().find(|(known, _)| *known == text) {
            Some((_, classes)) => classes.push(width_class),
            None => fitted.push((text, vec![width_class])),
        }
    }
    let (x, y) = (percent(area.x), pixels(area.y + down));
    for (text, classes) in fitted {
        let class = format!("{class} {}", classes.join(" "));
        let attributes = [("class", class.as_str()), ("x", &x), ("y", &y), ("dx", "5"), ("aria-hidden", "true")];
        html.leaf("text", &attributes, &text);
    }
}

/// Letters below which a cut label says nothing.
const LEAST: usize = 4;

fn fit(texts: &[Option<String>], letters: usize) -> Option<String> {
    let whole = texts.iter().flatten().find(|text| columns(text) <= letters);
    if let Some(text) = whole {
        return Some(text.clone());
    }
    let last = texts.last().and_then(Option::as_ref).filter(|_| letters >= LEAST)?;
    let mut taken = String::new();
    for c in last.chars() {
        taken.push(c);
        if columns(&taken) >= letters {
            taken.pop();
            break;
        }
    }
    Some(taken + "…")
}

/// Columns that a text takes at most: letters beyond ASCII may be twice as wide.
fn columns(text: &str) -> usize {
    text.chars().map(|c| if c.is_ascii() || matches!(c, '·' | '…') { 1 } else { 2 }).sum()
}

fn percent(x: f64) -> String {
    format!("{:.3}%", x / WIDTH * 100.0)
}

fn pixels(y: f64) -> String {
    format!("{y:.2}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_fit() {
        let texts = |texts: &[&str]| texts.iter().map(|text| Some((*text).to_owned())).collect::<Vec<_>>();
        for (given, letters, expected) in [
            (&["layer 1 · 5 B", "1 · 5 B", "1"][..], 13, Some("layer 1 · 5 B")),
            (&["layer 1 · 5 B", "1 · 5 B", "1"], 12, Some("1 · 5 B")),
            (&["layer 1 · 5 B", "1 · 5 B", "1"], 3, Some("1")),
            (&["libcrypto.so.3"], 9, Some("libcrypt…")),
            (&["libcrypto.so.3"], 3, None),
            (&["漢字漢字"], 5, Some("漢字…")),
        ] {
            assert_eq!(fit(&texts(given), letters).as_deref(), expected, "{given:?} {letters}");
        }
        assert_eq!(fit(&[Some("12.5 MiB".to_owned()), None], 6), None);
    }
}
