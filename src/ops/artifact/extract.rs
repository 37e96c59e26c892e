//! `artifact extract`

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::titles::plain_title;
use crate::codec::Compression;
use crate::digest::{Digest, VerifyError};
use crate::doc::annotations::TITLE;
use crate::doc::{Descriptor, Document};
use crate::error::Error;
use crate::graph::{Content, NodeId, Role, Selector};
use crate::image::Image;
use crate::media_type::{self, MediaType};
use crate::sink::{Content as Written, Layout};

/// ORAS packs a directory as a tar archive, and says so.
const UNPACK: &str = "io.deis.oras.content.unpack";

/// The files of an artifact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ExtractReport {
    /// The image file, as named on the command line.
    pub file: String,
    /// The directory that was written.
    pub output: String,
    /// The digest of the manifest.
    pub digest: Digest,
    /// Its `artifactType`, or without one the media type of its config.
    pub artifact_type: Option<String>,
    /// The files, in the order of the manifest.
    pub files: Vec<ArtifactFile>,
    /// Layers without a title, which were not written.
    pub untitled: usize,
}

/// A file of an artifact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ArtifactFile {
    /// Its name in the directory.
    pub name: String,
    /// The media type of its layer.
    pub media_type: Option<String>,
    /// Its digest.
    pub digest: Digest,
    /// Its size in bytes.
    pub size: u64,
    /// Whether it is a directory that ORAS packed as a tar archive; it was not unpacked.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_packed: bool,
}

/// Writes the files of the one artifact that a selector means into a new directory, by their titles. Each is proved by its
/// digest.
///
/// # Errors
///
/// When the selector means nothing or several; when a title is no name in the directory, or two layers have the same; when
/// a layer is missing or damaged; and those of writing. Then nothing is written.
pub fn extract(image: &Image, selector: &Selector, output: &Path) -> Result<ExtractReport, Error> {
    let path = image.source.label();
    let top = image.graph.select_one(path, selector)?;
    let id = image.graph.nodes_of(top).first().copied();
    let found = id.map(|id| (id, image.graph.node(id)));
    let Some((id, node, manifest)) = found.and_then(|(id, node)| match &node.document {
        Document::Manifest(manifest) => Some((id, node, manifest)),
        _ => None,
    }) else {
        let reason = format!("{} is not the manifest of an artifact", image.graph.label(top));
        return Err(unfit(path, reason));
    };
    let digest = node.key.digest().cloned().ok_or_else(|| unfit(path, "its manifest has no digest".to_owned()))?;
    let files = titled(image, id)?;
    let untitled = manifest.layers.iter().filter(|(_, layer)| layer.annotations.get(TITLE).is_none()).count();
    if files.is_empty() {
        return Err(unfit(path, format!("no layer of {digest} has a title ({TITLE})")));
    }
    let mut layout = Layout::create(output)?;
    for (file, layer) in &files {
        layout.file(&file.name, content(image, *layer, file)?)?;
    }
    layout.finish()?;
    let config = || manifest.config.as_ref().and_then(|config| config.media_type.ok()).map(MediaType::as_str);
    let artifact_type = manifest.artifact_type.as_ref().map(MediaType::as_str).or_else(config).map(str::to_owned);
    let files = files.into_iter().map(|(file, _)| file).collect();
    Ok(ExtractReport {
        file: path.to_owned(),
        output: output.display().to_string(),
        digest,
        artifact_type,
        files,
        untitled,
    })
}

/// The layers with titles, and where they are.
fn titled(image: &Image, manifest: NodeId) -> Result<Vec<(ArtifactFile, NodeId)>, Error> {
    let (graph, path) = (&image.graph, image.source.label());
    let mut files: Vec<(ArtifactFile, NodeId)> = Vec::new();
    let mut names: BTreeMap<String, Digest> = BTreeMap::new();
    for &link in &graph.node(manifest).links {
        let (Role::Layer(_), Some(descriptor)) = (link.role, graph.descriptor(manifest, link)) else { continue };
        let Some(title) = descriptor.annotations.get(TITLE) else { continue };
        let name = plain_title(title)
            .ok_or_else(|| unfit(path, format!("the title `{title}` is not a relative path without `..`")))?;
        let absent = || Error::Absent { path: path.to_owned(), digest: format!("the file `{title}`") };
        let digest = descriptor.digest.ok().cloned().ok_or_else(absent)?;
        let layer = link.node.ok_or_else(absent)?;
        if digest.algorithm().is_none() {
            return Err(unfit(path, format!("the digest of `{title}`, {digest}, cannot be verified")));
        }
        let is_packed = descriptor.annotations.get(UNPACK).is_some_and(|value| value == "true");
        let name = if is_packed { name + extension(descriptor) } else { name };
        match names.insert(name.clone(), digest.clone()) {
            None => {}
            Some(other) if other == digest => continue,
            Some(_) => return Err(unfit(path, format!("two layers have the title `{title}`"))),
        }
        let size =
            image.size_of(layer).ok_or_else(|| Error::Absent { path: path.to_owned(), digest: digest.to_string() })?;
        if let Some(expected) = descriptor.size.ok().copied().filter(|expected| *expected != size) {
            let fault = VerifyError::Size { digest, expected, found: size };
            return Err(Error::Damaged { path: path.to_owned(), fault });
        }
        let below = format!("{name}/");
        let is_directory = names.range(below.clone()..).next().is_some_and(|(other, _)| other.starts_with(&below));
        let is_below = name.match_indices('/').any(|(at, _)| names.contains_key(&name[..at]));
        if is_directory || is_below {
            return Err(unfit(path, format!("`{name}` is a file and a directory by the titles of the layers")));
        }
        let media_type = descriptor.media_type.ok().map(|kind| kind.as_str().to_owned());
        files.push((ArtifactFile { name, media_type, digest, size, is_packed }, layer));
    }
    Ok(files)
}

/// What the name of an archive ends in.
fn extension(descriptor: &Descriptor) -> &'static str {
    match descriptor.media_type.ok().map(MediaType::kind) {
        Some(media_type::Kind::Layer(layer)) if layer.compression == Compression::Gzip => ".tar.gz",
        Some(media_type::Kind::Layer(layer)) if layer.compression == Compression::Zstd => ".tar.zst",
        _ => ".tar",
    }
}

fn content<'a>(image: &'a Image, layer: NodeId, file: &ArtifactFile) -> Result<Written<'a>, Error> {
    let label = format!("{}: {}", image.source.label(), file.digest);
    let reader = image.content(layer).map_err(|source| Error::Read { path: label.clone(), source })?;
    let written = Written::reader(label, file.size, reader);
    let written = match image.graph.node(layer).content {
        Content::Member(member) => match image.source.file_of(member) {
            Some((stored, offset)) => written.in_file(stored, offset),
            None => written,
        },
        _ => written,
    };
    Ok(written.verified(file.digest.clone()))
}

fn unfit(path: &str, reason: String) -> Error {
    Error::Unfit { path: path.to_owned(), verb: "extract an artifact", reason }
}
