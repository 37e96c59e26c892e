//! One finding as text.

use super::{Paint, table};
use crate::command::CommandLine;
use crate::digest::Digest;
use crate::finding::{Finding, Place, Severity};

/// Characters of a text in a finding: more than any that ocikit composes itself.
const TEXT: usize = 2000;

/// Writes a finding: severity, code and place; what is wrong; the values; who is affected; the command that fixes it.
pub(super) fn write(out: &mut String, finding: &Finding, paint: Paint) {
    let label = match finding.severity {
        Severity::Error => paint.red("error"),
        Severity::Warning => paint.yellow("warning"),
        Severity::Note => paint.cyan("note"),
    };
    out.push_str(&format!("{label}[{}] {}\n", finding.code, place(&finding.at)));
    out.push_str(&format!("  {}\n", table::cut(finding.problem(), TEXT)));
    let mut line = |name: &str, text: &str| out.push_str(&format!("  {} {text}\n", paint.dim(format!("{name:<9}"))));
    let texts =
        [("expected:", finding.expected.as_deref()), ("found:", finding.found.as_deref()), ("note:", finding.note())];
    for (name, text) in texts {
        if let Some(text) = text {
            line(name, &table::cut(text, TEXT));
        }
    }
    if let Some(command) = finding.fix.as_ref().and_then(CommandLine::line) {
        line("fix:", &command);
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
