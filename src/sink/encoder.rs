//! Compressing what is written: the same bytes for the same input, with one version of ocikit.

use std::io::{self, Write};

use super::gzip_blocks::GzipBlocks;
use crate::media_type::Compression;

/// How hard a compression tries; each has a default of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level(Option<i32>);

impl Level {
    /// What the compression takes by itself: 6 for gzip, 3 for zstd.
    pub const DEFAULT: Level = Level(None);

    /// A level of a compression: 0 to 9 for gzip, 1 to 22 for zstd. None for one that it does not have.
    pub fn new(compression: Compression, level: i32) -> Option<Self> {
        Level(Some(level)).check(compression).is_ok().then_some(Level(Some(level)))
    }

    fn check(self, compression: Compression) -> io::Result<()> {
        let Some(level) = self.0 else { return Ok(()) };
        let exists = match compression {
            Compression::Gzip => (0..=9).contains(&level),
            Compression::Zstd => (1..=22).contains(&level),
            _ => false,
        };
        if exists {
            Ok(())
        } else {
            Err(io::Error::new(io::ErrorKind::InvalidInput, format!("{compression} has no level {level}")))
        }
    }

    fn gzip(self) -> flate2::Compression {
        self.0.and_then(|level| u32::try_from(level).ok()).map_or_else(Default::default, flate2::Compression::new)
    }

    fn zstd(self) -> i32 {
        self.0.unwrap_or(zstd::DEFAULT_COMPRESSION_LEVEL)
    }
}

/// A writer that compresses.
pub(crate) enum Encoder<W: Write> {
    /// Not at all.
    None(W),
    /// gzip, one member.
    Gzip(Box<GzipBlocks<W>>),
    /// zstd, one frame.
    Zstd(zstd::Encoder<'static, W>),
}

impl<W: Write> Encoder<W> {
    /// Begins to compress into a writer, on up to `threads` threads where the compression can use them.
    ///
    /// # Errors
    ///
    /// For a compression that is not written, and for a level that it does not have.
    pub(crate) fn new(writer: W, compression: Compression, level: Level, threads: usize) -> io::Result<Self> {
        level.check(compression)?;
        match compression {
            Compression::None => Ok(Encoder::None(writer)),
            Compression::Gzip => Ok(Encoder::Gzip(Box::new(GzipBlocks::new(writer, level.gzip(), threads)))),
            Compression::Zstd => {
                let mut encoder = zstd::Encoder::new(writer, level.zstd())?;
                encoder.include_checksum(true)?;
                Ok(Encoder::Zstd(encoder))
            }
            other => Err(io::Error::new(io::ErrorKind::Unsupported, format!("writing {other} is not supported"))),
        }
    }

    /// Ends the stream and gives the writer back.
    ///
    /// # Errors
    ///
    /// When the end cannot be written.
    pub(crate) fn finish(self) -> io::Result<W> {
        match self {
            Encoder::None(writer) => Ok(writer),
            Encoder::Gzip(encoder) => encoder.finish(),
            Encoder::Zstd(encoder) => encoder.finish(),
        }
    }
}

impl<W: Write> Write for Encoder<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Encoder::None(writer) => writer.write(bytes),
            Encoder::Gzip(writer) => writer.write(bytes),
            Encoder::Zstd(writer) => writer.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Encoder::None(writer) => writer.flush(),
            Encoder::Gzip(writer) => writer.flush(),
            Encoder::Zstd(writer) => writer.flush(),
        }
    }
}
