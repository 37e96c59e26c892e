//! Pages, held against a parser that forgives nothing.

use std::collections::BTreeSet;

use roxmltree::{Document, Node, ParsingOptions};

use super::builder::descriptor::base64;
use super::hash::sha256;

/// Every element that a page may hold. None of them runs, loads, sends or embeds anything.
const ELEMENTS: [&str; 51] = [
    "a",
    "article",
    "bdi",
    "body",
    "br",
    "caption",
    "code",
    "dd",
    "defs",
    "details",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "footer",
    "foreignObject",
    "g",
    "h1",
    "h2",
    "h3",
    "h4",
    "head",
    "header",
    "html",
    "li",
    "main",
    "meta",
    "nav",
    "p",
    "pattern",
    "pre",
    "rect",
    "section",
    "small",
    "span",
    "strong",
    "style",
    "summary",
    "svg",
    "table",
    "tbody",
    "td",
    "text",
    "th",
    "thead",
    "title",
    "tr",
    "ul",
    "b",
    "ol",
];

/// Every attribute. `fill` is held to addresses within the page below, as `href` is.
const ATTRIBUTES: [&str; 33] = [
    "aria-hidden",
    "aria-label",
    "charset",
    "class",
    "content",
    "dx",
    "fill",
    "height",
    "href",
    "http-equiv",
    "id",
    "lang",
    "name",
    "open",
    "patternTransform",
    "patternUnits",
    "role",
    "scope",
    "tabindex",
    "width",
    "x",
    "y",
    "dy",
    "rx",
    "ry",
    "cx",
    "cy",
    "r",
    "d",
    "x1",
    "x2",
    "y1",
    "y2",
];

pub fn parse(page: &str) -> Document<'_> {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    Document::parse_with_options(page, options).unwrap_or_else(|error| panic!("{error}\n{page}"))
}

/// A page that is well-formed, holds nothing but harmless elements, and leads nowhere but into itself.
#[track_caller]
pub fn checked(page: String) -> String {
    let document = parse(&page);
    let ids: Vec<&str> = document.descendants().filter_map(|node| node.attribute("id")).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "an id stands twice: {ids:?}");
    for node in document.descendants().filter(Node::is_element) {
        let name = node.tag_name().name();
        assert!(ELEMENTS.contains(&name), "<{name}>");
        for attribute in node.attributes() {
            assert!(ATTRIBUTES.contains(&attribute.name()), "{} of <{name}>", attribute.name());
        }
        let href = node.attribute("href").map(|href| href.strip_prefix('#').expect("an address within the page"));
        let within = |fill: &'_ str| Some(fill.strip_prefix("url(#")?.strip_suffix(')')?.to_owned());
        let fill = node.attribute("fill").map(|fill| within(fill).expect("a pattern within the page"));
        for target in href.map(ToOwned::to_owned).into_iter().chain(fill) {
            assert!(ids.contains(&target.as_str()), "#{target} is nowhere");
        }
    }
    policy(&document);
    let acts = |c: char| c.is_control() && c != '\n' || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}');
    assert_eq!(page.chars().find(|c| acts(*c)), None);
    page
}

/// The policy stands before all that it governs, and allows the style sheet alone.
fn policy(document: &Document<'_>) {
    let head = document.descendants().find(|node| node.has_tag_name("head")).unwrap();
    let elements: Vec<Node<'_, '_>> = head.children().filter(Node::is_element).collect();
    assert_eq!(elements[0].attribute("charset"), Some("utf-8"));
    assert_eq!(elements[1].attribute("http-equiv"), Some("Content-Security-Policy"));
    let styles: Vec<&str> =
        document.descendants().filter(|node| node.has_tag_name("style")).filter_map(|node| node.text()).collect();
    let [style] = styles[..] else { panic!("one style sheet") };
    let hash = base64(&bytes(sha256(style.as_bytes()).strip_prefix("sha256:").unwrap()));
    assert_eq!(
        elements[1].attribute("content").unwrap(),
        format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'")
    );
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}
