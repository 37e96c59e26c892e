//! A part of a file as a file of its own.

use std::io::{self, Read, Seek, SeekFrom};

use super::ReadAt;

/// The bytes `offset..offset + length` of a reader, with a cursor of its own.
///
/// A window never reads outside its bounds, and many can be open on one `&File` or `Arc<File>` at once. Where the file ends
/// before the window does, reading ends early; whoever knows the size compares.
#[derive(Debug, Clone)]
pub struct Window<R> {
    reader: R,
    offset: u64,
    length: u64,
    position: u64,
}

impl<R: ReadAt> Window<R> {
    /// A window of `length` bytes at `offset`.
    pub fn new(reader: R, offset: u64, length: u64) -> Self {
        Window { reader, offset, length, position: 0 }
    }

    /// The window's length in bytes.
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether the window holds no bytes.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }
}

impl<R: ReadAt> ReadAt for Window<R> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let left = self.length.saturating_sub(offset);
        let bytes = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
        match self.offset.checked_add(offset) {
            Some(at) if bytes > 0 => self.reader.read_at(&mut buffer[..bytes], at),
            _ => Ok(0),
        }
    }
}

impl<R: ReadAt> Read for Window<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.read_at(buffer, self.position)?;
        self.position += bytes as u64;
        Ok(bytes)
    }
}

impl<R: ReadAt> Seek for Window<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        self.position = target.ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidInput, "seek to a position before the window's start")
        })?;
        Ok(self.position)
    }
}
