//! `delta apply`: the new file again, from a delta and its bases.

use std::collections::BTreeMap;
use std::io::BufRead;

use super::document::{DOCUMENT, Document, RECIPE, of_files};
use super::holdings::{self, Holdings};
use super::recipe::{self, Step};
use super::{DeltaOptions, DeltaReport};
use crate::codec::Compression;
use crate::digest::{Algorithm, Digest, Hasher, VerifyError};
use crate::error::Error;
use crate::image::Image;
use crate::ops::repack::{self, Output, OutputFormat, RepackOptions};
use crate::sink::{Plain, Target};
use crate::source::{Part, Resolution};

/// Digests that a message lists at most.
const MOST: usize = 20;

/// Makes the new file of a delta: an archive byte for byte, a directory with the same digests.
///
/// Everything that is needed of the bases and of the delta is read and verified before anything is written.
///
/// # Errors
///
/// When the delta is damaged, when the bases lack or have changed what it needs, and those of reading and writing. Nothing
/// is written then.
pub fn apply(delta: &Image, bases: &[Image], options: &DeltaOptions, output: Output<'_>) -> Result<DeltaReport, Error> {
    let document = document(delta, options)?;
    let listed = document.base.iter().chain(&document.carried).filter_map(|listed| listed.parse().ok());
    let mut wanted: BTreeMap<Digest, u64> = listed.collect();
    let index = own_index(delta, options)?;
    if let Some((digest, size)) = &index {
        wanted.insert(digest.clone(), *size);
    }
    let images: Vec<&Image> = std::iter::once(delta).chain(bases).collect();
    let holdings = holdings::find(&images, &wanted, options)?;
    refuse_missing(delta, &document, &holdings)?;
    let new_bytes = document.target.size.unwrap_or_else(|| wanted.values().sum());
    let mut report = DeltaReport::of(&document, delta.source.label(), new_bytes);
    report.output = Some(output.label());
    report.dry_run = matches!(output, Output::Nothing);
    report.delta_bytes = delta.source.archive().map_or(0, |(_, length)| length);
    match (document.target.size, &document.target.digest) {
        (Some(size), Some(digest)) => {
            let recipe = recipe_of(delta, &document, options)?;
            rehearse(delta, &recipe, &holdings, size, options)?;
            archive(delta, &recipe, &holdings, digest, options, output)?;
        }
        _ => {
            let files = directory(delta, &document, &holdings, options)?;
            let (format, compression) = match &output {
                Output::Path(path) => OutputFormat::of(path, None)?,
                Output::Stream { .. } | Output::Nothing => (OutputFormat::OciArchive, Compression::None),
            };
            let (mtime, meter) = (options.mtime, options.meter.clone());
            let options = RepackOptions { mtime, meter, compression, ..RepackOptions::new(format) };
            repack::write_files(&files, &options, output)?;
        }
    }
    Ok(report)
}

/// The files of the directory that a delta makes, which are those that it was made of.
fn directory(
    delta: &Image,
    document: &Document,
    holdings: &Holdings,
    options: &DeltaOptions,
) -> Result<BTreeMap<String, Part>, Error> {
    let mut files = repack::layout_files(delta, &options.limits)?;
    files.retain(|name, _| !name.contains('/'));
    let found = digest_of_directory(&files, document.base.iter().chain(&document.carried))?;
    require(delta, document.target.digest.as_deref(), found)?;
    let listed = document.base.iter().chain(&document.carried).filter_map(|listed| listed.parse().ok());
    let blobs = listed.filter_map(|(digest, _)| Some((digest.blob_path(), holdings.found.get(&digest)?.clone())));
    files.extend(blobs);
    Ok(files)
}

