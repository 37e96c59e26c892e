//! What findings mean, as text.

use serde::Serialize;

use super::{Paint, table};
use crate::finding::{Code, Severity};

/// The explanation of a finding.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Explained {
    /// Its name.
    pub code: Code,
    /// The part of an image file that it applies to.
    pub group: &'static str,
    /// The default severity.
    pub severity: Severity,
    /// One line: what it means.
    pub summary: &'static str,
    /// The explanation in Markdown: what it means, why it matters, what causes it, how to fix it.
    pub explanation: &'static str,
}

/// All finding codes.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExplainedList {
    /// In the order of their groups.
    pub codes: Vec<Explained>,
}

impl Explained {
    /// The meaning of a code.
    pub fn of(code: Code) -> Self {
        Explained {
            code,
            group: code.group(),
            severity: code.severity(),
            summary: code.summary(),
            explanation: code.explanation(),
        }
    }
}

impl ExplainedList {
    /// The meaning of every code.
    pub fn new() -> Self {
        ExplainedList { codes: Code::ALL.iter().copied().map(Explained::of).collect() }
    }
}

impl Default for ExplainedList {
    fn default() -> Self {
        ExplainedList::new()
    }
}

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
            "  {}  {:7}  {}\n",
            table::left(code.name(), width),
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
