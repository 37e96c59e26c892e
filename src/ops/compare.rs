//! `compare`: `index.json` against `manifest.json` of one file, image by image.

use serde::Serialize;

pub use crate::views::{ComparedImage, Side, Unproven, Verdict};

use crate::error::Error;
use crate::finding::{Code, Finding, Findings, Place, Severity};
use crate::graph::Selector;
use crate::image::Image;
use crate::limits::Limits;
use crate::source::FileFormat;
use crate::target::{Reads, Target};
use crate::views::{Comparison, both_views};

/// What to compare.
#[derive(Debug, Clone, Default)]
pub struct CompareOptions {
    /// A file with one view only differs, instead of being nothing to compare.
    pub require_both: bool,
    /// Which images; all by default.
    pub selector: Selector,
    /// The limits.
    pub limits: Limits,
}

/// How the two views of a file compare.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct CompareReport {
    /// The file, as named on the command line.
    pub file: String,
    /// The format of the image file.
    #[serde(rename = "shape")]
    pub format: FileFormat,
    /// Whether the views agree: all findings are notes.
    pub agree: bool,
    /// The images of both views, each once.
    pub images: Vec<ComparedImage>,
    /// Layers that only their content can prove equal.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unproven: Vec<Unproven>,
    /// The readers of each view.
    pub readers: Vec<Readers>,
    /// Every disagreement, sorted by place.
    pub findings: Findings,
    /// Findings that were dropped because there were more than the limit `findings`.
    #[serde(skip_serializing_if = "crate::image::is_zero")]
    pub findings_dropped: usize,
}

/// The programs that use one view.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Readers {
    /// `index.json` or `manifest.json`.
    pub view: &'static str,
    /// The names of the programs.
    pub programs: Vec<&'static str>,
}

/// Compares the two views of an image file. Reads documents only.
///
/// # Errors
///
/// When the file carries only one view and `require_both` is not set, or the selector fits nothing.
pub fn compare(image: &Image, options: &CompareOptions) -> Result<CompareReport, Error> {
    let source = &image.source;
    let selected = image.graph.select(source.label(), &options.selector)?;
    let mut comparison = if source.format().index_view && source.format().docker_view {
        both_views(image, &options.limits)
    } else if options.require_both {
        Comparison { findings: only_one(image), ..Comparison::default() }
    } else {
        let (view, other) = views_of(source.format());
        return Err(Error::OneView { path: source.label().to_owned(), view, other });
    };
    if !options.selector.is_all() {
        comparison.retain(&image.graph, &selected);
    }
    let mut findings: Findings = comparison.findings;
    findings.settle(options.limits.findings);
    Ok(CompareReport {
        file: source.label().to_owned(),
        format: *source.format(),
        agree: findings.iter().all(|finding| finding.severity == Severity::Note),
        images: comparison.images.into_iter().map(|(_, image)| image).collect(),
        unproven: comparison.unproven,
        readers: readers(),
        findings_dropped: findings.dropped(),
        findings,
    })
}

/// The view that a file carries, and the one that it lacks.
fn views_of(format: &FileFormat) -> (&'static str, &'static str) {
    if format.index_view { ("index.json", "manifest.json") } else { ("manifest.json", "index.json") }
}

fn only_one(image: &Image) -> Findings {
    let (view, other) = views_of(image.source.format());
    let detail = format!("the file has no `{other}`; only `{view}` lists its images");
    let mut findings = Findings::new();
    findings.push(Finding::new(Code::ViewImageMissing, Place::of(other), detail));
    findings
}

/// Who believes which view, where a file carries both.
fn readers() -> Vec<Readers> {
    // Programs that are no target of `doctor`, and read whole files all the same.
    let others: [(&str, &str); 2] = [("index.json", "nerdctl"), ("index.json", "regctl")];
    ["index.json", "manifest.json"]
        .into_iter()
        .map(|view| {
            let believes = |target: &Target| match target.reads() {
                Reads::Index | Reads::IndexFirst | Reads::Either => view == "index.json",
                Reads::Docker | Reads::DockerFirst | Reads::ByContainer => view == "manifest.json",
            };
            let is_program =
                |target: &Target| !matches!(target, Target::RegistryNoAttestations | Target::RegistryNoSubject);
            let targets = Target::all().filter(is_program).filter(believes).map(Target::title);
            let others = others.into_iter().filter(|(own, _)| *own == view).map(|(_, program)| program);
            Readers { view, programs: targets.chain(others).collect() }
        })
        .collect()
}
