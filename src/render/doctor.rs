//! Who accepts a file, as text.

use super::{Detail, Paint, Shown, table};
use crate::command::CommandLine;
use crate::digest::Digest;
use crate::ops::doctor::{Diagnosis, DoctorReport, Loads, Prediction, Verdict};

/// One line for each target: what it would load, or why not. The details of those that were asked for, or of all with
/// `-v`, are below: every reason, and the command that fixes it.
pub fn doctor(report: &DoctorReport, detail: Detail, paint: Paint) -> String {
    let width = table::width(report.targets.iter().map(|target| title(&target.prediction)));
    let has_details = report.asked || detail.verbose;
    let mut out = String::new();
    if !detail.quiet {
        let what = format!("{}, read on {}", report.format, Shown(&report.host.to_string()));
        out.push_str(&format!("{}: {what}\n", Shown(&report.file)));
    }
    for diagnosis in &report.targets {
        let prediction = &diagnosis.prediction;
        if detail.quiet && prediction.verdict != Verdict::Refuses {
            continue;
        }
        let verdict = match prediction.verdict {
            Verdict::Accepts => paint.green("accepts"),
            Verdict::AcceptsBut => paint.yellow("accepts"),
            Verdict::Refuses => paint.red("refuses"),
        };
        let about = if has_details { but(&prediction.loads, prediction.verdict) } else { in_one_line(prediction) };
        let line = format!("{}  {verdict}  {about}", paint.bold(table::left(&title(prediction), width)));
        out.push_str(line.trim_end());
        out.push('\n');
        if has_details {
            write_reasons(&mut out, diagnosis, detail, paint);
        }
    }
    if !detail.quiet {
        write_next_steps(&mut out, report, has_details, paint);
    }
    out
}

/// What a target loads and the first reason why that is not all, in one line.
fn in_one_line(prediction: &Prediction) -> String {
    let loads = summary(&prediction.loads);
    let mut reasons = prediction.reasons.iter();
    let Some(first) = reasons.next() else { return loads };
    let before = first.fixed_in.as_ref().map_or_else(String::new, |version| format!("before {version} it refuses: "));
    let more = match reasons.count() {
        0 => String::new(),
        count => format!(" (and {count} more)"),
    };
    let between = if loads.is_empty() { "" } else { "; " };
    format!("{loads}{between}{before}{}{more}", Shown(&first.detail))
}

fn but(loads: &[Loads], verdict: Verdict) -> String {
    let but = if verdict == Verdict::AcceptsBut { ", but" } else { "" };
    format!("{}{but}", summary(loads))
}

/// The commands that say more: which fix the file, and what was not read.
fn write_next_steps(out: &mut String, report: &DoctorReport, has_details: bool, paint: Paint) {
    let fixable = report.targets.iter().filter(|target| target.fix.is_some()).map(|target| &target.prediction.target);
    let mut step = |what: &str, command: CommandLine| {
        if let Some(line) = command.line() {
            out.push_str(&format!("{} {what}: {line}\n", paint.dim("note:")));
        }
    };
    if let (Some(first), false) = (fixable.clone().next(), has_details) {
        let what = match fixable.count() {
            1 => "the command that fixes the file for this target".to_owned(),
            count => format!("the commands that fix the file for {count} targets (or `-v` for all)"),
        };
        step(&what, CommandLine::ocikit("doctor").path(&report.file).option("--for", first));
    }
    if report.targets.iter().any(|target| target.prediction.verdict != Verdict::Refuses) {
        step("layers are not read; to check them", CommandLine::ocikit("verify").path(&report.file).word("--deep"));
    }
}

fn title(prediction: &Prediction) -> String {
    prediction.target.to_string()
}

fn write_reasons(out: &mut String, diagnosis: &Diagnosis, detail: Detail, paint: Paint) {
    let prediction = &diagnosis.prediction;
    for reason in &prediction.reasons {
        let before =
            reason.fixed_in.as_ref().map_or_else(String::new, |version| format!("before {version} it refuses: "));
        out.push_str(&format!("    {before}{}\n", Shown(&reason.detail)));
        if detail.verbose {
            out.push_str(&format!("      {} {}\n", paint.dim("see:"), reason.source));
        }
    }
    if let Some(fix) = &diagnosis.fix {
        let line = fix.command.line().unwrap_or_else(|| {
            "none to paste: a name in it has characters that no shell takes, or is too long; `--format json` has its words"
                .to_owned()
        });
        out.push_str(&format!("    {} {line}\n", paint.dim("fix:")));
        if !fix.others.is_empty() {
            let others: Vec<String> = fix.others.iter().map(|other| format!("`{}`", Shown(other))).collect();
            out.push_str(&format!("        {} {}\n", paint.dim("or with:"), others.join(", ")));
        }
    }
    if let Some(reason) = &diagnosis.unfixable {
        out.push_str(&format!("    {} none: {}\n", paint.dim("fix:"), Shown(reason)));
    }
    if detail.verbose {
        for loads in &prediction.loads {
            let digest = loads.digest.as_ref().map_or("-", Digest::as_str);
            out.push_str(&format!("    {} {} {digest}\n", paint.dim("loads:"), of_one(loads)));
        }
    }
}

/// `app:1.0 for linux/amd64`, or how many images.
fn summary(loads: &[Loads]) -> String {
    match loads {
        [] => String::new(),
        [one] => of_one(one),
        several => format!("{} images", several.len()),
    }
}

fn of_one(loads: &Loads) -> String {
    const MOST: usize = 4;
    let names = loads.names.iter().take(MOST);
    let platforms = table::list(loads.platforms.iter().map(ToString::to_string));
    let mut text = if loads.names.is_empty() { "an image without name".to_owned() } else { table::list(names) };
    if loads.names.len() > MOST {
        text.push_str(&format!(" and {} more", loads.names.len() - MOST));
    }
    if !platforms.is_empty() {
        text.push_str(&format!(" for {platforms}"));
    }
    text
}
