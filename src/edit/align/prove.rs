//! Whether an image of `manifest.json` is one that docker takes: every layer inflates to its diff_id.

use super::view::View;
use crate::digest::{Algorithm, Digest};
use crate::doc::Field;
use crate::error::Error;
use crate::graph::DockerEntry;
use crate::image::docker_image::{ImageFiles, ImageFilesOptions};
use crate::image::{Image, docker_image};
use crate::limits::Limits;
use crate::parallel;
use crate::source::{ExamineOptions, examine};

/// The files of an image, each read and compared with what the config says.
///
/// # Errors
///
/// When one is absent, cannot be read, or is something else.
pub(super) fn proved<'i>(image: &'i Image, entry: &DockerEntry, limits: &Limits) -> Result<ImageFiles<'i>, Error> {
    let refused = |reason: String| {
        let advice = "docker would refuse this image; with `--view index` the edit uses index.json";
        let path = image.source.label().to_owned();
        Error::Unfit {
            path,
            verb: View::Docker.verb(),
            reason: format!("manifest.json#/{}{reason}; {advice}", entry.number),
        }
    };
    let (layers, ids) = (entry.layers.len(), diff_ids(image, entry));
    if let Some(ids) = ids.filter(|ids| *ids != layers) {
        return Err(refused(format!("/Layers: {layers} layers, but the config has {ids} diff_ids")));
    }
    let threads = parallel::threads(0);
    let mut files = docker_image::image_files(image, entry, ImageFilesOptions { hash_all: false, threads, limits })?;
    if let Some(fault) = &files.fault {
        return Err(refused(format!("/Config: {fault}")));
    }
    let numbered: Vec<usize> = (0..files.layers.len()).collect();
    let read = parallel::map(&numbered, threads, |&number| {
        let member = files.layers[number].member;
        let failed = |source| Error::Read { path: image.source.origin(member), source };
        let diff_id = files.document.diff_ids.get(number).and_then(Field::ok);
        let algorithm = diff_id.and_then(|id| id.algorithm()).unwrap_or(Algorithm::Sha256);
        let wanted = ExamineOptions { digest: Algorithm::Sha256, diff_id: Some(algorithm), diff_id_also: None };
        let facts = examine(image.source.content(member).map_err(failed)?, wanted, limits).map_err(failed)?;
        Ok::<_, Error>((facts.digest, diff_id, facts.layer.and_then(|layer| layer.diff_id)))
    });
    let mut digests = Vec::with_capacity(numbered.len());
    for (number, result) in numbered.iter().zip(read) {
        let (digest, expected, found) = result?;
        if expected.is_none() || expected != found.as_ref() {
            let text = |digest: Option<&Digest>| digest.map_or("nothing".to_owned(), ToString::to_string);
            let (expected, found) = (text(expected), text(found.as_ref()));
            let name = &entry.image.layers[*number];
            return Err(refused(format!(
                "/Layers/{number}: `{name}` contains {found}, but the config has the diff_id {expected}"
            )));
        }
        digests.push(digest);
    }
    // What names say is not yet so.
    for (layer, digest) in files.layers.iter_mut().zip(digests) {
        layer.digest = digest;
    }
    Ok(files)
}

fn diff_ids(image: &Image, entry: &DockerEntry) -> Option<usize> {
    image.graph.node(entry.config?).document.as_config().map(|config| config.diff_ids.len())
}
