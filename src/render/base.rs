//! Whether images have the layers of a base, as text.

use std::fmt::Write;

use super::{Count, Paint, Shown};
use crate::ops::rebase::BaseReport;

/// One line for each image, and what its annotations name.
pub fn base(report: &BaseReport, paint: Paint) -> String {
    let mut out = String::new();
    for row in &report.images {
        let platform = row.platform.as_ref().map_or_else(|| "image".to_owned(), ToString::to_string);
        let layers = Count(row.layers as u64, "layer");
        let verdict = if row.is_current() {
            format!("has the {layers} of the base")
        } else {
            format!("does not have the layers of the base: {} of {layers} are the same", row.same_layers)
        };
        let _ = writeln!(out, "{} {verdict}", paint.bold(Shown(&platform)));
        if let Some(digest) = &row.base_digest {
            let name = row.base_name.as_ref().map_or(String::new(), |name| format!("{name} "));
            let _ = writeln!(out, "  built on: {}", Shown(&format!("{name}{digest}")));
        }
        if let Some(digest) = &row.digest {
            let _ = writeln!(out, "  base:     {digest}");
        }
    }
    let verdict = if report.is_current { "up to date with" } else { "not on" };
    let _ = writeln!(out, "{}: {verdict} {}", Shown(&report.file), Shown(&report.base));
    out
}
