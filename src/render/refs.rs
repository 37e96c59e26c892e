//! What `ref list` found, as text.

use super::{Paint, Shown};
use crate::digest::Digest;
use crate::ops::refs::RefListReport;

/// A table: name, kind, digest, platforms.
pub fn ref_list(report: &RefListReport, paint: Paint) -> String {
    let rows: Vec<[String; 4]> = report
        .refs
        .iter()
        .map(|entry| {
            let platforms: Vec<String> =
                entry.platforms.iter().map(|platform| Shown(&platform.to_string()).to_string()).collect();
            [
                entry.name.as_deref().map_or_else(|| "-".to_owned(), |name| Shown(name).to_string()),
                // An image of `manifest.json` is known by the digest of its config.
                if entry.view == "manifest.json" { "image ID".to_owned() } else { entry.kind.to_string() },
                entry.digest.as_ref().map_or_else(|| "-".to_owned(), Digest::to_string),
                platforms.join(", "),
            ]
        })
        .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let (names, kinds, digests) = (width(0), width(1), width(2));
    let mut out = String::new();
    for [name, kind, digest, platforms] in &rows {
        let line = format!("{}  {kind:kinds$}  {digest:digests$}  {platforms}", paint.bold(format!("{name:names$}")));
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}
