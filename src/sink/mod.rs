//! Where bytes go: a layout directory, or a tar archive in a file or a stream.
//!
//! Floor: above the formats, beside `doc` and `source`. It writes files and reads none of them.
//!
//! Every file is written under a name of its own beside its target, synced and then renamed, so that whoever kills the
//! run finds the old or the new, whole. What a killed run leaves behind begins with `.ocikit-tmp-` and is removed by the
//! next run that writes in that folder; a file lock tells the leftovers of the dead from the work of the living.

mod archive;
mod content;
mod contents_file;
mod copier;
mod copy;
mod encoder;
#[cfg(unix)]
mod folder;
mod gzip_blocks;
mod layer_blob;
mod layer_tar;
mod layout;
mod lock;
mod lock_file;
#[cfg(unix)]
mod new_tree;
mod pax;
mod plain;
mod scratch;
mod spool;
mod stored_headers;
mod tar;
mod tar_entry;
mod target;
mod together;
mod write_at;
mod writeback;

#[cfg(test)]
mod tests;

pub(crate) use archive::{Archive, ArchiveOptions};
pub(crate) use content::Content;
pub(crate) use contents_file::{ContentsFile, ContentsReader, ContentsWriter};
pub(crate) use encoder::Encoder;
pub use encoder::Level;
#[cfg(unix)]
pub(crate) use folder::{Attributes, Folder, Special, set, set_xattr};
pub(crate) use layer_blob::{LayerBlob, LayerForm, LayerWriter};
pub(crate) use layer_tar::LayerTar;
pub(crate) use layout::Layout;
pub(crate) use lock::Lock;
pub(crate) use lock_file::LOCK_FILE;
#[cfg(unix)]
pub(crate) use new_tree::NewTree;
pub(crate) use pax::padding as tar_padding;
#[cfg(unix)]
pub(crate) use plain::NewFile;
pub(crate) use plain::Plain;
#[cfg(feature = "cli")]
pub(crate) use scratch::abandon;
pub(crate) use scratch::{is_leftover, is_locked};
pub(crate) use spool::Spool;
pub(crate) use stored_headers::StoredHeaders;
pub(crate) use tar_entry::TarEntry;
pub(crate) use target::{Target, archive_compression};
