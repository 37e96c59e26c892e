//! Contents of many files in one temporary file, which several threads write at once.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::Spool;
use super::write_at::write_all_at;
use crate::error::Error;
use crate::tar_index::ReadAt;

/// Bytes that are collected before they are written, and read at once: most files of an image are small, and follow one
/// another.
const BUFFER: usize = 256 << 10;

/// Room that a writer takes at once for small contents.
const ROOM: u64 = 4 << 20;

/// A temporary file, which has no name and is gone however the run ends.
pub(crate) struct ContentsFile {
    file: File,
    folder: PathBuf,
    /// Where the next room begins.
    end: AtomicU64,
}

impl ContentsFile {
    /// An empty one in a folder; in the system's folder for temporary files without one.
    ///
    /// # Errors
    ///
    /// When it cannot be created.
    pub(crate) fn new(folder: Option<&Path>) -> Result<Self, Error> {
        let folder = folder.map_or_else(std::env::temp_dir, Path::to_owned);
        match tempfile::tempfile_in(&folder) {
            Ok(file) => Ok(ContentsFile { file, folder, end: AtomicU64::new(0) }),
            Err(source) => Err(Spool::unwritten(&folder, source)),
        }
    }

    /// A writer with room of its own.
    pub(crate) fn writer(&self) -> ContentsWriter<'_> {
        ContentsWriter { to: self, at: 0, left: 0, buffer: Vec::new() }
    }

    /// A reader of contents that are finished.
    pub(crate) fn reader(&self) -> ContentsReader<'_> {
        ContentsReader { from: self, at: 0, buffer: Vec::new() }
    }

    /// The error of a file that cannot be written.
    pub(crate) fn unwritten(&self, source: io::Error) -> Error {
        Spool::unwritten(&self.folder, source)
    }
}

/// Writes one content behind another. What is not finished is not written.
pub(crate) struct ContentsWriter<'c> {
    to: &'c ContentsFile,
    /// Where the buffer belongs.
    at: u64,
    /// Bytes of room behind the buffer.
    left: u64,
    buffer: Vec<u8>,
}

impl ContentsWriter<'_> {
    /// Begins a content of this many bytes, and gives its place.
    ///
    /// # Errors
    ///
    /// When what was written before does not reach the file.
    pub(crate) fn begin(&mut self, size: u64) -> io::Result<u64> {
        if size > self.left {
            self.flush()?;
            self.left = size.max(ROOM);
            self.at = self.to.end.fetch_add(self.left, Ordering::Relaxed);
        }
        self.left -= size;
        Ok(self.at + self.buffer.len() as u64)
    }

    /// Adds bytes to the content that was begun.
    ///
    /// # Errors
    ///
    /// When they do not reach the file.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.buffer.len() + bytes.len() > BUFFER {
            self.flush()?;
        }
        if bytes.len() >= BUFFER / 4 && self.buffer.is_empty() {
            self.write_through(bytes)
        } else {
            self.buffer.extend_from_slice(bytes);
            Ok(())
        }
    }

    /// Writes what is still in memory.
    ///
    /// # Errors
    ///
    /// When it does not reach the file.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.flush()
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut buffer = std::mem::take(&mut self.buffer);
        self.write_through(&buffer)?;
        buffer.clear();
        self.buffer = buffer;
        Ok(())
    }

    fn write_through(&mut self, bytes: &[u8]) -> io::Result<()> {
        write_all_at(&self.to.file, bytes, self.at)?;
        self.at += bytes.len() as u64;
        Ok(())
    }
}

/// Reads contents; fastest in the order in which they were written.
pub(crate) struct ContentsReader<'c> {
    from: &'c ContentsFile,
    /// Where the buffer comes from.
    at: u64,
    buffer: Vec<u8>,
}

impl ContentsReader<'_> {
    /// Copies a content of this many bytes to `out`, whose name for messages is `to`.
    ///
    /// # Errors
    ///
    /// Those of reading and writing.
    pub(crate) fn copy(&mut self, place: u64, size: u64, out: &mut dyn Write, to: &str) -> Result<(), Error> {
        let folder = self.from.folder.display();
        let unread = |source| Error::Read { path: format!("a temporary file in {folder}"), source };
        let (mut at, mut left) = (place, size);
        while left > 0 {
            let piece = self.read(at).map_err(unread)?;
            let piece = &piece[..piece.len().min(usize::try_from(left).unwrap_or(usize::MAX))];
            out.write_all(piece).map_err(|source| Error::Write { path: to.to_owned(), source })?;
            at += piece.len() as u64;
            left -= piece.len() as u64;
        }
        Ok(())
    }

    /// Some bytes at a place, never none.
    fn read(&mut self, at: u64) -> io::Result<&[u8]> {
        let within = at.checked_sub(self.at).and_then(|within| usize::try_from(within).ok());
        let start = match within.filter(|within| *within < self.buffer.len()) {
            Some(start) => start,
            None => {
                self.buffer.resize(BUFFER, 0);
                self.at = at;
                let read = self.from.file.read_full_at(&mut self.buffer, at);
                self.buffer.truncate(*read.as_ref().unwrap_or(&0));
                if read? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                0
            }
        };
        Ok(&self.buffer[start..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_several_write_at_once_is_read_at_its_place() {
        let file = ContentsFile::new(None).unwrap();
        let content = |turn: u8, number: usize| vec![turn; [0, 1, 511, 70_000, 300_000, 5 << 20][number % 6] + number];
        let places: Vec<Vec<u64>> = std::thread::scope(|scope| {
            let threads: Vec<_> = (1..=3)
                .map(|turn| {
                    let file = &file;
                    scope.spawn(move || {
                        let mut writer = file.writer();
                        let places = (0..24)
                            .map(|number| {
                                let content = content(turn, number);
                                let place = writer.begin(content.len() as u64).unwrap();
                                content.chunks(100_000).for_each(|piece| writer.write(piece).unwrap());
                                place
                            })
                            .collect();
                        writer.finish().unwrap();
                        places
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let mut reader = file.reader();
        for number in (0..24).rev().chain(0..24) {
            for turn in 1..=3 {
                let expected = content(turn, number);
                let mut out = Vec::new();
                let place = places[usize::from(turn) - 1][number];
                reader.copy(place, expected.len() as u64, &mut out, "").unwrap();
                assert!(out == expected, "{turn} {number}");
            }
        }
        assert!(reader.copy(1 << 40, 1, &mut Vec::new(), "").is_err());
    }
}
