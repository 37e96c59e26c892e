//! Contents in image files, found by what they are and not by what they are called.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::DeltaOptions;
use crate::digest::{Algorithm, Digest};
use crate::error::Error;
use crate::image::Image;
use crate::parallel;
use crate::progress::{Meter, Metered};
use crate::source::{Hashing, MemberId, MemberKind, Part, Source};

/// What was found in some files.
#[derive(Debug, Default)]
pub(super) struct Holdings {
    /// Contents whose bytes were read and are what their digest says.
    pub(super) found: BTreeMap<Digest, Part>,
    /// Blobs that are there under the name of a wanted digest and are something else: where they stand.
    pub(super) changed: BTreeMap<Digest, String>,
}

/// Looks for contents of these digests and sizes. Every file of a size that is wanted is read, so that it does not matter
/// whether a layer is in `blobs/` or in the folder of a docker archive.
pub(super) fn find(
    images: &[&Image],
    wanted: &BTreeMap<Digest, u64>,
    options: &DeltaOptions,
) -> Result<Holdings, Error> {
    let sizes: BTreeSet<u64> = wanted.values().copied().collect();
    let algorithms: BTreeSet<Algorithm> = wanted.keys().filter_map(Digest::algorithm).collect();
    let mut holdings = Holdings::default();
    let mut candidates: Vec<(&Arc<Source>, MemberId, Algorithm)> = Vec::new();
    for image in images {
        for (id, member) in
            image.source.members().iter().enumerate().filter(|(_, member)| member.kind == MemberKind::File)
        {
            let named = Digest::from_blob_path(&member.name).filter(|digest| wanted.contains_key(digest));
            match named.as_ref().and_then(|named| Some((named, named.algorithm()?))) {
                Some((named, algorithm)) if wanted.get(named) == Some(&member.size) => {
                    candidates.push((&image.source, id, algorithm));
                }
                Some((named, _)) => {
                    holdings.changed.insert(named.clone(), image.source.origin(id));
                }
                None if sizes.contains(&member.size) => {
                    candidates.extend(algorithms.iter().map(|algorithm| (&image.source, id, *algorithm)));
                }
                None => {}
            }
        }
    }
    candidates.sort_by_key(|(source, id, _)| std::cmp::Reverse(source.members()[*id].size));
    let bytes = candidates.iter().map(|(source, id, _)| source.members()[*id].size).sum();
    let _work = options.meter.begin("verifying", bytes);
    let digests = parallel::map(&candidates, parallel::threads(options.jobs), |(source, id, algorithm)| {
        digest(source, *id, *algorithm, &options.meter)
            .map_err(|error| Error::Read { path: source.origin(*id), source: error })
    });
    for ((source, id, _), digest) in candidates.into_iter().zip(digests) {
        let digest = digest?;
        if wanted.contains_key(&digest) {
            holdings.found.entry(digest).or_insert_with(|| Part::Member(Arc::clone(source), id));
        } else if let Some(named) =
            Digest::from_blob_path(&source.members()[id].name).filter(|named| wanted.contains_key(named))
        {
            holdings.changed.insert(named, source.origin(id));
        }
    }
    holdings.changed.retain(|digest, _| !holdings.found.contains_key(digest));
    Ok(holdings)
}

/// The digest of a file.
pub(super) fn digest(source: &Source, id: MemberId, algorithm: Algorithm, meter: &Meter) -> std::io::Result<Digest> {
    let mut hashing = Hashing::new(Metered::new(source.content(id)?, meter), Some(algorithm));
    hashing.drain()?;
    hashing.finish().ok_or_else(|| std::io::ErrorKind::Unsupported.into())
}
