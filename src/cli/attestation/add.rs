//! `ocikit attestation add`

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::cli::change::{self, ChangeArgs};
use crate::cli::exit::Status;
use crate::cli::ui::{ImageArgs, Ui};
use crate::error::Error;
use crate::graph::Selector;
use crate::ops::attestation::{AddOptions, Said, Style, add};

/// Add an attestation to an image
///
/// A predicate is wrapped into an in-toto statement for the image. A complete statement is stored unchanged if it
/// names the image. The statement is stored with the existing attestations of the image.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    image: ImageArgs,
    #[command(flatten)]
    said: SaidArgs,
    /// Set the predicate type, a URI, for example https://slsa.dev/provenance/v1
    #[arg(long = "type", value_name = "URI", requires = "predicate")]
    predicate_type: Option<String>,
    /// Store it as index (older BuildKit style, which most tools support), artifact (newer BuildKit style) or
    /// referrer (`subject`, listed beside the image); the default is the style of the other attestations of the
    /// image, or else index
    #[arg(long, value_name = "STYLE")]
    style: Option<Style>,
    /// Add a statement even if its subject is another image or empty
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    change: ChangeArgs,
}

/// The statement or predicate
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct SaidArgs {
    /// Read a predicate from FILE: any JSON
    #[arg(long, value_name = "FILE", requires = "predicate_type")]
    predicate: Option<PathBuf>,
    /// Read an in-toto statement from FILE, or a DSSE envelope that contains one
    #[arg(long, value_name = "FILE")]
    statement: Option<PathBuf>,
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    let address = ui.address(&args.image.image)?;
    let selector = Selector::new(&address, args.image.platform);
    let said = match (args.said.predicate, args.said.statement, args.predicate_type) {
        (Some(path), _, Some(predicate_type)) => {
            let text = String::from_utf8(read(&path)?).with_context(|| format!("{}: not UTF-8", path.display()))?;
            Said::Predicate { text, predicate_type }
        }
        (_, Some(path), _) => Said::Statement(read(&path)?),
        _ => bail!("pass --predicate with --type, or --statement"),
    };
    let wanted = AddOptions { said, style: args.style, force: args.force };
    change::run(&args.change, &address, ui, |image, options| add(image, &selector, &wanted, options))
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(|source| Error::Open { path: path.display().to_string(), source })
}
