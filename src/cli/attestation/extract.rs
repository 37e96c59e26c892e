//! `ocikit attestation extract`

use std::path::PathBuf;

use anyhow::Result;

use crate::checks::options::RequiredAttestation;
use crate::cli::exit::Status;
use crate::cli::ui::{ImageArgs, Ui};
use crate::graph::Selector;
use crate::ops::attestation::{ExtractOptions, extract};
use crate::render;
use crate::source::Access;

/// Write each statement to a file, byte for byte
///
/// The file names contain platform and type: linux-amd64.provenance.json, linux-arm64.sbom.json.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    image: ImageArgs,
    /// Extract only statements of this type: provenance, sbom or a predicate type
    #[arg(long = "type", value_name = "TYPE")]
    predicate: Option<RequiredAttestation>,
    /// Write to DIR, a new or empty directory
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    let address = ui.address(&args.image.image)?;
    let image = ui.open(&address, Access::Random, false)?;
    let selector = Selector::new(&address, args.image.platform);
    let wanted = ExtractOptions { kind: args.predicate, limits: ui.limits.clone() };
    let report = extract(&image, &selector, &wanted, &args.output)?;
    ui.report(&report, || render::extracted(&report, ui.paint))?;
    Ok(Status::Ok)
}
