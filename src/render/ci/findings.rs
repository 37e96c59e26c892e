//! Findings as results.

use super::{CheckResult, Rule};
use crate::finding::{Code, Finding, Findings};

/// The results of findings; their rules are the codes.
pub(super) fn results(findings: &Findings) -> Vec<CheckResult> {
    findings.iter().map(result).collect()
}

fn result(finding: &Finding) -> CheckResult {
    let mut message = finding.detail.clone();
    if let Some(expected) = &finding.expected {
        message.push_str(&format!("; expected {expected}"));
    }
    if let Some(found) = &finding.found {
        message.push_str(&format!("; found {found}"));
    }
    let result = CheckResult::new(rule(finding.code), finding.severity, &finding.at, message);
    result.fixed_by(finding.fix.as_ref())
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
