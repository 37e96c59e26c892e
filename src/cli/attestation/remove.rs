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
/// Other statements in the same manifest stay. Images keep their digests; an index that lists attestations gets a new
/// one. Signatures stay. `ocikit unwrap` then replaces an index with one image by that image.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    image: ImageArgs,
    /// Remove only statements of this type: provenance, sbom or a predicate type
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
