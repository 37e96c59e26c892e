//! What `signature list` and `signature show` found, as text.

use super::{Count, Paint, Shown, findings, predicate_name, table};
use crate::digest::Digest;
use crate::ops::signature::{ListReport, ShowEntry, ShowReport, SignatureEntry};

/// A table: what is signed, in which form, by which key, and where it is stored.
pub fn signature_list(report: &ListReport, paint: Paint) -> String {
    let rows: Vec<[String; 4]> = report.signatures.iter().map(row).collect();
    let width = |column: usize| table::width(rows.iter().map(|row| &row[column]));
    let widths = [width(0), width(1), width(2), width(3)];
    let mut out = String::new();
    for (row, entry) in rows.iter().zip(&report.signatures) {
        let [signed, what, form, key] = row;
        let line = format!(
            "{}  {}  {}  {}  in {}",
            paint.bold(table::left(signed, widths[0])),
            table::left(what, widths[1]),
            table::left(form, widths[2]),
            table::left(key, widths[3]),
            place(entry),
        );
        out.push_str(line.trim_end());
        out.push('\n');
    }
    if report.signatures.is_empty() {
        out.push_str(&format!("{}: no signatures\n", Shown(&report.file)));
    }
    findings::write(&mut out, report.findings.iter(), paint);
    out
}

fn row(entry: &SignatureEntry) -> [String; 4] {
    [signed(entry), what(entry), form(entry), key(entry)]
}

/// What is signed, else what it is attached to.
fn signed(entry: &SignatureEntry) -> String {
    let digests = if entry.signed.is_empty() { &entry.attached } else { &entry.signed };
    match digests.as_slice() {
        [] => "-".to_owned(),
        [digest] => digest.short(),
        [digest, rest @ ..] => format!("{} and {} more", digest.short(), rest.len()),
    }
}

fn what(entry: &SignatureEntry) -> String {
    match &entry.predicate_type {
        Some(kind) if kind != crate::signature::SIGN_PREDICATE => table::cell(&predicate_name(kind)),
        _ => entry.reference.as_ref().map_or_else(|| "image".to_owned(), |name| table::cell(name)),
    }
}

fn form(entry: &SignatureEntry) -> String {
    let name = form_name(entry.format);
    entry.version.as_ref().map_or_else(|| name.to_owned(), |version| format!("{name} {version}"))
}

/// The words for a format.
pub(super) fn form_name(format: &'static str) -> &'static str {
    match format {
        "cosign" => "cosign signature",
        "dsse" => "DSSE envelope",
        "sigstore-bundle" => "sigstore bundle",
        "notation" => "notation signature",
        _ => "unknown signature",
    }
}

fn key(entry: &SignatureEntry) -> String {
    match &entry.key {
        Some(name) => format!("key {}", table::cell(name)),
        None if entry.certificate => "certificate".to_owned(),
        None => "key not named".to_owned(),
    }
}

fn place(entry: &SignatureEntry) -> String {
    let manifest = entry.manifest.as_ref().map_or_else(String::new, Digest::short);
    format!("{manifest}#/layers/{}", entry.layer)
}

/// Each signature with what it says, a fact a line.
pub fn signature_show(report: &ShowReport, paint: Paint) -> String {
    let mut out = String::new();
    for entry in &report.signatures {
        if !out.is_empty() {
            out.push('\n');
        }
        show(&mut out, entry, paint);
    }
    if report.signatures.is_empty() {
        out.push_str(&format!("{}: no signatures\n", Shown(&report.file)));
    }
    findings::write(&mut out, report.findings.iter(), paint);
    out
}

fn show(out: &mut String, entry: &ShowEntry, paint: Paint) {
    let at = &entry.at;
    out.push_str(&format!("{}  {}  in {}\n", paint.bold(signed(at)), form(at), place(at)));
    let mut line = |name: &str, value: String| {
        out.push_str(&format!("  {} {value}\n", paint.dim(format!("{name:12}"))));
    };
    for digest in &at.signed {
        line("signs", digest.to_string());
    }
    for digest in &at.attached {
        line("attached to", digest.to_string());
    }
    if !at.platforms.is_empty() {
        line("platforms", table::list(at.platforms.iter().map(ToString::to_string)));
    }
    for (name, value) in [("name", &at.reference), ("predicate", &at.predicate_type), ("key", &at.key)] {
        if let Some(value) = value {
            line(name, table::cell(value));
        }
    }
    for id in entry.key_ids.iter().filter(|id| at.key.as_ref() != Some(id)) {
        line("key", table::cell(id));
    }
    for (key, value) in &entry.optional {
        line("annotation", format!("{} = {}", table::cell(key), table::cell(value)));
    }
    let mut beside = vec![Count(at.signatures as u64, "signature").to_string()];
    if at.certificate {
        beside.push("a certificate".to_owned());
    }
    if at.log_entries > 0 {
        beside.push(format!("log entries: {}", at.log_entries));
    }
    if at.timestamps > 0 {
        beside.push(Count(at.timestamps as u64, "timestamp").to_string());
    }
    line("has", format!("{}; not checked", beside.join(", ")));
}
