//! A directory as a source: what it lists, without following links and without opening anything.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::format;
use super::listing::Listing;
use super::member::{Member, MemberKind, bytes_of, is_unsafe, key};
use crate::error::Error;
use crate::finding::{Code, Finding, Place};
use crate::limits::{LimitReached, Limits};

/// The folder that holds the documents: the directory itself, or its one sub-folder.
pub(super) fn top(path: &Path) -> Result<(PathBuf, Option<String>), Error> {
    let names = entries(path)?;
    if format::find(names.iter().map(String::as_str)).is_some() || names.iter().any(|name| name == "blobs") {
        return Ok((path.to_owned(), None));
    }
    if let [only] = names.as_slice()
        && path.join(only).symlink_metadata().is_ok_and(|metadata| metadata.is_dir())
    {
        let inner = path.join(only);
        if format::find(entries(&inner)?.iter().map(String::as_str)).is_some() {
            return Ok((inner, Some(only.clone())));
        }
    }
    let found = format::lookalike(names.iter().map(String::as_str));
    Err(Error::NotAnImage { path: path.display().to_string(), found })
}

fn entries(path: &Path) -> Result<Vec<String>, Error> {
    let failed = |source| Error::Open { path: path.display().to_string(), source };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(path).map_err(failed)? {
        names.push(key(entry.map_err(failed)?.file_name().as_encoded_bytes()).into_owned());
    }
    names.sort();
    Ok(names)
}

/// Lists a directory and all below it. `follow` takes links for what they point to, wherever that is.
pub(super) fn list(root: &Path, follow: bool, limits: &Limits) -> Result<Listing, Error> {
    let mut listing = Listing::default();
    for entry in WalkDir::new(root).min_depth(1).follow_links(follow) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) if follow => {
                let name = error.path().map_or_else(String::new, |path| name_of(root, path));
                listing.findings.push(Finding::new(Code::LinkBroken, Place::of(name), error.to_string()));
                continue;
            }
            Err(error) => {
                let path = error.path().unwrap_or(root).display().to_string();
                let source = error.into_io_error().unwrap_or_else(|| std::io::ErrorKind::Other.into());
                return Err(Error::Open { path, source });
            }
        };
        if listing.members.len() >= limits.members {
            let reached = LimitReached { name: "members", limit: limits.members as u64 };
            let detail = format!("the directory contains more files than were read: {reached}");
            listing.findings.push(Finding::new(Code::LimitExceeded, Place::of("directory"), detail));
            add_tops(root, &mut listing);
            break;
        }
        let name = name_of(root, entry.path());
        let kind = kind_of(&entry, root);
        if is_unsafe(&name) {
            let detail = "the name contains control characters or is not UTF-8";
            listing.findings.push(Finding::new(Code::MemberNameUnsafe, Place::of(&*name), detail));
        }
        if let MemberKind::Special(what) = kind {
            let detail = format!("the file is a {what}; ocikit never opens it");
            listing.findings.push(Finding::new(Code::TarSpecialFile, Place::of(&*name), detail));
        }
        let size = match kind {
            MemberKind::File => match entry.metadata().map_err(walkdir::Error::into_io_error) {
                Ok(metadata) => metadata.len(),
                // It was removed since it was listed.
                Err(Some(source)) if source.kind() == io::ErrorKind::NotFound => continue,
                Err(source) => {
                    let path = entry.path().display().to_string();
                    return Err(Error::Open { path, source: source.unwrap_or(io::ErrorKind::Other.into()) });
                }
            },
            _ => 0,
        };
        listing.members.push(Member { name: name.into(), kind, size, offset: 0 });
    }
    listing.members.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(listing)
}

/// The system lists files in any order; what tells the format is there, however many others come before it.
fn add_tops(root: &Path, listing: &mut Listing) {
    for name in format::TELLING {
        let Ok(metadata) = root.join(name).symlink_metadata() else { continue };
        if metadata.is_file() && !listing.members.iter().any(|member| *member.name == *name) {
            listing.members.push(Member { name: name.into(), kind: MemberKind::File, size: metadata.len(), offset: 0 });
        }
    }
}

fn name_of(root: &Path, path: &Path) -> String {
    let relative = key(path.strip_prefix(root).unwrap_or(path).as_os_str().as_encoded_bytes());
    if cfg!(windows) { relative.replace('\\', "/") } else { relative.into_owned() }
}

/// Where the file of a member is.
pub(super) fn path_of(root: &Path, member: &Member) -> PathBuf {
    #[cfg(unix)]
    let name = <std::ffi::OsString as std::os::unix::ffi::OsStringExt>::from_vec(bytes_of(&member.name));
    #[cfg(not(unix))]
    let name = String::from_utf8_lossy(&bytes_of(&member.name)).into_owned();
    root.join(name)
}

/// Opens a file that was listed as a regular one. Should it have become a named pipe since, opening does not wait for a
/// writer, and it is refused.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    let file = options.open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "no longer a regular file"))
    }
}

fn kind_of(entry: &walkdir::DirEntry, root: &Path) -> MemberKind {
    let kind = entry.file_type();
    if kind.is_file() {
        MemberKind::File
    } else if kind.is_dir() {
        MemberKind::Directory
    } else if kind.is_symlink() {
        let target = std::fs::read_link(entry.path()).unwrap_or_default();
        // An absolute target inside the directory is taken from its top.
        let inside = target.strip_prefix(root).ok().map(|rest| {
            let depth = entry.depth().saturating_sub(1);
            Path::new(&"../".repeat(depth)).join(rest)
        });
        MemberKind::SymbolicLink(key(inside.unwrap_or(target).as_os_str().as_encoded_bytes()).into())
    } else {
        MemberKind::Special("device, named pipe or socket")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tells_the_shape_is_listed_whatever_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        for name in (0..40).map(|number| format!("f{number}")).chain(["index.json".to_owned(), "oci-layout".to_owned()])
        {
            std::fs::write(folder.path().join(name), "x").unwrap();
        }
        let limits = Limits { members: 3, ..Limits::default() };
        let listing = list(folder.path(), false, &limits).unwrap();
        assert!(format::TELLING[..2].iter().all(|name| listing.members.iter().any(|member| *member.name == **name)));
        assert_eq!(listing.findings.len(), 1);
        assert!(listing.members.is_sorted_by(|a, b| a.name < b.name));
    }
}
