//! Where a walk takes its bytes from.

use std::io::{self, BufRead, Read};

/// Bytes in order, some of which can be passed over.
pub trait Feed: BufRead {
    /// Bytes read or passed over since the beginning: the offset of the next one in the archive.
    fn position(&self) -> u64;

    /// Passes over `bytes` bytes, or as many as there are, and says how many.
    ///
    /// # Errors
    ///
    /// Those of reading.
    fn skip(&mut self, bytes: u64) -> io::Result<u64>;

    /// Bytes to the end, where that is known without reading. A feed that knows it passes over bytes for free, so that what
    /// lies behind the end marker is examined only in part.
    fn remaining(&self) -> Option<u64> {
        None
    }
}

/// A stream, read once from front to back.
///
/// Passing over bytes costs what the reader underneath needs to produce them; nothing is copied.
#[derive(Debug)]
pub struct StreamFeed<R> {
    inner: R,
    position: u64,
}

impl<R: BufRead> StreamFeed<R> {
    /// A feed over a buffered reader, which should lend at least 64 KiB at a time.
    pub fn new(inner: R) -> Self {
        StreamFeed { inner, position: 0 }
    }

    /// The reader underneath.
    pub fn get_ref(&self) -> &R {
        &self.inner
    }

    /// The reader underneath.
    pub(crate) fn get_mut(&mut self) -> &mut R {
        &mut self.inner
    }

    /// The reader underneath, to be read on.
    pub fn into_inner(self) -> R {
        self.inner
    }
}

impl<R: BufRead> BufRead for StreamFeed<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, bytes: usize) {
        self.inner.consume(bytes);
        self.position += bytes as u64;
    }
}

impl<R: BufRead> Read for StreamFeed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.inner.read(buffer)?;
        self.position += bytes as u64;
        Ok(bytes)
    }
}

impl<R: BufRead> Feed for StreamFeed<R> {
    fn position(&self) -> u64 {
        self.position
    }

    fn skip(&mut self, bytes: u64) -> io::Result<u64> {
        let mut left = bytes;
        while left > 0 {
            let length = match self.fill_buf() {
                Ok(chunk) => chunk.len(),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(e),
            };
            if length == 0 {
                break;
            }
            let taken = usize::try_from(left).map_or(length, |left| left.min(length));
            self.consume(taken);
            left -= taken as u64;
        }
        Ok(bytes - left)
    }
}
