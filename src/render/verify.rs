//! What `verify` found, as text.

use super::{Bytes, Count, Detail, Paint, Shown, findings, signatures};
use crate::digest::Digest;
use crate::finding::Severity;
use crate::ops::verify::VerifyReport;

/// The findings, and a line that sums up; notes only when asked for.
pub fn verify(report: &VerifyReport, detail: Detail, paint: Paint) -> String {
    let mut out = String::new();
    let shown = report.findings.iter().filter(|finding| detail.shows(finding.severity));
    findings::write(&mut out, shown, paint);
    if !detail.quiet || !report.ok {
        out.push_str(&verify_summary(report, detail, paint));
    }
    if !detail.quiet {
        for proved in &report.proved {
            let manifests: Vec<String> = proved.manifests.iter().map(Digest::short).collect();
            let (config, layers) = (proved.config.short(), Count(proved.layers as u64, "layer"));
            out.push_str(&format!(
                "{} by {}: {} is the image of manifest {} (config {config}, {layers})\n",
                paint.green("proved"),
                Shown(&proved.file),
                Shown(&proved.image),
                manifests.join(", "),
            ));
        }
        signatures::write(&mut out, &report.signatures, paint);
    }
    out
}

/// What it comes to, in a line.
pub fn verify_summary(report: &VerifyReport, detail: Detail, paint: Paint) -> String {
    let count = |severity: Severity| report.findings.count(severity) as u64;
    let (errors, warnings, notes) = (count(Severity::Error), count(Severity::Warning), count(Severity::Note));
    let verdict = if report.ok { paint.green("ok") } else { paint.red(Count(errors, "error")) };
    let mut parts = vec![verdict];
    if warnings > 0 {
        parts.push(Count(warnings, "warning").to_string());
    }
    if notes > 0 {
        let hint = if detail.verbose { "" } else { " (`-v` shows them)" };
        parts.push(format!("{}{hint}", Count(notes, "note")));
    }
    if report.findings_dropped > 0 {
        parts.push(format!("{} more findings omitted (`--limits findings=N` keeps more)", report.findings_dropped));
    }
    let amount = report.verified;
    let inflated = report.inflated.map_or_else(String::new, |layers| {
        format!(", {} decompressed to {}", Count(layers.count, "layer"), Bytes(layers.bytes))
    });
    format!(
        "{}: {}; {}, {} verified{inflated}\n",
        Shown(&report.file),
        parts.join(", "),
        Count(amount.count, "blob"),
        Bytes(amount.bytes)
    )
}
