//! `ocikit cat`

use anyhow::Result;

use super::exit::Status;
use super::ui::{ImageArgs, Ui};
use crate::graph::Selector;
use crate::image::raw;
use crate::ops::cat;
use crate::reference::DigestPrefix;
use crate::source::Access;

/// Print a file of an image, or a blob
///
/// PATH is a file of the merged root file system. Symbolic links are resolved inside it. @DIGEST is a blob as the
/// file stores it. The content is verified while it is printed: if it does not match its digest, the command ends
/// with a message and exit code 2, and the output must not be trusted. On a terminal, control characters are printed
/// escaped, as `\u{1b}`; files and pipes receive every byte unchanged. The same holds for `inspect --raw` and
/// `attestation show --raw`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    image: ImageArgs,
    /// The path of the file, or @ and a digest or its prefix; write ./@name for a file whose name starts with @
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
                anyhow::anyhow!("`{}`: not a digest; write @sha256:... or a prefix of one", args.what)
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
