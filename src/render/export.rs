//! What `export` wrote, as text.

use super::tree_summary::tree_summary;
use super::{Detail, Paint, findings};
use crate::ops::export::ExportReport;

/// The findings in the layers, and a line that sums up.
pub fn export(report: &ExportReport, detail: Detail, paint: Paint) -> String {
    let mut out = String::new();
    let shown = report.findings.iter().filter(|finding| detail.shows(finding.severity));
    findings::write(&mut out, shown, paint);
    if !detail.quiet {
        out.push_str(&tree_summary(
            &report.output,
            report.files,
            report.directories,
            report.symlinks,
            report.hard_links,
        ));
    }
    out
}
