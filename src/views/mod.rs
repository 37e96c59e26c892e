//! The two views of a dual archive, `index.json` and `manifest.json`: which images are the same, where the views differ, and
//! how the docker view names an image.
//!
//! Floor: above `image`, beside `rootfs`.

mod alone;
mod choices;
mod comparison;
pub(crate) mod docker;
mod layers;
mod names;
mod pair;
mod report;
mod repositories;
mod rows;
mod sources;

pub(crate) use comparison::compare as both_views;
pub(crate) use names::{Names, meaning};
pub(crate) use pair::Pairs;
pub use report::{ComparedImage, Side, Unproven, Verdict};
pub(crate) use rows::Comparison;

use crate::finding::Findings;
use crate::image::Image;
use crate::limits::Limits;

/// The disagreements of the two views; none for a file that carries one.
pub(crate) fn findings(image: &Image, limits: &Limits) -> Findings {
    if image.source.format().index_view { both_views(image, limits).findings } else { comparison::docker_alone(image) }
}
