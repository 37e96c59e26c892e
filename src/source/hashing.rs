//! Hashing what goes by.

use std::io::{self, BufRead, Read};

use crate::digest::{Algorithm, Digest, Hasher};

/// A reader that hashes what it lends, each byte once, in the large pieces in which it comes.
pub(crate) struct Hashing<R> {
    inner: R,
    hasher: Option<Hasher>,
    /// Bytes of the lent piece that are hashed already.
    hashed: usize,
    seen: u64,
}

impl<R: BufRead> Hashing<R> {
    /// Without an algorithm the bytes are only counted.
    pub(crate) fn new(inner: R, algorithm: Option<Algorithm>) -> Self {
        Hashing { inner, hasher: algorithm.map(Hasher::new), hashed: 0, seen: 0 }
    }

    /// Bytes seen so far.
    pub(crate) fn seen(&self) -> u64 {
        self.seen
    }

    /// The reader underneath.
    pub(crate) fn get_ref(&self) -> &R {
        &self.inner
    }

    /// The digest of what was seen, where it was asked for.
    pub(crate) fn finish(self) -> Option<Digest> {
        self.finish_both().0
    }

    /// The digest, and the reader underneath.
    pub(crate) fn finish_both(self) -> (Option<Digest>, R) {
        (self.hasher.map(Hasher::finish), self.inner)
    }

    /// The first bytes, as many as are lent at once up to `count`.
    pub(crate) fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        let piece = self.fill_buf()?;
        Ok(&piece[..piece.len().min(count)])
    }

    pub(crate) fn drain(&mut self) -> io::Result<()> {
        loop {
            match self.fill_buf() {
                Ok([]) => return Ok(()),
                Ok(piece) => {
                    let length = piece.len();
                    self.consume(length);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl<R: BufRead> BufRead for Hashing<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let piece = self.inner.fill_buf()?;
        if self.hashed < piece.len() {
            if let Some(hasher) = &mut self.hasher {
                hasher.update(&piece[self.hashed..]);
            }
            self.seen += (piece.len() - self.hashed) as u64;
            self.hashed = piece.len();
        }
        Ok(piece)
    }

    fn consume(&mut self, count: usize) {
        self.hashed -= count.min(self.hashed);
        self.inner.consume(count);
    }
}

impl<R: BufRead> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let piece = self.fill_buf()?;
        let count = piece.len().min(buffer.len());
        buffer[..count].copy_from_slice(&piece[..count]);
        self.consume(count);
        Ok(count)
    }
}
