//! `survey`: all that a picture of an image file shows: its tree, what is wrong in it, and where the space of each image
//! goes.

mod space;

use std::collections::HashSet;

use serde::Serialize;

pub use space::{BigFile, LayerSpace, Space};

use super::inspect::{InspectOptions, InspectReport, inspect};
use super::verify::{VerifyReport, verify};
use crate::checks::options::VerifyOptions;
use crate::digest::Digest;
use crate::error::Error;
use crate::graph::{Below, Selector};
use crate::image::Image;
use crate::limits::Limits;
use crate::platform::Platform;
use crate::progress::Meter;
use crate::rootfs::{Candidate, Chosen};

/// What to look at, and how much of it.
#[derive(Debug, Clone)]
pub struct SurveyOptions {
    /// What of the file; all by default.
    pub selector: Selector,
    /// Images whose layers are read to their end, the first of them. 8: as many platforms as most images have.
    pub images: usize,
    /// Files shown by name in each image, the biggest. 120: what a picture has room for.
    pub files: usize,
    /// Threads; 0 for one on each core.
    pub jobs: usize,
    /// The limits.
    pub limits: Limits,
    /// Receives the progress of the work.
    pub meter: Meter,
}

impl Default for SurveyOptions {
    fn default() -> Self {
        SurveyOptions {
            selector: Selector::default(),
            images: 8,
            files: 120,
            jobs: 0,
            limits: Limits::default(),
            meter: Meter::default(),
        }
    }
}

/// What a picture of an image file shows.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct SurveyReport {
    /// The tree, with layers, configs and annotations.
    pub inspect: InspectReport,
    /// What is wrong: all that `verify` finds without `deep`, and what is wrong in the layers that were read.
    pub verify: VerifyReport,
    /// The images whose layers were read.
    pub images: Vec<ImageSpace>,
    /// Images that are there and whose layers were not read, because there are more than [`SurveyOptions::images`].
    pub images_left_out: usize,
}

/// Where the space of one image goes.
#[derive(Debug, Serialize)]
pub struct ImageSpace {
    /// The digest of its manifest; in a docker archive that of its config.
    pub digest: Option<Digest>,
    /// Its platform.
    pub platform: Option<Platform>,
    /// Its layers and files, or why they cannot be shown.
    pub space: Result<Space, String>,
}

/// Looks at an image file for a picture of it: every blob is hashed, and the layers of the first images are read.
///
/// # Errors
///
/// When the selector fits nothing. A layer that cannot be read is reported with its image.
pub fn survey(image: &Image, options: &SurveyOptions) -> Result<SurveyReport, Error> {
    let inspect_options = InspectOptions {
        layers: true,
        config: true,
        annotations: true,
        selector: options.selector.clone(),
        limits: options.limits.clone(),
    };
    let verify_options = VerifyOptions {
        selector: options.selector.clone(),
        jobs: options.jobs,
        limits: options.limits.clone(),
        meter: options.meter.clone(),
        ..VerifyOptions::default()
    };
    let inspect = inspect(image, &inspect_options)?;
    let mut verify = verify(image, &verify_options)?;
    let candidates = candidates(image, options)?;
    let shown = candidates.len().min(options.images);
    let mut images = Vec::with_capacity(shown);
    for candidate in candidates.iter().take(shown) {
        images.push(of_image(image, *candidate, options, &mut verify));
    }
    verify.findings.settle(options.limits.findings);
    verify.ok = !verify.findings.has_errors();
    Ok(SurveyReport { inspect, verify, images, images_left_out: candidates.len() - shown })
}

/// The images that are there, each once, in stored order.
fn candidates(image: &Image, options: &SurveyOptions) -> Result<Vec<Candidate>, Error> {
    let mut seen = HashSet::new();
    let selected = image.graph.select(image.source.label(), &options.selector)?;
    let mut below = Below::new(&image.graph);
    let all = selected.into_iter().flat_map(|top| Chosen::all_of(&mut below, image, top));
    Ok(all.filter(|candidate| candidate.is_present(image) && seen.insert(*candidate)).collect())
}

fn of_image(image: &Image, candidate: Candidate, options: &SurveyOptions, verify: &mut VerifyReport) -> ImageSpace {
    let chosen = match candidate.chosen(image) {
        Ok(chosen) => chosen,
        Err(error) => {
            let platform = candidate.platform(image);
            return ImageSpace { digest: candidate.digest(image), platform, space: Err(error.to_string()) };
        }
    };
    let space = space::of(image, &chosen, options).map(|(space, findings)| {
        verify.findings.extend(findings);
        space
    });
    ImageSpace { digest: chosen.digest, platform: chosen.platform, space: space.map_err(|error| error.to_string()) }
}
