//! The pages of section 7: recipes, and the explanation of each finding.

use super::markdown::Headings;
use super::text::Page;
use crate::finding::Code;

const RECIPES: &str = include_str!("recipes.md");
const FINDINGS: &str = include_str!("findings.md");

struct Topic {
    name: &'static str,
    about: &'static str,
    /// The commands whose pages refer to it, beside the page of the program.
    commands: &'static [&'static str],
    /// Writes the sections after NAME.
    write: fn(&mut Page),
}

const TOPICS: [Topic; 2] = [
    Topic {
        name: "ocikit-recipes",
        about: "commands for common tasks with container images in files",
        commands: &[],
        write: recipes,
    },
    Topic {
        name: "ocikit-findings",
        about: "what ocikit reports about image files, and how to fix it",
        commands: &["compare", "explain", "verify"],
        write: findings,
    },
];

impl Topic {
    /// As other pages refer to it.
    fn reference(&self) -> String {
        format!("{}(7)", self.name)
    }
}

/// Each page with its file name.
pub(super) fn pages(version: &str) -> impl Iterator<Item = (String, String)> {
    TOPICS.iter().map(move |topic| {
        let mut page = Page::new(topic.name, "7", version);
        page.section("NAME");
        page.text(&format!("{} - {}", topic.name, topic.about));
        (topic.write)(&mut page);
        page.section("SEE ALSO");
        let others = TOPICS.iter().filter(|other| other.name != topic.name);
        let others: Vec<String> = others.map(|other| format!("`{}`", other.reference())).collect();
        page.text(&format!("`ocikit(1)`, {}", others.join(", ")));
        (format!("{}.7", topic.name), page.0.render())
    })
}

/// The names of the pages.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    TOPICS.iter().map(|topic| topic.name)
}

/// The pages that the page of the program refers to.
pub(super) fn all() -> impl Iterator<Item = String> {
    TOPICS.iter().map(Topic::reference)
}

/// The pages that the page of a command refers to.
pub(super) fn for_command(command: &str) -> impl Iterator<Item = String> {
    TOPICS.iter().filter(move |topic| topic.commands.contains(&command)).map(Topic::reference)
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
