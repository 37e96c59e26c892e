//! `ocikit layer base`

use anyhow::Result;

use crate::cli::change;
use crate::cli::exit::Status;
use crate::cli::ui::{ImageArgs, Ui};
use crate::graph::Selector;
use crate::ops::rebase::{self, BaseFile};
use crate::render;
use crate::source::Access;

/// Check whether an image begins with the layers of a base image
///
/// Compares diff_ids, so the compression does not matter. The exit code is 1 if an image has other layers: it was built on
/// another base, or on an older one. `ocikit rebase` moves it to a newer one.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    image: ImageArgs,
    /// The base image, as PATH[:REF][@DIGEST]
    #[arg(value_name = "BASE")]
    base: String,
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    ui.refuse_formats_of_checks()?;
    let address = ui.address(&args.image.image)?;
    let base_address = ui.address(&args.base)?;
    let (image, base) = (ui.open(&address, Access::Random, false)?, ui.open(&base_address, Access::Random, false)?);
    let selector = Selector::new(&address, args.image.platform);
    let base = BaseFile::new(&base, &base_address, None);
    let report = rebase::check(&image, &selector, &base, &change::plain_options(ui)?)?;
    ui.report(&report, || render::base(&report, ui.paint))?;
    Ok(Status::of(report.is_current))
}
