//! What the commands that check have in common: several files, the formats of continuous integration, the verdict.

use anyhow::Result;

use super::exit::Status;
use super::ui::{Format, Ui, tell};
use crate::render::{self, Check, Checked, CheckedFile, Document, Several};

/// Checks each file. One that cannot be checked does not hide the others; it decides the exit code.
pub(crate) fn each<R>(files: &[String], ui: &Ui, check: impl Fn(&str) -> Result<R>) -> Result<Status>
where
    R: Check,
    Several<R>: Document,
{
    if let ([file], Format::Text | Format::Json) = (files, ui.format) {
        return one(&check(file)?, ui);
    }
    // A report must not go into a file that is checked, be it only to say that this could not be checked.
    ui.require_apart(files)?;
    let (mut outcomes, mut checked) = (Vec::with_capacity(files.len()), Vec::with_capacity(files.len()));
    let mut tally = Tally::default();
    for file in files {
        match check(file) {
            Ok(report) => {
                tally.count(report.is_ok());
                match ui.format {
                    Format::Text => ui.print_with(|out| report.write_text(ui.detail, ui.paint, out))?,
                    Format::Json => outcomes.push(CheckedFile::Report(report)),
                    Format::Sarif | Format::Junit | Format::Github => checked.push(report.checked()),
                }
            }
            Err(error) => {
                tally.failed += 1;
                let text = tell(&error);
                checked.push(Checked::failed(R::NAME, file, &text));
                outcomes.push(CheckedFile::Failed { file: file.clone(), error: text });
            }
        }
    }
    match ui.format {
        Format::Text if ui.detail.quiet && tally.status() == Status::Ok => {}
        Format::Text => ui.print(&tally.line())?,
        Format::Json => ui.report(&Several { ok: tally.status() == Status::Ok, files: outcomes }, String::new)?,
        Format::Sarif | Format::Junit | Format::Github => write(&checked, ui)?,
    }
    Ok(tally.status())
}

/// Writes one report, and says what its verdict is as an exit code.
pub(crate) fn one<R: Check>(report: &R, ui: &Ui) -> Result<Status> {
    match ui.format {
        Format::Text => ui.print_with(|out| report.write_text(ui.detail, ui.paint, out))?,
        Format::Json => ui.report(report, String::new)?,
        Format::Sarif | Format::Junit | Format::Github => write(&[report.checked()], ui)?,
    }
    Ok(Status::of(report.is_ok()))
}

fn write(checked: &[Checked], ui: &Ui) -> Result<()> {
    match ui.format {
        Format::Text | Format::Json => Ok(()),
        Format::Sarif => ui.print(&render::sarif(checked)?),
        Format::Junit => ui.print(&render::junit(checked)),
        Format::Github => ui.print(&render::github(checked)),
    }
}

/// How many files ended how.
#[derive(Default)]
struct Tally {
    ok: usize,
    found: usize,
    failed: usize,
}

impl Tally {
    fn count(&mut self, ok: bool) {
        if ok { self.ok += 1 } else { self.found += 1 }
    }

    fn status(&self) -> Status {
        match (self.found, self.failed) {
            (0, 0) => Status::Ok,
            (_, 0) => Status::Found,
            _ => Status::Failed,
        }
    }

    fn line(&self) -> String {
        let mut parts = vec![format!("{} ok", self.ok)];
        if self.found > 0 {
            parts.push(format!("{} not ok", self.found));
        }
        if self.failed > 0 {
            parts.push(format!("{} could not be checked", self.failed));
        }
        format!("{} files: {}\n", self.ok + self.found + self.failed, parts.join(", "))
    }
}
