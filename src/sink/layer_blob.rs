//! The blob of a layer: its tar archive compressed, with the digests of both, in a temporary file.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::sync::Arc;

use super::Spool;
use super::encoder::{Encoder, Level};
use crate::codec::BUFFER_BYTES;
use crate::digest::{Algorithm, Digest, Hasher};
use crate::error::Error;
use crate::media_type::Compression;
use crate::source::Part;

/// How the blob of a layer is written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LayerForm {
    /// Its compression: none, gzip or zstd.
    pub(crate) compression: Compression,
    /// How hard that tries.
    pub(crate) level: Level,
    /// Threads that compress, where the compression can use several; the bytes are the same for any number.
    pub(crate) threads: usize,
    /// The algorithm of its digest.
    pub(crate) digest: Algorithm,
    /// The algorithm of the digest of the uncompressed archive.
    pub(crate) diff_id: Algorithm,
}

impl LayerForm {
    /// SHA-256, on one thread.
    pub(crate) fn new(compression: Compression, level: Level) -> Self {
        LayerForm { compression, level, threads: 1, digest: Algorithm::Sha256, diff_id: Algorithm::Sha256 }
    }
}

/// A layer as an image stores it.
#[derive(Debug, Clone)]
pub(crate) struct LayerBlob {
    /// Its bytes.
    pub(crate) part: Part,
    /// Their digest.
    pub(crate) digest: Digest,
    /// How many they are.
    pub(crate) size: u64,
    /// The digest of the uncompressed archive.
    pub(crate) diff_id: Digest,
    /// How they are compressed.
    pub(crate) compression: Compression,
}

/// A writer for the uncompressed archive of a layer. Memory does not grow with the layer.
pub(crate) struct LayerWriter<'s> {
    encoder: Encoder<BufWriter<Hashed<'s>>>,
    /// None where the archive is stored as it is, so that both digests are one.
    diff: Option<Hasher>,
    start: u64,
    compression: Compression,
    folder: PathBuf,
}

impl<'s> LayerWriter<'s> {
    /// Begins a layer at the end of a temporary file, which may hold others.
    ///
    /// # Errors
    ///
    /// For a compression that is not written, and for a level that it does not have.
    pub(crate) fn new(spool: &'s mut Spool, form: LayerForm) -> Result<Self, Error> {
        let LayerForm { compression, level, threads, digest, diff_id } = form;
        let (start, folder) = (spool.length(), spool.folder().to_owned());
        let hashed = Hashed { spool, hasher: Hasher::new(digest) };
        let buffered = BufWriter::with_capacity(BUFFER_BYTES, hashed);
        let encoder = Encoder::new(buffered, compression, level, threads);
        let encoder = encoder.map_err(|source| Spool::unwritten(&folder, source))?;
        let is_hashed_once = compression == Compression::None && digest == diff_id;
        let diff = (!is_hashed_once).then(|| Hasher::new(diff_id));
        Ok(LayerWriter { encoder, diff, start, compression, folder })
    }

    /// Ends the layer.
    ///
    /// # Errors
    ///
    /// When the end cannot be written.
    pub(crate) fn finish(self) -> Result<LayerBlob, Error> {
        let LayerWriter { encoder, diff, start, compression, folder } = self;
        let ended =
            encoder.finish().and_then(|buffered| buffered.into_inner().map_err(std::io::IntoInnerError::into_error));
        let Hashed { spool, hasher } = ended.map_err(|source| Spool::unwritten(&folder, source))?;
        let digest = hasher.finish();
        let size = spool.length() - start;
        let part = Part::File { file: Arc::clone(spool.file()), offset: start, size };
        let diff_id = diff.map_or_else(|| digest.clone(), Hasher::finish);
        Ok(LayerBlob { part, digest, size, diff_id, compression })
    }

    /// The error of a failed write, with the folder of the temporary file.
    pub(crate) fn failed(&self, source: io::Error) -> Error {
        Spool::unwritten(&self.folder, source)
    }
}

impl Write for LayerWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.encoder.write(bytes)?;
        if let Some(diff) = &mut self.diff {
            diff.update(&bytes[..count]);
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Hashes what is spooled.
struct Hashed<'s> {
    spool: &'s mut Spool,
    hasher: Hasher,
}

impl Write for Hashed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.spool.write(bytes)?;
        self.hasher.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;
    use crate::codec::Inflate;
    use crate::limits::Limits;

    #[test]
    fn layers_follow_one_another_in_one_file() {
        let bytes: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
        let mut spool = Spool::new(None).unwrap();
        let forms = [(Compression::None, 1), (Compression::Gzip, 1), (Compression::Gzip, 3), (Compression::Zstd, 2)];
        let blobs = forms.map(|(compression, threads)| {
            let form = LayerForm { threads, ..LayerForm::new(compression, Level::DEFAULT) };
            let mut writer = LayerWriter::new(&mut spool, form).unwrap();
            writer.write_all(&bytes).unwrap();
            writer.finish().unwrap()
        });
        for (blob, (compression, _)) in blobs.iter().zip(forms) {
            let mut stored = Vec::new();
            blob.part.content().unwrap().read_to_end(&mut stored).unwrap();
            assert!(blob.digest.is_of(&stored));
            assert_eq!((blob.size, blob.compression), (stored.len() as u64, compression));
            assert_eq!(Compression::detect(&stored), compression);
            let mut inflated = Vec::new();
            let mut inflate = Inflate::new(stored.as_slice(), compression, &Limits::default()).unwrap();
            inflate.read_to_end(&mut inflated).unwrap();
            assert!(inflated == bytes);
            assert!(blob.diff_id.is_of(&bytes));
        }
        assert_eq!(blobs[1].digest, blobs[2].digest);
    }

    #[test]
    fn the_digests_are_of_the_algorithms_asked_for() {
        let mut spool = Spool::new(None).unwrap();
        let form = LayerForm { diff_id: Algorithm::Sha512, ..LayerForm::new(Compression::None, Level::DEFAULT) };
        let mut writer = LayerWriter::new(&mut spool, form).unwrap();
        writer.write_all(b"layer").unwrap();
        let blob = writer.finish().unwrap();
        assert_eq!(blob.digest, Algorithm::Sha256.digest(b"layer"));
        assert_eq!(blob.diff_id, Algorithm::Sha512.digest(b"layer"));
    }
}
