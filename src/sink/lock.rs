//! One writer at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::lock_file::{LOCK_FILE, is_at};
use super::scratch::Unfinished;
use crate::error::Error;
use crate::progress::Meter;

/// An advisory lock, held until it is dropped; the system takes it from a process that dies.
#[derive(Debug)]
pub struct Lock {
    file: File,
    /// The file that exists only for the lock; a signal that ends the program removes it too.
    own: Option<(PathBuf, Unfinished)>,
}

impl Lock {
    /// Locks a layout directory; waits while another writer holds it, and tells the meter when that takes long.
    ///
    /// # Errors
    ///
    /// When the lock file cannot be made.
    pub fn layout(directory: &Path, meter: &Meter) -> Result<Self, Error> {
        let path = directory.join(LOCK_FILE);
        let failed = |source| Error::Write { path: path.display().to_string(), source };
        let mut patience = Patience::new(&path, meter);
        loop {
            // At once, with no moment between at which a signal could leave the file behind.
            match Unfinished::note(|| Ok((make(&path)?, path.clone()))) {
                Ok((noted, file)) => return Ok(Lock { file, own: Some((path, noted)) }),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(failed(error)),
            }
            if let Some(file) = existing(&path).map_err(failed)? {
                patience.lock(&file).map_err(failed)?;
            }
        }
    }

    /// Locks an archive that will be replaced, on the file itself; waits as [`Lock::layout`] does.
    ///
    /// # Errors
    ///
    /// When it cannot be opened or locked.
    pub fn archive(path: &Path, meter: &Meter) -> Result<Self, Error> {
        let mut patience = Patience::new(path, meter);
        let mut hold = || {
            loop {
                let file = File::open(path)?;
                patience.lock(&file)?;
                // The writer before may have replaced it meanwhile.
                if is_at(&file, path)? {
                    return Ok(file);
                }
            }
        };
        let file = hold().map_err(|source| Error::Open { path: path.display().to_string(), source })?;
        Ok(Lock { file, own: None })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Removed while it is still held: whoever waits for it sees that the name is gone and takes a new one, which no signal
        // may then take for ours.
        if let Some((path, noted)) = &mut self.own {
            let _ = noted.finish(|| std::fs::remove_file(path));
        }
        let _ = self.file.unlock();
    }
}

/// Makes a lock file, or takes one that is there, if nobody holds it; else it would block.
fn make(path: &Path) -> io::Result<File> {
    let (file, is_new) = match options().create_new(true).open(path) {
        Ok(file) => (file, true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => match existing(path)? {
            Some(file) => (file, false),
            None => return Err(io::ErrorKind::WouldBlock.into()),
        },
        Err(error) => return Err(error),
    };
    match file.try_lock() {
        // The one that held it before may have removed it meanwhile.
        Ok(()) if is_at(&file, path)? => Ok(file),
        Ok(()) | Err(TryLockError::WouldBlock) => Err(io::ErrorKind::WouldBlock.into()),
        Err(TryLockError::Error(error)) => {
            if is_new {
                let _ = std::fs::remove_file(path);
            }
            Err(error)
        }
    }
}

/// The lock file, if there is one.
fn existing(path: &Path) -> io::Result<Option<File>> {
    match options().open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(_) if path.is_symlink() => {
            Err(io::Error::other("it is a symbolic link, which ocikit does not follow; remove it"))
        }
        Err(error) => Err(error),
    }
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // Of a directory that somebody else created nothing points to a file elsewhere.
        options.custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed());
    }
    options
}

/// Waits for locks on a file, and says so once it takes long.
struct Patience<'p> {
    path: &'p Path,
    meter: &'p Meter,
    /// Since when, until it was said.
    since: Option<Instant>,
}

impl<'p> Patience<'p> {
    /// Most edits are over sooner.
    const LIMIT: Duration = Duration::from_secs(1);

    fn new(path: &'p Path, meter: &'p Meter) -> Self {
        Patience { path, meter, since: Some(Instant::now()) }
    }

    fn lock(&mut self, file: &File) -> io::Result<()> {
        const PAUSE: Duration = Duration::from_millis(20);
        while let Some(since) = self.since {
            match file.try_lock() {
                Ok(()) => return Ok(()),
                Err(TryLockError::Error(error)) => return Err(error),
                Err(TryLockError::WouldBlock) if since.elapsed() < Self::LIMIT => std::thread::sleep(PAUSE),
                Err(TryLockError::WouldBlock) => {
                    self.since = None;
                    self.meter.waits(self.path);
                }
            }
        }
        file.lock()
    }
}
