//! How the two views of a file stand to each other, as text.

use super::{Detail, Paint, Shown, findings, table};
use crate::digest::Digest;
use crate::finding::Severity;
use crate::ops::compare::CompareReport;
use crate::views::{ComparedImage, Side, Verdict};

/// One line where the views agree. Else the findings, a table of the images that differ, and who believes which view.
pub fn compare(report: &CompareReport, detail: Detail, paint: Paint) -> String {
    let mut out = String::new();
    let shown = report.findings.iter().filter(|finding| detail.shows(finding.severity));
    findings::write(&mut out, shown, paint);
    let rows = report.images.iter().filter(|image| detail.verbose || differs(image, report));
    if !detail.quiet {
        for image in rows {
            write_image(&mut out, image, paint);
        }
        if !report.agree || detail.verbose {
            for readers in &report.readers {
                out.push_str(&format!("{} believe {}\n", readers.programs.join(", "), paint.bold(readers.view)));
            }
        }
    }
    if detail.quiet && report.agree {
        return out;
    }
    let verdict = if report.agree { paint.green("agree") } else { paint.red("differ") };
    let mut line = format!("{}: index.json and manifest.json {verdict}", Shown(&report.file));
    let notes = report.findings.count(Severity::Note);
    if notes > 0 && !detail.verbose {
        line.push_str(&format!(" ({notes} note{}, `-v` shows)", if notes == 1 { "" } else { "s" }));
    }
    match report.unproven.len() {
        0 => {}
        1 => line.push_str("; 1 layer is not proved equal (`verify --deep` compares its content)"),
        count => {
            line.push_str(&format!("; {count} layers are not proved equal (`verify --deep` compares their content)"))
        }
    }
    if report.findings_dropped > 0 {
        line.push_str(&format!("; {} more findings omitted", report.findings_dropped));
    }
    out.push_str(&line);
    out.push('\n');
    if detail.verbose {
        for unproven in &report.unproven {
            let layer = unproven.layer.as_ref().map_or_else(|| "a layer without a digest".to_owned(), Digest::short);
            let at = findings::place(&unproven.at);
            out.push_str(&format!("  not proved: {at} `{}` is {layer}\n", Shown(&unproven.file)));
        }
    }
    out
}

/// Whether an image belongs into the table of differences. Platforms that only the index lists are no difference.
fn differs(image: &ComparedImage, report: &CompareReport) -> bool {
    let fewer = image.docker.is_none() && report.agree;
    let verdicts = [image.names, image.config, image.layers];
    !fewer && verdicts.iter().any(|verdict| matches!(verdict, Verdict::Different | Verdict::OneView))
}

fn write_image(out: &mut String, image: &ComparedImage, paint: Paint) {
    let platform = image.platform.as_ref().map_or_else(String::new, |p| format!("  {}", table::cell(&p.to_string())));
    let name = [&image.index, &image.docker].into_iter().flatten().find_map(|side| side.names.first());
    let config = [&image.index, &image.docker].into_iter().flatten().find_map(|side| side.config.as_ref());
    let title = match (name, config) {
        (Some(name), _) => table::cell(name),
        (None, Some(config)) => config.short(),
        (None, None) => "an image without a name".to_owned(),
    };
    let (left, right) = (column(image.index.as_ref()), column(image.docker.as_ref()));
    let width = table::width(left.iter().map(String::as_str).chain(["index.json"]));
    let other = table::width(right.iter().map(String::as_str).chain(["manifest.json"]));
    out.push_str(&format!("{}{platform}\n", paint.bold(title)));
    let header = format!("  {:8}{}  manifest.json", "", table::left("index.json", width));
    out.push_str(&format!("{}\n", paint.dim(header.trim_end())));
    let verdicts = [image.names, image.config, image.layers];
    for (number, what) in ["names", "config", "layers"].into_iter().enumerate() {
        let verdict = match verdicts[number] {
            Verdict::Same => paint.green("same"),
            Verdict::Different => paint.red("different"),
            Verdict::Unproven => paint.yellow("not proved"),
            Verdict::OneView => String::new(),
        };
        let (left, right) = (table::left(&left[number], width), table::left(&right[number], other));
        let line = format!("  {what:8}{left}  {right}  {verdict}");
        out.push_str(line.trim_end());
        out.push('\n');
    }
}

/// Names, config and layers of one side.
fn column(side: Option<&Side>) -> [String; 3] {
    let Some(side) = side else { return ["not listed".to_owned(), String::new(), String::new()] };
    let names = if side.names.is_empty() { "-".to_owned() } else { table::list(&side.names) };
    let config = side.config.as_ref().map_or_else(|| "-".to_owned(), Digest::short);
    [names, config, super::Count(side.layers.len() as u64, "layer").to_string()]
}
