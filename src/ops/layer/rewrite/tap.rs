//! The bytes of an archive as they pass on their way to whoever walks it.

use std::io::{self, BufRead, Read, Write};

use crate::tar_index::BLOCK;

/// The entry in which eStargz keeps offsets, names and digests of all others, in or behind the archive.
pub(super) const STARGZ_INDEX: &[u8] = b"stargz.index.json";

/// A reader whose bytes are written as they pass, or left out, and then held until somebody decides about them: so the
/// headers that a walk has read can be written as they are. What is longer than all headers can be is written at once.
pub(super) struct Tap<R, W> {
    inner: R,
    out: W,
    /// Bytes that pass before others are held, and whether they are written.
    passing: (u64, bool),
    held: Vec<u8>,
    most: usize,
    /// Whether some of what is held was too long and is written.
    is_spilled: bool,
    /// Whether a table of eStargz behind the archive is left out.
    leaves_table: bool,
    /// Whether this is one.
    is_table: bool,
    /// A write that failed; reading ends there.
    failure: Option<io::Error>,
}

/// What was held.
pub(super) struct Held {
    pub(super) bytes: Vec<u8>,
    /// Whether there was more before it, which is written.
    pub(super) is_spilled: bool,
    /// Whether it is the end of the archive and a table of eStargz behind it.
    pub(super) is_table: bool,
}

impl<R: BufRead, W: Write> Tap<R, W> {
    pub(super) fn new(inner: R, out: W, most: usize) -> Self {
        Tap {
            inner,
            out,
            passing: (0, false),
            held: Vec::new(),
            most,
            is_spilled: false,
            leaves_table: false,
            is_table: false,
            failure: None,
        }
    }

    /// Lets this many bytes pass.
    pub(super) fn pass(&mut self, bytes: u64, is_written: bool) {
        self.passing = (bytes, is_written);
    }

    /// From now on leaves out a table of eStargz that is behind the archive: it has become wrong.
    pub(super) fn leave_table(&mut self) {
        self.leaves_table = true;
    }

    /// What was held.
    pub(super) fn take(&mut self) -> Held {
        self.is_table |= self.leaves_table && begins_table(&self.held);
        let (is_spilled, is_table) = (std::mem::take(&mut self.is_spilled), std::mem::take(&mut self.is_table));
        Held { bytes: std::mem::take(&mut self.held), is_spilled, is_table }
    }

    /// The writer.
    pub(super) fn out(&mut self) -> &mut W {
        &mut self.out
    }

    /// The write that failed.
    pub(super) fn take_failure(&mut self) -> Option<io::Error> {
        self.failure.take()
    }

    fn took(&mut self, count: usize) -> io::Result<()> {
        // What was lent before is lent again.
        let lent = self.inner.fill_buf()?;
        let lent = lent.get(..count).unwrap_or(lent);
        let (left, is_written) = self.passing;
        let (passing, held) = lent.split_at(usize::try_from(left).map_or(lent.len(), |left| left.min(lent.len())));
        self.passing.0 -= passing.len() as u64;
        if is_written {
            self.out.write_all(passing)?;
        }
        if !self.is_table {
            self.held.extend_from_slice(held);
        }
        if self.held.len() > self.most {
            self.is_spilled = true;
            self.is_table = self.leaves_table && begins_table(&self.held);
            if !self.is_table {
                self.out.write_all(&self.held)?;
            }
            self.held.clear();
        }
        Ok(())
    }
}

impl<R: BufRead, W: Write> BufRead for Tap<R, W> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.failure.is_some() {
            return Err(io::Error::other("the layer cannot be written"));
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        if let (Err(error), None) = (self.took(count), &self.failure) {
            self.failure = Some(error);
        }
        self.inner.consume(count);
    }
}

impl<R: BufRead, W: Write> Read for Tap<R, W> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let piece = self.fill_buf()?;
        let count = piece.len().min(buffer.len());
        buffer[..count].copy_from_slice(&piece[..count]);
        self.consume(count);
        Ok(count)
    }
}

/// Whether bytes behind the last entry are zeros and then the table of eStargz.
fn begins_table(bytes: &[u8]) -> bool {
    let (blocks, _) = bytes.as_chunks::<BLOCK>();
    let first = blocks.iter().find(|block| block.iter().any(|byte| *byte != 0));
    first.is_some_and(|block| block.starts_with(STARGZ_INDEX) && block[STARGZ_INDEX.len()] == 0)
}
