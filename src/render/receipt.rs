//! What an edit did, as text.

use std::fmt::Write;

use super::{Bytes, Count, Detail, Paint, Shown};
use crate::edit::{Alignment, BlobRow, EntryRow, Receipt};

/// Every digest that changed, old and new; entries and blobs that came and went.
pub fn receipt(receipt: &Receipt, detail: Detail, paint: Paint) -> String {
    let mut out = String::new();
    if detail.quiet {
        return out;
    }
    if !receipt.is_changed {
        notes(&mut out, &receipt.notes, paint);
        let _ = writeln!(out, "{}: nothing to change", Shown(&receipt.file));
        return out;
    }
    if let Some(aligned) = &receipt.aligned {
        alignment(&mut out, aligned, paint);
    }
    for row in &receipt.changed {
        let names = if row.names.is_empty() { String::new() } else { format!(" {}", row.names.join(", ")) };
        let platform = row.platform.as_ref().map_or(String::new(), |platform| format!(" {platform}"));
        let what = format!("{}{names}{platform}", row.kind);
        let _ = writeln!(out, "{} {}", paint.bold("changed"), Shown(&what));
        let _ = writeln!(out, "  {} -> {}", paint.dim(&row.old), row.new);
    }
    for (word, rows) in [("removed", &receipt.removed), ("added", &receipt.added)] {
        for row in rows {
            let _ = writeln!(out, "{} {}", paint.bold(word), entry(row));
        }
    }
    blobs(&mut out, "new blobs", &receipt.blobs_added, detail);
    blobs(&mut out, "dropped blobs", &receipt.blobs_dropped, detail);
    if !receipt.documents.is_empty() {
        let _ = writeln!(out, "documents: {}", receipt.documents.join(", "));
    }
    notes(&mut out, &receipt.notes, paint);
    match &receipt.output {
        Some(output) => {
            let _ = writeln!(out, "{}: {} written", Shown(output), Bytes(receipt.bytes_written));
        }
        None => {
            let _ = writeln!(out, "{}: nothing written, plan only", Shown(&receipt.file));
        }
    }
    out
}

pub(super) fn notes(out: &mut String, notes: &[String], paint: Paint) {
    for note in notes {
        let _ = writeln!(out, "{} {}", paint.dim("note:"), Shown(note));
    }
}

fn alignment(out: &mut String, aligned: &Alignment, paint: Paint) {
    let Alignment { followed, changed, differences } = aligned;
    let _ = writeln!(out, "{} {changed} changed to match {followed}, where they disagreed:", paint.bold("aligned"));
    for finding in differences {
        let _ = writeln!(out, "  {} {}", finding.code, Shown(&format!("{}: {}", finding.at, finding.detail)));
        if let (Some(expected), Some(found)) = (&finding.expected, &finding.found) {
            let _ = writeln!(out, " expected: {}", Shown(expected));
            let _ = writeln!(out, " found:    {}", Shown(found));
        }
    }
}

fn entry(row: &EntryRow) -> String {
    let platform = row.platform.as_ref().map_or(String::new(), |platform| format!(" {platform}"));
    Shown(&format!("{}{platform} {}", row.kind, row.digest)).to_string()
}

fn blobs(out: &mut String, title: &str, rows: &[BlobRow], detail: Detail) {
    if rows.is_empty() {
        return;
    }
    let total = rows.iter().fold(0_u64, |sum, row| sum.saturating_add(row.size));
    let _ = writeln!(out, "{title}: {}, {}", Count(rows.len() as u64, "blob"), Bytes(total));
    if detail.verbose {
        for row in rows {
            let _ = writeln!(out, "  {}  {}", Shown(&row.digest), Bytes(row.size));
        }
    }
}
