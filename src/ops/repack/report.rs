//! What a repack did, or would do.

use std::collections::HashSet;

use serde::Serialize;

use super::Input;
use super::form::Form;
use super::left::LeftRow;
use super::parcel::Parcel;
use super::select::Selected;
use crate::digest::{Digest, VerifyError};
use crate::edit::ChangedRow;
use crate::error::Error;
use crate::graph::Kind;
use crate::image::Amount;
use crate::platform::Platform;

/// What was written, and what became of the input.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct RepackReport {
    /// The inputs as the person named them.
    pub inputs: Vec<String>,
    /// What was written; for a plan what would be.
    pub output: String,
    /// Its shape: `layout directory`, `OCI archive`, `docker archive` or `dual archive`.
    pub shape: &'static str,
    /// Whether this is a plan, and nothing was written.
    pub dry_run: bool,
    /// What the output holds, as its reader will see it.
    pub images: Vec<ImageRow>,
    /// What has another digest than before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<ChangedRow>,
    /// Manifests that were written for the images of a docker archive.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub made: Vec<CreatedManifest>,
    /// What the output does not hold, with the reason.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<LeftRow>,
    /// Names that `manifest.json` has no form for: tags without a repository.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unnamed: Vec<String>,
    /// Manifests of other platforms that the input does not hold either.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub absent: Vec<Digest>,
    /// What is broken and was kept, where that was allowed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub broken: Vec<Broken>,
    /// Files with blobs in the output, and their bytes.
    pub blobs: Amount,
    /// Bytes written; 0 for a plan.
    pub bytes_written: u64,
}

impl RepackReport {
    pub(super) fn new(inputs: &[Input], form: Form, output: String, dry_run: bool) -> Self {
        RepackReport {
            inputs: inputs.iter().map(|input| input.image.source.label().to_owned()).collect(),
            output,
            shape: form.title(),
            dry_run,
            images: Vec::new(),
            changed: Vec::new(),
            made: Vec::new(),
            left: Vec::new(),
            unnamed: Vec::new(),
            absent: Vec::new(),
            broken: Vec::new(),
            blobs: Amount::default(),
            bytes_written: 0,
        }
    }

    /// Takes in what an edit changed, and gives on what came of it.
    pub(super) fn take(&mut self, selected: Selected) -> Parcel {
        self.changed.extend(selected.changed);
        let mut known: HashSet<LeftRow> = self.left.iter().cloned().collect();
        self.left.extend(selected.left.into_iter().filter(|row| known.insert(row.clone())));
        selected.parcel
    }
}

/// One image, index or artifact at the top of the output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ImageRow {
    /// Its names.
    pub names: Vec<String>,
    /// What it is.
    pub kind: Kind,
    /// Its digest in `index.json`; of an image in a docker archive, which has no manifest, that of its config.
    pub digest: Digest,
    /// The platforms of its images.
    pub platforms: Vec<Platform>,
}

/// A manifest that was written for an image of a docker archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreatedManifest {
    /// The names of the image.
    pub names: Vec<String>,
    /// Its config, which is docker's image identifier.
    pub config: Digest,
    /// The manifest.
    pub manifest: Digest,
}

/// A blob that is not what it should be, and was copied as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Broken {
    /// The file, and the member or digest.
    pub at: String,
    /// What is wrong with it.
    pub fault: String,
}

impl Broken {
    /// Stops at something broken, unless it is allowed; then it is noted.
    pub(super) fn note(at: String, fault: VerifyError, allow: bool, broken: &mut Vec<Broken>) -> Result<(), Error> {
        if !allow {
            return Err(Error::Damaged { path: at, fault });
        }
        broken.push(Broken { at, fault: fault.to_string() });
        Ok(())
    }
}
