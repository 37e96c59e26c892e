//! `ocikit compare`

use anyhow::Result;

use super::checks;
use super::exit::Status;
use super::ui::Ui;
use crate::graph::Selector;
use crate::ops::compare::{CompareOptions, CompareReport, compare};
use crate::platform::Platform;
use crate::source::Access;

/// Compare what index.json and manifest.json of one file say
///
/// docker save, ctr, BuildKit and regctl write both into one archive, and programs differ in which they believe. Held
/// against each other, image by image: names, config, layers and their order, LayerSources, the file repositories, and
/// what only one of them lists. Reads only documents; layers count as the same when digests, diff_ids and file names
/// prove it, and those that only their content could prove are named.
///
/// Exit codes: 0 they agree, 1 they differ, 2 cannot compare, as with a file that carries only one of them.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// PATH[:REF][@DIGEST], or - for standard input
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<String>,
    /// Compare only this platform within an index, as linux/arm64
    #[arg(long, value_name = "PLATFORM")]
    platform: Option<Platform>,
    /// Count it as a difference when the file carries only one of index.json and manifest.json
    #[arg(long)]
    require_both: bool,
    /// Take links in a directory for what they lead to, wherever that is
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
