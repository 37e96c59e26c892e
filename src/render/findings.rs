//! One finding as text.

use super::{Paint, Shown, table};
use crate::digest::Digest;
use crate::finding::{Finding, Place, Severity};

/// Characters of a text in a finding: more than any that ocikit composes itself.
const TEXT: usize = 2000;

/// Writes a finding: severity, code and place; what is so; what was expected and found; the command that mends it.
pub(super) fn write(out: &mut String, finding: &Finding, file: &str, paint: Paint) {
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
    if let Some(fix) = &finding.fix {
        out.push_str(&format!("  {}     {}\n", paint.dim("mend"), command(fix, file)));
    }
}

/// The command that mends something, from its arguments with `{input}` and `{output}` for the files.
pub(super) fn command(arguments: &str, file: &str) -> String {
    let arguments = arguments.replace("{input}", &quoted(file)).replace("{output}", "FIXED");
    format!("ocikit {}", Shown(&arguments))
}

/// The command with these arguments, as a person pastes it.
pub(super) fn command_line(arguments: &[String]) -> String {
    let words: Vec<String> =
        arguments.iter().map(|word| if word == "{output}" { "FIXED".to_owned() } else { quoted(word) }).collect();
    format!("ocikit {}", Shown(&words.join(" ")))
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

/// A file name as a shell takes it.
fn quoted(file: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%=,".contains(c);
    if !file.is_empty() && file.chars().all(plain) {
        file.to_owned()
    } else {
        format!("'{}'", file.replace('\'', r"'\''"))
    }
}
