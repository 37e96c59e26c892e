//! Why compressed data could not be inflated.

use std::fmt;
use std::io;

use super::Compression;

/// Compressed data that is truncated, or that is not what its format demands.
///
/// [`super::Inflate`] wraps it into an [`io::Error`] of kind [`io::ErrorKind::UnexpectedEof`],
/// [`io::ErrorKind::InvalidData`] or [`io::ErrorKind::Unsupported`]; `get_ref` and `downcast_ref` bring it back, which
/// is how a caller tells a broken blob from a broken disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InflateError {
    /// The format that was being read.
    pub compression: Compression,
    /// Compressed bytes that had been taken when the fault showed, from the start of the data.
    pub offset: u64,
    /// What is wrong.
    pub fault: InflateFault,
}

/// What is wrong with compressed data.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum InflateFault {
    /// The data ends inside a member or frame.
    Truncated,
    /// The data contradicts its format; the text, a lower-case fragment, says how.
    Corrupt(String),
    /// The checksum or the length at the end of a gzip member is not that of its content (RFC 1952, section 2.3.1).
    Mismatch {
        /// `CRC-32` or `length`.
        what: &'static str,
        /// The value stored in the data.
        stored: u32,
        /// The value of what was inflated.
        computed: u32,
    },
    /// A zstd frame asks for a window of more than 128 MiB, which `zstd -d` takes with `--long=31` only.
    WindowTooLarge,
    /// ocikit recognises this format and does not decode it.
    Unsupported,
}

impl fmt::Display for InflateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let InflateError { compression, offset, fault } = self;
        match fault {
            InflateFault::Truncated => {
                write!(f, "{compression} data is truncated inside a member or frame, at compressed byte {offset}")
            }
            InflateFault::Corrupt(what) => {
                write!(f, "{compression} data is corrupt near compressed byte {offset}: {what}")
            }
            InflateFault::Mismatch { what, stored, computed } => write!(
                f,
                "{compression} data is corrupt: the {what} stored before compressed byte {offset} is {stored:#010x}, \
                but that of the content is {computed:#010x}"
            ),
            InflateFault::WindowTooLarge => {
                write!(
                    f,
                    "the {compression} frame before compressed byte {offset} requires a window of more than 128 MiB"
                )
            }
            InflateFault::Unsupported => write!(f, "{compression} data is not supported"),
        }
    }
}

impl std::error::Error for InflateError {}

impl From<InflateError> for io::Error {
    fn from(error: InflateError) -> io::Error {
        let kind = match error.fault {
            InflateFault::Truncated => io::ErrorKind::UnexpectedEof,
            InflateFault::Unsupported | InflateFault::WindowTooLarge => io::ErrorKind::Unsupported,
            InflateFault::Corrupt(_) | InflateFault::Mismatch { .. } => io::ErrorKind::InvalidData,
        };
        io::Error::new(kind, error)
    }
}
