//! What findings mean, as text.

use super::Paint;
use crate::finding::{Code, Severity};

/// The explanation of a code: its text, with severity and summary under the title.
pub fn explain(code: Code, paint: Paint) -> String {
    let text = code.explanation();
    let (_, body) = text.split_once('\n').unwrap_or(("", text));
    let mut out = format!("{} ({}): {}\n", paint.bold(code), severity(code.severity(), paint), code.summary());
    for line in body.lines() {
        match line.strip_prefix("## ") {
            Some(title) => out.push_str(&paint.bold(title)),
            None => out.push_str(line),
        }
        out.push('\n');
    }
    out
}

/// All codes in their groups, a line each.
pub fn explain_list(paint: Paint) -> String {
    let width = Code::ALL.iter().map(|code| code.name().len()).max().unwrap_or(0);
    let mut out = String::new();
    let mut group = "";
    for &code in Code::ALL {
        if code.group() != group {
            group = code.group();
            let gap = if out.is_empty() { "" } else { "\n" };
            out.push_str(&format!("{gap}{}\n", paint.bold(group)));
        }
        out.push_str(&format!(
            "  {:width$}  {:7}  {}\n",
            code.name(),
            severity(code.severity(), paint),
            code.summary()
        ));
    }
    out
}

fn severity(severity: Severity, paint: Paint) -> String {
    match severity {
        Severity::Error => paint.red(format!("{severity:7}")),
        Severity::Warning => paint.yellow(format!("{severity:7}")),
        Severity::Note => paint.cyan(format!("{severity:7}")),
    }
    .trim_end()
    .to_owned()
}
