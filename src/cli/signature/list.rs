//! `ocikit signature list`

use anyhow::Result;

use crate::cli::exit::Status;
use crate::cli::ui::{ImageArgs, Ui};
use crate::graph::Selector;
use crate::ops::signature::{ListOptions, list};
use crate::render;
use crate::source::Access;

/// List what is signed, in which form, and the names of keys
///
/// Lists the signatures of cosign, under its tags and in sigstore bundles, of signed attestations and of notation. No
/// signature is compared with a key: what a signature says of itself proves nothing.
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
    ui.report(&report, || render::signature_list(&report, ui.paint))?;
    Ok(Status::without_errors(&report.findings))
}
