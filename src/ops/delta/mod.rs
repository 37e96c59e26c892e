//! `delta`: only what the other side lacks crosses the air gap.
//!
//! A delta is a sparse OCI archive, which any tool can inspect, with two members more: [`DOCUMENT`] and [`RECIPE`].

mod apply;
mod create;
mod document;
mod holdings;
mod recipe;

use serde::Serialize;

pub use apply::apply;
pub use create::create;
pub use document::{DOCUMENT, RECIPE, TargetFile, VERSION};

use crate::error::Error;
use crate::image::{Amount, Image};
use crate::limits::Limits;
use crate::progress::Meter;
use document::{Document, Listed};

/// How deltas are made and applied.
#[derive(Debug, Clone, Default)]
pub struct DeltaOptions {
    /// The time of every entry of a delta, in seconds since 1970.
    pub mtime: u64,
    /// Threads; 0 for one on each core.
    pub jobs: usize,
    /// The limits.
    pub limits: Limits,
    /// Receives the progress of the work.
    pub meter: Meter,
}

/// What a delta rebuilds, requires and contains.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct DeltaReport {
    /// The input: the new file, or the delta.
    pub input: String,
    /// The output; missing if nothing was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// Whether this is a plan, and nothing was written.
    pub dry_run: bool,
    /// The new file.
    pub target: TargetFile,
    /// Whether the new file was compressed; the rebuilt file is not.
    pub is_inflated: bool,
    /// The content that the bases must contain.
    pub base: Amount,
    /// The content of the delta itself.
    pub carried: Amount,
    /// The uncompressed size of the new file in bytes.
    pub new_bytes: u64,
    /// The size of the delta in bytes; 0 for a plan.
    pub delta_bytes: u64,
}

impl DeltaReport {
    fn of(document: &Document, input: &str, new_bytes: u64) -> Self {
        let amount = |list: &[Listed]| {
            let mut amount = Amount::default();
            list.iter().for_each(|listed| amount.add(listed.size));
            amount
        };
        DeltaReport {
            input: input.to_owned(),
            output: None,
            dry_run: false,
            target: document.target.clone(),
            is_inflated: false,
            base: amount(&document.base),
            carried: amount(&document.carried),
            new_bytes,
            delta_bytes: 0,
        }
    }
}

/// Says what a delta makes, needs and carries.
///
/// # Errors
///
/// When the file is no delta, or its document cannot be read.
pub fn show(delta: &Image, options: &DeltaOptions) -> Result<DeltaReport, Error> {
    let document = apply::document(delta, options)?;
    let listed = document.base.iter().chain(&document.carried).map(|listed| listed.size);
    let new_bytes = document.target.size.unwrap_or_else(|| listed.fold(0, u64::saturating_add));
    let mut report = DeltaReport::of(&document, delta.source.label(), new_bytes);
    report.delta_bytes = delta.source.archive().map_or(0, |(_, length)| length);
    Ok(report)
}
