//! What a delta makes, needs and carries, as text.

use super::{Bytes, Count, Detail, Shown};
use crate::ops::delta::DeltaReport;
use crate::source::format_title;

/// One line for what comes out, one for what the bases hold, one for what the delta carries.
pub fn delta(report: &DeltaReport, detail: Detail) -> String {
    if detail.quiet {
        return String::new();
    }
    let digest = report.target.digest.as_ref().map_or_else(String::new, |digest| format!(", {digest}"));
    let (base, carried) = (report.base, report.carried);
    let mut out = format!(
        "target   {}, {}{}\nbase     {}, {}\ncarried  {}, {}\n",
        Shown(format_title(&report.target.format)),
        Bytes(report.new_bytes),
        Shown(&digest),
        Count(base.count, "content"),
        Bytes(base.bytes),
        Count(carried.count, "content"),
        Bytes(carried.bytes)
    );
    if report.is_inflated {
        out.push_str("the input is a compressed file; the delta rebuilds the archive inside\n");
    }
    if let Some(output) = report.output.as_ref().filter(|_| !report.dry_run) {
        out.push_str(&format!("{}: written\n", Shown(output)));
    }
    if report.delta_bytes > 0 {
        let saved = Bytes(report.new_bytes.saturating_sub(report.delta_bytes));
        out.push_str(&format!("the delta is {}, which saves {saved}\n", Bytes(report.delta_bytes)));
    }
    out
}
