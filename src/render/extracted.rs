//! What `attestation extract` wrote, as text.

use super::{Bytes, Paint, Shown, predicate_name, table};
use crate::ops::attestation::ExtractReport;

/// One line for each file: its name, what kind of statement it is, its size.
pub fn extracted(report: &ExtractReport, paint: Paint) -> String {
    if report.statements.is_empty() {
        return format!("{}: no matching statements\n", Shown(&report.file));
    }
    let width = table::width(report.statements.iter().map(|row| &row.name));
    let mut out = String::new();
    for row in &report.statements {
        let kind = predicate_name(row.predicate_type.as_deref().unwrap_or("-"));
        let name = paint.bold(table::left(&row.name, width));
        out.push_str(&format!("{name}  {}  {}\n", table::cell(&kind), Bytes(row.size)));
    }
    out
}
