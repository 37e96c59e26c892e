//! An image of `manifest.json` as a manifest: config and layers as they are stored, a manifest written for them.

use std::io;
use std::sync::Arc;

use crate::codec::Compression;
use crate::digest::{Algorithm, Digest, VerifyError};
use crate::doc::annotations::{CONTAINERD_NAME, REF_NAME};
use crate::doc::{Config, Document, Field, descriptor_text, docker};
use crate::error::Error;
use crate::graph::{Content, DockerEntry, NodeId};
use crate::image::Image;
use crate::json::edit::quoted;
use crate::limits::Limits;
use crate::media_type as types;
use crate::parallel;
use crate::reference::{normalized, tag_of};
use crate::source::{Hashing, MemberId, Part};

/// How the files of an image are looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ImageFilesOptions<'l> {
    /// Read every layer for its digest, instead of taking what names and diff_ids say of it.
    pub(crate) hash_all: bool,
    /// Threads.
    pub(crate) threads: usize,
    /// The limits.
    pub(crate) limits: &'l Limits,
}

/// A file of the image.
#[derive(Debug, Clone)]
pub(crate) struct ImageFile {
    pub(crate) digest: Digest,
    pub(crate) size: u64,
    pub(crate) member: MemberId,
    media_type: &'static str,
}

impl ImageFile {
    /// Its descriptor, as JSON text.
    pub(crate) fn descriptor(&self) -> String {
        descriptor_text(self.media_type, &self.digest, self.size, &[])
    }

    /// Its bytes.
    pub(crate) fn part(&self, image: &Image) -> Part {
        Part::Member(Arc::clone(&image.source), self.member)
    }
}

/// The files of an image, and the manifest for them.
#[derive(Debug)]
pub(crate) struct ImageFiles<'i> {
    pub(crate) config: ImageFile,
    /// The config is not what its name says.
    pub(crate) fault: Option<VerifyError>,
    pub(crate) document: &'i Config,
    /// Bottom first.
    pub(crate) layers: Vec<ImageFile>,
}

impl ImageFiles<'_> {
    /// The manifest, as JSON text.
    pub(crate) fn manifest(&self) -> String {
        let layers: Vec<String> = self.layers.iter().map(ImageFile::descriptor).collect();
        let (kind, config, layers) = (quoted(types::OCI_MANIFEST), self.config.descriptor(), layers.join(","));
        format!(r#"{{"schemaVersion":2,"mediaType":{kind},"config":{config},"layers":[{layers}]}}"#)
    }

    /// Config and layers.
    pub(crate) fn all(&self) -> impl Iterator<Item = &ImageFile> {
        std::iter::once(&self.config).chain(&self.layers)
    }
}

/// Looks at the files of an image.
///
/// # Errors
///
/// When one is absent, cannot be read, or there are more or fewer layers than the config has diff_ids.
pub(crate) fn image_files<'i>(
    image: &'i Image,
    entry: &DockerEntry,
    options: ImageFilesOptions<'_>,
) -> Result<ImageFiles<'i>, Error> {
    let path = || image.source.label().to_owned();
    let name = entry.image.config.ok().cloned().unwrap_or_default();
    let absent = || Error::Absent { path: path(), digest: format!("the config `{name}`") };
    let node = image.graph.node(entry.config.ok_or_else(absent)?);
    let (Content::Member(member), Document::Config(document)) = (node.content, &node.document) else {
        return Err(absent());
    };
    let read = image.source.read(member, options.limits.document_bytes);
    let bytes = read.map_err(|error| error.at(image.source.origin(member)))?;
    let digest = Algorithm::Sha256.digest(&bytes);
    let named = docker::config_digest(&name).filter(|named| named.algorithm() == Some(Algorithm::Sha256));
    let expected = named.filter(|named| *named != digest);
    let fault = expected.map(|expected| VerifyError::Digest { expected, found: digest.clone() });
    let config = ImageFile { digest, size: bytes.len() as u64, member, media_type: types::OCI_CONFIG };
    let layers = layers_of(image, entry, document, options)?;
    Ok(ImageFiles { config, fault, document, layers })
}

