//! Where the space of an image goes: the map, then the same in tables.

use super::element::{Html, table};
use super::node::{more, short};
use super::treemap::treemap;
use crate::ops::survey::{ImageSpace, LayerSpace, Space, SurveyReport};
use crate::render::{Bytes, Count};

/// Layers in the table; docker allows 127.
const LAYERS: usize = 500;

/// A part for each image whose layers were read.
pub(super) fn spaces(html: &mut Html, report: &SurveyReport) {
    for (place, image) in report.images.iter().enumerate() {
        // The pictures of further platforms are mostly the same.
        let open = if place == 0 { "open" } else { "" };
        html.element("details", &[("class", "image"), ("open", open)], |html| {
            html.element("summary", &[], |html| html.element("h3", &[], |html| title(html, image)));
            html.element("div", &[("id", &format!("image-{}", place + 1))], |html| one(html, image, place + 1));
        });
    }
    if report.images_left_out > 0 {
        let left = Count(report.images_left_out as u64, "image");
        let hint = "not read for this page; select one with --platform, IMAGE:REF or IMAGE@DIGEST";
        html.leaf("p", &[("class", "left-out")], &format!("The layers of {left} more were {hint}."));
    }
}

fn title(html: &mut Html, image: &ImageSpace) {
    match &image.platform {
        Some(platform) => html.foreign(&platform.to_string()),
        None => html.text("no platform"),
    }
    if let Some(digest) = &image.digest {
        html.text(" ");
        html.leaf("code", &[], &digest.short());
    }
    if let Ok(space) = &image.space {
        html.text(" ");
        let facts = format!("{}, {}", Bytes(space.total.bytes), Count(space.layers.len() as u64, "layer"));
        html.leaf("span", &[("class", "facts")], &facts);
    }
}

fn one(html: &mut Html, image: &ImageSpace, number: usize) {
    match &image.space {
        Ok(space) => drawn(html, space, number),
        Err(fault) => html.element("p", &[("class", "problem")], |html| {
            html.text("! the files cannot be listed: ");
            html.foreign(fault);
        }),
    }
}

fn drawn(html: &mut Html, space: &Space, number: usize) {
    let (total, waste) = (space.total, &space.waste);
    let layers = Count(space.layers.len() as u64, "layer");
    let hidden = match waste.hidden.count {
        0 => "no files hidden by higher layers".to_owned(),
        count => {
            let bytes = Bytes(waste.hidden.bytes);
            format!("{} ({bytes}, {} %) hidden by higher layers", Count(count, "file"), waste.percent)
        }
    };
    html.leaf("p", &[], &format!("{}, {} in {layers}; {hidden}.", Count(total.count, "file"), Bytes(total.bytes)));
    treemap(html, space, number);
    html.element("details", &[("class", "list"), ("open", "open")], |html| {
        html.leaf("summary", &[], &layers.to_string());
        of_layers(html, &space.layers);
    });
    let biggest = space.layers.iter().map(|layer| layer.biggest.len()).sum::<usize>();
    if biggest > 0 {
        html.element("details", &[("class", "list")], |html| {
            html.leaf("summary", &[], &format!("The largest files ({biggest})"));
            of_files(html, &space.layers);
        });
    }
    if !waste.files.is_empty() {
        html.element("details", &[("class", "list")], |html| {
            html.leaf("summary", &[], &format!("Names that hide most space ({})", waste.files.len()));
            of_waste(html, space);
        });
    }
}

fn of_layers(html: &mut Html, layers: &[LayerSpace]) {
    let heads = ["layer", "made by, stored as", "stored", "files", "their bytes", "hidden"];
    table(html, "Layers, from the bottom", &heads, |html| {
        for layer in layers.iter().take(LAYERS) {
            html.element("tr", &[], |html| {
                html.leaf("th", &[("scope", "row")], &layer.number.to_string());
                html.element("td", &[], |html| {
                    if let Some(made_by) = &layer.made_by {
                        html.code(made_by);
                        html.void("br", &[]);
                    }
                    html.element("small", &[], |html| html.foreign(&short(&layer.name)));
                });
                let hides = if layer.whiteouts > 0 {
                    format!("{}, hides {}", layer.files.count, Count(layer.whiteouts, "name"))
                } else {
                    layer.files.count.to_string()
                };
                let hidden =
                    if layer.hidden.bytes > 0 { Bytes(layer.hidden.bytes).to_string() } else { "–".to_owned() };
                for text in [Bytes(layer.size).to_string(), hides, Bytes(layer.files.bytes).to_string(), hidden] {
                    html.leaf("td", &[("class", "number")], &text);
                }
            });
        }
    });
    more(html, layers.len(), LAYERS, "layer");
}

fn of_files(html: &mut Html, layers: &[LayerSpace]) {
    let mut files: Vec<_> =
        layers.iter().flat_map(|layer| layer.biggest.iter().map(move |file| (layer.number, file))).collect();
    files.sort_by_key(|(layer, file)| (std::cmp::Reverse(file.bytes), *layer));
    table(html, "The largest files", &["file", "bytes", "layer", "seen"], |html| {
        for (layer, file) in files {
            html.element("tr", &[], |html| {
                html.element("th", &[("scope", "row")], |html| html.code(&file.path));
                html.leaf("td", &[("class", "number")], &Bytes(file.bytes).to_string());
                html.leaf("td", &[], &layer.to_string());
                html.leaf("td", &[], if file.hidden { "hidden by a higher layer" } else { "yes" });
            });
        }
    });
}

fn of_waste(html: &mut Html, space: &Space) {
    table(html, "Names that hide most space", &["file", "hidden bytes", "in layers"], |html| {
        for file in &space.waste.files {
            html.element("tr", &[], |html| {
                html.element("th", &[("scope", "row")], |html| html.code(&file.path));
                html.leaf("td", &[("class", "number")], &Bytes(file.bytes).to_string());
                let layers: Vec<String> = file.layers.iter().map(ToString::to_string).collect();
                html.element("td", &[], |html| html.foreign(&layers.join(", ")));
            });
        }
    });
}
