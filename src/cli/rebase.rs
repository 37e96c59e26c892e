//! `ocikit rebase`

use anyhow::Result;

use super::change::{self, ChangeArgs};
use super::exit::Status;
use super::ui::{ImageArgs, Ui};
use crate::graph::Selector;
use crate::ops::rebase::{self, BaseFile};
use crate::source::Access;

/// Move the layers of an image from its base image to a newer one
///
/// The image must begin with the layers of the old base, which is proved by their diff_ids. The layers above them keep
/// their bytes. Fields of the config that are as the old base has them become as the new base has them, and the
/// annotations org.opencontainers.image.base.name and .digest name the new base.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    image: ImageArgs,
    /// The base image on which the image was built
    #[arg(long, value_name = "IMAGE")]
    from: String,
    /// The base image to move to
    #[arg(long, value_name = "IMAGE")]
    to: String,
    /// Write NAME into the annotation for the new base instead of its name in its file
    #[arg(long, value_name = "NAME")]
    base_name: Option<String>,
    #[command(flatten)]
    change: ChangeArgs,
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    let address = ui.address(&args.image.image)?;
    let selector = Selector::new(&address, args.image.platform);
    let open = |base: &str| -> Result<_> {
        let address = ui.address(base)?;
        Ok((ui.open(&address, Access::Random, false)?, address))
    };
    let ((from, from_address), (to, to_address)) = (open(&args.from)?, open(&args.to)?);
    let old = BaseFile::new(&from, &from_address, None);
    let new = BaseFile::new(&to, &to_address, args.base_name);
    change::run(&args.change, &address, ui, |image, options| rebase::rebase(image, &selector, &old, &new, options))
}
