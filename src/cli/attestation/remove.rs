//! `ocikit attestation remove`

use anyhow::Result;

use crate::checks::options::RequiredAttestation;
use crate::cli::change::{self, ChangeArgs};
use crate::cli::exit::Status;
use crate::cli::ui::{ImageArgs, Ui};
use crate::graph::Selector;
use crate::ops::attestation::{RemoveOptions, remove};

/// Remove attestations: all, those of one platform, or statements of one type
///
/// Of several statements in one manifest the others stay. Images keep their digests; an index that lists attestations gets a
/// new one. Signatures stay. `ocikit unwrap` then makes the image of an index with one image.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    image: ImageArgs,
    /// Only statements of this type: provenance, sbom or a predicate type
    #[arg(long = "type", value_name = "TYPE")]
    predicate: Option<RequiredAttestation>,
    #[command(flatten)]
    change: ChangeArgs,
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    let address = ui.address(&args.image.image)?;
    let selector = Selector::new(&address, args.image.platform);
    let wanted = RemoveOptions { kind: args.predicate };
    change::run(&args.change, &address, ui, |image, options| remove(image, &selector, &wanted, options))
}
