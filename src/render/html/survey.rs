//! The page of one image file.

use std::io::{self, Write};

use super::element::Html;
use super::findings::findings;
use super::page::{figures, page, section};
use super::space::spaces;
use super::tree::tree;
use crate::finding::Severity;
use crate::graph::Kind;
use crate::ops::inspect::TreeNode;
use crate::ops::survey::SurveyReport;
use crate::render::{Bytes, Count, Shown};

/// Writes the page of an image file: its tree, a map of the layers and files of each image, and what is wrong.
///
/// # Errors
///
/// When it cannot be written.
pub fn survey(report: &SurveyReport, mut out: impl Write) -> io::Result<()> {
    let file = &report.inspect.file;
    let title = format!("{} · ocikit", Shown(file));
    let parts = [("#tree", "Images"), ("#findings", "Findings"), ("#space", "Layers and files")];
    let text = page(
        &title,
        |html| top(html, report),
        &parts,
        |html| {
            section(html, "tree", "Images", |html| tree(html, report));
            section(html, "findings", "Findings", |html| findings(html, report));
            section(html, "space", "Layers and files", |html| spaces(html, report));
        },
    );
    out.write_all(text.as_bytes())
}

fn top(html: &mut Html, report: &SurveyReport) {
    let inspect = &report.inspect;
    html.element("h1", &[], |html| html.foreign(&inspect.file));
    let count = |severity: Severity| report.verify.findings.count(severity) as u64;
    let (errors, warnings, notes) = (count(Severity::Error), count(Severity::Warning), count(Severity::Note));
    let mut counts = Counts::default();
    // In a dual archive both views tell of the same images.
    let roots = if inspect.roots.is_empty() { &inspect.docker } else { &inspect.roots };
    roots.iter().for_each(|root| counts.add(root));
    let (class, verdict) = match (errors, warnings) {
        (0, 0) => ("well", "✓ no findings".to_owned()),
        (0, warnings) => ("doubtful", format!("▲ {}", Count(warnings, "warning"))),
        (errors, 0) => ("problem", format!("✕ {}", Count(errors, "error"))),
        (errors, warnings) => ("problem", format!("✕ {}, {}", Count(errors, "error"), Count(warnings, "warning"))),
    };
    let verdict = if notes > 0 { format!("{verdict}, {}", Count(notes, "note")) } else { verdict };
    let compression = inspect.compression.map_or_else(String::new, |compression| format!(" in {compression}"));
    let blobs = inspect.blobs;
    let mut list = vec![
        ("format", format!("{}{compression}", inspect.format.title())),
        ("stored", format!("{}, {}", Bytes(blobs.bytes), Count(blobs.count, "blob"))),
        ("holds", Count(counts.images, "image").to_string()),
    ];
    if counts.referrers > 0 {
        list.push(("attestations and referrers", counts.referrers.to_string()));
    }
    if counts.absent > 0 {
        list.push(("missing", counts.absent.to_string()));
    }
    list.push(("findings", verdict));
    figures(html, &list, class);
}

/// What is in the tree.
#[derive(Default)]
struct Counts {
    images: u64,
    referrers: u64,
    absent: u64,
}

impl Counts {
    fn add(&mut self, node: &TreeNode) {
        if !node.shown_above {
            self.images += u64::from(node.kind == Kind::Image);
            self.referrers += u64::from(node.kind.is_about_another());
            self.absent += u64::from(node.state == crate::ops::inspect::State::Absent);
        }
        node.children.iter().chain(&node.referrers).for_each(|child| self.add(child));
    }
}
