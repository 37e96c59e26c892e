//! `ocikit explain`

use anyhow::Result;

use super::exit::Status;
use super::ui::Ui;
use crate::finding::Code;
use crate::render::{self, Explained, ExplainedList};

/// Explain a finding: what it means, why it matters, how to fix it
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The code of the finding, for example blob-digest
    #[arg(required_unless_present = "list")]
    code: Option<Code>,
    /// List all findings, one per line
    #[arg(long, conflicts_with = "code")]
    list: bool,
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    match args.code {
        Some(code) => ui.report(&Explained::of(code), || render::explain(code, ui.paint))?,
        None => ui.report(&ExplainedList::new(), || render::explain_list(ui.paint))?,
    }
    Ok(Status::Ok)
}
