//! What `artifact extract` wrote, as text.

use super::{Bytes, Count, Paint, table};
use crate::ops::artifact::ExtractReport;

/// One line for each file: its name, its media type, its size.
pub fn artifact_extract(report: &ExtractReport, paint: Paint) -> String {
    let names: Vec<String> = report.files.iter().map(|file| table::cell(&file.name)).collect();
    let width = table::width(&names);
    let mut out = String::new();
    for (file, name) in report.files.iter().zip(&names) {
        let name = paint.bold(table::left(name, width));
        let kind = table::cell(file.media_type.as_deref().unwrap_or("-"));
        out.push_str(&format!("{name}  {kind}  {}\n", Bytes(file.size)));
    }
    for file in report.files.iter().filter(|file| file.is_packed) {
        out.push_str(&format!("{} is a directory that was packed as a tar archive\n", table::cell(&file.name)));
    }
    if report.untitled > 0 {
        out.push_str(&format!("{} without a title not written\n", Count(report.untitled as u64, "layer")));
    }
    out
}
