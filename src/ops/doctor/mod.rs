//! `doctor`: which programs accept a file, what each would load, and what mends it for the others.

mod checks;
mod facts;
mod predict;
mod requirements;

use serde::Serialize;

pub use predict::{Loads, Prediction, Reason, Verdict};
pub use requirements::{Requirement, requirements};

use super::Image;
use super::target::{Asked, Target};
use crate::error::Error;
use crate::graph::Selector;
use crate::limits::Limits;
use crate::platform::Platform;
use crate::source::Shape;

/// Whom to ask about.
#[derive(Debug, Clone)]
pub struct DoctorOptions {
    /// The targets; all when empty.
    pub targets: Vec<Asked>,
    /// The platform of the machine that reads the file.
    pub host: Platform,
    /// Which image; what a program does without being told which by default.
    pub selector: Selector,
    /// The limits.
    pub limits: Limits,
}

impl Default for DoctorOptions {
    fn default() -> Self {
        DoctorOptions {
            targets: Vec::new(),
            host: Platform::new("linux", "amd64"),
            selector: Selector::default(),
            limits: Limits::default(),
        }
    }
}

/// Who accepts a file.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct DoctorReport {
    /// The file as the person named it.
    pub file: String,
    /// What kind of image file it is.
    pub shape: Shape,
    /// The platform that the readers run on.
    pub host: Platform,
    /// Whether each target that was asked for accepts it; where none was, whether any accepts it.
    pub ok: bool,
    /// What each target does.
    pub targets: Vec<Prediction>,
}

/// Predicts what each target does with a file. Reads documents, and of each layer of a docker archive the first bytes.
///
/// # Errors
///
/// When the selector fits nothing, or a document cannot be read.
pub fn doctor(image: &Image, options: &DoctorOptions) -> Result<DoctorReport, Error> {
    let source = &image.source;
    image.graph.require_read(source.label())?;
    let facts = facts::Facts::of(image, options)?;
    let asked: Vec<Asked> = match options.targets.as_slice() {
        [] => Target::all().map(Asked::newest).collect(),
        targets => targets.to_vec(),
    };
    let targets: Vec<Prediction> = asked.iter().map(|asked| predict::predict(&facts, asked)).collect();
    let accepts = |prediction: &Prediction| prediction.verdict != Verdict::Refuses;
    let ok = if options.targets.is_empty() { targets.iter().any(accepts) } else { targets.iter().all(accepts) };
    Ok(DoctorReport {
        file: source.label().to_owned(),
        shape: *source.shape(),
        host: options.host.clone(),
        ok,
        targets,
    })
}
