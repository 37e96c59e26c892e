//! Layers in another compression: inflated, proved, compressed and digested in one pass, many at once.
//!
//! The results are in temporary files without a name, so that nothing is left behind however the run ends. Memory
//! does not grow with the layers.

use std::io::{self, BufRead, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::codec::{Compression, DETECT_BYTES, Inflate};
use crate::digest::{Algorithm, Digest, VerifyError};
use crate::error::Error;
use crate::limits::{LimitReached, Limits};
use crate::parallel;
use crate::progress::{Meter, Metered};
use crate::sink::{LayerBlob, LayerForm, LayerWriter, Level, Spool};
use crate::source::{Hashing, Part};

/// A layer, and what it has to be.
pub(super) struct Layer {
    /// Its bytes as they are stored.
    pub(super) part: Part,
    /// What it is, for messages.
    pub(super) label: String,
    /// The digest of the stored bytes.
    pub(super) digest: Digest,
    /// The digest of the inflated bytes.
    pub(super) diff_id: Option<Digest>,
}

/// A layer that only seems to have another compression.
fn unchanged(layer: &Layer, compression: Compression) -> LayerBlob {
    LayerBlob {
        part: layer.part.clone(),
        digest: layer.digest.clone(),
        size: layer.part.size(),
        diff_id: layer.diff_id.clone().unwrap_or_else(|| layer.digest.clone()),
        compression,
    }
}

/// How layers are to be compressed.
#[derive(Clone, Copy)]
pub(super) struct Recoding<'a> {
    pub(super) to: Compression,
    pub(super) level: Level,
    /// Whether the layers only seem to be compressed: they keep their bytes and digests.
    pub(super) rehearsed: bool,
    /// Where temporary files are made; None for the system's folder.
    pub(super) folder: Option<&'a Path>,
    pub(super) threads: usize,
    pub(super) limits: &'a Limits,
    pub(super) meter: &'a Meter,
}

/// How a layer is compressed, by its first bytes.
pub(super) fn compression_of(layer: &Layer) -> Result<Compression, Error> {
    let detected = layer.part.content().and_then(|mut content| Compression::of(&mut content));
    detected.map_err(|source| Error::Read { path: layer.label.clone(), source })
}

/// Brings layers into another compression; their order stays. Order them by falling size.
pub(super) fn recode(layers: &[Layer], recoding: Recoding<'_>) -> Result<Vec<LayerBlob>, Error> {
    if recoding.rehearsed {
        return Ok(layers.iter().map(|layer| unchanged(layer, recoding.to)).collect());
    }
    // One file for each thread, not for each layer: open files are few.
    let spools: Mutex<Vec<Spool>> = Mutex::new(Vec::new());
    let bytes: u64 = layers.iter().map(|layer| layer.part.size()).sum();
    let _work = recoding.meter.begin_blobs("compressing layers", bytes, layers.len());
    let lock = || spools.lock().unwrap_or_else(PoisonError::into_inner);
    let recoded = parallel::map(layers, recoding.threads, |layer| {
        let free = lock().pop();
        let mut spool = match free {
            Some(spool) => spool,
            None => Spool::new(recoding.folder)?,
        };
        let threads = share(recoding.threads, layer.part.size(), bytes);
        let recoded = one(layer, recoding, threads, &mut spool);
        lock().push(spool);
        recoding.meter.blob();
        recoded
    });
    recoded.into_iter().collect()
}

/// How many of the threads compress a layer of `size` bytes: a large one among small ones gets most of them.
fn share(threads: usize, size: u64, all: u64) -> usize {
    let own = (threads as u64).saturating_mul(size).div_ceil(all.max(1));
    usize::try_from(own).unwrap_or(threads).clamp(1, threads.max(1))
}

fn one(layer: &Layer, recoding: Recoding<'_>, threads: usize, spool: &mut Spool) -> Result<LayerBlob, Error> {
    let failed = |source: io::Error| match source.get_ref().and_then(|inner| inner.downcast_ref::<LimitReached>()) {
        Some(reached) => Error::Limit { path: layer.label.clone(), reached: reached.clone() },
        None => Error::Read { path: layer.label.clone(), source },
    };
    let damaged = |expected: &Digest, found: Digest| {
        let fault = VerifyError::Digest { expected: expected.clone(), found };
        Error::Damaged { path: layer.label.clone(), fault }
    };
    let content = layer.part.content().map_err(failed)?;
    let algorithm = layer.digest.algorithm();
    let mut raw = Hashing::new(Metered::new(content, recoding.meter), algorithm);
    let compression = Compression::detect(raw.peek(DETECT_BYTES).map_err(failed)?);
    let mut inflate = Inflate::new(&mut raw, compression, recoding.limits).map_err(failed)?;
    let form = LayerForm {
        threads,
        digest: algorithm.unwrap_or(Algorithm::Sha256),
        diff_id: layer.diff_id.as_ref().and_then(Digest::algorithm).unwrap_or(Algorithm::Sha256),
        ..LayerForm::new(recoding.to, recoding.level)
    };
    let mut writer = LayerWriter::new(spool, form)?;
    let inflated = loop {
        let piece = match inflate.fill_buf() {
            Ok([]) => break Ok(()),
            Ok(piece) => piece,
            Err(error) => break Err(error),
        };
        writer.write_all(piece).map_err(|source| writer.failed(source))?;
        let length = piece.len();
        inflate.consume(length);
    };
    drop(inflate);
    if let Err(error) = inflated {
        // Data that does not inflate is most often not the data that it should be, which says more.
        let drained = raw.drain();
        return Err(match raw.finish().filter(|stored| drained.is_ok() && *stored != layer.digest) {
            Some(stored) => damaged(&layer.digest, stored),
            None => failed(error),
        });
    }
    let blob = writer.finish()?;
    raw.drain().map_err(failed)?;
    if let Some(stored) = raw.finish().filter(|stored| *stored != layer.digest) {
        return Err(damaged(&layer.digest, stored));
    }
    let is_other = |expected: &&Digest| expected.algorithm().is_some() && **expected != blob.diff_id;
    if let Some(expected) = layer.diff_id.as_ref().filter(is_other) {
        return Err(damaged(expected, blob.diff_id));
    }
    Ok(blob)
}
