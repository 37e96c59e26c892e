//! Workflow commands of GitHub Actions.

use super::{Checked, shown};
use crate::finding::Severity;

/// One `::error`, `::warning` or `::notice` a result, and for each file a line of the log that sums up.
pub fn github(files: &[Checked]) -> String {
    let mut out = String::new();
    for checked in files {
        for result in &checked.results {
            let command = match result.level {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "notice",
            };
            write(&mut out, command, &checked.file, &result.rule.id, &result.line());
        }
        if let Some(failure) = &checked.failure {
            write(&mut out, "error", &checked.file, checked.check, &format!("cannot be checked: {failure}"));
        }
        let title = shown(checked.title());
        // An older form of commands is read in the middle of a line too.
        out.push_str(&format!("{}: {}: {}\n", checked.check, title.replace("##[", "## ["), verdict(checked)));
    }
    out
}

fn write(out: &mut String, command: &str, file: &str, title: &str, message: &str) {
    let file = shown(file);
    out.push_str(&format!("::{command} file={},title={}::{}\n", property(&file), property(title), data(message)));
}

fn verdict(checked: &Checked) -> String {
    let counts = checked.counts();
    match (&checked.failure, counts.is_empty(), checked.ok) {
        (Some(_), ..) => "cannot be checked".to_owned(),
        (None, true, _) => "ok".to_owned(),
        (None, false, true) => format!("ok; {counts}"),
        (None, false, false) => counts,
    }
}

/// The characters that end a command's data.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The characters that end a command's property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
