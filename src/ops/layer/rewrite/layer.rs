//! One layer, written with the changes: it is compared with its digests while it is read.

use std::io::{self, BufRead, Write};
use std::path::Path;

use super::super::compression::compression_of;
use super::change::Change;
use super::copy::{Done, Failed, copy};
use crate::codec::{Compression, DETECT_BYTES, Inflate};
use crate::digest::{Algorithm, Digest};
use crate::error::Error;
use crate::image::Image;
use crate::limits::{LimitReached, Limits};
use crate::progress::{Meter, Metered};
use crate::rootfs::{Layer, require_diff_id, require_digest};
use crate::sink::{LayerBlob, LayerForm, LayerWriter, Level, Spool};
use crate::source::Hashing;
use crate::tar_index::show_name;

/// How a layer is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Writing<'w> {
    pub(super) change: Change<'w>,
    /// Its compression; None for the one that it has.
    pub(super) compression: Option<(Compression, Level)>,
    pub(super) threads: usize,
    pub(super) limits: &'w Limits,
    pub(super) meter: &'w Meter,
}

/// Writes a layer with the changes. None where nothing changes, so that its bytes stay.
///
/// # Errors
///
/// When the layer is damaged, when an entry cannot be changed, and those of reading and writing.
pub(super) fn write(
    image: &Image,
    layer: &Layer,
    writing: Writing<'_>,
    spool: &mut Spool,
) -> Result<Option<(LayerBlob, Done)>, Error> {
    let Writing { change, compression, .. } = writing;
    let has = compression_of(image, layer.node)?;
    let is_recompressed = compression.is_some_and(|(to, level)| to != has || level != Level::DEFAULT);
    let folder = spool.folder().to_owned();
    let is_changed = !change.fates.is_empty()
        || change.is_of_headers() && {
            // A layer in which nothing changes is not compressed for that.
            let mut nowhere = io::sink();
            let until_changed = |archive: &mut dyn BufRead| copy(archive, &change, writing.limits, &mut nowhere, true);
            !read(image, layer, writing, &folder, Done::is_nothing, until_changed)?.is_nothing()
        };
    if !is_changed && !is_recompressed {
        return Ok(None);
    }
    let (to, level) = compression.unwrap_or((has, Level::DEFAULT));
    let algorithm = |digest: Option<&Digest>| digest.and_then(Digest::algorithm).unwrap_or(Algorithm::Sha256);
    let form = LayerForm {
        threads: writing.threads,
        digest: algorithm(layer.digest.as_ref()),
        diff_id: algorithm(layer.diff_id.as_ref()),
        ..LayerForm::new(to, level)
    };
    let mut writer = LayerWriter::new(spool, form)?;
    let work = |archive: &mut dyn BufRead| match is_changed {
        true => copy(archive, &change, writing.limits, &mut writer, false),
        false => all(archive, &mut writer),
    };
    let done = read(image, layer, writing, &folder, |_| true, work)?;
    Ok(Some((writer.finish()?, done)))
}

/// Reads an uncompressed layer, and compares it with its digests where `is_whole` says that it was read to its end.
fn read(
    image: &Image,
    layer: &Layer,
    writing: Writing<'_>,
    folder: &Path,
    is_whole: impl FnOnce(Done) -> bool,
    work: impl FnOnce(&mut dyn BufRead) -> Result<Done, Failed>,
) -> Result<Done, Error> {
    let label = || format!("{}: {}", image.source.label(), layer.name);
    let unread = |source: io::Error| match source.get_ref().and_then(|inner| inner.downcast_ref::<LimitReached>()) {
        Some(reached) => Error::Limit { path: label(), reached: reached.clone() },
        None => Error::Read { path: label(), source },
    };
    let content = image.content(layer.node).map_err(unread)?;
    let mut raw = Hashing::new(Metered::new(content, writing.meter), layer.digest.as_ref().and_then(Digest::algorithm));
    let compression = Compression::detect(raw.peek(DETECT_BYTES).map_err(unread)?);
    let inflate = Inflate::new(&mut raw, compression, writing.limits).map_err(unread)?;
    let mut archive = Hashing::new(inflate, layer.diff_id.as_ref().and_then(Digest::algorithm));
    let done = match work(&mut archive) {
        Ok(done) if !is_whole(done) => return Ok(done),
        Ok(done) => done,
        Err(Failed::Aside(error)) => return Err(error),
        Err(Failed::Write(source)) => return Err(Spool::unwritten(folder, source)),
        Err(Failed::Entry(name, reason)) => {
            let path = format!("{}: layer {}: {}", image.source.label(), layer.number, show_name(&name));
            return Err(Error::Unfit { path, verb: "rewrite it", reason });
        }
        Err(Failed::Read(source)) => {
            drop(archive);
            // Data that cannot be read is most often not the data that it should be, which says more.
            if raw.drain().is_ok() {
                require_digest(image, layer, raw.finish().as_ref())?;
            }
            return Err(unread(source));
        }
    };
    let drained = archive.drain();
    let diff_id = archive.finish();
    drained.and_then(|()| raw.drain()).map_err(unread)?;
    require_digest(image, layer, raw.finish().as_ref())?;
    require_diff_id(image, layer, diff_id.as_ref())?;
    Ok(done)
}

/// Copies an archive as it is.
fn all(mut archive: impl BufRead, out: &mut impl Write) -> Result<Done, Failed> {
    loop {
        let piece = match archive.fill_buf() {
            Ok([]) => return Ok(Done::default()),
            Ok(piece) => piece,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Failed::Read(error)),
        };
        out.write_all(piece).map_err(Failed::Write)?;
        let count = piece.len();
        archive.consume(count);
    }
}
