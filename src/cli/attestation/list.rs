//! `ocikit attestation list`

use anyhow::Result;

use crate::cli::exit::Status;
use crate::cli::ui::{ImageArgs, Ui};
use crate::graph::Selector;
use crate::ops::attestation::{ListOptions, list};
use crate::render;
use crate::source::Access;

/// List the statements of each image: predicate type, digest, size, signed envelope
///
/// Lists BuildKit attestations in both styles, referrers, and attestations under the tags of cosign. Signatures are
/// counted; `verify --key` compares them with keys.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    image: ImageArgs,
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    let address = ui.address(&args.image.image)?;
    let image = ui.open(&address, Access::Random, false)?;
    let options = ListOptions { selector: Selector::new(&address, args.image.platform), limits: ui.limits.clone() };
    let report = list(&image, &options)?;
    ui.report(&report, || render::attestation_list(&report, ui.paint))?;
    Ok(Status::without_errors(&report.findings))
}
