//! The blob of a layer, from a tar archive that is there. It keeps its bytes; what readers do differently with it is
//! refused.

use std::io::{self, BufRead, BufReader, Cursor, Read, Write};

use super::below::plain;
use crate::codec::{BUFFER_BYTES, Compression, DETECT_BYTES, Inflate, InflateError};
use crate::digest::Algorithm;
use crate::error::Error;
use crate::finding::{Finding, Findings, Place, Severity};
use crate::image::layer_findings::check_content;
use crate::limits::{LimitReached, Limits};
use crate::progress::{Meter, Metered};
use crate::sink::{LayerBlob, LayerForm, LayerWriter, Level, Spool};
use crate::source::{Fault, LayerFacts, walk_layer};
use crate::tar_index::{EntryContent, EntryKind, Member};

/// A layer that was stored, and the names in it.
pub(super) struct Stored {
    pub(super) blob: LayerBlob,
    /// Name and kind of each entry, in the order of the archive.
    pub(super) entries: Vec<(Vec<u8>, EntryKind)>,
}

/// Reads an archive once and stores it as the blob of a layer: as it is where it has the compression already and no level
/// is asked for, else compressed anew.
pub(super) fn store(
    label: &str,
    mut reader: impl Read,
    form: LayerForm,
    spool: &mut Spool,
    limits: &Limits,
    meter: &Meter,
) -> Result<Stored, Error> {
    let failed = |source: io::Error| match source.get_ref().and_then(|inner| inner.downcast_ref::<LimitReached>()) {
        Some(reached) => Error::Limit { path: label.to_owned(), reached: reached.clone() },
        None if source.get_ref().is_some_and(|inner| inner.is::<InflateError>()) => {
            unfit(label, format!("it cannot be decompressed: {source}"))
        }
        None => Error::Read { path: label.to_owned(), source },
    };
    let mut first = Vec::new();
    (&mut reader).take(DETECT_BYTES as u64).read_to_end(&mut first).map_err(failed)?;
    let compression = Compression::detect(&first);
    let whole = BufReader::with_capacity(BUFFER_BYTES, Cursor::new(first).chain(reader));
    let _work = meter.begin_blobs("reading the layer", 0, 1);
    let whole = Metered::new(whole, meter);
    let mut entries = Vec::new();
    let folder = spool.folder().to_owned();
    let mut keep = |member: Member, _: &mut dyn EntryContent| {
        if entries.len() < limits.entries {
            entries.push((plain(&member.name), member.kind));
        }
        Ok(())
    };
    let is_kept = compression == form.compression && form.level == Level::DEFAULT;
    let (mut blob, facts) = if is_kept {
        let plain = LayerForm { compression: Compression::None, ..form };
        let mut copy = Copying::new(whole, LayerWriter::new(spool, plain)?);
        let diff_id = (compression != Compression::None).then_some(Algorithm::Sha256);
        let walked = walk_layer(&mut copy, None, diff_id, limits, &mut keep);
        let (writer, walked) = copy.end(walked, &folder, failed)?;
        let mut blob = writer.finish()?;
        if let Some(diff_id) = &walked.layer.diff_id {
            blob.diff_id.clone_from(diff_id);
        }
        (blob, walked.layer)
    } else {
        let inflate = Inflate::new(whole, compression, limits).map_err(failed)?;
        let mut copy = Copying::new(inflate, LayerWriter::new(spool, form)?);
        let walked = walk_layer(&mut copy, None, None, limits, &mut keep);
        let trailing = copy.inner.trailing();
        let (writer, mut walked) = copy.end(walked, &folder, failed)?;
        let inside = std::mem::replace(&mut walked.layer.compression, compression);
        if inside != Compression::None {
            return Err(unfit(label, format!("it is {inside} data inside {compression} data")));
        }
        walked.layer.trailing = trailing;
        (writer.finish()?, walked.layer)
    };
    blob.compression = form.compression;
    require_sound(label, &facts, entries.is_empty())?;
    Ok(Stored { blob, entries })
}

/// Refuses what `verify` would call an error in the layer.
fn require_sound(label: &str, facts: &LayerFacts, is_empty: bool) -> Result<(), Error> {
    if let Some(Fault::Limit(reached)) = &facts.fault {
        return Err(Error::Limit { path: label.to_owned(), reached: reached.clone() });
    }
    let mut findings = Findings::new();
    check_content(facts, &Place::default(), &mut findings);
    if let Some(wrong) = findings.iter().find(|finding| finding.severity == Severity::Error) {
        return Err(unfit(label, reason_of(wrong)));
    }
    if is_empty {
        return Err(unfit(label, "it contains no files".to_owned()));
    }
    Ok(())
}

fn reason_of(finding: &Finding) -> String {
    match finding.at.steps().is_empty() {
        true => finding.detail.clone(),
        false => format!("{}: {}", finding.at, finding.detail),
    }
}

fn unfit(label: &str, reason: String) -> Error {
    Error::Unfit { path: label.to_owned(), verb: "add it as a layer", reason }
}

/// A reader whose bytes are written to a layer as they are taken.
struct Copying<'s, R> {
    inner: R,
    writer: LayerWriter<'s>,
    failure: Option<io::Error>,
}

impl<'s, R: BufRead> Copying<'s, R> {
    fn new(inner: R, writer: LayerWriter<'s>) -> Self {
        Copying { inner, writer, failure: None }
    }

    /// The writer, and what was read; errors of writing first.
    fn end<T>(
        self,
        walked: io::Result<T>,
        folder: &std::path::Path,
        failed: impl FnOnce(io::Error) -> Error,
    ) -> Result<(LayerWriter<'s>, T), Error> {
        if let Some(failure) = self.failure {
            return Err(Spool::unwritten(folder, failure));
        }
        Ok((self.writer, walked.map_err(failed)?))
    }
}

impl<R: BufRead> BufRead for Copying<'_, R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.failure.is_some() {
            return Err(io::Error::other("the layer cannot be written"));
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        // What was lent before is lent again.
        let written = self.inner.fill_buf().and_then(|lent| self.writer.write_all(lent.get(..count).unwrap_or(lent)));
        if let (Err(error), None) = (written, &self.failure) {
            self.failure = Some(error);
        }
        self.inner.consume(count);
    }
}

impl<R: BufRead> Read for Copying<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let piece = self.fill_buf()?;
        let count = piece.len().min(buffer.len());
        buffer[..count].copy_from_slice(&piece[..count]);
        self.consume(count);
        Ok(count)
    }
}
