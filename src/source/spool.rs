//! Inputs that cannot be sought in, standard input and files compressed as a whole: once through a temporary file.

use std::fs::File;
use std::io::{self, Read, Write};

use crate::limits::{LimitReached, Limits};

/// Copies a reader into a temporary file that has no name, so that nothing is left behind.
///
/// # Errors
///
/// Those of both sides; [`LimitReached`] inside when more than `spool-bytes` come.
pub(super) fn spool(mut reader: impl Read, limits: &Limits) -> io::Result<(File, u64)> {
    let mut file = tempfile::tempfile()?;
    let mut buffer = vec![0; 256 << 10];
    let mut length = 0_u64;
    loop {
        let count = match reader.read(&mut buffer) {
            Ok(0) => return Ok((file, length)),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        length += count as u64;
        if length > limits.spool_bytes {
            return Err(io::Error::other(LimitReached { name: "spool-bytes", limit: limits.spool_bytes }));
        }
        file.write_all(&buffer[..count])?;
    }
}
