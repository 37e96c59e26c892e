//! How far long work has come, for whoever wants to show it. The library itself shows nothing.

use std::fmt;
use std::io::{self, BufRead, Read};
use std::path::Path;
use std::sync::Arc;

/// Receives the progress of work. It is called from many threads.
pub trait Progress: Send + Sync {
    /// Work begins on this many bytes; `what` is a verb with its object, as `verifying app.tar`.
    fn begin(&self, what: &str, bytes: u64);
    /// The work that began is about this many blobs.
    fn blobs(&self, _count: u64) {}
    /// This many bytes more are done.
    fn advance(&self, bytes: u64);
    /// One blob more is done.
    fn blob(&self) {}
    /// The work has ended, well or not.
    fn end(&self);
    /// Nothing goes on for a while: another program holds the lock on this file.
    fn waits(&self, _locked: &Path) {}
}

/// Tells a [`Progress`], or nobody.
#[derive(Clone, Default)]
pub struct Meter(Option<Arc<dyn Progress>>);

impl Meter {
    /// A meter that tells this one.
    pub fn new(progress: Arc<dyn Progress>) -> Self {
        Meter(Some(progress))
    }

    /// Begins; the work ends when what is returned is dropped.
    pub(crate) fn begin(&self, what: &str, bytes: u64) -> Work {
        if let Some(progress) = &self.0 {
            progress.begin(what, bytes);
        }
        Work(self.clone())
    }

    /// As [`Meter::begin`], for work that is reported by blobs too: many small ones take longer than their bytes.
    pub(crate) fn begin_blobs(&self, what: &str, bytes: u64, count: usize) -> Work {
        let work = self.begin(what, bytes);
        if let Some(progress) = &self.0 {
            progress.blobs(count as u64);
        }
        work
    }

    pub(crate) fn blob(&self) {
        if let Some(progress) = &self.0 {
            progress.blob();
        }
    }

    pub(crate) fn waits(&self, locked: &Path) {
        if let Some(progress) = &self.0 {
            progress.waits(locked);
        }
    }

    pub(crate) fn advance(&self, bytes: u64) {
        if let Some(progress) = &self.0 {
            progress.advance(bytes);
        }
    }
}

impl fmt::Debug for Meter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Meter(told)" } else { "Meter(silent)" })
    }
}

/// Work that is under way.
#[must_use]
pub(crate) struct Work(Meter);

impl Drop for Work {
    fn drop(&mut self) {
        if let Some(progress) = &self.0.0 {
            progress.end();
        }
    }
}

/// A reader that tells a meter what is taken from it.
pub(crate) struct Metered<'m, R> {
    inner: R,
    meter: &'m Meter,
}

impl<'m, R> Metered<'m, R> {
    pub(crate) fn new(inner: R, meter: &'m Meter) -> Self {
        Metered { inner, meter }
    }
}

impl<R: BufRead> BufRead for Metered<'_, R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, bytes: usize) {
        self.inner.consume(bytes);
        self.meter.advance(bytes as u64);
    }
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.meter.advance(count as u64);
        Ok(count)
    }
}
