//! `ocikit merge`

use std::path::PathBuf;

use anyhow::Result;

use super::change;
use super::exit::Status;
use super::ui::Ui;
use crate::edit::{Session, empty_layout};
use crate::graph::Selector;
use crate::image::Image;
use crate::ops::merge::{self, Attestations, MergeInput, MergeOptions};
use crate::source::Access;

/// Make one image for several platforms out of several images
///
/// The images may lie in files of any shape, and each may be an index with attestations, as Buildx exports them. Their
/// manifests keep their digests; the attestations come along.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The images, each as PATH[:REF][@DIGEST]; the result lists them in this order
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<String>,
    /// The name of the result: in full, as example.com/app:1.0, or a tag
    #[arg(short = 't', long = "name", visible_aliases = ["tag", "ref"], value_name = "NAME")]
    name: String,
    /// Of two images for one platform, take the later
    #[arg(long)]
    replace: bool,
    /// Keep or drop the attestations and signatures of the images
    #[arg(long, value_name = "keep|drop", default_value = "keep")]
    attestations: Attestations,
    #[command(flatten)]
    to: ToArgs,
}

/// Where the result goes
#[derive(Debug, Clone, clap::Args)]
#[group(required = true, multiple = false)]
struct ToArgs {
    /// Write a new file or directory; - is standard output
    ///
    /// A name that ends in .tar, .tar.gz or .tar.zst is an archive, one that ends in a slash a directory; any other has the
    /// shape of the first image.
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Print the plan, write nothing
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    let mut images: Vec<(Image, Selector)> = Vec::new();
    for text in &args.images {
        let address = ui.address(text)?;
        images.push((ui.open(&address, Access::Random, false)?, Selector::new(&address, None)));
    }
    let inputs: Vec<MergeInput<'_>> =
        images.iter().map(|(image, selector)| MergeInput { image, selector: selector.clone() }).collect();
    let labels: Vec<&str> = inputs.iter().map(|input| input.image.source.label()).collect();
    let base = empty_layout(&labels.join(", "), &ui.limits);
    let destination = change::destination(args.to.output.as_deref(), false, ui)?;
    let like = inputs.first().map_or_else(|| *base.source.shape(), |input| *input.image.source.shape());
    let session = Session::fresh(base, &like, destination)?;
    let wanted = MergeOptions { name: args.name, replace: args.replace, attestations: args.attestations };
    let options = change::plain_options(ui)?;
    let draft = merge::merge(&session.image, &inputs, &wanted, &options)?;
    change::write(args.to.output.as_deref(), &session, draft, ui)
}
