//! The page of what differs between two images.

use std::io::{self, Write};

use super::element::{Html, cut, table};
use super::layers::layers;
use super::node::{more, short};
use super::page::{figures, page, section};
use crate::digest::Digest;
use crate::ops::diff::{
    Change, DiffReport, DiffVerdict, FieldChange, FileChange, FilesDiff, ImageDiff, ImageId, Referrer,
};
use crate::render::Shown;
use crate::render::diff::{changes, whole};

/// Images and names shown. 200: more are no comparison that a person reads.
const IMAGES: usize = 200;
/// Bytes of markup after which no image begins.
const BYTES: usize = 8 << 20;
/// Fields, and entries of the history, of one image.
const FIELDS: usize = 300;
/// Files of one image.
const FILES: usize = 2_000;
/// Characters of one value.
const LETTERS: usize = 400;

/// Writes the page of two images: names, fields, history, layers, and the files where they were compared.
///
/// # Errors
///
/// When it cannot be written.
pub fn diff(report: &DiffReport, mut out: impl Write) -> io::Result<()> {
    let title = format!("{} and {} · ocikit", Shown(&report.a.file), Shown(&report.b.file));
    let text = page(
        &title,
        |html| top(html, report),
        &[("#names", "Names"), ("#images", "Images")],
        |html| {
            section(html, "names", "Names", |html| names(html, report));
            if !report.index.is_empty() {
                section(html, "index", "Index", |html| fields(html, "Fields of the index", &report.index));
            }
            section(html, "images", "Images", |html| images(html, report));
        },
    );
    out.write_all(text.as_bytes())
}

fn top(html: &mut Html, report: &DiffReport) {
    html.element("h1", &[], |html| {
        for (letter, side) in [("A", &report.a), ("B", &report.b)] {
            html.element("span", &[("class", "pair")], |html| {
                html.leaf("span", &[("class", "kind")], letter);
                html.text(" ");
                html.foreign(&side.file);
            });
        }
    });
    let (class, verdict) = match report.verdict {
        DiffVerdict::Equal => ("well", "✓ equal"),
        DiffVerdict::EqualContent => ("well", "✓ equal in content, stored differently"),
        DiffVerdict::EqualIgnoring => ("well", "✓ equal in what was not ignored"),
        DiffVerdict::Different => ("problem", "≠ different"),
    };
    let differ = report.images.iter().filter(|image| image.differs).count();
    let mut list = vec![
        ("A is", report.a.format.title().to_owned()),
        ("B is", report.b.format.title().to_owned()),
        ("images in both", format!("{}, {differ} different", report.images.len())),
    ];
    if !report.only_a.is_empty() || !report.only_b.is_empty() {
        list.push(("only in A, only in B", format!("{}, {}", report.only_a.len(), report.only_b.len())));
    }
    list.push(("together", verdict.to_owned()));
    figures(html, &list, class);
}

fn names(html: &mut Html, report: &DiffReport) {
    let names = &report.names;
    if names.only_a.is_empty() && names.only_b.is_empty() && names.moved.is_empty() {
        return html.leaf("p", &[], "No relevant difference.");
    }
    html.element("ul", &[("class", "changes")], |html| {
        for (list, class, sign, word) in
            [(&names.only_a, "removed", "−", "only in A"), (&names.only_b, "added", "+", "only in B")]
        {
            for name in list.iter().take(IMAGES) {
                change(html, class, sign, word, |html| html.code(name));
            }
        }
        for moved in names.moved.iter().take(IMAGES) {
            let both = format!("{} in A, {} in B", short(&moved.a), short(&moved.b));
            change(html, "changed", "~", &both, |html| html.code(&moved.name));
        }
    });
    for list in [names.only_a.len(), names.only_b.len(), names.moved.len()] {
        more(html, list, IMAGES, "name");
    }
}

/// A line with its sign and the words that say the same.
fn change(html: &mut Html, class: &str, sign: &str, words: &str, inside: impl FnOnce(&mut Html)) {
    html.element("li", &[("class", class)], |html| {
        html.leaf("span", &[("class", "sign")], sign);
        html.text(" ");
        html.element("span", &[], inside);
        html.text(" ");
        html.element("span", &[("class", "facts")], |html| html.foreign(words));
    });
}

fn images(html: &mut Html, report: &DiffReport) {
    let begun = html.len();
    let mut left_out = 0;
    let ordered =
        report.images.iter().filter(|image| image.differs).chain(report.images.iter().filter(|image| !image.differs));
    for (place, image) in ordered.enumerate() {
        if place >= IMAGES || html.len() - begun > BYTES {
            left_out += 1;
            continue;
        }
        html.element("article", &[], |html| one(html, image));
    }
    more(html, left_out, 0, "image");
    if report.only_a.is_empty() && report.only_b.is_empty() {
        return;
    }
    html.leaf("h3", &[], "Only in one file");
    html.element("ul", &[("class", "changes")], |html| {
        for (list, class, sign, word) in
            [(&report.only_a, "removed", "−", "only in A"), (&report.only_b, "added", "+", "only in B")]
        {
            for id in list.iter().take(IMAGES) {
                change(html, class, sign, word, |html| name(html, id));
            }
        }
    });
    for list in [&report.only_a, &report.only_b] {
        more(html, list.len(), IMAGES, "image");
    }
}

