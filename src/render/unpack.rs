//! What `unpack` made, as text.

use super::tree_summary::tree_summary;
use super::{Count, Detail, Paint, Shown, findings};
use crate::ops::unpack::UnpackReport;

/// What is odd in the layers, what could not be kept, and a line that sums up.
pub fn unpack(report: &UnpackReport, detail: Detail, paint: Paint) -> String {
    let mut out = String::new();
    let shown = report.findings.iter().filter(|finding| detail.shows(finding.severity));
    findings::write(&mut out, shown, paint);
    if detail.quiet {
        return out;
    }
    let lost = report.lost;
    let kept_not = [
        (lost.owners, "file", "owned by other users, now owned by you"),
        (lost.set_id_bits, "setuid or setgid bit", "omitted"),
        (lost.devices, "device or named pipe", "omitted; use `--devices` to create them"),
        (lost.xattrs, "extended attribute", "omitted"),
    ];
    for (count, noun, what) in kept_not.into_iter().filter(|(count, ..)| *count > 0) {
        out.push_str(&format!("{}: {} {what}\n", paint.yellow("not kept"), Count(count, noun)));
    }
    if let Some(record) = &report.record {
        out.push_str(&format!("original metadata: {}\n", Shown(record)));
    }
    out.push_str(&tree_summary(&report.target, report.files, report.directories, report.symlinks, report.hard_links));
    out
}
