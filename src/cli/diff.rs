//! `ocikit diff`

use anyhow::Result;

use super::checks;
use super::exit::Status;
use super::page::{PageArgs, Written};
use super::ui::{Format, Ui};
use crate::graph::Selector;
use crate::ops::diff::{DiffOptions, Ignore, Ignored, diff};
use crate::platform::Platform;
use crate::render;
use crate::source::Access;

/// Compare two images: documents, history, layers, files
///
/// The files may have different formats. The same image in two formats is equal: what one format cannot hold, such as
/// compression or attestations in a docker archive, is not a difference. Images are compared platform by platform.
/// Without --files only documents are read; with --files every file of the merged root file systems is compared.
///
/// Exit codes, as of diff: 0 if the images are equal, 1 if they differ, 2 on errors.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// PATH[:REF][@DIGEST], or - for standard input
    #[arg(value_name = "A")]
    a: String,
    /// The other image, in the same form
    #[arg(value_name = "B")]
    b: String,
    /// Compare only this platform of an index, for example linux/arm64
    #[arg(long, value_name = "PLATFORM")]
    platform: Option<Platform>,
    /// Compare the merged root file systems too: content, mode, owner, size, time and link target of each file
    #[arg(long)]
    files: bool,
    /// Ignore the modification times of files
    #[arg(long, requires = "files")]
    ignore_time: bool,
    /// Ignore differences of these kinds: annotations, attestations, compression, created, history, layers, manifest,
    /// names
    ///
    /// `created` are the times of the image, its history and its manifest, `layers` how files are divided into layers,
    /// `manifest` all fields of manifests and indexes.
    #[arg(long, value_name = "KIND", value_delimiter = ',')]
    ignore: Vec<Ignore>,
    /// Compare what a running container has: the config and the files, without their times
    ///
    /// As --files --ignore-time and --ignore with every kind: two builds of the same sources are equal if they differ
    /// only in times, compression, layers, names and attestations.
    #[arg(long, conflicts_with = "ignore")]
    semantic: bool,
    #[command(flatten)]
    page: PageArgs,
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    let (address_a, address_b) = (ui.address(&args.a)?, ui.address(&args.b)?);
    let a = ui.open(&address_a, Access::Random, false)?;
    let b = ui.open(&address_b, Access::Random, false)?;
    let page = args.page.begin(&[&address_a, &address_b])?;
    let options = DiffOptions {
        a: Selector::new(&address_a, args.platform.clone()),
        b: Selector::new(&address_b, args.platform),
        files: args.files || args.semantic,
        ignore_time: args.ignore_time || args.semantic,
        ignored: if args.semantic { Ignored::semantic() } else { args.ignore.into_iter().collect() },
        jobs: ui.jobs,
        limits: ui.limits.clone(),
    };
    let report = diff(&a, &b, &options)?;
    let Some(page) = page else { return checks::one(&report, ui) };
    let written = page.write(|out| render::html::diff(&report, out))?;
    match (&written, ui.format) {
        (_, Format::Text | Format::Json) | (Written::Stdout, _) => {
            ui.report_page(&written, &report, || render::diff_verdict(&report, ui.paint))?;
            Ok(Status::of(report.verdict.is_equal()))
        }
        (Written::File(_), _) => checks::one(&report, ui),
    }
}
