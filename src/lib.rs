//! ocikit opens container images that lie in files: OCI archives, `docker save` archives, image-layout directories.
//!
//! It needs no daemon, no registry and no network. The library never prints, never exits the process and never reads
//! the environment.

#[cfg(feature = "cli")]
pub mod cli;
pub mod codec;
pub mod digest;
pub mod doc;
pub mod error;
pub mod finding;
pub mod graph;
pub mod json;
pub mod limits;
pub mod media_type;
mod near;
pub mod ops;
mod parallel;
pub mod platform;
pub mod progress;
pub mod reference;
pub mod render;
pub mod sink;
pub mod source;
pub mod tar_index;

pub use error::Error;
