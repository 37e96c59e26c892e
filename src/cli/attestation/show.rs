//! `ocikit attestation show`

use anyhow::Result;

use crate::checks::options::RequiredAttestation;
use crate::cli::exit::Status;
use crate::cli::ui::{ImageArgs, Ui};
use crate::graph::Selector;
use crate::ops::attestation::{ShowOptions, show, write_statement};
use crate::render;
use crate::source::Access;

/// Show what statements say: for provenance the builder, source and materials, for an SBOM its format and packages
///
/// IMAGE@DIGEST chooses one statement, or the attestations of one image. The text of a Dockerfile that BuildKit stored
/// is left out; `--raw` prints a statement to the byte.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    image: ImageArgs,
    /// Only statements of this type: provenance, sbom or a predicate type
    #[arg(long = "type", value_name = "TYPE")]
    predicate: Option<RequiredAttestation>,
    /// Print the exact bytes of the one statement, out of its envelope, and nothing else
    #[arg(long)]
    raw: bool,
    /// With --raw, print the envelope as it is stored
    #[arg(long, requires = "raw")]
    envelope: bool,
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    let address = ui.address(&args.image.image)?;
    let image = ui.open(&address, Access::Random, false)?;
    let selector = Selector::new(&address, args.image.platform);
    let options = ShowOptions { selector, predicate: args.predicate, limits: ui.limits.clone() };
    if args.raw {
        ui.stream(|out| write_statement(&image, &options, args.envelope, out))?;
        return Ok(Status::Ok);
    }
    let report = show(&image, &options)?;
    ui.report(&report, || render::attestation_show(&report, ui.paint))?;
    Ok(Status::without_errors(&report.findings))
}
