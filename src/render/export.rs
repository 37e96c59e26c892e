//! What `export` wrote, as text.

use super::{Bytes, Count, Detail, Paint, Shown, findings};
use crate::ops::export::ExportReport;

/// The findings in the layers, and a line that sums up.
pub fn export(report: &ExportReport, detail: Detail, paint: Paint) -> String {
    let mut out = String::new();
    let shown = report.findings.iter().filter(|finding| detail.shows(finding.severity));
    findings::write(&mut out, shown, paint);
    if !detail.quiet {
        out.push_str(&format!(
            "{}: {}, {}; {} directories, {}, {}\n",
            Shown(&report.output),
            Count(report.files.count, "file"),
            Bytes(report.files.bytes),
            report.directories,
            Count(report.symlinks, "symbolic link"),
            Count(report.hard_links, "hard link"),
        ));
    }
    out
}
