//! `ocikit merge`

use std::path::PathBuf;

use anyhow::Result;

use super::change;
use super::exit::Status;
use super::ui::Ui;
use super::values::new_name;
use crate::edit::{Session, empty_layout};
use crate::graph::Selector;
use crate::image::Image;
use crate::ops::merge::{self, Attestations, MergeInput, MergeOptions};
use crate::source::Access;

/// Merge several images into one image for several platforms
///
/// The images may be in files of any format, and each may be an index with attestations, as Buildx exports them.
/// Their manifests keep their digests, and their attestations are merged too.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The images, each as PATH[:REF][@DIGEST], in the order in which the result lists them
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<String>,
    /// Name the result NAME: a full name, for example example.com/app:1.0, or a tag
    #[arg(short = 't', long = "name", visible_aliases = ["tag", "ref"], value_name = "NAME", value_parser = new_name)]
    name: String,
    /// Use the later of two images for the same platform
    #[arg(long)]
    replace: bool,
    /// Keep or drop the attestations and signatures of the images
    #[arg(long, value_name = "keep|drop", default_value = "keep")]
    attestations: Attestations,
    #[command(flatten)]
    to: ToArgs,
}

/// Where to write the result
#[derive(Debug, Clone, clap::Args)]
#[group(required = true, multiple = false)]
struct ToArgs {
    /// Write the result to PATH, a new file or directory; - is standard output
    ///
    /// A name that ends in .tar, .tar.gz or .tar.zst is an archive, a name that ends in a slash is a directory. For
    /// any other name the result has the format of the first image.
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Print the plan without writing anything
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
    let like = inputs.first().map_or_else(|| *base.source.format(), |input| *input.image.source.format());
    let session = Session::fresh(base, &like, destination)?;
    let wanted = MergeOptions { name: args.name, replace: args.replace, attestations: args.attestations };
    let options = change::plain_options(ui)?;
    let draft = merge::merge(&session.image, &inputs, &wanted, &options)?;
    change::write(args.to.output.as_deref(), &session, draft, ui)
}
