//! Copies of large contents, several at once, while whoever asked for them goes on.
//!
//! Each copy reads a piece, writes it, and hands it to its hashing thread: all processors have something to do, though each
//! content is hashed from its beginning to its end.

use std::fs::File;
use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use super::content::{Content, FileBytes, Promise};
use super::copy;
use crate::error::Error;
use crate::parallel;

/// What a content becomes.
pub(super) struct Place {
    /// The file.
    pub(super) file: Arc<File>,
    /// Where in it the content begins.
    pub(super) offset: u64,
    /// The name of the output, for messages.
    pub(super) path: String,
    /// Whether the file is complete with this content and has to reach the disk.
    pub(super) sync: bool,
}

/// Copies that are under way. Those that are not finished when it is dropped are given up.
#[derive(Default)]
pub(super) struct Copier {
    begun: u64,
    jobs: Option<SyncSender<CopyJob>>,
    threads: Vec<JoinHandle<()>>,
    failure: Arc<Failure>,
}

struct CopyJob {
    number: u64,
    promise: Promise,
    stored: FileBytes,
    place: Place,
}

impl Copier {
    /// Copies a content to its place: a large one that is in a file while this goes on, any other before it returns;
    /// any at all where the system gives no thread.
    ///
    /// # Errors
    ///
    /// Those of this content, or of one that was begun before it.
    pub(super) fn copy(&mut self, content: Content<'_>, place: Place) -> Result<(), Error> {
        if self.failure.is_before(u64::MAX) {
            self.finish()?;
        }
        let content = match content.promise.size {
            ..copy::LARGE => content,
            _ => match content.stored() {
                Ok((promise, stored)) => {
                    let begun = self.begin(promise, stored, place);
                    return begun.map_err(|error| self.finish().err().unwrap_or(error));
                }
                Err(content) => content,
            },
        };
        copy::into_file(content, &place.file, place.offset, &place.path)
            .and_then(|()| place.end())
            .map_err(|error| self.finish().err().unwrap_or(error))
    }

    fn begin(&mut self, promise: Promise, stored: FileBytes, place: Place) -> Result<(), Error> {
        place.reserve(promise.size);
        self.begun += 1;
        let job = CopyJob { number: self.begun, promise, stored, place };
        if self.jobs.is_none() {
            self.jobs = start(&mut self.threads, &self.failure);
        }
        match &self.jobs {
            // The threads take jobs as long as one can be sent.
            Some(jobs) => drop(jobs.send(job)),
            None => job.run(&self.failure)?,
        }
        Ok(())
    }

    /// Waits for all copies.
    ///
    /// # Errors
    ///
    /// Those of the first content, in the order in which they were begun, that has any.
    pub(super) fn finish(&mut self) -> Result<(), Error> {
        let ended_early = self.join();
        match self.failure.take() {
            Some(error) => Err(error),
            None if ended_early => {
                let source = io::Error::other("a copying thread ended early");
                Err(Error::Read { path: "copying".to_owned(), source })
            }
            None => Ok(()),
        }
    }

    /// Waits for the threads, and says whether one of them panicked.
    fn join(&mut self) -> bool {
        self.jobs = None;
        self.threads.drain(..).map(JoinHandle::join).filter(Result::is_err).count() > 0
    }
}

impl Drop for Copier {
    fn drop(&mut self) {
        self.failure.first.store(0, Ordering::Relaxed);
        self.join();
    }
}

/// Two at least: while one waits for the disk or for its hashing thread, the other goes on. None where the system gives no
/// thread.
fn start(threads: &mut Vec<JoinHandle<()>>, failure: &Arc<Failure>) -> Option<SyncSender<CopyJob>> {
    const MOST: usize = 8;
    let count = parallel::threads(0).clamp(2, MOST);
    let (sender, jobs) = sync_channel(count);
    let jobs = Arc::new(Mutex::new(jobs));
    for _ in 0..count {
        let (jobs, failure) = (Arc::clone(&jobs), Arc::clone(failure));
        let thread = std::thread::Builder::new().spawn(move || {
            while let Some(job) = next(&jobs) {
                let number = job.number;
                if let Err(error) = job.run(&failure) {
                    failure.note(number, error);
                }
            }
        });
        match thread {
            Ok(thread) => threads.push(thread),
            Err(_) => break,
        }
    }
    (!threads.is_empty()).then_some(sender)
}

fn next(jobs: &Mutex<Receiver<CopyJob>>) -> Option<CopyJob> {
    jobs.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

impl CopyJob {
    fn run(self, failure: &Failure) -> Result<(), Error> {
        let CopyJob { number, promise, stored, place } = self;
        let has_bytes = place.share(&stored);
        let content = Content { promise, reader: Box::new(Unfailed { stored, number, failure }), file: None };
        if has_bytes {
            copy::pieces(content, |_| Ok(()))?;
        } else {
            copy::into_file(content, &place.file, place.offset, &place.path)?;
        }
        place.end()
    }
}

impl Place {
    /// Asks the system for room, in one run if there is one; where it cannot, writing will.
    #[cfg(target_os = "linux")]
    fn reserve(&self, size: u64) {
        let _ = rustix::fs::fallocate(&*self.file, rustix::fs::FallocateFlags::empty(), self.offset, size);
    }

    #[cfg(not(target_os = "linux"))]
    fn reserve(&self, _size: u64) {}

    /// Makes the file share the blocks of a whole other one, on file systems that can (btrfs, xfs).
    #[cfg(target_os = "linux")]
    fn share(&self, stored: &FileBytes) -> bool {
        self.offset == 0 && stored.whole_file().is_some_and(|file| rustix::fs::ioctl_ficlone(&*self.file, file).is_ok())
    }

    #[cfg(not(target_os = "linux"))]
    fn share(&self, _stored: &FileBytes) -> bool {
        false
    }

    fn end(&self) -> Result<(), Error> {
        if !self.sync {
            return Ok(());
        }
        self.file.sync_all().map_err(|source| Error::Write { path: self.path.clone(), source })
    }
}

/// Bytes that end in an error once an earlier content has failed.
struct Unfailed<'f> {
    stored: FileBytes,
    number: u64,
    failure: &'f Failure,
}

impl Read for Unfailed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.failure.is_before(self.number) {
            return Err(io::Error::other("an earlier content failed"));
        }
        self.stored.read(buffer)
    }
}

/// What went wrong with the first content that failed.
struct Failure {
    /// Its number; the largest there is while none has failed.
    first: AtomicU64,
    error: Mutex<Option<Error>>,
}

impl Default for Failure {
    fn default() -> Self {
        Failure { first: AtomicU64::new(u64::MAX), error: Mutex::default() }
    }
}

impl Failure {
    /// Whether a content that was begun before this one failed.
    fn is_before(&self, number: u64) -> bool {
        self.first.load(Ordering::Relaxed) < number
    }

    fn note(&self, number: u64, error: Error) {
        let mut noted = self.error.lock().unwrap_or_else(PoisonError::into_inner);
        if number < self.first.fetch_min(number, Ordering::Relaxed) {
            *noted = Some(error);
        }
    }

    fn take(&self) -> Option<Error> {
        let mut noted = self.error.lock().unwrap_or_else(PoisonError::into_inner);
        self.first.store(u64::MAX, Ordering::Relaxed);
        noted.take()
    }
}
