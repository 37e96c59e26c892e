//! A file that is read in places.

use std::io::{self, BufRead, Read};

use super::{Feed, ReadAt};

/// The first read and every read behind a long jump: a header, and often the small document behind it.
const READ_MIN: usize = 4 << 10;
/// Reads grow to this while members are so small that the next header lies near.
const READ_MAX: usize = 128 << 10;

/// A feed over something that is read at positions, of known length: passing over bytes is arithmetic.
///
/// Reads adapt: after a jump over a large member 4 KiB are read, which is what a page costs; while jumps are short, reads
/// double up to 128 KiB, so that 100,000 small members take about a thousand reads.
#[derive(Debug)]
pub struct FileFeed<R> {
    reader: R,
    length: u64,
    position: u64,
    buffer: Vec<u8>,
    /// Where in the file the buffer begins.
    buffered_at: u64,
    /// How much to read next.
    read_size: usize,
}

impl<R: ReadAt> FileFeed<R> {
    /// A feed over the first `length` bytes.
    pub fn new(reader: R, length: u64) -> Self {
        FileFeed { reader, length, position: 0, buffer: Vec::new(), buffered_at: 0, read_size: READ_MIN }
    }

    /// The reader underneath.
    pub fn into_inner(self) -> R {
        self.reader
    }

    /// Bytes of the buffer that lie at the position.
    fn buffered(&self) -> &[u8] {
        let start = self.position.checked_sub(self.buffered_at).and_then(|start| usize::try_from(start).ok());
        start.and_then(|start| self.buffer.get(start..)).unwrap_or_default()
    }

    fn refill(&mut self) -> io::Result<()> {
        let buffer_end = self.buffered_at + self.buffer.len() as u64;
        let gap = self.position.saturating_sub(buffer_end);
        self.read_size = if self.buffer.is_empty() || gap > READ_MAX as u64 {
            READ_MIN
        } else if gap <= self.read_size as u64 {
            (self.read_size * 2).min(READ_MAX)
        } else {
            (self.read_size / 2).max(READ_MIN)
        };
        let left = self.length.saturating_sub(self.position);
        let wanted = usize::try_from(left).map_or(self.read_size, |left| left.min(self.read_size));
        self.buffer.resize(wanted, 0);
        let read = loop {
            match self.reader.read_at(&mut self.buffer, self.position) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                result => break result,
            }
        };
        self.buffered_at = self.position;
        self.buffer.truncate(*read.as_ref().unwrap_or(&0));
        if read? == 0 {
            // The file is shorter than it was said to be, or than it was: this is its end.
            self.length = self.length.min(self.position);
        }
        Ok(())
    }
}

impl<R: ReadAt> BufRead for FileFeed<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.position < self.length && self.buffered().is_empty() {
            self.refill()?;
        }
        Ok(self.buffered())
    }

    fn consume(&mut self, bytes: usize) {
        self.position += bytes.min(self.buffered().len()) as u64;
    }
}

impl<R: ReadAt> Read for FileFeed<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let bytes = available.len().min(out.len());
        out[..bytes].copy_from_slice(&available[..bytes]);
        self.consume(bytes);
        Ok(bytes)
    }
}

impl<R: ReadAt> Feed for FileFeed<R> {
    fn position(&self) -> u64 {
        self.position
    }

    fn skip(&mut self, bytes: u64) -> io::Result<u64> {
        let skipped = bytes.min(self.length.saturating_sub(self.position));
        self.position += skipped;
        Ok(skipped)
    }

    fn remaining(&self) -> Option<u64> {
        Some(self.length.saturating_sub(self.position))
    }
}
