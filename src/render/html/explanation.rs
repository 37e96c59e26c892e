//! The explanation of a finding: the Markdown of `explain` as markup.

use std::iter::Peekable;

use super::element::Html;
use crate::finding::Code;

/// What an item of a list begins with.
const ITEM: &str = "- ";

/// Titles, paragraphs and commands of the explanation, without its first line, which is the code.
pub(super) fn explanation(html: &mut Html, code: Code) {
    let mut lines = code.explanation().lines().skip(1).peekable();
    while let Some(line) = lines.next() {
        if line.is_empty() {
            continue;
        }
        if let Some(title) = line.strip_prefix("## ") {
            html.leaf("h4", &[], title);
        } else if line.starts_with("```") {
            html.element("pre", &[], |html| {
                html.element("code", &[], |html| {
                    for line in lines.by_ref().take_while(|line| !line.starts_with("```")) {
                        html.text(line);
                        html.line_end();
                    }
                });
            });
        } else if line.starts_with(ITEM) {
            html.element("ul", &[], |html| {
                let mut item = Some(line);
                while let Some(first) = item {
                    let text = joined(first.trim_start_matches(ITEM), &mut lines);
                    html.element("li", &[], |html| inline(html, &text));
                    item = lines.next_if(|next| next.starts_with(ITEM));
                }
            });
        } else {
            let paragraph = joined(line, &mut lines);
            html.element("p", &[], |html| inline(html, &paragraph));
        }
    }
}

/// The line, and those that continue its text.
fn joined<'l>(line: &str, lines: &mut Peekable<impl Iterator<Item = &'l str>>) -> String {
    let mut text = line.to_owned();
    let is_text = |next: &&str| !next.is_empty() && !next.starts_with("```") && !next.starts_with(ITEM);
    while let Some(next) = lines.next_if(is_text) {
        text.push(' ');
        text.push_str(next.trim_start());
    }
    text
}

/// Text with code between backticks.
pub(super) fn inline(html: &mut Html, text: &str) {
    for (number, part) in text.split('`').enumerate() {
        if number % 2 == 0 { html.text(part) } else { html.leaf("code", &[], part) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_explanation_is_taken_apart() {
        for &code in Code::ALL {
            let mut html = Html::default();
            explanation(&mut html, code);
            let html = html.into_string();
            assert_eq!(html.matches("<h4>").count(), 3, "{code}");
            assert!(!html.contains("```") && !html.contains('`') && !html.contains("## "), "{code}: {html}");
            let fences = code.explanation().lines().filter(|line| line.starts_with("```")).count();
            assert_eq!(html.matches("<pre>").count() * 2, fences, "{code}");
            let items = code.explanation().lines().filter(|line| line.starts_with(ITEM)).count();
            assert_eq!(html.matches("<li>").count(), items, "{code}");
        }
    }
}
