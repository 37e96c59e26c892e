//! What `ref list` found, as text.

use super::{Paint, table};
use crate::ops::refs::RefListReport;

/// A table: name, kind, digest, platforms.
pub fn ref_list(report: &RefListReport, paint: Paint) -> String {
    let rows: Vec<[String; 4]> = report
        .refs
        .iter()
        .map(|entry| {
            [
                entry.name.as_deref().map_or_else(|| "-".to_owned(), table::cell),
                // An image of `manifest.json` is known by the digest of its config.
                if entry.view == "manifest.json" { "image ID".to_owned() } else { entry.kind.to_string() },
                entry.digest.as_ref().map_or_else(|| "-".to_owned(), |digest| table::cell(digest.as_str())),
                table::list(entry.platforms.iter().map(ToString::to_string)),
            ]
        })
        .collect();
    let width = |column: usize| table::width(rows.iter().map(|row| &row[column]));
    let (names, kinds, digests) = (width(0), width(1), width(2));
    let mut out = String::new();
    for [name, kind, digest, platforms] in &rows {
        let (name, kind, digest) = (table::left(name, names), table::left(kind, kinds), table::left(digest, digests));
        let line = format!("{}  {kind}  {digest}  {platforms}", paint.bold(name));
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}
