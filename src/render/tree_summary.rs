//! The line that sums up a root file system that was written.

use super::{Bytes, Count, Shown};
use crate::image::Amount;

/// How much of what was written to where.
pub(super) fn tree_summary(to: &str, files: Amount, directories: u64, symlinks: u64, hard_links: u64) -> String {
    format!(
        "{}: {}, {}; {directories} {}, {}, {}\n",
        Shown(to),
        Count(files.count, "file"),
        Bytes(files.bytes),
        if directories == 1 { "directory" } else { "directories" },
        Count(symlinks, "symbolic link"),
        Count(hard_links, "hard link"),
    )
}
