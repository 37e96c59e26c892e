//! `ocikit cat`

use anyhow::Result;

use super::exit::Status;
use super::ui::{ImageArgs, Ui};
use crate::graph::Selector;
use crate::image::raw;
use crate::ops::cat;
use crate::reference::DigestPrefix;
use crate::source::Access;

/// Print one file of an image, or one blob
///
/// PATH is a file of the merged root file system. Symbolic links are followed, and never lead out of it. @DIGEST is a
/// blob of the file, as it is stored. What is printed is held against its digest on the way: exit code 2, and a
/// message at the end, mean that the output is not to be trusted. On a terminal, what would act on it is shown escaped, as
/// `\u{1b}`; files and pipes get every byte as it is. So do `inspect --raw` and `attestation show --raw`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    image: ImageArgs,
    /// The file's name, or @ and a digest or the beginning of one; ./@name for a file with such a name
    #[arg(value_name = "PATH|@DIGEST")]
    what: String,
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    let address = ui.address(&args.image.image)?;
    let image = ui.open(&address, Access::Random, false)?;
    let mut selector = Selector::new(&address, args.image.platform);
    match args.what.strip_prefix('@') {
        Some(digest) => {
            let wanted = DigestPrefix::new(digest);
            selector.digest = Some(wanted.ok_or_else(|| {
                anyhow::anyhow!("`{}`: not a digest; write @sha256:... or the beginning of one", args.what)
            })?);
            ui.stream(|out| raw::write_raw(&image, &selector, out))?;
        }
        None => {
            let options = cat::CatOptions { selector, path: args.what, jobs: ui.jobs, limits: ui.limits.clone() };
            ui.stream(|out| cat::write_file(&image, &options, out))?;
        }
    }
    Ok(Status::Ok)
}
