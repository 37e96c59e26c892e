//! `delta create`: what a new file has and its bases lack.

use std::collections::BTreeMap;
use std::io::BufReader;
use std::sync::Arc;

use super::document::{DOCUMENT, Document, Listed, RECIPE, TargetFile, VERSION};
use super::holdings::{self, Holdings};
use super::recipe::Writer;
use super::{DeltaOptions, DeltaReport, apply};
use crate::digest::{Algorithm, Digest, Hasher, VerifyError};
use crate::error::Error;
use crate::image::Image;
use crate::ops::repack::{self, Output, OutputFormat, RepackOptions};
use crate::parallel;
use crate::source::{MemberId, MemberKind, Part};
use crate::tar_index::Window;

/// Files smaller than this that are no blobs go into the recipe: a digest of their own would cost more.
const SMALL: u64 = 16 << 10;

/// Makes a delta: a sparse OCI archive of what the bases lack, which with them makes the new file again.
///
/// # Errors
///
/// When the new file is not what its digests say, and those of reading and writing.
pub fn create(new: &Image, bases: &[Image], options: &DeltaOptions, output: Output<'_>) -> Result<DeltaReport, Error> {
    let contents = contents(new, options)?;
    let bases: Vec<&Image> = bases.iter().collect();
    let wanted: BTreeMap<Digest, u64> = contents
        .iter()
        .filter(|content| &*new.source.members()[content.member].name != "index.json")
        .map(|content| (content.digest.clone(), new.source.members()[content.member].size))
        .collect();
    let Holdings { found, .. } = holdings::find(&bases, &wanted, options)?;
    let mut files = repack::layout_files(new, &options.limits)?;
    // Manifests that were made for a docker archive stand nowhere else.
    files.retain(|name, part| !name.contains('/') || matches!(part, Part::Bytes(_)));
    let (mut base, mut carried) = (Vec::new(), Vec::new());
    for content in &contents {
        let Some(size) = wanted.get(&content.digest) else { continue };
        let list = if found.contains_key(&content.digest) { &mut base } else { &mut carried };
        let listed = Listed::new(&content.digest, *size);
        if !files.contains_key(&content.digest.blob_path()) && list.last() != Some(&listed) {
            list.push(listed);
        }
        if !found.contains_key(&content.digest) {
            let part = || Part::Member(Arc::clone(&new.source), content.member);
            files.entry(content.digest.blob_path()).or_insert_with(part);
        }
    }
    for list in [&mut base, &mut carried] {
        list.sort_by(|a, b| a.digest.cmp(&b.digest));
        list.dedup();
    }
    let (mut target, recipe) = target(new, &contents)?;
    if recipe.is_none() {
        target.digest = Some(apply::digest_of_directory(&files, base.iter().chain(&carried))?.to_string());
    }
    let listed = recipe.as_ref().map(|bytes| Listed::new(&Algorithm::Sha256.digest(bytes), bytes.len() as u64));
    let document = Document { ocikit_delta: VERSION, target, recipe: listed, base, carried };
    if let Some(bytes) = recipe {
        files.insert(RECIPE.to_owned(), Part::Bytes(bytes.into()));
    }
    let text = serde_json::to_string(&document).map_err(|error| Error::Document {
        path: new.source.label().to_owned(),
        document: DOCUMENT.to_owned(),
        fault: error.to_string(),
    })?;
    files.insert(DOCUMENT.to_owned(), Part::text(text));
    let new_bytes = document.target.size.unwrap_or_else(|| wanted.values().sum());
    let mut report = DeltaReport::of(&document, new.source.label(), new_bytes);
    report.is_inflated = new.source.format().compression != crate::codec::Compression::None;
    report.output = Some(output.label());
    report.dry_run = matches!(output, Output::Nothing);
    let packed = RepackOptions {
        mtime: options.mtime,
        meter: options.meter.clone(),
        compression: output.compression(),
        ..RepackOptions::new(OutputFormat::OciArchive)
    };
    // Also where nothing of it is carried: the recipe is made of its bytes.
    new.source.require_unchanged()?;
    report.delta_bytes = repack::write_files(&files, &packed, output)?;
    Ok(report)
}

