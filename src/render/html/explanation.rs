//! The explanation of a finding: the Markdown of `explain` as markup.

use super::element::Html;
use crate::finding::Code;

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
        } else {
            let mut paragraph = line.to_owned();
            while let Some(next) = lines.next_if(|next| !next.is_empty() && !next.starts_with("```")) {
                paragraph.push(' ');
                paragraph.push_str(next);
            }
            html.element("p", &[], |html| inline(html, &paragraph));
        }
    }
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
        }
    }
}