/// The digest of a directory of these documents and of the blobs that are listed.
pub(super) fn digest_of_directory<'l>(
    files: &BTreeMap<String, Part>,
    listed: impl Iterator<Item = &'l super::document::Listed>,
) -> Result<Digest, Error> {
    let mut selected = BTreeMap::new();
    for (name, part) in files.iter().filter(|(name, _)| !name.contains('/') && *name != DOCUMENT && *name != RECIPE) {
        let mut hasher = Hasher::new(Algorithm::Sha256);
        pieces(part, |piece| {
            hasher.update(piece);
            Ok(())
        })?;
        selected.insert(name.clone(), hasher.finish());
    }
    let blobs: Vec<Digest> = listed.filter_map(|listed| Some(listed.parse().ok()?.0)).collect();
    Ok(of_files(&selected, &blobs))
}

/// Fails unless what was made is what the document of the delta names.
fn require(delta: &Image, expected: Option<&str>, found: Digest) -> Result<(), Error> {
    let expected = expected.and_then(|digest| digest.parse::<Digest>().ok());
    let expected = expected.ok_or_else(|| failed(delta, DOCUMENT, "has no digest".to_owned()))?;
    if expected == found {
        return Ok(());
    }
    Err(Error::Damaged { path: delta.source.label().to_owned(), fault: VerifyError::Digest { expected, found } })
}

/// The document of a delta.
pub(super) fn document(delta: &Image, options: &DeltaOptions) -> Result<Document, Error> {
    let bytes = member(delta, DOCUMENT, options)?.ok_or_else(|| Error::Unfit {
        path: delta.source.label().to_owned(),
        verb: "read it as a delta",
        reason: format!("it has no {DOCUMENT}, which every delta contains"),
    })?;
    Document::read(&bytes, &options.limits).map_err(|fault| failed(delta, DOCUMENT, fault))
}

fn member(delta: &Image, name: &str, options: &DeltaOptions) -> Result<Option<Vec<u8>>, Error> {
    match delta.source.resolve(name) {
        Resolution::File(id) => {
            let bytes = delta.source.read(id, options.limits.document_bytes);
            bytes.map(Some).map_err(|error| error.at(delta.source.origin(id)))
        }
        _ => Ok(None),
    }
}

fn failed(delta: &Image, document: &str, fault: String) -> Error {
    Error::Document { path: delta.source.label().to_owned(), document: document.to_owned(), fault }
}

/// `index.json` is in the delta as it is in the new file.
fn own_index(delta: &Image, options: &DeltaOptions) -> Result<Option<(Digest, u64)>, Error> {
    let bytes = member(delta, "index.json", options)?;
    Ok(bytes.map(|bytes| (Algorithm::Sha256.digest(&bytes), bytes.len() as u64)))
}

fn refuse_missing(delta: &Image, document: &Document, holdings: &Holdings) -> Result<(), Error> {
    let missing = |list: &[super::document::Listed]| -> Vec<Digest> {
        let digests = list.iter().filter_map(|listed| listed.parse().ok());
        digests.map(|(digest, _)| digest).filter(|digest| !holdings.found.contains_key(digest)).collect()
    };
    let shown = |digests: &[Digest]| {
        let mut lines: Vec<String> = digests
            .iter()
            .take(MOST)
            .map(|digest| match holdings.changed.get(digest) {
                Some(at) => format!("{digest} (changed in {at})"),
                None => digest.to_string(),
            })
            .collect();
        if digests.len() > MOST {
            lines.push(format!("and {} more", digests.len() - MOST));
        }
        lines.join(", ")
    };
    let own = missing(&document.carried);
    if !own.is_empty() {
        return Err(failed(delta, DOCUMENT, format!("the delta is damaged: {} is missing", shown(&own))));
    }
    let of_base = missing(&document.base);
    if of_base.is_empty() {
        return Ok(());
    }
    Err(Error::Unfit {
        path: delta.source.label().to_owned(),
        verb: "apply it",
        reason: format!(
            "{} is missing in the base files; pass every file that the delta was created from with `--base`",
            shown(&of_base)
        ),
    })
}

