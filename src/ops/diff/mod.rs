//! `diff`: two images, or two files of images: what one has and the other has not.

mod document;
mod files;
mod ignored;
mod image;
mod layers;
mod names;
mod pairs;

use serde::Serialize;

pub use document::FieldChange;
pub use files::{Change, FileChange, FileChanges, FileFacts, FilesDiff};
pub use ignored::{Ignore, Ignored, UnknownIgnore};
pub use image::{ImageDiff, Referrer};
pub use layers::{LayerChange, LayerDiff, LayerFacts};
pub use names::{NameChange, NamesDiff};
pub use pairs::ImageId;

use crate::error::Error;
use crate::graph::{NodeId, Selectable, Selector};
use crate::image::{Image, raw};
use crate::limits::{LimitReached, Limits};
use crate::source::FileFormat;

/// What to compare, and how far.
#[derive(Debug, Clone, Default)]
pub struct DiffOptions {
    /// What of the first file; all by default.
    pub a: Selector,
    /// What of the second.
    pub b: Selector,
    /// The merged root file systems too, file by file.
    pub files: bool,
    /// Files that differ in their times alone are the same.
    pub ignore_time: bool,
    /// What else may differ.
    pub ignored: Ignored,
    /// Threads; 0 for one on each core.
    pub jobs: usize,
    /// The limits.
    pub limits: Limits,
}

/// The comparison of two image files.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct DiffReport {
    /// The first file.
    pub a: DiffSide,
    /// The second file.
    pub b: DiffSide,
    /// The result of all checks.
    pub verdict: DiffVerdict,
    /// What was ignored: `annotations`, `attestations`, `compression`, `created`, `history`, `layers`, `manifest`, `names`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<Ignore>,
    /// The names of the images.
    pub names: NamesDiff,
    /// The fields of the index, if each file has one index at the top. Its `manifests` are compared one by one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub index: Vec<FieldChange>,
    /// The images of both, platform by platform.
    pub images: Vec<ImageDiff>,
    /// Images that only the first has.
    pub only_a: Vec<ImageId>,
    /// Images that only the second has.
    pub only_b: Vec<ImageId>,
}

/// One of the files.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DiffSide {
    /// The file, as named on the command line.
    pub file: String,
    /// The format of the image file.
    #[serde(rename = "shape")]
    pub format: FileFormat,
}

/// The result of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum DiffVerdict {
    /// The same images, with equal digests.
    Equal,
    /// The same configs and the same layer contents, stored in two formats: what one format cannot contain
    /// (manifests, compression, attestations) is not a difference.
    EqualContent,
    /// Nothing differs but what was to be ignored.
    EqualIgnoring,
    /// Something differs.
    Different,
}

impl DiffVerdict {
    /// Whether nothing differs.
    pub fn is_equal(self) -> bool {
        self != DiffVerdict::Different
    }
}

/// Compares two images.
///
/// Without `files` only documents are read.
///
/// # Errors
///
/// When nothing fits one of the selectors, and when a manifest or config is damaged; with `files` also when a layer is
/// absent, encrypted or damaged.
pub fn diff(a: &Image, b: &Image, options: &DiffOptions) -> Result<DiffReport, Error> {
    let tops_a = a.graph.select(a.source.label(), &options.a)?;
    let tops_b = b.graph.select(b.source.label(), &options.b)?;
    // Whoever chooses two images by their names knows that these differ.
    let by_name = |selector: &Selector| selector.reference.is_some() || selector.digest.is_some();
    let names = if by_name(&options.a) || by_name(&options.b) || options.ignored.has(Ignore::Names) {
        NamesDiff::default()
    } else {
        names::compare((a, &tops_a), (b, &tops_b))
    };
    let index = index_fields((a, &tops_a), (b, &tops_b), options);
    let pairs = pairs::pair((a, &tops_a), (b, &tops_b));
    let mut images = Vec::with_capacity(pairs.both.len());
    // What is kept of one pair of images counts for the next.
    let mut left = options.limits.entries;
    for (of_a, of_b) in &pairs.both {
        let compared = image::compare((a, of_a), (b, of_b), options, &mut left);
        images.push(compared.map_err(|error| match error {
            Error::Limit { path, reached } if reached.name == "entries" => {
                Error::Limit { path, reached: LimitReached { limit: options.limits.entries as u64, ..reached } }
            }
            error => error,
        })?);
    }
    let unmatched = !pairs.only_a.is_empty() || !pairs.only_b.is_empty();
    let differs = names.differ || unmatched || !index.is_empty() || images.iter().any(|image| image.differs);
    let same_bytes = images.iter().all(|image| image.a.digest == image.b.digest && image.a.view == image.b.view);
    let verdict = match (differs, same_bytes) {
        (true, _) => DiffVerdict::Different,
        (false, true) => DiffVerdict::Equal,
        (false, false) if !options.ignored.is_empty() => DiffVerdict::EqualIgnoring,
        (false, false) => DiffVerdict::EqualContent,
    };
    let side = |image: &Image| DiffSide { file: image.source.label().to_owned(), format: *image.source.format() };
    Ok(DiffReport {
        a: side(a),
        b: side(b),
        verdict,
        ignored: options.ignored.iter().collect(),
        names,
        index,
        images,
        only_a: pairs.only_a.iter().map(|one| one.id(a)).collect(),
        only_b: pairs.only_b.iter().map(|one| one.id(b)).collect(),
    })
}

/// The fields of the two indexes, where each side is one index.
fn index_fields(a: (&Image, &[Selectable]), b: (&Image, &[Selectable]), options: &DiffOptions) -> Vec<FieldChange> {
    let limits = &options.limits;
    let skip = |pointer: &str| pointer == "/manifests" || options.ignored.of_manifest(pointer);
    let text = |(image, selected): (&Image, &[Selectable])| {
        let mut nodes = selected.iter().flat_map(|top| match top {
            Selectable::Root(_) | Selectable::Node(_) => image.graph.nodes_of(*top),
            Selectable::Docker(_) => Vec::new(),
        });
        let first = nodes.next()?;
        let is_index = nodes.all(|other| other == first) && image.graph.node(first).kind == crate::graph::Kind::Index;
        is_index.then(|| text_of(image, first, limits)).flatten()
    };
    match (text(a), text(b)) {
        (Some(a), Some(b)) => document::changes(&a, &b, limits, &skip),
        _ => Vec::new(),
    }
}

/// The text of a document; None when it is not there or no text.
fn text_of(image: &Image, id: NodeId, limits: &Limits) -> Option<String> {
    String::from_utf8(raw::document(image, id, limits).ok()??.into_owned()).ok()
}
