//! Tables of contents of layers: what a table says and its layer does not is told.

use std::collections::BTreeMap;

use ocikit::render::{self, Detail, Paint};
use ocikit::source::Access;
use serde_json::Value;

use super::oracle::open;
use super::reports;
use crate::support::builder::toc;

/// What a table says of a name; times and offsets aside.
type Entry = (String, u64, (u64, u64), u64, String, String, String);

/// How the layer carries its table, then the table.
pub fn target(data: &[u8]) {
    let Some((shape, table)) = data.split_first() else { return };
    let tar = toc::files().to_tar();
    let files = match shape % 4 {
        0 | 1 => toc::chunked(tar, table, |_, value| value),
        end => toc::stargz(tar, table, end == 2),
    };
    let image = open(&files.to_tar(), Access::Random).unwrap();
    let report = reports::verified(&image);
    reports::text(&render::verify(&report, Detail::default(), Paint { color: false }));
    let is_told = report.findings.iter().any(|finding| finding.code.to_string().starts_with("layer-toc"));
    if is_told {
        return;
    }
    let own = read(toc::table().as_bytes()).unwrap();
    let entries = read(table).unwrap_or_else(|error| panic!("no finding, and serde_json says: {error}"));
    let by_name = |entries: &[(String, Entry)]| entries.iter().cloned().collect::<BTreeMap<_, _>>();
    for (name, entry) in &entries {
        assert_eq!(by_name(&own).get(name), Some(entry), "{name} is listed so, and nothing is told");
    }
    assert_eq!(by_name(&entries), by_name(&own));
}

fn read(table: &[u8]) -> Result<Vec<(String, Entry)>, serde_json::Error> {
    let table: Value = serde_json::from_slice(table)?;
    let entries = table["entries"].as_array().into_iter().flatten();
    let entries = entries.map(|entry| (name(&entry["name"]), of(entry)));
    let counts =
        |(name, entry): &(String, Entry)| entry.0 != "chunk" && !name.is_empty() && name != "stargz.index.json";
    Ok(entries.filter(counts).collect())
}

fn of(entry: &Value) -> Entry {
    let text = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
    let number = |key: &str| entry[key].as_u64().unwrap_or_default();
    let kind = text("type");
    let is_file = kind == "reg";
    let target = match kind.as_str() {
        "hardlink" => name(&entry["linkName"]),
        "symlink" => text("linkName"),
        _ => String::new(),
    };
    let size = if is_file { number("size") } else { 0 };
    let digest = if is_file { text("digest") } else { String::new() };
    let xattrs = entry["xattrs"].as_object().filter(|xattrs| !xattrs.is_empty());
    let xattrs = xattrs.map_or_else(String::new, |xattrs| format!("{xattrs:?}"));
    (kind, number("mode") & 0o7777, (number("uid"), number("gid")), size, target, digest, xattrs)
}

/// Without empty components and `.`.
fn name(value: &Value) -> String {
    let parts = value.as_str().unwrap_or_default().split('/').filter(|part| !matches!(*part, "" | "."));
    parts.collect::<Vec<_>>().join("/")
}
