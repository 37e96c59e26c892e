//! The pages of section 7: recipes, and the explanation of each finding.

use super::markdown::Headings;
use super::text::Page;
use crate::finding::Code;

const RECIPES: &str = include_str!("recipes.md");
const FINDINGS: &str = include_str!("findings.md");

/// Name, what it is about, and what writes the sections after NAME.
type Topic = (&'static str, &'static str, fn(&mut Page));

const TOPICS: [Topic; 2] = [
    ("ocikit-recipes", "commands for common tasks with container images in files", recipes),
    ("ocikit-findings", "what ocikit reports about image files, and how to fix it", findings),
];

/// Each page with its file name.
pub(super) fn pages(version: &str) -> impl Iterator<Item = (String, String)> {
    TOPICS.into_iter().map(move |(name, about, write)| {
        let mut page = Page::new(name, "7", version);
        page.section("NAME");
        page.text(&format!("{name} - {about}"));
        write(&mut page);
        page.section("SEE ALSO");
        let others = references().filter(|other| !other.starts_with(name));
        let others: Vec<String> = others.map(|other| format!("`{other}`")).collect();
        page.text(&format!("`ocikit(1)`, {}", others.join(", ")));
        (format!("{name}.7"), page.0.render())
    })
}

/// The pages as other pages refer to them.
pub(super) fn references() -> impl Iterator<Item = String> {
    TOPICS.into_iter().map(|(name, ..)| format!("{name}(7)"))
}

fn recipes(page: &mut Page) {
    page.section("DESCRIPTION");
    page.markdown(body(RECIPES), Headings::Sections);
}

fn findings(page: &mut Page) {
    page.section("DESCRIPTION");
    page.markdown(FINDINGS, Headings::Sections);
    let mut group = "";
    for &code in Code::ALL {
        if code.group() != group {
            group = code.group();
            page.section(group);
        }
        let summary = code.summary().replace('`', "");
        page.subsection(&format!("{code} ({}): {summary}", code.severity()));
        page.markdown(body(code.explanation()), Headings::Lines);
    }
}

/// A text without the title on its first line.
fn body(text: &str) -> &str {
    text.split_once('\n').map_or("", |(_, body)| body)
}