fn layers_of(
    image: &Image,
    entry: &DockerEntry,
    config: &Config,
    options: ImageFilesOptions<'_>,
) -> Result<Vec<ImageFile>, Error> {
    let path = || image.source.label().to_owned();
    if config.diff_ids.len() != entry.layers.len() {
        let (layers, ids) = (entry.layers.len(), config.diff_ids.len());
        let name = entry.image.config.ok().cloned().unwrap_or_default();
        let fault = format!("the config has {ids} diff_ids, but manifest.json lists {layers} layers");
        return Err(Error::Document { path: path(), document: name, fault });
    }
    let numbered: Vec<(usize, NodeId)> = entry
        .layers
        .iter()
        .enumerate()
        .map(|(number, layer)| match layer {
            Some(layer) => Ok((number, *layer)),
            None => Err(Error::Absent { path: path(), digest: format!("layer {number}, which was left out,") }),
        })
        .collect::<Result<_, _>>()?;
    let stored = parallel::map(&numbered, options.threads, |&(number, layer)| {
        let node = image.graph.node(layer);
        let Content::Member(member) = node.content else {
            return Err(Error::Absent { path: path(), digest: node.key.as_str().to_owned() });
        };
        let diff_id = config.diff_ids.get(number).and_then(Field::ok);
        image_file(image, member, diff_id, options)
            .map_err(|source| Error::Read { path: image.source.origin(member), source })
    });
    stored.into_iter().collect()
}

/// What a layer's bytes are known by. An uncompressed one is its own diff_id, and some names say the digest of a
/// compressed one; both are proved when the bytes are copied. Only where nothing says it, the layer is read for it.
fn image_file(
    image: &Image,
    member: MemberId,
    diff_id: Option<&Digest>,
    options: ImageFilesOptions<'_>,
) -> io::Result<ImageFile> {
    let listed = &image.source.members()[member];
    let mut content = image.source.content(member)?;
    let compression = Compression::of(&mut content)?;
    let by_name = docker::layer_digest(&listed.name).filter(|name| Some(name) != diff_id);
    let said = match compression {
        Compression::None => diff_id.cloned(),
        _ => by_name,
    };
    let digest = match said.filter(|_| !options.hash_all) {
        Some(digest) => digest,
        None => {
            let mut hashing = Hashing::new(content, Some(Algorithm::Sha256));
            hashing.drain()?;
            hashing.finish().ok_or(io::ErrorKind::Other)?
        }
    };
    let media_type = match compression {
        Compression::Gzip => types::OCI_LAYER_GZIP,
        Compression::Zstd => types::OCI_LAYER_ZSTD,
        _ => types::OCI_LAYER,
    };
    Ok(ImageFile { digest, size: listed.size, member, media_type })
}

/// The entries of `index.json` for an image with these `RepoTags`: one for each name, as docker and containerd write it,
/// the full name and the tag alone; one without a name where there is none.
pub(crate) fn entries(manifest: &Digest, size: u64, repo_tags: &[String]) -> Vec<String> {
    let entry = |others: &[(&str, String)]| descriptor_text(types::OCI_MANIFEST, manifest, size, others);
    if repo_tags.is_empty() {
        return vec![entry(&[])];
    }
    let named = repo_tags.iter().map(|name| {
        let name = normalized(name);
        let tag = tag_of(&name).unwrap_or("latest");
        let annotations = [(CONTAINERD_NAME, name.as_str()), (REF_NAME, tag)];
        let annotations = annotations.map(|(key, value)| format!("{}:{}", quoted(key), quoted(value)));
        entry(&[("annotations", format!("{{{}}}", annotations.join(",")))])
    });
    named.collect()
}
