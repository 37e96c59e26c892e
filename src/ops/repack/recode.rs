//! Layers in another compression: inflated, proved, compressed and digested in one pass, many at once.
//!
//! What comes out lies in temporary files without a name, so that nothing is left behind however the run ends. Memory
//! does not grow with the layers.

use std::fs::File;
use std::io::{self, BufRead, BufWriter, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::codec::{BUFFER_BYTES, Compression, DETECT_BYTES, Inflate};
use crate::digest::{Algorithm, Digest, Hasher, VerifyError};
use crate::error::Error;
use crate::limits::{LimitReached, Limits};
use crate::parallel;
use crate::progress::{Meter, Metered};
use crate::sink::{Encoder, Level};
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

/// A layer in its new form.
pub(super) struct Recoded {
    pub(super) part: Part,
    pub(super) digest: Digest,
    pub(super) size: u64,
    /// The digest of the inflated bytes, as before.
    pub(super) diff_id: Digest,
}

impl Recoded {
    /// A layer as it is.
    fn unchanged(layer: &Layer) -> Self {
        Recoded {
            part: layer.part.clone(),
            digest: layer.digest.clone(),
            size: layer.part.size(),
            diff_id: layer.diff_id.clone().unwrap_or_else(|| layer.digest.clone()),
        }
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
    let detect = || {
        let mut content = layer.part.content()?;
        let first = content.fill_buf()?;
        Ok(Compression::detect(&first[..first.len().min(DETECT_BYTES)]))
    };
    detect().map_err(|source| Error::Read { path: layer.label.clone(), source })
}

/// Brings layers into another compression; their order stays. Order them by falling size.
pub(super) fn recode(layers: &[Layer], recoding: Recoding<'_>) -> Result<Vec<Recoded>, Error> {
    if recoding.rehearsed {
        return Ok(layers.iter().map(Recoded::unchanged).collect());
    }
    // One file for each thread, not for each layer: open files are few.
    let spools: Mutex<Vec<Spool>> = Mutex::new(Vec::new());
    let bytes = layers.iter().map(|layer| layer.part.size()).sum();
    let _work = recoding.meter.begin_blobs("compressing layers", bytes, layers.len());
    let lock = || spools.lock().unwrap_or_else(PoisonError::into_inner);
    let recoded = parallel::map(layers, recoding.threads, |layer| {
        let free = lock().pop();
        let mut spool = match free {
            Some(spool) => spool,
            None => Spool::new(recoding.folder)?,
        };
        let recoded = one(layer, recoding, &mut spool);
        lock().push(spool);
        recoding.meter.blob();
        recoded
    });
    recoded.into_iter().collect()
}

fn one(layer: &Layer, recoding: Recoding<'_>, spool: &mut Spool) -> Result<Recoded, Error> {
    let failed = |source: io::Error| match source.get_ref().and_then(|inner| inner.downcast_ref::<LimitReached>()) {
        Some(reached) => Error::Limit { path: layer.label.clone(), reached: reached.clone() },
        None => Error::Read { path: layer.label.clone(), source },
    };
    let write_failed = |source| unwritten(recoding.folder, source);
    let damaged = |expected: &Digest, found: Digest| {
        let fault = VerifyError::Digest { expected: expected.clone(), found };
        Error::Damaged { path: layer.label.clone(), fault }
    };
    let content = layer.part.content().map_err(failed)?;
    let algorithm = layer.digest.algorithm();
    let mut raw = Hashing::new(Metered::new(content, recoding.meter), algorithm);
    let compression = Compression::detect(raw.peek(DETECT_BYTES).map_err(failed)?);
    let mut inflate = Inflate::new(&mut raw, compression, recoding.limits).map_err(failed)?;
    let mut diff = Hasher::new(layer.diff_id.as_ref().and_then(Digest::algorithm).unwrap_or(Algorithm::Sha256));
    let start = spool.at;
    let hashed = Hashed { inner: &mut *spool, hasher: Hasher::new(algorithm.unwrap_or(Algorithm::Sha256)) };
    let buffered = BufWriter::with_capacity(BUFFER_BYTES, hashed);
    let mut encoder = Encoder::new(buffered, recoding.to, recoding.level).map_err(write_failed)?;
    let inflated = loop {
        let piece = match inflate.fill_buf() {
            Ok([]) => break Ok(()),
            Ok(piece) => piece,
            Err(error) => break Err(error),
        };
        diff.update(piece);
        encoder.write_all(piece).map_err(write_failed)?;
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
    let buffered = encoder.finish().map_err(write_failed)?;
    let digest = buffered.into_inner().map_err(|error| write_failed(error.into_error()))?.hasher.finish();
    raw.drain().map_err(failed)?;
    if let Some(stored) = raw.finish().filter(|stored| *stored != layer.digest) {
        return Err(damaged(&layer.digest, stored));
    }
    let diff_id = diff.finish();
    if let Some(expected) =
        layer.diff_id.as_ref().filter(|expected| expected.algorithm().is_some() && **expected != diff_id)
    {
        return Err(damaged(expected, diff_id));
    }
    let size = spool.at - start;
    let part = Part::File { file: Arc::clone(&spool.file), offset: start, size };
    Ok(Recoded { part, digest, size, diff_id })
}

/// A temporary file without a name that is written to its end only.
struct Spool {
    file: Arc<File>,
    at: u64,
}

fn unwritten(folder: Option<&Path>, source: io::Error) -> Error {
    let folder = folder.map_or_else(std::env::temp_dir, Path::to_owned);
    Error::Write { path: format!("a temporary file in {}", folder.display()), source }
}

impl Spool {
    fn new(folder: Option<&Path>) -> Result<Self, Error> {
        let file = match folder {
            Some(folder) => tempfile::tempfile_in(folder),
            None => tempfile::tempfile(),
        };
        let file = file.map_err(|source| unwritten(folder, source))?;
        Ok(Spool { file: Arc::new(file), at: 0 })
    }
}

impl Write for Spool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = (&*self.file).write(bytes)?;
        self.at += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Hashed<W> {
    inner: W,
    hasher: Hasher,
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.hasher.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
