//! The reader that takes compression away.

use std::io::{self, BufRead, Read};

use super::after::{Oddity, Trailing};
use super::decode::Core;
use super::{Compression, spare};
use crate::limits::Limits;

/// The size of the inflated buffer, and a good capacity for the [`io::BufReader`] underneath: zstd's largest block is
/// 128 KiB, and beyond it nothing gets faster.
pub const BUFFER_BYTES: usize = 128 << 10;

/// Reads what a gzip, zstd or uncompressed stream holds: all members or frames, one after another.
///
/// Both [`Read`] and [`BufRead`] are cheap: `fill_buf` lends the inflated bytes where they lie, and `read` into a slice of
/// [`BUFFER_BYTES`] or more inflates straight into it. The reader underneath should lend at least 64 KiB at a time.
///
/// It stops where the last member or frame ends, takes the input to its end and keeps in [`Inflate::trailing`] what was
/// there. It holds [`BUFFER_BYTES`] plus the decoder's state: 50 KiB for gzip; for zstd the frame's window, up to 128 MiB
/// when a frame asks for that (8 MiB at zstd's levels up to 19).
///
/// # Errors
///
/// Broken data gives an [`io::Error`] around an [`InflateError`](super::InflateError), of kind `UnexpectedEof` where it is
/// truncated and `InvalidData` where it is corrupt; more than [`Limits::inflate_ratio`] times as many bytes out as in give
/// one around a [`LimitReached`](crate::limits::LimitReached), but only behind 64 MiB of output. After either, every call
/// fails the same way. Errors of the reader underneath pass through, and there is no reading on after them.
pub struct Inflate<R> {
    core: Core<R>,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
}

impl<R: BufRead> Inflate<R> {
    /// Begins to read; nothing is taken from the reader yet.
    ///
    /// # Errors
    ///
    /// `Unsupported`, around an [`InflateError`](super::InflateError), for a compression that is detected and not decoded.
    pub fn new(reader: R, compression: Compression, limits: &Limits) -> io::Result<Self> {
        let core = Core::new(reader, compression, limits.inflate_ratio)?;
        let buffer = if core.is_plain() { Box::default() } else { spare::buffer(BUFFER_BYTES) };
        Ok(Inflate { core, buffer, start: 0, end: 0 })
    }

    /// What stands behind the last member or frame; known once reading has reached the end of the data.
    pub fn trailing(&self) -> Trailing {
        self.core.trailing
    }

    /// What not all readers take, of what has been read so far.
    pub fn oddity(&self) -> Option<Oddity> {
        self.core.oddity()
    }

    /// The compression that is taken away.
    pub fn compression(&self) -> Compression {
        self.core.input.compression()
    }

    /// Compressed bytes taken so far, including what trails.
    pub fn compressed_bytes(&self) -> u64 {
        self.core.input.taken()
    }

    /// Bytes inflated so far, whether or not they have been consumed.
    pub fn inflated_bytes(&self) -> u64 {
        self.core.inflated
    }

    /// The reader underneath.
    pub fn get_ref(&self) -> &R {
        self.core.input.get_ref()
    }

    /// The reader underneath, where reading stopped. What the next [`Inflate`] of the thread can use is kept for it.
    pub fn into_inner(self) -> R {
        let (reader, gzip) = self.core.into_parts();
        spare::keep(self.buffer, gzip);
        reader
    }
}

impl<R: BufRead> BufRead for Inflate<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.core.is_plain() {
            return self.core.input.fill();
        }
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
            self.end = self.core.produce(&mut self.buffer)?;
        }
        Ok(self.buffer.get(self.start..self.end).unwrap_or_default())
    }

    fn consume(&mut self, bytes: usize) {
        if self.core.is_plain() {
            self.core.input.consume(bytes);
            self.core.inflated += bytes as u64;
        } else {
            self.start = (self.start + bytes).min(self.end);
        }
    }
}

impl<R: BufRead> Read for Inflate<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let direct = self.start == self.end && out.len() >= BUFFER_BYTES;
        if direct && !self.core.is_plain() {
            return self.core.produce(out);
        }
        let available = self.fill_buf()?;
        let bytes = available.len().min(out.len());
        out[..bytes].copy_from_slice(&available[..bytes]);
        self.consume(bytes);
        Ok(bytes)
    }
}
