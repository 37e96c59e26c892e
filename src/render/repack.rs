//! What `repack` wrote, as text.

use super::receipt::notes;
use super::{Bytes, Count, Detail, Paint, Shown};
use crate::ops::repack::{ImageRow, RepackReport};
use crate::source::format_title;

/// What was written, with the digests that its readers will report, and what became of the rest.
pub fn repack(report: &RepackReport, detail: Detail, paint: Paint) -> String {
    let mut out = String::new();
    for broken in &report.broken {
        let label = paint.red("broken");
        out.push_str(&format!("{label} {}: {}; copied as it is\n", Shown(&broken.at), Shown(&broken.fault)));
    }
    if detail.quiet {
        return out;
    }
    for image in &report.images {
        out.push_str(&image_line(image, paint));
    }
    for made in &report.made {
        let (config, manifest) = (made.config.as_str(), made.manifest.as_str());
        out.push_str(&format!("  made     manifest {} for the config {}\n", Shown(manifest), Shown(config)));
    }
    for row in &report.changed {
        let (old, new) = (row.old.as_str(), row.new.as_str());
        out.push_str(&format!("  changed  {} {} -> {}\n", row.kind, Shown(old), Shown(new)));
    }
    for row in &report.left {
        let platform = row.platform.as_ref().map_or_else(String::new, |platform| format!(" {platform}"));
        let digest = Shown(row.digest.as_str());
        out.push_str(&format!("  left     {}{} {digest}: {}\n", row.kind, Shown(&platform), row.reason));
    }
    for name in &report.unnamed {
        let name = Shown(name);
        out.push_str(&format!(
            "  unnamed  `{name}` is a tag without a repository, which manifest.json cannot contain; `ref rename` \
            gives it a full name\n"
        ));
    }
    for digest in &report.absent {
        out.push_str(&format!("  missing  {}: missing in the input too\n", Shown(digest.as_str())));
    }
    notes(&mut out, &report.notes, paint);
    let blobs = format!("{}, {}", Count(report.blobs.count, "blob"), Bytes(report.blobs.bytes));
    let line = if report.dry_run {
        format!("would write: {}, {blobs}\n", format_title(report.format))
    } else {
        format!(
            "{}: {}, {blobs}; {} written\n",
            Shown(&report.output),
            format_title(report.format),
            Bytes(report.bytes_written)
        )
    };
    out.push_str(&line);
    out
}

fn image_line(image: &ImageRow, paint: Paint) -> String {
    let name = if image.names.is_empty() { "(no name)".to_owned() } else { image.names.join(", ") };
    let platforms: Vec<String> = image.platforms.iter().map(ToString::to_string).collect();
    let platforms = if platforms.is_empty() { String::new() } else { format!("  {}", platforms.join(", ")) };
    let digest = Shown(image.digest.as_str());
    format!("{}  {} {digest}{}\n", paint.bold(Shown(&name)), image.kind, Shown(&platforms))
}
