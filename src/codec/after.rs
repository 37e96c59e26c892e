//! What follows compressed data, and what readers take in different ways in it.

use std::fmt;

/// What stands behind the last gzip member or zstd frame.
///
/// Go's `compress/gzip`, which docker and containerd read layers with, refuses anything but another member; other readers
/// stop without a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trailing {
    /// Nothing, or the end of the compressed data has not been reached.
    None,
    /// This many zero bytes: padding to a block, as tape tools leave it.
    Zeros(u64),
    /// This many bytes up to the end of the input, not all of them zero.
    Data(u64),
}

/// What the formats allow and not all readers inflate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Oddity {
    /// The data begins with a skippable zstd frame, as `pzstd` writes it. podman, skopeo and GNU tar do not take that for
    /// zstd; containerd and `zstd -d` do.
    SkippableFirst,
    /// A gzip header has a name or comment of more than 511 bytes, for which Go's `compress/gzip` refuses the data; gzip,
    /// pigz, GNU tar and Python pass over it.
    LongHeaderText,
}

impl fmt::Display for Oddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Oddity::SkippableFirst => {
                "the data starts with a skippable zstd frame; podman, skopeo and GNU tar do not recognize it as zstd"
            }
            Oddity::LongHeaderText => {
                "a gzip header has a name or comment of more than 511 bytes; readers written in Go refuse it"
            }
        })
    }
}
