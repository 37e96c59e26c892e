//! `doctor` as a check.

use std::io::{self, Write};

use super::{Check, CheckResult, Checked, Rule};
use crate::finding::Severity;
use crate::ops::doctor::{Diagnosis, DoctorReport, Reason, Verdict};
use crate::render::{self, Detail, Document, Paint};

impl Check for DoctorReport {
    fn is_ok(&self) -> bool {
        self.ok
    }

    fn checked(&self) -> Checked {
        let accepts = |target: &&Diagnosis| target.prediction.verdict == Verdict::Accepts;
        let results = self.targets.iter().flat_map(|target| {
            let reasons = target.prediction.reasons.iter();
            reasons.map(|reason| self.result(target, reason))
        });
        Checked {
            passed: self.targets.iter().filter(accepts).map(|target| target.prediction.target.to_string()).collect(),
            results: results.collect(),
            ..Checked::new(Self::NAME, &self.file, self.ok)
        }
    }

    fn write_text(&self, detail: Detail, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(render::doctor(self, detail, paint).as_bytes())
    }
}

impl DoctorReport {
    fn result(&self, diagnosis: &Diagnosis, reason: &Reason) -> CheckResult {
        let target = &diagnosis.prediction;
        let message = match (target.verdict, &reason.fixed_in) {
            (Verdict::Refuses, _) => format!("refuses the file: {}", reason.detail),
            (_, Some(version)) => format!("before {version} it refuses the file: {}", reason.detail),
            (_, None) => format!("accepts the file, but {}", reason.detail),
        };
        // Who was not asked for may refuse, as long as somebody accepts.
        let level = match (target.verdict, &reason.fixed_in) {
            (Verdict::Refuses, _) if !self.ok => Severity::Error,
            (Verdict::Refuses, _) | (_, None) => Severity::Warning,
            (_, Some(_)) => Severity::Note,
        };
        let result = CheckResult::new(rule(reason), level, &target.target, message);
        result.fixed_by(diagnosis.fix.as_ref().map(|fix| &fix.command))
    }
}

fn rule(reason: &Reason) -> Rule {
    Rule {
        id: format!("doctor/{}", reason.requirement),
        level: Severity::Warning,
        summary: format!("the file does not meet the requirement `{}` of a target", reason.requirement),
        help: format!("What the target asks of a file can be read at <{}>.", reason.source).into(),
        source: Some(reason.source),
    }
}
