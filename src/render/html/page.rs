//! The frame of every page.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::element::Html;
use crate::digest::Algorithm;

/// The one style sheet.
const STYLE: &str = include_str!("style.css");

/// A part of a page: the address within the page, and its name.
pub(super) type Part = (&'static str, &'static str);

/// A whole page: its title, what stands on top, links to its parts, and these.
pub(super) fn page(title: &str, top: impl FnOnce(&mut Html), parts: &[Part], main: impl FnOnce(&mut Html)) -> String {
    let mut html = Html::default();
    html.element("html", &[("lang", "en")], |html| {
        html.element("head", &[], |html| head(html, title));
        html.element("body", &[], |html| {
            html.leaf("a", &[("class", "skip"), ("href", "#main")], "Skip to the content");
            html.element("header", &[], |html| {
                top(html);
                contents(html, parts);
            });
            html.element("main", &[("id", "main")], main);
            html.element("footer", &[], |html| {
                html.text(concat!("Written by ocikit ", env!("CARGO_PKG_VERSION"), ". "));
                html.text("This page loads nothing and runs no script.");
            });
        });
    });
    format!("<!DOCTYPE html>\n{}", html.into_string())
}

/// A part of the page with its title.
pub(super) fn section(html: &mut Html, id: &str, title: &str, inside: impl FnOnce(&mut Html)) {
    html.element("section", &[("id", id)], |html| {
        html.leaf("h2", &[], title);
        inside(html);
    });
}

/// A few numbers that sum up, each with what it counts; the last is the verdict, of this class.
pub(super) fn figures(html: &mut Html, figures: &[(&str, String)], class: &str) {
    html.element("dl", &[("class", "figures")], |html| {
        for (place, (name, value)) in figures.iter().enumerate() {
            html.element("div", &[], |html| {
                html.leaf("dt", &[], name);
                html.leaf("dd", &[("class", if place + 1 == figures.len() { class } else { "" })], value);
            });
        }
    });
}

fn head(html: &mut Html, title: &str) {
    html.void("meta", &[("charset", "utf-8")]);
    html.void("meta", &[("http-equiv", "Content-Security-Policy"), ("content", &policy())]);
    html.void("meta", &[("name", "viewport"), ("content", "width=device-width, initial-scale=1")]);
    html.void("meta", &[("name", "referrer"), ("content", "no-referrer")]);
    html.void("meta", &[("name", "color-scheme"), ("content", "light dark")]);
    html.leaf("title", &[], title);
    html.style(STYLE);
}

/// Nothing is allowed but the style sheet, by its hash (Content Security Policy Level 3, 2.3.1).
fn policy() -> String {
    let digest = Algorithm::Sha256.digest(STYLE.as_bytes());
    let pairs = digest.encoded().as_bytes().chunks_exact(2);
    let bytes: Vec<u8> =
        pairs.filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect();
    let hash = STANDARD.encode(bytes);
    format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'")
}

/// Links to the parts of the page.
fn contents(html: &mut Html, parts: &[Part]) {
    html.element("nav", &[("aria-label", "Parts of this page")], |html| {
        for (target, name) in parts {
            html.leaf("a", &[("href", target)], name);
        }
    });
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn the_style_sheet_is_no_markup_and_loads_nothing() {
        assert!(!STYLE.contains(['<', '&']));
        assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
        assert!(!STYLE.contains("!important"));
    }

    /// The colours of the light page, then those of the dark one.
    fn colours() -> [BTreeMap<&'static str, [f64; 3]>; 2] {
        let (light, dark) = STYLE.split_once("prefers-color-scheme: dark").unwrap();
        [light, dark.split_once("* { box-sizing").unwrap().0].map(|part| {
            let pairs =
                part.split(['{', ';', '}']).filter_map(|pair| pair.trim().strip_prefix("--")?.split_once(": #"));
            let opaque = pairs.filter(|(_, value)| value.len() == 6);
            let part = |value: &str, at: usize| f64::from(u8::from_str_radix(&value[at..at + 2], 16).unwrap()) / 255.0;
            opaque.map(|(name, value)| (name, [0, 2, 4].map(|at| part(value, at)))).collect()
        })
    }

    /// Relative luminance (WCAG 2.2).
    fn luminance(colour: [f64; 3]) -> f64 {
        let linear = colour.map(|part| if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }

    #[test]
    fn letters_stand_out_in_light_and_dark() {
        let text = ["ink", "soft", "link", "error", "warning", "note", "well"];
        let mut pairs: Vec<(&str, &str)> = Vec::new();
        pairs.extend(text.iter().flat_map(|text| ["paper", "card", "tint"].map(|below| (*text, below))));
        pairs.extend(["c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7"].map(|below| ("ink", below)));
        pairs.extend(["error-tint", "warning-tint", "well-tint"].map(|below| ("ink", below)));
        pairs.extend([("error", "error-tint"), ("warning", "warning-tint"), ("note", "note-tint")]);
        for (scheme, colours) in ["light", "dark"].iter().zip(colours()) {
            for (text, below) in &pairs {
                let (one, other) = (luminance(colours[text]), luminance(colours[below]));
                let contrast = (one.max(other) + 0.05) / (one.min(other) + 0.05);
                // Level AA asks for 4.5.
                assert!(contrast >= 4.5, "{scheme}: {text} on {below}: {contrast:.2}");
            }
        }
    }
}
