//! `ocikit explain`

use anyhow::Result;
use serde::Serialize;

use super::exit::Status;
use super::ui::Ui;
use crate::finding::{Code, Severity};
use crate::render;

/// Explain a finding: what it means, why it matters, how to mend it
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The finding's name, as blob-digest
    #[arg(required_unless_present = "list")]
    code: Option<Code>,
    /// List all findings, a line each
    #[arg(long, conflicts_with = "code")]
    list: bool,
}

/// A finding's description for programs.
#[derive(Serialize)]
struct Description {
    code: Code,
    group: &'static str,
    severity: Severity,
    summary: &'static str,
    explanation: &'static str,
}

impl Description {
    fn of(code: Code) -> Self {
        Description {
            code,
            group: code.group(),
            severity: code.severity(),
            summary: code.summary(),
            explanation: code.explanation(),
        }
    }
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    match args.code {
        Some(code) => ui.report(&Description::of(code), || render::explain(code, ui.paint))?,
        None => {
            let all: Vec<Description> = Code::ALL.iter().copied().map(Description::of).collect();
            ui.report(&all, || render::explain_list(ui.paint))?;
        }
    }
    Ok(Status::Ok)
}
