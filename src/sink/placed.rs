//! A file that several threads write at once, each at places of its own.

use std::fs::File;
use std::io::{self, Read, Seek, Write};

use super::write_at::write_all_at;
use crate::error::Error;

/// Bytes that are collected before they are written: most files of an image are small, and follow one another.
const BUFFER: usize = 256 << 10;

/// A new file. What nothing is written to reads as zeros.
pub(crate) struct Placed {
    file: File,
    /// Its name, for messages.
    path: String,
}

impl Placed {
    pub(super) fn new(file: File, path: String) -> Self {
        Placed { file, path }
    }

    /// A temporary file, which has no name and is gone however the run ends.
    ///
    /// # Errors
    ///
    /// When it cannot be created.
    pub(crate) fn temporary() -> Result<Self, Error> {
        let path = format!("a temporary file in {}", std::env::temp_dir().display());
        match tempfile::tempfile() {
            Ok(file) => Ok(Placed::new(file, path)),
            Err(source) => Err(Error::Write { path, source }),
        }
    }

    /// The name of the file, for messages.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// A writer that begins at the start of the file.
    pub(crate) fn writer(&self) -> PlacedWriter<'_> {
        PlacedWriter { placed: self, at: 0, buffer: Vec::new() }
    }

    /// Gives the file its length.
    ///
    /// # Errors
    ///
    /// When there is no room for it.
    pub(crate) fn set_length(&self, length: u64) -> Result<(), Error> {
        self.file.set_len(length).map_err(|source| self.failed(source))
    }

    /// Copies all of it, when it is written. `to` is the name of the output, for messages.
    ///
    /// # Errors
    ///
    /// Those of reading and writing.
    pub(crate) fn copy(&self, out: &mut dyn Write, to: &str) -> Result<(), Error> {
        let mut file = &self.file;
        let unread = |source| Error::Read { path: self.path.clone(), source };
        file.rewind().map_err(unread)?;
        let mut buffer = vec![0; BUFFER];
        loop {
            match file.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(count) => {
                    out.write_all(&buffer[..count]).map_err(|source| Error::Write { path: to.to_owned(), source })?
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(unread(error)),
            }
        }
    }

    fn failed(&self, source: io::Error) -> Error {
        Error::Write { path: self.path.clone(), source }
    }
}

/// Writes at one place after another. What is not finished is not written.
pub(crate) struct PlacedWriter<'p> {
    placed: &'p Placed,
    /// Where the buffer belongs.
    at: u64,
    buffer: Vec<u8>,
}

impl PlacedWriter<'_> {
    /// Goes to another place.
    ///
    /// # Errors
    ///
    /// When what was written before does not reach the file.
    pub(crate) fn go_to(&mut self, offset: u64) -> Result<(), Error> {
        if offset != self.at + self.buffer.len() as u64 {
            self.flush()?;
            self.at = offset;
        }
        Ok(())
    }

    /// Writes bytes.
    ///
    /// # Errors
    ///
    /// When they do not reach the file.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
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
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        self.flush()
    }

    fn flush(&mut self) -> Result<(), Error> {
        let mut buffer = std::mem::take(&mut self.buffer);
        self.write_through(&buffer)?;
        buffer.clear();
        self.buffer = buffer;
        Ok(())
    }

    fn write_through(&mut self, bytes: &[u8]) -> Result<(), Error> {
        write_all_at(&self.placed.file, bytes, self.at).map_err(|source| self.placed.failed(source))?;
        self.at += bytes.len() as u64;
        Ok(())
    }
}
