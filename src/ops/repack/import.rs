//! The images of `manifest.json` as an image layout: configs and layers as they are stored, manifests written for them.

use std::io::BufRead;
use std::sync::Arc;

use super::parcel::Parcel;
use super::report::{Broken, MadeRow};
use super::{RepackOptions, layout};
use crate::codec::{Compression, DETECT_BYTES};
use crate::digest::{Algorithm, Digest, VerifyError};
use crate::doc::annotations::{CONTAINERD_NAME, REF_NAME};
use crate::doc::{Config, Document, Field, docker};
use crate::error::Error;
use crate::graph::{Content, DockerEntry, NodeId};
use crate::json::edit::quoted;
use crate::media_type as types;
use crate::ops::Image;
use crate::parallel;
use crate::reference::{normalized, tag_of};
use crate::source::{Hashing, MemberId, Part};

/// What became of the images of a docker archive.
#[derive(Debug, Default)]
pub(super) struct Imported {
    pub(super) made: Vec<MadeRow>,
    pub(super) broken: Vec<Broken>,
    /// The descriptors for `index.json`, as JSON texts.
    pub(super) descriptors: Vec<String>,
}

/// A layer as it is stored.
struct Stored {
    digest: Digest,
    size: u64,
    compression: Compression,
    part: Part,
}

/// An `index.json` that lists descriptors.
pub(super) fn index_of(descriptors: &[String]) -> String {
    let media_type = quoted(types::OCI_INDEX);
    format!(r#"{{"schemaVersion":2,"mediaType":{media_type},"manifests":[{}]}}"#, descriptors.join(","))
}

/// A docker archive as a layout.
pub(super) fn of(
    image: &Image,
    entries: &[&DockerEntry],
    options: &RepackOptions,
) -> Result<(Parcel, Imported), Error> {
    let mut parcel = Parcel::new(image.source.label());
    parcel.put("oci-layout", Part::text(layout::LAYOUT_FILE.to_owned()));
    let imported = into(&mut parcel, image, entries, options)?;
    parcel.put("index.json", Part::text(index_of(&imported.descriptors)));
    Ok((parcel, imported))
}

/// Adds the blobs of some images of `manifest.json` to a layout; their descriptors are for the caller to list.
pub(super) fn into(
    parcel: &mut Parcel,
    image: &Image,
    entries: &[&DockerEntry],
    options: &RepackOptions,
) -> Result<Imported, Error> {
    let mut imported = Imported::default();
    for entry in entries {
        add(parcel, image, entry, options, &mut imported)?;
    }
    Ok(imported)
}

fn add(
    parcel: &mut Parcel,
    image: &Image,
    entry: &DockerEntry,
    options: &RepackOptions,
    imported: &mut Imported,
) -> Result<(), Error> {
    let (config_part, config_digest, config) = config_of(image, entry, options, imported)?;
    let layers = layers_of(image, entry, config, options)?;
    let manifest = manifest_text(&config_digest, config_part.size(), &layers);
    parcel.blob(&config_digest, config_part);
    for layer in layers {
        parcel.blob(&layer.digest, layer.part);
    }
    let size = manifest.len();
    let digest = parcel.document(manifest);
    let names: Vec<String> = entry.image.repo_tags.iter().map(|tag| normalized(tag)).collect();
    let descriptors = if names.is_empty() {
        vec![descriptor_text(&digest, size, None)]
    } else {
        names.iter().map(|name| descriptor_text(&digest, size, Some(name))).collect()
    };
    for descriptor in descriptors {
        if !imported.descriptors.contains(&descriptor) {
            imported.descriptors.push(descriptor);
        }
    }
    imported.made.push(MadeRow { names, config: config_digest, manifest: digest });
    Ok(())
}

/// The config of an image, with the digest of its bytes.
fn config_of<'i>(
    image: &'i Image,
    entry: &DockerEntry,
    options: &RepackOptions,
    imported: &mut Imported,
) -> Result<(Part, Digest, &'i Config), Error> {
    let path = || image.source.label().to_owned();
    let name = entry.image.config.ok().cloned().unwrap_or_default();
    let absent = || Error::Absent { path: path(), digest: format!("the config `{name}`") };
    let node = image.graph.node(entry.config.ok_or_else(absent)?);
    let (Content::Member(member), Document::Config(config)) = (node.content, &node.document) else {
        return Err(absent());
    };
    let part = Part::Member(Arc::clone(&image.source), member);
    let read = image.source.read(member, options.limits.document_bytes);
    let bytes = read.map_err(|error| error.at(image.source.origin(member)))?;
    let digest = Algorithm::Sha256.digest(&bytes);
    let named = docker::config_digest(&name).filter(|named| named.algorithm() == Some(Algorithm::Sha256));
    if let Some(expected) = named.filter(|named| *named != digest) {
        let fault = VerifyError::Digest { expected, found: digest.clone() };
        Broken::note(image.source.origin(member), fault, options.allow_broken, &mut imported.broken)?;
    }
    Ok((part, digest, config))
}

