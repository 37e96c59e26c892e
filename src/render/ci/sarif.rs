//! SARIF 2.1.0 (OASIS), as GitHub code scanning reads it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{CheckResult, Checked, Rule};
use crate::digest::Algorithm;
use crate::finding::Severity;

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
    invocations: [Invocation; 1],
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
    rules: Vec<Descriptor>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    id: String,
    short_description: Text,
    full_description: Text,
    help: Help,
    #[serde(skip_serializing_if = "Option::is_none")]
    help_uri: Option<&'static str>,
    default_configuration: Configuration,
}

#[derive(Serialize)]
struct Text {
    text: String,
}

#[derive(Serialize)]
struct Help {
    text: String,
    markdown: String,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

/// How the run went: `executionSuccessful` is about the run, not about what was found.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
struct Notification {
    level: &'static str,
    message: Text,
    locations: [Location; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    rule_id: String,
    rule_index: usize,
    level: &'static str,
    message: Text,
    locations: [Location; 1],
    partial_fingerprints: Fingerprints,
    #[serde(skip_serializing_if = "Option::is_none")]
    properties: Option<Properties>,
}

/// By this GitHub knows a result again; without it, it hashes lines of the file.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Fingerprints {
    primary_location_line_hash: String,
}

#[derive(Serialize)]
struct Properties {
    fix: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: Physical,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logical_locations: Vec<Logical>,
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
pub fn sarif(files: &[Checked]) -> Result<String, serde_json::Error> {
    let all = || files.iter().flat_map(|checked| checked.results.iter().map(move |result| (checked, result)));
    let rules: BTreeMap<&str, &Rule> = all().map(|(_, result)| (&*result.rule.id, &result.rule)).collect();
    let places: BTreeMap<&str, usize> = rules.keys().enumerate().map(|(place, id)| (*id, place)).collect();
    let place = |rule: &Rule| places.get(&*rule.id).copied().unwrap_or_default();
    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "ocikit",
                    version: env!("CARGO_PKG_VERSION"),
                    rules: rules.into_values().map(descriptor).collect(),
                },
            },
            invocations: [invocation(files)],
            column_kind: "unicodeCodePoints",
            results: all().map(|(checked, result)| outcome(checked, result, place(&result.rule))).collect(),
        }],
    };
    crate::render::json(&log)
}

fn invocation(files: &[Checked]) -> Invocation {
    let failed = files.iter().filter_map(|checked| Some((checked, "error", checked.failure.clone()?)));
    let left_out = files.iter().filter(|checked| checked.left_out > 0);
    let left_out = left_out.map(|checked| (checked, "warning", format!("{} results were left out", checked.left_out)));
    let notification = |(checked, level, text): (&Checked, _, String)| Notification {
        level,
        message: Text { text: plain(&text) },
        locations: [location(checked, Vec::new())],
    };
    Invocation {
        execution_successful: files.iter().all(|checked| checked.failure.is_none()),
        tool_execution_notifications: failed.chain(left_out).map(notification).collect(),
    }
}

fn descriptor(rule: &Rule) -> Descriptor {
    let sentence = format!("{}.", rule.summary);
    Descriptor {
        id: rule.id.clone(),
        short_description: Text { text: plain(&rule.summary) },
        full_description: Text { text: plain(&sentence) },
        help: Help { text: plain(&rule.help), markdown: plain(&rule.help) },
        help_uri: rule.source,
        default_configuration: Configuration { level: level(rule.level) },
    }
}

fn outcome(checked: &Checked, result: &CheckResult, rule_index: usize) -> Outcome {
    let place = Logical { fully_qualified_name: result.at.clone() };
    Outcome {
        rule_id: result.rule.id.clone(),
        rule_index,
        level: level(result.level),
        message: Text { text: plain(&result.line()) },
        locations: [location(checked, vec![place])],
        partial_fingerprints: Fingerprints { primary_location_line_hash: fingerprint(result) },
        properties: result.fix.clone().map(|fix| Properties { fix }),
    }
}

fn location(checked: &Checked, logical_locations: Vec<Logical>) -> Location {
    let physical_location = Physical { artifact_location: Artifact { uri: uri(&checked.file) } };
    Location { physical_location, logical_locations }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// Text that stands for itself: braces would be placeholders (section 3.11.5), brackets before a parenthesis a link
/// (3.11.6).
fn plain(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}").replace("](", "] (")
}

/// Rule and place, without the digests on the way, which are others after each build.
fn fingerprint(result: &CheckResult) -> String {
    let is_hex = |word: &&str| word.len() >= 12 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let words: Vec<&str> = result.at.split([':', ' ', '#', '/']).filter(|word| !is_hex(word)).collect();
    let digest = Algorithm::Sha256.digest(format!("{} {}", result.rule.id, words.join(" ")).as_bytes());
    format!("{}:1", digest.encoded().get(..16).unwrap_or_default())
}

/// A path as a URI reference (RFC 3986, section 4.2), or an absolute one as a URI (RFC 8089).
fn uri(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    if path.starts_with('/') {
        text.push_str("file://");
    }
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/._-~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}
