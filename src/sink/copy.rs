//! Copying one file's bytes, with the errors of the two sides kept apart.

use std::fs::File;
use std::io::{self, Read, Write};
use std::sync::mpsc::{channel, sync_channel};

use super::content::{Content, Promise};
use super::write_at::write_all_at;
use super::writeback::Writeback;
use crate::digest::{Algorithm, Digest, Hasher, VerifyError};
use crate::error::Error;

/// Bytes copied at once: so few that they are still in the processor's cache when they are hashed.
const PIECE: usize = 256 << 10;
/// Pieces that may be written before they are hashed.
const AHEAD: usize = 4;
/// From this size on, the digest is computed beside the copying, by a thread of its own.
pub(super) const LARGE: u64 = 1 << 20;

/// Copies into a writer, hashing on the way. `path` is the output, for messages.
pub(super) fn through(content: Content<'_>, output: &mut dyn Write, path: &str) -> Result<(), Error> {
    pieces(content, |piece| output.write_all(piece).map_err(|source| Error::Write { path: path.to_owned(), source }))
}

/// Copies into a file from `offset` on, hashing on the way.
pub(super) fn into_file(content: Content<'_>, output: &File, offset: u64, path: &str) -> Result<(), Error> {
    let (mut at, mut writeback) = (offset, Writeback::from(offset));
    pieces(content, |piece| {
        write_all_at(output, piece, at).map_err(|source| Error::Write { path: path.to_owned(), source })?;
        at += piece.len() as u64;
        writeback.written(output, at);
        Ok(())
    })
}

/// Reads exactly what was promised, piece by piece, and hashes what was taken.
pub(super) fn pieces(content: Content<'_>, mut take: impl FnMut(&[u8]) -> Result<(), Error>) -> Result<(), Error> {
    let Content { promise, mut reader, .. } = content;
    let (promise, reader) = (&promise, &mut *reader);
    let Some(algorithm) = promise.digest.as_ref().and_then(Digest::algorithm) else {
        return each(promise, reader, |buffer, count| take(&buffer[..count]).map(|()| buffer));
    };
    let beside = if promise.size < LARGE { None } else { hashed_beside(algorithm, promise, reader, &mut take)? };
    let found = match beside {
        Some(found) => found,
        None => {
            let mut hasher = Hasher::new(algorithm);
            each(promise, reader, |buffer, count| {
                hasher.update(&buffer[..count]);
                take(&buffer[..count]).map(|()| buffer)
            })?;
            hasher.finish()
        }
    };
    judge(promise, found)
}

/// Takes the pieces while a thread hashes them. None, and nothing was read, where the system gives no thread.
fn hashed_beside(
    algorithm: Algorithm,
    promise: &Promise,
    reader: &mut dyn Read,
    take: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
) -> Result<Option<Digest>, Error> {
    std::thread::scope(|scope| {
        let (taken, pieces) = sync_channel::<(Vec<u8>, usize)>(AHEAD);
        let (empty, buffers) = channel();
        let hashing = std::thread::Builder::new().spawn_scoped(scope, move || {
            let mut hasher = Hasher::new(algorithm);
            for (buffer, count) in pieces {
                hasher.update(&buffer[..count]);
                // Nobody waits for the last ones.
                let _ = empty.send(buffer);
            }
            hasher.finish()
        });
        let Ok(hashing) = hashing else { return Ok(None) };
        let mut made = 1;
        each(promise, reader, |buffer, count| {
            take(&buffer[..count])?;
            let room = buffer.len();
            let _ = taken.send((buffer, count));
            let next = if made < AHEAD { None } else { buffers.recv().ok() };
            Ok(next.unwrap_or_else(|| {
                made += 1;
                vec![0; room]
            }))
        })?;
        drop(taken);
        let found = hashing.join().map_err(|_| Error::Read {
            path: promise.label.clone(),
            source: io::Error::other("the hashing thread ended early"),
        })?;
        Ok(Some(found))
    })
}

/// Fills buffers with exactly what was promised. `take` gets one with its count of bytes and gives the next.
fn each(
    promise: &Promise,
    reader: &mut dyn Read,
    mut take: impl FnMut(Vec<u8>, usize) -> Result<Vec<u8>, Error>,
) -> Result<(), Error> {
    let mut buffer = vec![0; PIECE.min(usize::try_from(promise.size).unwrap_or(PIECE)).max(1)];
    let mut left = promise.size;
    loop {
        // One byte more than promised is asked for, to see that there is none.
        let room = usize::try_from(left).map_or(buffer.len(), |left| left.clamp(1, buffer.len()));
        let count =
            fill(reader, &mut buffer[..room]).map_err(|source| Error::Read { path: promise.label.clone(), source })?;
        match count as u64 {
            0 if left == 0 => return Ok(()),
            count if count == 0 || left == 0 => return Err(wrong_size(promise, promise.size - left + count)),
            taken => {
                buffer = take(buffer, count)?;
                promise.meter.advance(taken);
                left -= taken;
            }
        }
    }
}

/// As many bytes as there are, up to the room for them.
fn fill(reader: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

fn wrong_size(promise: &Promise, found: u64) -> Error {
    let (path, expected) = (promise.label.clone(), promise.size);
    match promise.digest.clone() {
        Some(digest) => Error::Damaged { path, fault: VerifyError::Size { digest, expected, found } },
        None => {
            let message = format!("expected {expected} bytes, found {found}");
            Error::Read { path, source: io::Error::new(io::ErrorKind::InvalidData, message) }
        }
    }
}

fn judge(promise: &Promise, found: Digest) -> Result<(), Error> {
    match &promise.digest {
        Some(expected) if *expected != found => {
            let fault = VerifyError::Digest { expected: expected.clone(), found };
            Err(Error::Damaged { path: promise.label.clone(), fault })
        }
        _ => Ok(()),
    }
}
