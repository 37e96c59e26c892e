//! One finding as text.

use super::{Paint, table};
use crate::command::CommandLine;
use crate::digest::Digest;
use crate::finding::{Finding, Place, Severity};

/// Characters of a text in a finding: more than any that ocikit composes itself.
const TEXT: usize = 2000;

/// Writes a finding: severity, code and place; what is so; what was expected and found; the command that fixes it.
pub(super) fn write(out: &mut String, finding: &Finding, paint: Paint) {
    let label = match finding.severity {
        Severity::Error => paint.red("error"),
        Severity::Warning => paint.yellow("warning"),
        Severity::Note => paint.cyan("note"),
    };
    out.push_str(&format!("{label}[{}] {}\n", finding.code, place(&finding.at)));
    out.push_str(&format!("  {}\n", table::cut(&finding.detail, TEXT)));
    if let Some(expected) = &finding.expected {
        out.push_str(&format!("  {} {}\n", paint.dim("expected"), table::cut(expected, TEXT)));
    }
    if let Some(found) = &finding.found {
        out.push_str(&format!("  {}    {}\n", paint.dim("found"), table::cut(found, TEXT)));
    }
    if let Some(line) = finding.fix.as_ref().and_then(CommandLine::line) {
        out.push_str(&format!("  {}      {line}\n", paint.dim("fix")));
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
