//! Digests of large files, computed by threads of their own from what was written, while the writing goes on.
//!
//! Copying and hashing take about as long as each other; side by side they take as long as the slower one. Reading the
//! written file again costs little, since its pages are still in memory, and it checks what readers will read.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use crate::digest::{Digest, Hasher, VerifyError};
use crate::error::Error;
use crate::tar_index::ReadAt;

/// Hashes parts of one file in the background.
pub(super) struct Verifier {
    file: Arc<File>,
    threads: usize,
    running: VecDeque<JoinHandle<Result<(), Error>>>,
}

/// One part that is being written.
pub(super) struct Blob(Sender<u64>);

impl Blob {
    /// Says up to where the file is written.
    pub(super) fn written(&self, end: u64) {
        // The receiver is gone only when the thread ended with an error, which `finish` reports.
        let _ = self.0.send(end);
    }
}

impl Verifier {
    pub(super) fn new(file: Arc<File>) -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Verifier { file, threads, running: VecDeque::new() }
    }

    /// Begins with a part at `start`. Waits for the oldest part when as many are hashed as there are processors, and
    /// reports what was wrong with it.
    pub(super) fn begin(&mut self, label: String, digest: Digest, start: u64) -> Result<Blob, Error> {
        while self.running.len() >= self.threads {
            self.join_oldest()?;
        }
        let (sender, receiver) = channel();
        let file = Arc::clone(&self.file);
        self.running.push_back(std::thread::spawn(move || hash(&file, label, digest, start, &receiver)));
        Ok(Blob(sender))
    }

    /// Waits for all parts.
    ///
    /// # Errors
    ///
    /// The first part that has another digest.
    pub(super) fn finish(&mut self) -> Result<(), Error> {
        while !self.running.is_empty() {
            self.join_oldest()?;
        }
        Ok(())
    }

    fn join_oldest(&mut self) -> Result<(), Error> {
        let Some(thread) = self.running.pop_front() else { return Ok(()) };
        thread.join().unwrap_or_else(|_| {
            let source = io::Error::other("the thread that verifies ended early");
            Err(Error::Read { path: "verification".to_owned(), source })
        })
    }
}

fn hash(file: &File, path: String, expected: Digest, start: u64, ends: &Receiver<u64>) -> Result<(), Error> {
    const PIECE: usize = 1 << 20;
    let Some(algorithm) = expected.algorithm() else { return Ok(()) };
    let mut hasher = Hasher::new(algorithm);
    let mut buffer = vec![0; PIECE];
    let mut at = start;
    while let Ok(end) = ends.recv() {
        // Take in all that was written meanwhile at once.
        let end = ends.try_iter().last().unwrap_or(end);
        while at < end {
            let room = usize::try_from(end - at).map_or(PIECE, |left| left.min(PIECE));
            let count = file.read_full_at(&mut buffer[..room], at);
            match count {
                Ok(0) => break,
                Ok(count) => {
                    hasher.update(&buffer[..count]);
                    at += count as u64;
                }
                Err(source) => return Err(Error::Read { path, source }),
            }
        }
    }
    let found = hasher.finish();
    if found == expected {
        Ok(())
    } else {
        Err(Error::Damaged { path, fault: VerifyError::Digest { expected, found } })
    }
}
