//! Findings as text.

use std::collections::HashMap;

use super::{Paint, table};
use crate::command::CommandLine;
use crate::digest::Digest;
use crate::finding::{Code, Finding, Place, Severity};

/// Characters of a text in a finding: more than any that ocikit composes itself.
const TEXT: usize = 2000;

/// Writes findings. Those of one code that one command fixes follow each other, and the command is printed once, after
/// the last of them.
pub(super) fn write<'a>(out: &mut String, findings: impl Iterator<Item = &'a Finding>, paint: Paint) {
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    let mut numbers: HashMap<(Code, String), usize> = HashMap::new();
    for finding in findings {
        let Some(command) = fix(finding) else {
            groups.push(vec![finding]);
            continue;
        };
        let number = *numbers.entry((finding.code, command)).or_insert(groups.len());
        match groups.get_mut(number) {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    for group in groups {
        for finding in &group {
            write_finding(out, finding, paint);
        }
        if let Some(command) = group.first().and_then(|finding| fix(finding)) {
            line(out, if group.len() > 1 { "fix all:" } else { "fix:" }, &command, paint);
        }
    }
}

fn fix(finding: &Finding) -> Option<String> {
    finding.fix.as_ref().and_then(CommandLine::line)
}

fn line(out: &mut String, name: &str, text: &str, paint: Paint) {
    out.push_str(&format!("  {} {text}\n", paint.dim(format!("{name:<9}"))));
}

/// Severity, code and place; what is wrong; the values; who is affected.
fn write_finding(out: &mut String, finding: &Finding, paint: Paint) {
    let label = match finding.severity {
        Severity::Error => paint.red("error"),
        Severity::Warning => paint.yellow("warning"),
        Severity::Note => paint.cyan("note"),
    };
    out.push_str(&format!("{label}[{}] {}\n", finding.code, place(&finding.at)));
    out.push_str(&format!("  {}\n", table::cut(finding.problem(), TEXT)));
    let texts =
        [("expected:", finding.expected.as_deref()), ("found:", finding.found.as_deref()), ("note:", finding.note())];
    for (name, text) in texts {
        if let Some(text) = text {
            line(out, name, &table::cut(text, TEXT), paint);
        }
    }
}

/// A place with its digests shortened.
pub(super) fn place(place: &Place) -> String {
    let steps: Vec<String> = place
        .steps()
        .iter()
        .map(|step| {
            let document = match step.document.parse::<Digest>() {
                Ok(digest) => digest.short(),
                Err(_) => table::cut(&step.document, TEXT),
            };
            if step.pointer.is_empty() { document } else { format!("{document}#{}", table::cut(&step.pointer, TEXT)) }
        })
        .collect();
    steps.join(" -> ")
}