fn name(html: &mut Html, id: &ImageId) {
    match &id.platform {
        Some(platform) => html.foreign(&platform.to_string()),
        None => html.text("no platform"),
    }
    if let Some(digest) = &id.digest {
        html.text(" ");
        html.leaf("code", &[], &digest.short());
    }
}

fn one(html: &mut Html, image: &ImageDiff) {
    html.element("h3", &[], |html| {
        name(html, &image.a);
        if image.a.digest != image.b.digest || image.a.platform != image.b.platform {
            html.text(" → ");
            name(html, &image.b);
        }
    });
    if !image.differs {
        return html.leaf("p", &[("class", "well")], "✓ No difference.");
    }
    if image.same_content {
        html.leaf("p", &[("class", "well")], "✓ The same config and layer contents.");
    }
    let manifest = image.manifest.as_deref().unwrap_or_default();
    for (title, list) in [("Manifest", manifest), ("Config", &image.config)] {
        if !list.is_empty() {
            html.leaf("h4", &[], title);
            fields(html, title, list);
        }
    }
    if !image.history_removed.is_empty() || !image.history_added.is_empty() {
        html.leaf("h4", &[], "History");
        html.element("ul", &[("class", "changes")], |html| {
            for (list, class, sign, word) in [
                (&image.history_removed, "removed", "−", "only in A"),
                (&image.history_added, "added", "+", "only in B"),
            ] {
                for entry in list.iter().take(FIELDS) {
                    change(html, class, sign, word, |html| html.code(&value(entry.get())));
                }
            }
        });
        more(html, image.history_removed.len().max(image.history_added.len()), FIELDS, "step");
    }
    if !image.layers.is_empty() {
        layers(html, image);
    }
    referrers(html, &image.referrers_removed, &image.referrers_added);
    if let Some(list) = &image.files {
        files(html, list);
    }
}

fn fields(html: &mut Html, caption: &str, fields: &[FieldChange]) {
    table(html, caption, &["", "field", "in A", "in B"], |html| {
        for field in fields.iter().take(FIELDS) {
            let (class, sign) = match (&field.a, &field.b) {
                (Some(_), None) => ("removed", "−"),
                (None, Some(_)) => ("added", "+"),
                _ => ("changed", "~"),
            };
            html.element("tr", &[("class", class)], |html| {
                html.leaf("td", &[("class", "sign")], sign);
                let path = if field.path.is_empty() { "the whole document" } else { &field.path };
                html.element("th", &[("scope", "row")], |html| html.code(path));
                for json in [&field.a, &field.b] {
                    html.element("td", &[], |html| match json {
                        Some(json) => html.code(&value(json.get())),
                        None => html.text("–"),
                    });
                }
            });
        }
    });
    more(html, fields.len(), FIELDS, "field");
}

/// A value in one line.
fn value(json: &str) -> String {
    cut(&json.split_whitespace().collect::<Vec<_>>().join(" "), LETTERS)
}

fn referrers(html: &mut Html, removed: &[Referrer], added: &[Referrer]) {
    if removed.is_empty() && added.is_empty() {
        return;
    }
    html.leaf("h4", &[], "Attestations and other referrers");
    html.element("ul", &[("class", "changes")], |html| {
        for (list, class, sign, word) in [(removed, "removed", "−", "only in A"), (added, "added", "+", "only in B")]
        {
            for referrer in list.iter().take(FIELDS) {
                change(html, class, sign, word, |html| {
                    html.foreign(&referrer.what);
                    html.text(" ");
                    html.leaf("code", &[], &referrer.digest.as_ref().map_or(String::new(), Digest::short));
                });
            }
        }
    });
    more(html, removed.len().max(added.len()), FIELDS, "referrer");
}

fn files(html: &mut Html, files: &FilesDiff) {
    if files.changes.is_empty() {
        return html.leaf("h4", &[], "Files: the same");
    }
    let title = format!("Files: {} added, {} removed, {} changed", files.added, files.removed, files.changed);
    html.leaf("h4", &[], &title);
    table(html, "Files that differ", &["", "file", "difference"], |html| {
        files.changes.iter().take(FILES).for_each(|file| self::file(html, &file));
    });
    more(html, files.changes.len(), FILES, "file");
}

fn file(html: &mut Html, file: &FileChange) {
    let (class, sign, words) = match file.change {
        Change::Removed => ("removed", "−", format!("only in A{}", whole(file.a.as_ref()))),
        Change::Added => ("added", "+", format!("only in B{}", whole(file.b.as_ref()))),
        Change::Changed => ("changed", "~", changes(file)),
    };
    html.element("tr", &[("class", class)], |html| {
        html.leaf("td", &[("class", "sign")], sign);
        html.element("th", &[("scope", "row")], |html| html.code(&file.path));
        html.element("td", &[], |html| html.foreign(&words));
    });
}