/// One file of the new image file, by its bytes.
struct Content {
    member: MemberId,
    digest: Digest,
}

/// The files that are taken by their digests, in the order of the archive.
fn contents(new: &Image, options: &DeltaOptions) -> Result<Vec<Content>, Error> {
    let source = &new.source;
    let mut jobs: Vec<(MemberId, Option<Digest>)> = Vec::new();
    for (id, member) in source.members().iter().enumerate() {
        let named = Digest::from_blob_path(&member.name).filter(|digest| digest.algorithm().is_some());
        let is_taken =
            named.is_some() || &*member.name == "index.json" || (member.size >= SMALL && !source.format().directory);
        // Of an archive, an empty file has no bytes in the recipe; a directory lacks it unless it is listed.
        let has_place = member.size > 0 || source.format().directory;
        if member.kind == MemberKind::File && has_place && is_taken {
            jobs.push((id, named));
        }
    }
    jobs.sort_by_key(|(id, _)| std::cmp::Reverse(source.members()[*id].size));
    let bytes = jobs.iter().map(|(id, _)| source.members()[*id].size).sum();
    let _work = options.meter.begin(&format!("reading {}", source.label()), bytes);
    let digests = parallel::map(&jobs, parallel::threads(options.jobs), |(id, named)| {
        let algorithm = named.as_ref().and_then(Digest::algorithm).unwrap_or(Algorithm::Sha256);
        let failed = |error| Error::Read { path: source.origin(*id), source: error };
        let digest = holdings::digest(source, *id, algorithm, &options.meter).map_err(failed)?;
        match named {
            Some(named) if *named != digest => {
                let fault = VerifyError::Digest { expected: named.clone(), found: digest };
                Err(Error::Damaged { path: source.origin(*id), fault })
            }
            _ => Ok(digest),
        }
    });
    let mut contents = Vec::new();
    for ((member, _), digest) in jobs.into_iter().zip(digests) {
        contents.push(Content { member, digest: digest? });
    }
    contents.sort_by_key(|content| (source.members()[content.member].offset, content.member));
    Ok(contents)
}

/// What the delta makes: for an archive with the recipe for every byte of it.
fn target(new: &Image, contents: &[Content]) -> Result<(TargetFile, Option<Vec<u8>>), Error> {
    let source = &new.source;
    let format = source.format().name().to_owned();
    let Some((file, length)) = source.archive() else {
        return Ok((TargetFile { format, size: None, digest: None }, None));
    };
    let failed = |error| Error::Read { path: source.label().to_owned(), source: error };
    let mut recipe = Writer::new().map_err(failed)?;
    let mut at = 0;
    for content in contents {
        let member = &source.members()[content.member];
        // Content that an archive cuts short, or that overlaps another, is what it is: bytes.
        let Some(end) = member.offset.checked_add(member.size).filter(|end| *end <= length && member.offset >= at)
        else {
            continue;
        };
        recipe.bytes(Window::new(file, at, member.offset - at)).map_err(failed)?;
        recipe.content(&content.digest).map_err(failed)?;
        at = end;
    }
    recipe.bytes(Window::new(file, at, length - at)).map_err(failed)?;
    let digest = digest_of(file, length).map_err(failed)?;
    let target = TargetFile { format, size: Some(length), digest: Some(digest.to_string()) };
    Ok((target, Some(recipe.finish().map_err(failed)?)))
}

fn digest_of(file: &std::fs::File, length: u64) -> std::io::Result<Digest> {
    use std::io::BufRead;
    let mut reader = BufReader::with_capacity(256 << 10, Window::new(file, 0, length));
    let mut hasher = Hasher::new(Algorithm::Sha256);
    loop {
        let piece = reader.fill_buf()?;
        if piece.is_empty() {
            return Ok(hasher.finish());
        }
        hasher.update(piece);
        let length = piece.len();
        reader.consume(length);
    }
}
