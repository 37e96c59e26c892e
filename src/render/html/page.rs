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
    use super::*;

    #[test]
    fn the_style_sheet_is_no_markup_and_loads_nothing() {
        assert!(!STYLE.contains(['<', '&']));
        assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
        assert!(!STYLE.contains("!important"));
    }
}
