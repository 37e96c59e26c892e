//! Copying one file's bytes, with the errors of the two sides kept apart.

use std::fs::File;
use std::io::{self, Read, Write};

use super::Content;
use super::verifier::Verifier;
use super::writeback::Writeback;
use crate::digest::{Digest, Hasher, VerifyError};
use crate::error::Error;

/// Bytes copied at once. Larger pieces were no faster.
const PIECE: usize = 256 << 10;
/// From this size on, the digest is computed beside the copying, by a thread of its own.
const LARGE: u64 = 4 << 20;

/// Copies into a writer, hashing on the way. `path` is the output, for messages.
pub(super) fn through(content: Content<'_>, output: &mut dyn Write, path: &str) -> Result<(), Error> {
    let mut hasher = content.digest.as_ref().and_then(Digest::algorithm).map(Hasher::new);
    let (label, digest) = (content.label.clone(), content.digest.clone());
    pieces(content, |piece| {
        if let Some(hasher) = &mut hasher {
            hasher.update(piece);
        }
        output.write_all(piece).map_err(|source| Error::Write { path: path.to_owned(), source })
    })?;
    judge(&label, digest, hasher)
}

/// Copies into a file that can be read again, from `offset` on, where its cursor stands. Large content is hashed by
/// the verifier, from the written file, while the copying goes on; its verdict comes when the verifier is asked.
pub(super) fn into_file(
    content: Content<'_>,
    output: &File,
    offset: u64,
    path: &str,
    verifier: &mut Verifier,
    writeback: &mut Writeback,
) -> Result<(), Error> {
    if content.size < LARGE {
        return through(content, &mut { output }, path);
    }
    let mut at = offset;
    let mut writer = output;
    let digest = content.digest.clone();
    let blob = digest.map(|digest| verifier.begin(content.label.clone(), digest, offset)).transpose()?;
    let mut written = |bytes: u64| {
        at += bytes;
        if let Some(blob) = &blob {
            blob.written(at);
        }
        writeback.written(output, at);
    };
    let content = match by_the_system(content, output, path, &mut written)? {
        Some(content) => content,
        None => return Ok(()),
    };
    pieces(content, |piece| {
        writer.write_all(piece).map_err(|source| Error::Write { path: path.to_owned(), source })?;
        written(piece.len() as u64);
        Ok(())
    })
}

/// Lets the system copy from file to file, which takes half the time of reading and writing. Gives the content back where
/// it cannot: on other systems, and between some file systems.
#[cfg(target_os = "linux")]
fn by_the_system<'a>(
    content: Content<'a>,
    output: &File,
    path: &str,
    mut copied: impl FnMut(u64),
) -> Result<Option<Content<'a>>, Error> {
    /// So much at once that calls cost nothing, and so little that hashing begins soon.
    const AT_ONCE: u64 = 2 << 20;
    let Some((file, start)) = &content.file else { return Ok(Some(content)) };
    let (mut from, mut left) = (*start, content.size);
    while left > 0 {
        let room = usize::try_from(left.min(AT_ONCE)).unwrap_or(usize::MAX);
        match rustix::fs::copy_file_range(&**file, Some(&mut from), output, None, room) {
            Ok(0) => return Err(wrong_size(content.label, content.digest, content.size, content.size - left)),
            Ok(count) => {
                left -= count as u64;
                content.meter.advance(count as u64);
                copied(count as u64);
            }
            Err(rustix::io::Errno::INTR) => {}
            Err(_) if left == content.size => return Ok(Some(content)),
            Err(errno) => return Err(Error::Write { path: path.to_owned(), source: errno.into() }),
        }
    }
    Ok(None)
}

#[cfg(not(target_os = "linux"))]
fn by_the_system<'a>(
    content: Content<'a>,
    _output: &File,
    _path: &str,
    _copied: impl FnMut(u64),
) -> Result<Option<Content<'a>>, Error> {
    Ok(Some(content))
}

/// Reads exactly as many bytes as were promised.
fn pieces(content: Content<'_>, mut take: impl FnMut(&[u8]) -> Result<(), Error>) -> Result<(), Error> {
    let Content { label, size, digest, mut reader, meter, .. } = content;
    let mut buffer = vec![0; PIECE.min(usize::try_from(size).unwrap_or(PIECE)).max(1)];
    let mut left = size;
    loop {
        // One byte more than promised is asked for, to see that there is none.
        let room = usize::try_from(left).map_or(buffer.len(), |left| left.clamp(1, buffer.len()));
        match reader.read(&mut buffer[..room]) {
            Ok(0) if left == 0 => return Ok(()),
            Ok(count) if count > 0 && left > 0 => {
                take(&buffer[..count])?;
                meter.advance(count as u64);
                left -= count as u64;
            }
            Ok(count) => {
                let found = size - left + count as u64;
                return Err(wrong_size(label, digest, size, found));
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(source) => return Err(Error::Read { path: label, source }),
        }
    }
}

fn wrong_size(path: String, digest: Option<Digest>, expected: u64, found: u64) -> Error {
    match digest {
        Some(digest) => Error::Damaged { path, fault: VerifyError::Size { digest, expected, found } },
        None => {
            let message = format!("{expected} bytes expected, {found} found");
            Error::Read { path, source: io::Error::new(io::ErrorKind::InvalidData, message) }
        }
    }
}

fn judge(label: &str, expected: Option<Digest>, hasher: Option<Hasher>) -> Result<(), Error> {
    match (expected, hasher.map(Hasher::finish)) {
        (Some(expected), Some(found)) if expected != found => {
            Err(Error::Damaged { path: label.to_owned(), fault: VerifyError::Digest { expected, found } })
        }
        _ => Ok(()),
    }
}
