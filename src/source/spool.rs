//! Inputs that cannot be sought in, standard input and files compressed as a whole: once through a temporary file.

use std::fs::File;
use std::io::{self, Read, Write};

use crate::error::Error;
use crate::limits::{LimitReached, Limits};

/// Copies a reader into a temporary file that has no name, so that nothing is left behind.
///
/// # Errors
///
/// Those of reading as `failed` has it, with [`LimitReached`] inside when more than `spool-bytes` come; those of writing
/// with the folder of the temporary file.
pub(super) fn spool(
    mut reader: impl Read,
    limits: &Limits,
    failed: impl Fn(io::Error) -> Error,
) -> Result<(File, u64), Error> {
    let unwritten = |source| {
        let path = format!("a temporary file in {}", std::env::temp_dir().display());
        Error::Write { path, source }
    };
    let mut file = tempfile::tempfile().map_err(unwritten)?;
    let mut buffer = vec![0; 256 << 10];
    let mut length = 0_u64;
    loop {
        let count = match reader.read(&mut buffer) {
            Ok(0) => return Ok((file, length)),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(failed(error)),
        };
        length += count as u64;
        if length > limits.spool_bytes {
            let reached = LimitReached { name: "spool-bytes", limit: limits.spool_bytes };
            return Err(failed(io::Error::other(reached)));
        }
        file.write_all(&buffer[..count]).map_err(unwritten)?;
    }
}
