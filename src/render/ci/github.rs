//! Workflow commands of GitHub Actions.

use super::{Checked, message};
use crate::finding::Severity;
use crate::render::Shown;

/// One `::error`, `::warning` or `::notice` a finding.
pub fn github(files: &[Checked<'_>]) -> String {
    let mut out = String::new();
    for checked in files {
        for finding in checked.findings {
            let command = match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "notice",
            };
            out.push_str(&format!(
                "::{command} file={},title={}::{}\n",
                property(&Shown(checked.file).to_string()),
                property(finding.code.name()),
                data(&message(finding))
            ));
        }
    }
    out
}

/// The characters that end a command's data.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The characters that end a command's property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
