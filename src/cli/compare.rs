//! `ocikit compare`

use anyhow::Result;

use super::exit::Status;
use super::ui::{ImageArgs, Ui};
use crate::graph::Selector;
use crate::ops::compare::{CompareOptions, compare};
use crate::render::{self, Checked};
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
    #[command(flatten)]
    image: ImageArgs,
    /// Count it as a difference when the file carries only one of index.json and manifest.json
    #[arg(long)]
    require_both: bool,
    /// Take links in a directory for what they lead to, wherever that is
    #[arg(long)]
    follow_links: bool,
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    let address = ui.address(&args.image.image)?;
    let image = ui.open(&address, Access::Random, args.follow_links)?;
    let options = CompareOptions {
        require_both: args.require_both,
        selector: Selector::new(&address, args.image.platform),
        limits: ui.limits.clone(),
    };
    let report = compare(&image, &options)?;
    let checked = Checked { file: &report.file, check: "compare", findings: &report.findings };
    if !ui.report_checks(&[checked])? {
        ui.report(&report, || render::compare(&report, ui.detail, ui.paint))?;
    }
    Ok(Status::of(report.agree))
}
