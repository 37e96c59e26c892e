//! What ocikit does: one verb a module, options in, a report out. Nothing here prints.
//!
//! Floor: above the checks, below `render`. An operation knows no argument of the command line and no output format.

pub mod annotate;
pub mod artifact;
pub mod attestation;
mod base_layers;
pub mod cat;
pub mod compare;
pub mod config;
pub mod convert;
pub mod delta;
pub mod diff;
pub mod doctor;
pub mod export;
pub mod files;
pub mod gc;
pub mod inspect;
pub mod layer;
pub mod merge;
pub mod names;
pub mod new;
pub mod platform;
pub mod rebase;
pub mod refs;
pub mod repack;
pub mod signature;
pub mod squash;
pub mod survey;
#[cfg(unix)]
pub mod unpack;
pub mod unwrap;
pub mod verify;
