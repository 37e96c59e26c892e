//! `ocikit signature show`

use anyhow::Result;

use crate::cli::exit::Status;
use crate::cli::ui::{ImageArgs, Ui};
use crate::graph::Selector;
use crate::ops::signature::{ListOptions, show, write_payload};
use crate::render;
use crate::source::Access;

/// Show what signatures say: digests, names, annotations, keys
///
/// IMAGE@DIGEST selects the signatures of one image, of one manifest of signatures, or one signature by the digest of
/// its blob. No signature is compared with a key: `verify --key` does that.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    image: ImageArgs,
    /// Print the exact bytes of the only signed payload, without its envelope
    #[arg(long)]
    raw: bool,
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    let address = ui.address(&args.image.image)?;
    let image = ui.open(&address, Access::Random, false)?;
    let options = ListOptions { selector: Selector::new(&address, args.image.platform), limits: ui.limits.clone() };
    if args.raw {
        ui.stream(|out| write_payload(&image, &options, out))?;
        return Ok(Status::Ok);
    }
    let report = show(&image, &options)?;
    ui.report(&report, || render::signature_show(&report, ui.paint))?;
    Ok(Status::without_errors(&report.findings))
}