fn recipe_of(delta: &Image, document: &Document, options: &DeltaOptions) -> Result<Vec<u8>, Error> {
    let bytes = member(delta, RECIPE, options)?;
    let bytes = bytes.ok_or_else(|| failed(delta, RECIPE, "is not in the delta".to_owned()))?;
    let expected = document.recipe.as_ref().and_then(|listed| listed.parse().ok());
    let found = Algorithm::Sha256.digest(&bytes);
    match expected {
        Some((expected, _)) if expected == found => Ok(bytes),
        Some((expected, _)) => {
            let path = format!("{}: {RECIPE}", delta.source.label());
            Err(Error::Damaged { path, fault: VerifyError::Digest { expected, found } })
        }
        None => Err(failed(delta, DOCUMENT, "has no recipe".to_owned())),
    }
}

/// Goes through the recipe without writing: every content is there, and all together have the size that was promised.
fn rehearse(delta: &Image, recipe: &[u8], holdings: &Holdings, size: u64, options: &DeltaOptions) -> Result<(), Error> {
    let wrong = |fault: String| failed(delta, RECIPE, fault);
    let mut total = 0_u64;
    for step in recipe::read(recipe, &options.limits).map_err(|error| wrong(error.to_string()))? {
        total = total.saturating_add(match step.map_err(|error| wrong(error.to_string()))? {
            Step::Bytes(bytes) => bytes.len() as u64,
            Step::Content(digest) => match holdings.found.get(&digest) {
                Some(part) => part.size(),
                None => return Err(wrong(format!("uses {digest}, which {DOCUMENT} does not list"))),
            },
        });
        if total > size {
            break;
        }
    }
    if total == size { Ok(()) } else { Err(wrong(format!("creates {total} bytes or more instead of {size}"))) }
}

fn archive(
    delta: &Image,
    recipe: &[u8],
    holdings: &Holdings,
    digest: &str,
    options: &DeltaOptions,
    output: Output<'_>,
) -> Result<(), Error> {
    let compression = output.compression();
    // What went into a stream cannot be taken back, and a plan is verified as well.
    if !matches!(output, Output::Path(_)) {
        assembled(delta, recipe, holdings, digest, options, |_| Ok(()))?;
    }
    let mut out = match output {
        Output::Nothing => return Ok(()),
        Output::Path(path) => Plain::packed(&Target::of(&path), compression)?,
        Output::Stream { label, writer } => Plain::to_writer(label, writer),
    };
    assembled(delta, recipe, holdings, digest, options, |piece| out.write(piece))?;
    out.finish()
}

/// Puts the archive together piece by piece; fails at its end where it is not what the document names.
fn assembled(
    delta: &Image,
    recipe: &[u8],
    holdings: &Holdings,
    digest: &str,
    options: &DeltaOptions,
    mut write: impl FnMut(&[u8]) -> Result<(), Error>,
) -> Result<(), Error> {
    let wrong = |fault: String| failed(delta, RECIPE, fault);
    let bytes = holdings.found.values().map(Part::size).sum();
    let _work = options.meter.begin("assembling the file", bytes);
    let mut hasher = Hasher::new(Algorithm::Sha256);
    for step in recipe::read(recipe, &options.limits).map_err(|error| wrong(error.to_string()))? {
        match step.map_err(|error| wrong(error.to_string()))? {
            Step::Bytes(bytes) => {
                hasher.update(&bytes);
                write(&bytes)?;
            }
            Step::Content(digest) => {
                let Some(part) = holdings.found.get(&digest) else { continue };
                pieces(part, |piece| {
                    hasher.update(piece);
                    write(piece)
                })?;
                options.meter.advance(part.size());
            }
        }
    }
    require(delta, Some(digest), hasher.finish())
}

fn pieces(part: &Part, mut take: impl FnMut(&[u8]) -> Result<(), Error>) -> Result<(), Error> {
    let failed = |source| Error::Read { path: part.origin().unwrap_or_default(), source };
    let mut content = part.content().map_err(failed)?;
    loop {
        let piece = content.fill_buf().map_err(failed)?;
        if piece.is_empty() {
            return Ok(());
        }
        take(piece)?;
        let length = piece.len();
        content.consume(length);
    }
}
