//! A directory that is written through its descriptor: every call names one component in it and follows no link, so
//! nothing lands outside whatever links say, and whatever is moved meanwhile (`openat(2)`, `O_NOFOLLOW`).

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{self, AtFlags, FileType, Gid, Mode, OFlags, Timespec, Timestamps, Uid, XattrFlags};

/// A directory that is open.
#[derive(Debug)]
pub(crate) struct Folder(OwnedFd);

/// What is said of a file beside its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Attributes {
    /// Permission bits, at most 0o7777.
    pub(crate) mode: u16,
    /// User and group; None to leave them to whoever writes.
    pub(crate) owner: Option<(u32, u32)>,
    /// Modification time: seconds since 1970 and nanoseconds.
    pub(crate) mtime: (i64, u32),
}

/// A device or named pipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Special {
    Fifo,
    /// Major and minor number.
    Character(u32, u32),
    /// Major and minor number.
    Block(u32, u32),
}

const OPEN_FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// A name that is one component, and a real one.
fn component(name: &[u8]) -> io::Result<&[u8]> {
    let is_one = !name.is_empty() && name != b"." && name != b".." && !name.contains(&b'/') && !name.contains(&0);
    if is_one { Ok(name) } else { Err(io::Error::new(io::ErrorKind::InvalidInput, "not a file name")) }
}

impl Folder {
    /// A directory of ours by its path.
    pub(crate) fn open(path: &Path) -> io::Result<Folder> {
        Ok(Folder(fs::open(path, OPEN_FOLDER, Mode::empty())?))
    }

    /// Makes a directory that nobody else can inspect until its attributes are set.
    pub(crate) fn make_folder(&self, name: &[u8]) -> io::Result<Folder> {
        fs::mkdirat(&self.0, component(name)?, Mode::RWXU)?;
        Ok(Folder(fs::openat(&self.0, name, OPEN_FOLDER, Mode::empty())?))
    }

    /// The same directory, open once more.
    pub(crate) fn again(&self) -> io::Result<Folder> {
        Ok(Folder(self.0.try_clone()?))
    }

    /// The directory that this one is in.
    pub(crate) fn parent(&self) -> io::Result<Folder> {
        Ok(Folder(fs::openat(&self.0, "..", OPEN_FOLDER, Mode::empty())?))
    }

    /// Makes a file that nobody else can read until its attributes are set.
    pub(crate) fn make_file(&self, name: &[u8]) -> io::Result<File> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(File::from(fs::openat(&self.0, component(name)?, flags, Mode::RUSR | Mode::WUSR)?))
    }

    /// Moves a file here, where nothing has the name.
    pub(crate) fn take(&self, from: &Folder, file: &[u8], name: &[u8]) -> io::Result<()> {
        #[cfg(target_os = "linux")]
        {
            let flags = fs::RenameFlags::NOREPLACE;
            match fs::renameat_with(&from.0, component(file)?, &self.0, component(name)?, flags) {
                // A file system that cannot do it.
                Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {}
                moved => return Ok(moved?),
            }
        }
        self.link(from, file, name)
    }

    /// Gives a file another name here, where nothing has it.
    pub(crate) fn link(&self, from: &Folder, file: &[u8], name: &[u8]) -> io::Result<()> {
        Ok(fs::linkat(&from.0, component(file)?, &self.0, component(name)?, AtFlags::empty())?)
    }

    /// Makes a symbolic link, wherever it leads.
    pub(crate) fn symlink(&self, name: &[u8], target: &[u8], attributes: &Attributes) -> io::Result<()> {
        fs::symlinkat(target, &self.0, component(name)?)?;
        self.own(name, attributes.owner)?;
        Ok(fs::utimensat(&self.0, name, &times(attributes), AtFlags::SYMLINK_NOFOLLOW)?)
    }

    /// Makes a device or named pipe.
    pub(crate) fn special(&self, name: &[u8], special: Special, attributes: &Attributes) -> io::Result<()> {
        let (kind, device) = match special {
            Special::Fifo => (FileType::Fifo, 0),
            Special::Character(major, minor) => (FileType::CharacterDevice, fs::makedev(major, minor)),
            Special::Block(major, minor) => (FileType::BlockDevice, fs::makedev(major, minor)),
        };
        #[cfg(target_os = "linux")]
        {
            fs::mknodat(&self.0, component(name)?, kind, Mode::RUSR | Mode::WUSR, device)?;
            self.own(name, attributes.owner)?;
            // A device that we made a line ago: nothing can have put a link in its place in a directory of our own.
            fs::chmodat(&self.0, name, Mode::from_raw_mode(attributes.mode.into()), AtFlags::empty())?;
            Ok(fs::utimensat(&self.0, name, &times(attributes), AtFlags::SYMLINK_NOFOLLOW)?)
        }
        #[cfg(not(target_os = "linux"))]
        {
            let _ = (name, kind, device, attributes);
            Err(io::Error::from(io::ErrorKind::Unsupported))
        }
    }

    fn own(&self, name: &[u8], owner: Option<(u32, u32)>) -> io::Result<()> {
        let Some((user, group)) = owner else { return Ok(()) };
        let (user, group) = (Some(Uid::from_raw(user)), Some(Gid::from_raw(group)));
        Ok(fs::chownat(&self.0, name, user, group, AtFlags::SYMLINK_NOFOLLOW)?)
    }

    /// Sets the attributes of this directory.
    pub(crate) fn set(&self, attributes: &Attributes) -> io::Result<()> {
        set(&self.0, attributes)
    }

    /// Sets an extended attribute of this directory.
    pub(crate) fn set_xattr(&self, name: &[u8], value: &[u8]) -> io::Result<()> {
        set_xattr(&self.0, name, value)
    }
}

/// Sets the attributes of a file that is open, the time last and the mode behind the owner: a change of owner takes
/// the setuid bits away.
pub(crate) fn set(file: impl AsFd, attributes: &Attributes) -> io::Result<()> {
    if let Some((user, group)) = attributes.owner {
        fs::fchown(&file, Some(Uid::from_raw(user)), Some(Gid::from_raw(group)))?;
    }
    fs::fchmod(&file, Mode::from_raw_mode(attributes.mode.into()))?;
    Ok(fs::futimens(&file, &times(attributes))?)
}

/// Sets an extended attribute of a file that is open.
pub(crate) fn set_xattr(file: impl AsFd, name: &[u8], value: &[u8]) -> io::Result<()> {
    Ok(fs::fsetxattr(file, name, value, XattrFlags::empty())?)
}

fn times(attributes: &Attributes) -> Timestamps {
    let time = Timespec { tv_sec: attributes.mtime.0, tv_nsec: attributes.mtime.1.into() };
    Timestamps { last_access: time, last_modification: time }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_component_and_no_link() {
        let folder = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(outside.path(), folder.path().join("link")).unwrap();
        let open = Folder::open(folder.path()).unwrap();
        for name in [&b"../x"[..], b"a/b", b"/x", b"..", b".", b"", b"a\0b"] {
            assert!(open.make_file(name).is_err() && open.make_folder(name).is_err(), "{name:?}");
        }
        assert!(open.make_folder(b"link").is_err() && open.make_file(b"link").is_err());
        open.make_file(b"x").unwrap();
        open.make_file(b"y").unwrap();
        assert!(open.take(&open, b"x", b"y").is_err());
        open.take(&open, b"x", b"z").unwrap();
        assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 0);
    }
}
