//! JUnit XML, as Jenkins and GitLab read it.

use super::{Checked, message};
use crate::finding::Severity;
use crate::render::markup::Markup;

/// One suite a file; a failed case for each error, a passed one with output for each warning, and one for the check.
pub fn junit(files: &[Checked<'_>]) -> String {
    let errors = |checked: &Checked<'_>| checked.findings.count(Severity::Error);
    let cases = |checked: &Checked<'_>| 1 + errors(checked) + checked.findings.count(Severity::Warning);
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let total: (usize, usize) =
        files.iter().fold((0, 0), |sum, checked| (sum.0 + cases(checked), sum.1 + failures(errors(checked))));
    out.push_str(&format!("<testsuites name=\"ocikit\" tests=\"{}\" failures=\"{}\">\n", total.0, total.1));
    for checked in files {
        suite(&mut out, checked, cases(checked), errors(checked));
    }
    out.push_str("</testsuites>\n");
    out
}

/// The case for the whole check fails with the first error.
fn failures(errors: usize) -> usize {
    if errors > 0 { errors + 1 } else { 0 }
}

fn suite(out: &mut String, checked: &Checked<'_>, cases: usize, errors: usize) {
    let (file, check) = (escaped(checked.file), escaped(checked.check));
    out.push_str(&format!("  <testsuite name=\"{file}\" tests=\"{cases}\" failures=\"{}\">\n", failures(errors)));
    out.push_str(&format!("    <testcase classname=\"{file}\" name=\"{check}\""));
    if errors > 0 {
        out.push_str(&format!(">\n      <failure message=\"{errors} errors\"/>\n    </testcase>\n"));
    } else {
        out.push_str("/>\n");
    }
    for finding in checked.findings {
        let name = escaped(&format!("{} {}", finding.code, finding.at));
        let text = escaped(&message(finding));
        let open = format!("    <testcase classname=\"{file}\" name=\"{name}\">\n");
        match finding.severity {
            Severity::Error => {
                let code = finding.code;
                out.push_str(&format!("{open}      <failure type=\"{code}\" message=\"{text}\"/>\n    </testcase>\n"));
            }
            Severity::Warning => {
                out.push_str(&format!("{open}      <system-out>{text}</system-out>\n    </testcase>\n"));
            }
            Severity::Note => {}
        }
    }
    out.push_str("  </testsuite>\n");
}

fn escaped(text: &str) -> String {
    Markup(text).to_string()
}
