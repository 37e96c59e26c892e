//! `doctor`: which programs accept a file, what each would load, and the command after which the others do.

mod fix;

use serde::Serialize;

pub use crate::readers::{Loads, Prediction, Reason, Requirement, Verdict, requirements};
pub use fix::Fix;

use crate::command::CommandLine;
use crate::error::Error;
use crate::graph::Selector;
use crate::image::Image;
use crate::limits::Limits;
use crate::platform::Platform;
use crate::readers::{Reading, predict};
use crate::source::FileFormat;
use crate::target::{Asked, Target};
use fix::Search;

/// Which targets to ask about.
#[derive(Debug, Clone)]
pub struct DoctorOptions {
    /// The targets; all when empty.
    pub targets: Vec<Asked>,
    /// The platform of the machine that reads the file.
    pub host: Platform,
    /// Which image; what a program does without being told which by default.
    pub selector: Selector,
    /// Whether links were followed when the file was opened, so that commands have to do it too.
    pub follow_links: bool,
    /// The limits.
    pub limits: Limits,
}

impl Default for DoctorOptions {
    fn default() -> Self {
        let Reading { host, selector, limits } = Reading::default();
        DoctorOptions { targets: Vec::new(), host, selector, follow_links: false, limits }
    }
}

/// Who accepts a file.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct DoctorReport {
    /// The file, as named on the command line.
    pub file: String,
    /// The format of the image file.
    #[serde(rename = "shape")]
    pub format: FileFormat,
    /// The platform that the readers run on.
    pub host: Platform,
    /// Whether each requested target accepts it; without a request, whether any target accepts it.
    pub ok: bool,
    /// The result for each target.
    pub targets: Vec<Diagnosis>,
    /// Whether these are targets that somebody asked for, and not all.
    #[serde(skip)]
    pub asked: bool,
}

/// The result for one target, and how to fix the file for it.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Diagnosis {
    /// What the target does.
    #[serde(flatten)]
    pub prediction: Prediction,
    /// The command after which the target accepts the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
    /// Why no command fixes the file, if the target refuses it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unfixable: Option<String>,
}

/// Predicts what each target does with a file, and finds the command for those that refuse it. Reads documents, and of a
/// docker archive the layers, whose digests a repack needs.
///
/// # Errors
///
/// When the selector fits nothing, or a document cannot be read.
pub fn doctor(image: &Image, options: &DoctorOptions) -> Result<DoctorReport, Error> {
    let source = &image.source;
    if source.format().skopeo {
        let repack = CommandLine::ocikit("repack").path(source.label()).into_new_file();
        let reason = format!(
            "it is a skopeo directory, which other programs do not read; repack it first{}",
            repack.line().map_or_else(String::new, |line| format!(": {line}"))
        );
        return Err(Error::Unfit { path: source.label().to_owned(), verb: "predict readers", reason });
    }
    let asked: Vec<Asked> = match options.targets.as_slice() {
        [] => Target::all().map(Asked::newest).collect(),
        targets => targets.to_vec(),
    };
    let reading =
        Reading { host: options.host.clone(), selector: options.selector.clone(), limits: options.limits.clone() };
    let mut search = Search::new(image, options);
    let diagnose = |prediction: Prediction| {
        let refuses = prediction.verdict == Verdict::Refuses;
        let may_help = prediction.reasons.iter().any(|reason| !reason.repairs.is_empty());
        let (fix, unfixable) = match refuses || may_help {
            true => match search.fix(&prediction) {
                Ok(fix) => (Some(fix), None),
                Err(reason) => (None, Some(reason).filter(|_| refuses)),
            },
            false => (None, None),
        };
        Diagnosis { prediction, fix, unfixable }
    };
    let targets: Vec<Diagnosis> = predict(image, &asked, &reading)?.into_iter().map(diagnose).collect();
    let accepts = |target: &Diagnosis| target.prediction.verdict != Verdict::Refuses;
    let ok = if options.targets.is_empty() { targets.iter().any(accepts) } else { targets.iter().all(accepts) };
    Ok(DoctorReport {
        file: source.label().to_owned(),
        format: *source.format(),
        host: options.host.clone(),
        ok,
        targets,
        asked: !options.targets.is_empty(),
    })
}
