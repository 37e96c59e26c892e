//! `inspect`: what an image file holds, from its documents alone.

mod build;
mod config;
mod tree;

use serde::Serialize;

pub(super) use build::predicate_types;
pub use config::ConfigSummary;
pub use tree::{Annotation, LayerRow, State, TreeNode};

use crate::digest::Digest;
use crate::error::Error;
use crate::finding::{Finding, Severity};
use crate::graph::{Graph, Selectable, Selector};
use crate::image::{Amount, Image};
use crate::limits::Limits;
use crate::media_type::Compression;
use crate::source::{FileFormat, MemberKind};

/// What to show.
#[derive(Debug, Clone, Default)]
pub struct InspectOptions {
    /// The layers of each image.
    pub layers: bool,
    /// What the config of each image says of running it.
    pub config: bool,
    /// The annotations of each index and manifest, and of the descriptor that references it.
    pub annotations: bool,
    /// What to show of the file; all by default.
    pub selector: Selector,
    /// The limits.
    pub limits: Limits,
}

/// The content of an image file.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct InspectReport {
    /// The file, as named on the command line.
    pub file: String,
    /// The format of the image file.
    #[serde(rename = "shape")]
    pub format: FileFormat,
    /// The compression of the whole file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compression: Option<Compression>,
    /// The files in it that contain blobs.
    pub blobs: Amount,
    /// The content of `index.json`, each entry once with all its names, in stored order.
    pub roots: Vec<TreeNode>,
    /// The content of `manifest.json`, in stored order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub docker: Vec<TreeNode>,
    /// Unreferenced blobs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unreferenced: Vec<UnreferencedBlob>,
    /// Findings in the container and its top-level documents, and documents that do not match their digests; `verify`
    /// checks everything.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}

/// An unreferenced blob.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UnreferencedBlob {
    /// The digest in its name.
    pub digest: Digest,
    /// In bytes.
    pub size: u64,
}

/// Shows what an image file holds.
///
/// # Errors
///
/// When the selector fits nothing, and when a config that is to be shown cannot be read any more.
pub fn inspect(image: &Image, options: &InspectOptions) -> Result<InspectReport, Error> {
    let (source, graph) = (&image.source, &image.graph);
    let selected = graph.select(source.label(), &options.selector)?;
    let whole = options.selector.is_all();
    let mut builder = build::Builder::new(image, options);
    let roots = builder.roots(&selected);
    let docker_tops: Vec<Selectable> =
        if whole { (0..graph.docker.len()).map(Selectable::Docker).collect() } else { selected };
    let docker = docker_tops.into_iter().filter_map(|top| match top {
        Selectable::Docker(at) => Some(builder.docker(at)),
        _ => None,
    });
    let docker = docker.collect();
    if let Some(error) = builder.failed.take() {
        return Err(error);
    }
    let damaged = builder.damaged();
    let findings =
        source.findings().iter().chain(&graph.findings).filter(|f| f.severity != Severity::Note || is_about_shape(f));
    let format = *source.format();
    Ok(InspectReport {
        file: source.label().to_owned(),
        format,
        compression: Some(format.compression).filter(|compression| *compression != Compression::None),
        blobs: blobs(image),
        roots,
        docker,
        unreferenced: if whole { unreferenced(image, graph) } else { Vec::new() },
        findings: findings.filter(|_| whole).cloned().chain(damaged).collect(),
    })
}

fn is_about_shape(finding: &Finding) -> bool {
    use crate::finding::Code;
    matches!(finding.code, Code::ContainerWrapped | Code::ContainerUnpacked)
}

/// The regular files that hold blobs: those under `blobs/`, and those that `manifest.json` names.
fn blobs(image: &Image) -> Amount {
    let mut amount = Amount::default();
    for (id, member) in image.source.members().iter().enumerate() {
        let is_blob = image.graph.held_by(id).is_some() || Digest::from_blob_path(&member.name).is_some();
        if member.kind == MemberKind::File && is_blob {
            amount.add(member.size);
        }
    }
    amount
}

fn unreferenced(image: &Image, graph: &Graph) -> Vec<UnreferencedBlob> {
    let members = image.source.members().iter().enumerate();
    let free = members.filter(|(id, member)| member.kind == MemberKind::File && graph.held_by(*id).is_none());
    free.filter_map(|(_, member)| {
        Some(UnreferencedBlob { digest: Digest::from_blob_path(&member.name)?, size: member.size })
    })
    .collect()
}
