//! Findings as results.

use super::{CheckResult, Rule};
use crate::finding::{Code, Finding, Findings};

/// The results of findings; their rules are the codes.
pub(super) fn results(findings: &Findings, file: &str) -> Vec<CheckResult> {
    findings.iter().map(|finding| result(finding, file)).collect()
}

fn result(finding: &Finding, file: &str) -> CheckResult {
    let mut message = finding.detail.clone();
    if let Some(expected) = &finding.expected {
        message.push_str(&format!("; expected {expected}"));
    }
    if let Some(found) = &finding.found {
        message.push_str(&format!("; found {found}"));
    }
    let result = CheckResult::new(rule(finding.code), finding.severity, &finding.at, message);
    result.fixed_by(finding.fix.as_deref(), file)
}

fn rule(code: Code) -> Rule {
    Rule {
        id: code.name().to_owned(),
        level: code.severity(),
        summary: code.summary().to_owned(),
        help: code.explanation().into(),
        source: None,
    }
}
