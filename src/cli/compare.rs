//! `ocikit compare`

use anyhow::Result;

use super::checks;
use super::exit::Status;
use super::ui::Ui;
use crate::graph::Selector;
use crate::ops::compare::{CompareOptions, CompareReport, compare};
use crate::platform::Platform;
use crate::source::Access;

/// Compare index.json and manifest.json of one file
///
/// docker save, ctr, BuildKit and regctl write both documents into one archive, and readers differ in which one they
/// use. The command compares image by image: names, config, layers and their order, LayerSources, the file
/// repositories, and images that only one document lists. It reads only documents. Layers are equal if digests,
/// diff_ids or file names prove it; layers that only their content could prove equal are listed.
///
/// Exit codes: 0 if the documents agree, 1 if they differ, 2 if they cannot be compared, for example because the file
/// has only one of them.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// PATH[:REF][@DIGEST], or - for standard input
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<String>,
    /// Compare only this platform of an index, for example linux/arm64
    #[arg(long, value_name = "PLATFORM")]
    platform: Option<Platform>,
    /// Report a difference if the file has only one of index.json and manifest.json
    #[arg(long)]
    require_both: bool,
    /// Follow links in a directory, also those that point outside it
    #[arg(long)]
    follow_links: bool,
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    checks::each(&args.images, ui, |image| compare_one(&args, image, ui))
}

fn compare_one(args: &Args, image: &str, ui: &Ui) -> Result<CompareReport> {
    let address = ui.address(image)?;
    let image = ui.open(&address, Access::Random, args.follow_links)?;
    let options = CompareOptions {
        require_both: args.require_both,
        selector: Selector::new(&address, args.platform.clone()),
        limits: ui.limits.clone(),
    };
    Ok(compare(&image, &options)?)
}
