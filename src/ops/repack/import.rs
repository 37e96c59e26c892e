//! The images of `manifest.json` as an image layout.

use std::collections::HashSet;

use super::parcel::Parcel;
use super::report::{Broken, CreatedManifest};
use super::{RepackOptions, layout};
use crate::error::Error;
use crate::graph::DockerEntry;
use crate::image::docker_image::ImageFilesOptions;
use crate::image::{Image, docker_image};
use crate::json::edit::quoted;
use crate::media_type as types;
use crate::parallel;
use crate::reference::normalized;
use crate::source::Part;

/// What became of the images of a docker archive.
#[derive(Debug, Default)]
pub(super) struct Imported {
    pub(super) created: Vec<CreatedManifest>,
    pub(super) broken: Vec<Broken>,
    /// The descriptors for `index.json`, as JSON texts.
    pub(super) descriptors: Vec<String>,
    /// The same, to know which are there.
    known: HashSet<String>,
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
    let threads = parallel::threads(options.jobs);
    let how = ImageFilesOptions { hash_all: options.allow_broken, threads, limits: &options.limits };
    let mut files = docker_image::image_files(image, entry, how)?;
    if let Some(fault) = files.fault.take() {
        let at = image.source.origin(files.config.member);
        Broken::note(at, fault, options.allow_broken, &mut imported.broken)?;
    }
    for file in files.all() {
        parcel.blob(&file.digest, file.part(image));
    }
    let manifest = files.manifest();
    let size = manifest.len() as u64;
    let digest = parcel.document(manifest);
    for descriptor in docker_image::entries(&digest, size, &entry.image.repo_tags) {
        if imported.known.insert(descriptor.clone()) {
            imported.descriptors.push(descriptor);
        }
    }
    let names = entry.image.repo_tags.iter().map(|tag| normalized(tag)).collect();
    imported.created.push(CreatedManifest { names, config: files.config.digest, manifest: digest });
    Ok(())
}
