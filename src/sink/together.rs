//! Many new files of one tree, made to survive a loss of power together.
//!
//! A disk takes milliseconds to say that a file has reached it, whatever its size: thirty thousand blobs one by one take
//! more than a minute. The system can be asked for all of them at once; it then waits for whatever else is unwritten in
//! the same file system too, so the first few are still asked for one by one.

use std::io;
use std::path::Path;

/// So many are synced one by one.
const FEW: u32 = 64;

/// Files of a tree that is not visible yet.
#[derive(Debug, Default)]
pub(super) struct Together {
    count: u32,
}

impl Together {
    /// Takes one more file, and says whether it has to be synced by itself.
    pub(super) fn add(&mut self) -> bool {
        self.count = self.count.saturating_add(1);
        // Other systems cannot be asked for a whole file system.
        self.count <= FEW || !cfg!(target_os = "linux")
    }

    /// Returns when the files and the folders of their tree have reached the disk.
    pub(super) fn settle(&self, root: &Path) -> io::Result<()> {
        #[cfg(target_os = "linux")]
        if self.count > FEW {
            return Ok(rustix::fs::syncfs(std::fs::File::open(root)?)?);
        }
        // There may be hardly an open file left.
        for entry in walkdir::WalkDir::new(root).max_open(1) {
            let entry = entry?;
            if entry.file_type().is_dir() {
                super::scratch::sync_folder(entry.path())?;
            }
        }
        Ok(())
    }
}
