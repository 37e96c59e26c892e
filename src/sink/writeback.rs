//! Sending a long file to the disk while it is still being written.
//!
//! Left alone, the system keeps what is written in memory for many seconds, and the sync at the end waits for all of it.
//! Told early, the disk works beside the copying, and the sync finds little left to do.

use std::fs::File;

/// How far a file was handed to the disk.
pub(super) struct Writeback {
    begun: u64,
}

impl Writeback {
    /// For a file that is written from here on.
    pub(super) fn from(offset: u64) -> Self {
        Writeback { begun: offset }
    }

    /// Says up to where the file is written.
    pub(super) fn written(&mut self, file: &File, end: u64) {
        /// So much at once that the disk gets long runs.
        const AT_ONCE: u64 = 16 << 20;
        if end >= self.begun + AT_ONCE {
            begin(file, self.begun, end);
            self.begun = end;
        }
    }
}

/// Pages that are not on the disk are sent there before they are forgotten, without waiting; those on their way are kept.
#[cfg(target_os = "linux")]
fn begin(file: &File, start: u64, end: u64) {
    let length = std::num::NonZeroU64::new(end - start);
    // Advice; the sync at the end is what counts.
    let _ = rustix::fs::fadvise(file, start, length, rustix::fs::Advice::DontNeed);
}

#[cfg(not(target_os = "linux"))]
fn begin(_file: &File, _start: u64, _end: u64) {}
