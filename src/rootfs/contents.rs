//! The contents of files, read from their layer once more: what was read first says which files are wanted.

use std::io::{self, BufRead};

use super::Layer;
use super::headers::{Merged, Place};
use super::soundness::require_digest;
use crate::codec::{Compression, DETECT_BYTES, Inflate};
use crate::digest::Digest;
use crate::error::Error;
use crate::limits::Limits;
use crate::progress::Metered;
use crate::sink::{Placed, tar_padding};
use crate::source::Hashing;
use crate::tar_index::{StreamFeed, TarReader};

/// Writes files of one layer, in the order of the layer, to their places in an archive.
///
/// The layer was sound when it was merged. It is compared with its digest again, since it may have changed.
///
/// # Errors
///
/// Those of reading and writing, [`Error::Changed`], and [`Error::Damaged`].
pub(super) fn write(from: &Merged<'_>, layer: &Layer, places: &[Place], out: &Placed) -> Result<(), Error> {
    let label = from.image.source.label();
    let unread = |source| Error::Read { path: format!("{label}: {}", layer.name), source };
    let unwritten = |source| Error::Write { path: out.path().to_owned(), source };
    let changed = || Error::Changed { path: label.to_owned() };
    let reader = Metered::new(from.image.content(layer.node).map_err(unread)?, from.meter);
    let mut raw = Hashing::new(reader, layer.digest.as_ref().and_then(Digest::algorithm));
    let compression = Compression::detect(raw.peek(DETECT_BYTES).map_err(unread)?);
    let inflate = Inflate::new(&mut raw, compression, from.limits).map_err(unread)?;
    // As when it was merged: what was kept of the members has bounded them.
    let limits = Limits { members: usize::MAX, ..from.limits.clone() };
    let mut members = TarReader::new(StreamFeed::new(inflate), &limits).as_layer(true);
    let (mut writer, mut headers, mut next) = (out.writer(), Vec::new(), 0);
    for place in places {
        let entry = from.rootfs.stored(layer.number, place.number).map(|file| file.entry).ok_or_else(changed)?;
        let mut member = members.next_member().map_err(unread)?.ok_or_else(changed)?;
        while next < entry.member {
            member = members.next_member().map_err(unread)?.ok_or_else(changed)?;
            next += 1;
        }
        next += 1;
        if member.size != entry.size() {
            return Err(changed());
        }
        headers.clear();
        from.headers(place.id, &mut headers).map_err(unwritten)?;
        writer.go_to(place.offset)?;
        writer.write(&headers)?;
        let mut left = member.size;
        while left > 0 {
            let piece = match members.fill_buf() {
                Ok([]) => return Err(changed()),
                Ok(piece) => piece,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(unread(error)),
            };
            writer.write(piece)?;
            let length = piece.len();
            left = left.saturating_sub(length as u64);
            members.consume(length);
        }
        writer.write(tar_padding(member.size))?;
    }
    writer.finish()?;
    drop(members);
    raw.drain().map_err(unread)?;
    from.meter.blob();
    require_digest(from.image, layer, raw.finish().as_ref())
}
