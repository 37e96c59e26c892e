//! Compression of layers and whole files: what it is by its first bytes, a reader that takes it away, and what follows
//! the compressed data.
//!
//! Floor: formats, beside `json` and `tar_index`. It knows nothing of images.
//!
//! Gzip ([RFC 1952](https://www.rfc-editor.org/rfc/rfc1952)) and zstd
//! ([RFC 8878](https://www.rfc-editor.org/rfc/rfc8878)) are decoded; xz and bzip2 are recognised, so that a message can
//! name them.

mod after;
mod decode;
mod detect;
mod fault;
mod gzip;
mod inflate;
mod input;
mod spare;
mod step;
mod zstd_frames;

#[cfg(test)]
mod tests;

pub use crate::media_type::Compression;
pub use after::{Oddity, Trailing};
pub use detect::DETECT_BYTES;
pub use fault::{InflateError, InflateFault};
pub use inflate::{BUFFER_BYTES, Inflate};
