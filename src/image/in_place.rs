//! An image file that is to be changed where it stands: locked first, then opened.

use std::io;

use crate::error::Error;
use crate::image::Image;
use crate::reference::{Address, Location};
use crate::sink::{Lock, Target};
use crate::source::Open;

/// An image file that nobody else changes meanwhile: another writer waits, and then sees what this one made of it.
pub struct InPlace {
    /// What it holds.
    pub image: Image,
    /// Where it stands, links followed: a layout directory or an archive.
    pub target: Target,
    /// Held until it is dropped.
    pub lock: Lock,
}

impl InPlace {
    /// Locks and opens what an address names.
    ///
    /// # Errors
    ///
    /// When it cannot be opened or locked, or has no place: standard input, a device, a named pipe.
    pub fn open(address: &Address, open: &Open) -> Result<Self, Error> {
        let Location::Path(input) = &address.location else {
            let reason = "standard input cannot be changed in place; write to a file with `-o`".to_owned();
            return Err(Error::Unfit { path: "-".to_owned(), verb: "change in place", reason });
        };
        let look = || {
            let source = open.open(address, io::empty())?;
            if source.format().skopeo {
                let reason = "it is a skopeo directory; write an image layout or archive with `-o`".to_owned();
                return Err(Error::Unfit { path: source.label().to_owned(), verb: "change in place", reason });
            }
            Ok(source)
        };
        let (target, lock) = match Target::of(input) {
            Target::Directory(_) => {
                let root = look()?.root().unwrap_or(input).to_owned();
                let lock = Lock::layout(&root, &open.meter)?;
                (Target::Directory(root), lock)
            }
            Target::File(path) => {
                let lock = Lock::archive(&path, &open.meter)?;
                (Target::File(path), lock)
            }
            Target::Stream(path) => {
                let reason = "it is a device or named pipe; write to a file with `-o`".to_owned();
                return Err(Error::Unfit { path: path.display().to_string(), verb: "change in place", reason });
            }
        };
        Ok(InPlace { image: Image::load(look()?, &open.limits), target, lock })
    }
}
