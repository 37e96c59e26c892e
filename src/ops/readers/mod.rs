//! What each reader of image files requires and does: the table of requirements, the facts about a file that it asks,
//! and the prediction that follows.

mod checks;
mod facts;
mod names;
mod predict;
mod repair;
mod requirements;

pub use names::accepts_name;
pub use predict::{Loads, Prediction, Reason, Verdict};
pub use repair::Repair;
pub use requirements::{Requirement, requirements};

use super::target::Asked;
use crate::error::Error;
use crate::graph::Selector;
use crate::image::Image;
use crate::limits::Limits;
use crate::platform::Platform;

/// How a file is read.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The platform of the machine that reads the file.
    pub host: Platform,
    /// Which image; what a program does without being told which by default.
    pub selector: Selector,
    /// The limits.
    pub limits: Limits,
}

impl Default for Reading {
    fn default() -> Self {
        Reading { host: Platform::new("linux", "amd64"), selector: Selector::default(), limits: Limits::default() }
    }
}

/// Predicts what targets do with a file. Reads documents, and of each layer of a docker archive the first bytes.
///
/// # Errors
///
/// When the selector fits nothing, or a document cannot be read.
pub fn predict(image: &Image, targets: &[Asked], reading: &Reading) -> Result<Vec<Prediction>, Error> {
    image.graph.require_read(image.source.label())?;
    let facts = facts::Facts::of(image, reading)?;
    Ok(targets.iter().map(|asked| predict::predict(&facts, asked)).collect())
}
