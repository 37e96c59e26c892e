//! `ocikit attestation add`

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::cli::change::{self, ChangeArgs};
use crate::cli::exit::Status;
use crate::cli::ui::{ImageArgs, Ui};
use crate::error::Error;
use crate::graph::Selector;
use crate::ops::attestation::{AddOptions, Said, Style, add};

/// Add a statement about an image
///
/// A predicate is put into an in-toto statement about the image; a statement of your own is stored as it is, when it names the
/// image. It joins the attestations that the image has.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    image: ImageArgs,
    #[command(flatten)]
    said: SaidArgs,
    /// The type of the predicate, a URI, as https://slsa.dev/provenance/v1
    #[arg(long = "type", value_name = "URI", requires = "predicate")]
    predicate_type: Option<String>,
    /// How to keep it: index (BuildKit's older style, which most tools take), artifact (its newer one) or referrer
    /// (`subject`, listed beside the image); by default as the image's other attestations, else index
    #[arg(long, value_name = "STYLE")]
    style: Option<Style>,
    /// Add a statement that names another image, or none
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    change: ChangeArgs,
}

/// What is said
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct SaidArgs {
    /// A predicate: any JSON
    #[arg(long, value_name = "FILE", requires = "predicate_type")]
    predicate: Option<PathBuf>,
    /// An in-toto statement, or a DSSE envelope around one
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
        _ => bail!("give --predicate with --type, or --statement"),
    };
    let wanted = AddOptions { said, style: args.style, force: args.force };
    change::run(&args.change, &address, ui, |image, options| add(image, &selector, &wanted, options))
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(|source| Error::Open { path: path.display().to_string(), source })
}
