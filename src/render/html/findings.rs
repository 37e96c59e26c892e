//! What is wrong: the findings by code, each code with its explanation, and which checks were made.

use std::collections::BTreeMap;

use super::element::{Html, cut};
use super::explanation::{explanation, inline};
use super::node::{field, more};
use crate::command::CommandLine;
use crate::finding::{Code, Finding, Severity};
use crate::ops::survey::SurveyReport;
use crate::render::findings::place;
use crate::render::{Bytes, Count};

/// Findings of one code in the list.
const MOST: usize = 50;
/// Characters of one text of a finding.
const LETTERS: usize = 500;

/// The findings, worst first, then what was looked at.
pub(super) fn findings(html: &mut Html, report: &SurveyReport) {
    let verify = &report.verify;
    let mut by_code: BTreeMap<(Severity, Code), Vec<&Finding>> = BTreeMap::new();
    for finding in &verify.findings {
        by_code.entry((finding.severity, finding.code)).or_default().push(finding);
    }
    if by_code.is_empty() {
        html.leaf("p", &[("class", "well")], "✓ No findings.");
    }
    for ((severity, code), list) in &by_code {
        html.element("article", &[("class", &format!("finding {severity}"))], |html| {
            group(html, *severity, *code, list);
        });
    }
    if verify.findings_dropped > 0 {
        let left = format!("{} more findings omitted (`--limits findings=N` keeps more)", verify.findings_dropped);
        html.element("p", &[("class", "left-out")], |html| inline(html, &left));
    }
    checks(html, report);
}

/// A sign and a word, so that neither colour nor sign is needed.
fn label(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "✕ error",
        Severity::Warning => "▲ warning",
        Severity::Note => "● note",
    }
}

fn group(html: &mut Html, severity: Severity, code: Code, list: &[&Finding]) {
    html.element("h3", &[], |html| {
        html.leaf("span", &[("class", &format!("mark {severity}"))], label(severity));
        html.text(" ");
        html.leaf("code", &[], code.name());
        html.text(" ");
        html.element("span", &[("class", "summary")], |html| inline(html, code.summary()));
    });
    // One command mostly fixes them all.
    let first = list.first().and_then(|first| first.fix.as_ref());
    let shared = first.filter(|fix| list.len() > 1 && list.iter().all(|finding| finding.fix.as_ref() == Some(fix)));
    html.element("ul", &[("class", "places")], |html| {
        for finding in list.iter().take(MOST) {
            html.element("li", &[], |html| one(html, finding, shared.is_none()));
        }
    });
    more(html, list.len(), MOST, "place");
    if let Some(fix) = shared {
        fields(html, &[], &[("fix all", fix)]);
    }
    html.element("details", &[], |html| {
        html.leaf("summary", &[], &format!("What {code} means, and how to fix it"));
        html.element("div", &[("class", "about")], |html| explanation(html, code));
    });
}

fn one(html: &mut Html, finding: &Finding, with_fix: bool) {
    html.element("p", &[("class", "place")], |html| html.code(&place(&finding.at)));
    html.element("p", &[], |html| detail(html, &cut(finding.problem(), LETTERS)));
    let values =
        [("expected", finding.expected.as_deref()), ("found", finding.found.as_deref()), ("note", finding.note())];
    let values: Vec<(&str, &str)> = values.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    let fix = finding.fix.as_ref().filter(|_| with_fix).map(|fix| ("fix", fix));
    fields(html, &values, fix.as_slice());
}

/// Values, cut where they are long; and commands, which are whole or not there.
fn fields(html: &mut Html, values: &[(&str, &str)], commands: &[(&str, &CommandLine)]) {
    let lines: Vec<(&str, String)> =
        commands.iter().filter_map(|(name, command)| Some((*name, command.line()?))).collect();
    if values.is_empty() && lines.is_empty() {
        return;
    }
    html.element("dl", &[("class", "fields")], |html| {
        values.iter().for_each(|(name, value)| field(html, name, &cut(value, LETTERS)));
        lines.iter().for_each(|(name, line)| field(html, name, line));
    });
}

/// A message, what stands between its backticks in the letters of a terminal. It may hold text of the image.
fn detail(html: &mut Html, text: &str) {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return html.foreign(text);
    }
    for (number, part) in parts.iter().enumerate().filter(|(_, part)| !part.is_empty()) {
        if number % 2 == 0 { html.foreign(part) } else { html.code(part) }
    }
}

fn checks(html: &mut Html, report: &SurveyReport) {
    let verified = report.verify.verified;
    let read = report.images.iter().filter(|image| image.space.is_ok()).count() as u64;
    html.leaf("h3", &[], "What was checked");
    html.element("ul", &[("class", "checks")], |html| {
        let hashed = format!("Digest and size of {}, {}.", Count(verified.count, "blob"), Bytes(verified.bytes));
        html.leaf("li", &[], &hashed);
        let documents =
            "Every document and reference, the container, the subjects of attestations, and whether both views agree.";
        html.leaf("li", &[], documents);
        let layers = format!("The layers of {}, read to their end for the list of files.", Count(read, "image"));
        html.leaf("li", &[], &layers);
        html.element("li", &[], |html| {
            inline(html, "Not checked: the diff_id of each layer (`verify --deep`), and policies.");
        });
    });
}
