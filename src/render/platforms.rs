//! What `platform list` found, as text.

use super::{Bytes, Paint, table};
use crate::ops::platform::PlatformListReport;

/// A table: platform, digest, size, and what is worth knowing.
pub fn platform_list(report: &PlatformListReport, paint: Paint) -> String {
    let shown = |text: Option<String>| text.map_or_else(|| "-".to_owned(), |text| table::cell(&text));
    let rows: Vec<[String; 4]> = report
        .platforms
        .iter()
        .map(|row| {
            let mut notes = Vec::new();
            if !row.present {
                notes.push("absent".to_owned());
            }
            if row.attestations > 0 {
                let plural = if row.attestations == 1 { "" } else { "s" };
                notes.push(format!("{} attestation{plural}", row.attestations));
            }
            if let Some(config) = &row.config {
                notes.push(format!("config says {}", table::cell(&config.to_string())));
            }
            [
                shown(row.platform.as_ref().map(ToString::to_string)),
                shown(row.digest.as_ref().map(ToString::to_string)),
                Bytes(row.size).to_string(),
                notes.join(", "),
            ]
        })
        .collect();
    let width = |column: usize| table::width(rows.iter().map(|row| &row[column]));
    let (platforms, digests, sizes) = (width(0), width(1), width(2));
    let mut out = String::new();
    for [platform, digest, size, notes] in &rows {
        let platform = paint.bold(table::left(platform, platforms));
        let (digest, size) = (table::left(digest, digests), table::right(size, sizes));
        out.push_str(format!("{platform}  {digest}  {size}  {notes}").trim_end());
        out.push('\n');
    }
    out
}
