//! What `gc` found and removed, as text.

use std::fmt::Write;

use super::{Bytes, Count, Detail, Paint, Shown};
use crate::ops::gc::GcReport;

/// One line for each file, with the reason; then what became of them.
pub fn gc(report: &GcReport, detail: Detail, paint: Paint) -> String {
    let mut out = String::new();
    if detail.quiet {
        return out;
    }
    for row in &report.garbage {
        let _ = writeln!(out, "{}  {}", Shown(&row.name), Bytes(row.size));
        let _ = writeln!(out, "  {}", paint.dim(Shown(&row.reason)));
    }
    let total = format!("{}, {}", Count(report.garbage.len() as u64, "file"), Bytes(report.bytes));
    let _ = match &report.receipt.output {
        Some(output) if report.garbage.is_empty() => writeln!(out, "{}: nothing to remove", Shown(output)),
        Some(output) => writeln!(out, "{}: {total} removed", Shown(output)),
        None if report.garbage.is_empty() => writeln!(out, "{}: nothing to remove", Shown(&report.file)),
        None => writeln!(out, "{}: {total} to remove; use `-o` or `--in-place` to remove", Shown(&report.file)),
    };
    out
}
