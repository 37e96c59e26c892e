//! `ocikit attestation show`

use anyhow::Result;

use crate::checks::options::RequiredAttestation;
use crate::cli::exit::Status;
use crate::cli::ui::{ImageArgs, Ui};
use crate::graph::Selector;
use crate::ops::attestation::{ShowOptions, show, write_statement};
use crate::render;
use crate::source::Access;

/// Show the content of statements: builder, source and materials of provenance, format and packages of an SBOM
///
/// IMAGE@DIGEST selects one statement, or the attestations of one image. The Dockerfile that BuildKit stores is
/// omitted; `--raw` prints a statement byte for byte.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    image: ImageArgs,
    /// Show only statements of this type: provenance, sbom or a predicate type
    #[arg(long = "type", value_name = "TYPE")]
    predicate: Option<RequiredAttestation>,
    /// Print the exact bytes of the only statement, without its envelope
    #[arg(long)]
    raw: bool,
    /// Print the envelope as stored, with --raw
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
