//! The compressed side of an inflating reader: counts what is taken.

use std::io::{self, BufRead};

use super::after::Trailing;
use super::{Compression, InflateError, InflateFault};

/// A buffered reader that knows how many bytes were taken from it.
pub(super) struct Input<R> {
    inner: R,
    taken: u64,
    compression: Compression,
}

impl<R: BufRead> Input<R> {
    pub(super) fn new(inner: R, compression: Compression) -> Self {
        Input { inner, taken: 0, compression }
    }

    /// Bytes taken so far.
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }

    pub(super) fn compression(&self) -> Compression {
        self.compression
    }

    pub(super) fn get_ref(&self) -> &R {
        &self.inner
    }

    pub(super) fn into_inner(self) -> R {
        self.inner
    }

    /// The bytes that come next; empty at the end of the input.
    #[inline]
    pub(super) fn fill(&mut self) -> io::Result<&[u8]> {
        // A second `fill_buf` on a filled buffer is free; the borrow checker refuses to return from inside the loop.
        loop {
            match self.inner.fill_buf() {
                Ok(_) => break,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        self.inner.fill_buf()
    }

    #[inline]
    pub(super) fn consume(&mut self, bytes: usize) {
        self.inner.consume(bytes);
        self.taken += bytes as u64;
    }

    /// Takes one byte; `None` at the end of the input.
    pub(super) fn byte(&mut self) -> io::Result<Option<u8>> {
        let next = self.fill()?.first().copied();
        if next.is_some() {
            self.consume(1);
        }
        Ok(next)
    }

    /// Takes one byte that has to be there.
    pub(super) fn need_byte(&mut self) -> io::Result<u8> {
        match self.byte()? {
            Some(byte) => Ok(byte),
            None => Err(self.fault(InflateFault::Truncated)),
        }
    }

    /// Takes a number of bytes that have to be there.
    pub(super) fn need<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        for slot in &mut bytes {
            *slot = self.need_byte()?;
        }
        Ok(bytes)
    }

    /// Takes all that is left and says what it was; `seen` was taken before and belongs to it.
    pub(super) fn drain(&mut self, seen: &[u8]) -> io::Result<Trailing> {
        let mut bytes = seen.len() as u64;
        let mut zeros = seen.iter().all(|b| *b == 0);
        loop {
            let chunk = self.fill()?;
            if chunk.is_empty() {
                break;
            }
            // Once one byte is not zero the rest is only counted.
            zeros = zeros && chunk.iter().all(|b| *b == 0);
            let length = chunk.len();
            bytes += length as u64;
            self.consume(length);
        }
        Ok(match (bytes, zeros) {
            (0, _) => Trailing::None,
            (_, true) => Trailing::Zeros(bytes),
            (_, false) => Trailing::Data(bytes),
        })
    }

    /// An error at the present position.
    pub(super) fn fault(&self, fault: InflateFault) -> io::Error {
        InflateError { compression: self.compression, offset: self.taken, fault }.into()
    }

    pub(super) fn corrupt(&self, what: impl Into<String>) -> io::Error {
        self.fault(InflateFault::Corrupt(what.into()))
    }
}
