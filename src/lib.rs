//! ocikit opens container images that lie in files: OCI archives, `docker save` archives, image-layout directories.
//!
//! It needs no daemon, no registry and no network. The library never prints, never exits the process and never reads
//! the environment.

pub mod codec;
pub mod limits;
pub mod tar_index;
