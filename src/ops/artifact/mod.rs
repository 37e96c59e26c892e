//! `artifact`, `attach` and the artifacts of `new`: files in a manifest, as ORAS keeps them.
//!
//! A manifest with `artifactType` and the empty config lists each file as a layer whose title is its name (image-spec
//! `manifest.md`, "Guidelines for Artifact Usage").

mod attach;
mod create;
mod extract;
mod files;
mod manifest;
mod titles;

pub use attach::attach;
pub use create::create;
pub use extract::{ArtifactFile, ExtractReport, extract};
pub use files::FileInput;
pub use manifest::ArtifactOptions;
