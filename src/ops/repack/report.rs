//! What a repack did, or would do.

use std::collections::HashSet;

use serde::Serialize;

use super::Input;
use super::left::LeftRow;
use super::output_format::OutputFormat;
use super::parcel::Parcel;
use super::select::Selected;
use crate::digest::{Digest, VerifyError};
use crate::edit::ChangedRow;
use crate::error::Error;
use crate::graph::Kind;
use crate::image::Amount;
use crate::platform::Platform;

/// The output, and what changed compared with the input.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct RepackReport {
    /// The inputs, as named on the command line.
    pub inputs: Vec<String>,
    /// The output; for a plan, what would be written.
    pub output: String,
    /// The format of the file: `layout directory`, `OCI archive`, `docker archive` or `dual archive`.
    #[serde(rename = "shape")]
    pub format: &'static str,
    /// Whether this is a plan, and nothing was written.
    pub dry_run: bool,
    /// The content of the output, as readers see it.
    pub images: Vec<ImageRow>,
    /// Changed digests.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<ChangedRow>,
    /// Manifests created for the images of a docker archive.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub made: Vec<CreatedManifest>,
    /// Content that is not in the output, with the reason.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<LeftRow>,
    /// Names that `manifest.json` cannot contain: tags without a repository.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unnamed: Vec<String>,
    /// Manifests of other platforms that are missing in the input too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub absent: Vec<Digest>,
    /// Broken content that was kept, if that was allowed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub broken: Vec<Broken>,
    /// What else a person should know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Files with blobs in the output, and their bytes.
    pub blobs: Amount,
    /// Bytes written; 0 for a plan.
    pub bytes_written: u64,
}

impl RepackReport {
    pub(super) fn new(inputs: &[Input], format: OutputFormat, output: String, dry_run: bool) -> Self {
        RepackReport {
            inputs: inputs.iter().map(|input| input.image.source.label().to_owned()).collect(),
            output,
            format: format.title(),
            dry_run,
            images: Vec::new(),
            changed: Vec::new(),
            made: Vec::new(),
            left: Vec::new(),
            unnamed: Vec::new(),
            absent: Vec::new(),
            broken: Vec::new(),
            notes: Vec::new(),
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
    /// Its kind.
    pub kind: Kind,
    /// Its digest in `index.json`; for an image in a docker archive, which has no manifest, the digest of its config.
    pub digest: Digest,
    /// The platforms of its images.
    pub platforms: Vec<Platform>,
}

/// A manifest created for an image of a docker archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreatedManifest {
    /// The names of the image.
    pub names: Vec<String>,
    /// The digest of its config, which is docker's image ID.
    pub config: Digest,
    /// The manifest.
    pub manifest: Digest,
}

/// A broken blob that was copied unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Broken {
    /// The file, and the member or digest.
    pub at: String,
    /// Its findings.
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
