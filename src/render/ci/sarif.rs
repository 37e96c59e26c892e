//! SARIF 2.1.0 (OASIS), as GitHub code scanning reads it.

use serde::Serialize;

use super::{Checked, message};
use crate::finding::{Code, Finding, Severity};
use crate::render::Shown;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    column_kind: &'static str,
    results: Vec<Outcome>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
struct Driver {
    name: &'static str,
    version: &'static str,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: &'static str,
    short_description: Text,
    help: Help,
    default_configuration: Configuration,
}

#[derive(Serialize)]
struct Text {
    text: String,
}

#[derive(Serialize)]
struct Help {
    text: &'static str,
    markdown: &'static str,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    rule_id: &'static str,
    rule_index: usize,
    level: &'static str,
    message: Text,
    locations: [Location; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: Physical,
    logical_locations: [Logical; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
}

#[derive(Serialize)]
struct Artifact {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Logical {
    fully_qualified_name: String,
}

/// One run with the rules that were met, and a result for each finding.
pub fn sarif(files: &[Checked<'_>]) -> Result<String, serde_json::Error> {
    let mut met: Vec<Code> =
        files.iter().flat_map(|checked| checked.findings.iter().map(|finding| finding.code)).collect();
    met.sort();
    met.dedup();
    let results =
        files.iter().flat_map(|checked| checked.findings.iter().map(|finding| outcome(checked.file, finding, &met)));
    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "ocikit",
                    version: env!("CARGO_PKG_VERSION"),
                    rules: met.iter().map(|code| rule(*code)).collect(),
                },
            },
            column_kind: "unicodeCodePoints",
            results: results.collect(),
        }],
    };
    crate::render::json(&log)
}

fn rule(code: Code) -> Rule {
    Rule {
        id: code.name(),
        short_description: Text { text: code.summary().to_owned() },
        help: Help { text: code.explanation(), markdown: code.explanation() },
        default_configuration: Configuration { level: level(code.severity()) },
    }
}

fn outcome(file: &str, finding: &Finding, rules: &[Code]) -> Outcome {
    Outcome {
        rule_id: finding.code.name(),
        rule_index: rules.binary_search(&finding.code).unwrap_or(0),
        level: level(finding.severity),
        message: Text { text: message(finding) },
        locations: [Location {
            physical_location: Physical { artifact_location: Artifact { uri: uri(file) } },
            logical_locations: [Logical { fully_qualified_name: Shown(&finding.at.to_string()).to_string() }],
        }],
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// A path as a relative URI reference (RFC 3986, section 4.2).
fn uri(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/._-~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}
