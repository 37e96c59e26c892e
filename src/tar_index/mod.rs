//! Tar archives: one walker for all that ocikit does with them.
//!
//! Floor: formats, beside `json` and `codec`. It knows nothing of images.
//!
//! [`TarReader`] walks an archive header by header, over any [`Feed`]: [`FileFeed`] seeks over contents (an index of a
//! 20 GiB archive reads a few KiB), [`StreamFeed`] reads a stream once, whether standard input or an inflated layer.
//! `index` walks a whole archive and gives what it holds.
//!
//! What is wrong with an archive is data, never an `Err`: a [`Problem`], with the byte where it is. `Err` means that the
//! bytes could not be read. Formats: v7, ustar and pax as in POSIX.1-2024 (`pax`, "EXTENDED DESCRIPTION"), and what GNU tar
//! adds (long names, base-256 numbers, sparse members). Where readers disagree about an archive, the walk does what Go's
//! `archive/tar` does, because docker, containerd, podman and crane read with it, and says that there is a disagreement.

mod assemble;
mod block;
mod digits;
mod extension;
mod feed;
mod file_feed;
mod header;
mod index;
mod log;
mod member;
mod pax;
mod problem;
mod read_at;
mod reader;
mod sparse;
mod sparse_records;
mod tail;
mod walk;
mod window;

#[cfg(test)]
mod tests;

pub(crate) use block::{BLOCK, begins_with_header, number};
pub use feed::{Feed, StreamFeed};
pub use file_feed::FileFeed;
pub(crate) use header::{is_gnu, is_ustar};
pub use index::{Index, index};
pub(crate) use log::shorten;
pub use member::{EntryKind, Member, Owner, Xattr, show_name};
pub(crate) use pax::{Records, pax_time};
pub use problem::{After, Problem, ProblemKind};
pub(crate) use read_at::FileRef;
pub use read_at::ReadAt;
pub use reader::{EntryContent, TarReader};
pub use window::Window;
