//! `ocikit inspect`

use anyhow::Result;

use super::exit::Status;
use super::page::PageArgs;
use super::ui::{ImageArgs, Ui, unwritten};
use crate::graph::Selector;
use crate::image::raw;
use crate::ops::inspect;
use crate::ops::survey::{SurveyOptions, survey};
use crate::render;
use crate::rootfs::Chosen;
use crate::source::Access;

/// Show the names, platforms, manifests and attestations in a file
///
/// Reads only documents, so the size of the file does not matter. Attestations, signatures and SBOMs are shown below
/// the image that they refer to. Missing, external and unreferenced content is labeled.
///
/// With --html the report is a page for a browser, with configs, annotations, a map of the layers and their largest
/// files, and the findings of `verify`. For that every blob is hashed, and the layers of the first eight images are
/// read.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    image: ImageArgs,
    /// Show the layers of each image; with -v also the commands that created them
    #[arg(long)]
    layers: bool,
    /// Show the execution parameters in the config of each image
    #[arg(long)]
    config: bool,
    /// Print the exact bytes of the manifest or index, or of @DIGEST; with --config those of the config of one image
    #[arg(long, conflicts_with_all = ["layers", "html"])]
    raw: bool,
    /// Print the digest of the manifest or index, and nothing else; in a docker archive that of the config
    #[arg(long, conflicts_with_all = ["layers", "config", "html", "raw"])]
    digest: bool,
    #[command(flatten)]
    page: PageArgs,
    /// Follow links in a directory, also those that point outside it
    #[arg(long)]
    follow_links: bool,
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    let address = ui.address(&args.image.image)?;
    let image = ui.open(&address, Access::Random, args.follow_links)?;
    let selector = Selector::new(&address, args.image.platform);
    if args.digest {
        let digest = raw::digest(&image, &selector)?;
        ui.stream(|out| writeln!(out, "{digest}").map_err(unwritten))?;
        return Ok(Status::Ok);
    }
    if args.raw && args.config {
        let chosen = Chosen::one(&image, &selector)?;
        let absent = || crate::Error::Absent { path: image.source.label().to_owned(), digest: "the config".to_owned() };
        let config = chosen.config.ok_or_else(absent)?;
        ui.stream(|out| raw::write_node(&image, config, out))?;
        return Ok(Status::Ok);
    }
    if args.raw {
        ui.stream(|out| raw::write_raw(&image, &selector, out))?;
        return Ok(Status::Ok);
    }
    let page = args.page.begin(&[&address])?;
    let options = inspect::InspectOptions {
        layers: args.layers,
        config: args.config,
        annotations: false,
        selector: selector.clone(),
        limits: ui.limits.clone(),
    };
    let Some(page) = page else {
        let report = inspect::inspect(&image, &options)?;
        ui.report(&report, || render::inspect(&report, ui.detail, ui.paint))?;
        return Ok(Status::without_errors(&report.findings));
    };
    let survey_options = SurveyOptions {
        selector,
        jobs: ui.jobs,
        limits: ui.limits.clone(),
        meter: ui.meter.clone(),
        ..SurveyOptions::default()
    };
    let survey = survey(&image, &survey_options)?;
    let written = page.write(|out| render::html::survey(&survey, out))?;
    // The tree of the page is gone before that of the report is made.
    drop(survey.inspect);
    let verify = survey.verify;
    let report = inspect::inspect(&image, &options)?;
    let detail = render::Detail { verbose: true, ..ui.detail };
    let summary = || render::verify_summary(&verify, detail, ui.paint);
    ui.report_page(&written, &report, summary)?;
    Ok(Status::of(verify.ok))
}