fn layers_of(
    image: &Image,
    entry: &DockerEntry,
    config: &Config,
    options: &RepackOptions,
) -> Result<Vec<Stored>, Error> {
    let path = || image.source.label().to_owned();
    if config.diff_ids.len() != entry.layers.len() {
        let (layers, ids) = (entry.layers.len(), config.diff_ids.len());
        let name = entry.image.config.ok().cloned().unwrap_or_default();
        let fault = format!("the config has {ids} diff_ids, and manifest.json lists {layers} layers");
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
    let stored = parallel::map(&numbered, parallel::threads(options.jobs), |&(number, layer)| {
        let node = image.graph.node(layer);
        let Content::Member(member) = node.content else {
            return Err(Error::Absent { path: path(), digest: node.key.as_str().to_owned() });
        };
        let diff_id = config.diff_ids.get(number).and_then(Field::ok);
        stored(image, member, diff_id, options)
            .map_err(|source| Error::Read { path: image.source.origin(member), source })
    });
    stored.into_iter().collect()
}

/// What a layer's bytes are known by. An uncompressed one is its own diff_id, and some names say the digest of a
/// compressed one; both are proved when the bytes are copied. Only where nothing says it, the layer is read for it.
fn stored(
    image: &Image,
    member: MemberId,
    diff_id: Option<&Digest>,
    options: &RepackOptions,
) -> std::io::Result<Stored> {
    let listed = &image.source.members()[member];
    let mut content = image.source.content(member)?;
    let first = content.fill_buf()?;
    let compression = Compression::detect(&first[..first.len().min(DETECT_BYTES)]);
    let by_name = docker::layer_digest(&listed.name).filter(|name| Some(name) != diff_id);
    let said = match compression {
        Compression::None => diff_id.cloned(),
        _ => by_name,
    };
    let digest = match said.filter(|_| !options.allow_broken) {
        Some(digest) => digest,
        None => {
            let mut hashing = Hashing::new(content, Some(Algorithm::Sha256));
            hashing.drain()?;
            hashing.finish().ok_or(std::io::ErrorKind::Other)?
        }
    };
    let part = Part::Member(Arc::clone(&image.source), member);
    Ok(Stored { digest, size: listed.size, compression, part })
}

fn manifest_text(config: &Digest, config_size: u64, layers: &[Stored]) -> String {
    let layers: Vec<String> = layers
        .iter()
        .map(|layer| {
            let media_type = match layer.compression {
                Compression::Gzip => types::OCI_LAYER_GZIP,
                Compression::Zstd => types::OCI_LAYER_ZSTD,
                _ => types::OCI_LAYER,
            };
            referent(media_type, &layer.digest, layer.size)
        })
        .map(|text| format!("{{{text}}}"))
        .collect();
    format!(
        r#"{{"schemaVersion":2,"mediaType":{},"config":{{{}}},"layers":[{}]}}"#,
        quoted(types::OCI_MANIFEST),
        referent(types::OCI_CONFIG, config, config_size),
        layers.join(",")
    )
}

/// One entry of `index.json`, named as docker and containerd name it: the full name, and the tag alone.
fn descriptor_text(digest: &Digest, size: usize, name: Option<&str>) -> String {
    let referent = referent(types::OCI_MANIFEST, digest, size as u64);
    let Some(name) = name else { return format!("{{{referent}}}") };
    let tag = tag_of(name).unwrap_or("latest");
    format!(
        r#"{{{referent},"annotations":{{{}:{},{}:{}}}}}"#,
        quoted(CONTAINERD_NAME),
        quoted(name),
        quoted(REF_NAME),
        quoted(tag)
    )
}

fn referent(media_type: &str, digest: &Digest, size: u64) -> String {
    format!(r#""mediaType":{},"digest":{},"size":{size}"#, quoted(media_type), quoted(digest.as_str()))
}
