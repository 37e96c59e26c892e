//! What a path for output stands for.

use std::path::{Path, PathBuf};

use crate::media_type::Compression;

/// Where a path leads, links followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A regular file, or nothing yet: written beside and renamed.
    File(PathBuf),
    /// A directory.
    Directory(PathBuf),
    /// A device or named pipe: written into, since renaming would take its place.
    Stream(PathBuf),
}

impl Target {
    /// Follows a path; a link that resolves to nothing yet is followed as well.
    pub fn of(path: &Path) -> Self {
        const HOPS: usize = 16;
        // By its own name: /dev/stdout and its like lead on to names that no file has.
        if path.metadata().is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir()) {
            return Target::Stream(path.to_owned());
        }
        // Behind a slash at the end a link is what it points to.
        let mut path: PathBuf = path.components().collect();
        for _ in 0..HOPS {
            match std::fs::read_link(&path) {
                Ok(target) => path = path.parent().map_or(target.clone(), |folder| folder.join(&target)),
                Err(_) => break,
            }
        }
        match path.metadata() {
            Ok(metadata) if metadata.is_dir() => Target::Directory(path),
            _ => Target::File(path),
        }
    }

    /// The path that it led to.
    pub fn path(&self) -> &Path {
        match self {
            Target::File(path) | Target::Directory(path) | Target::Stream(path) => path,
        }
    }
}

/// What the end of a path says about an archive: its compression; None when it is none of an archive.
pub(crate) fn archive_compression(path: &Path) -> Option<Compression> {
    let name = path.to_string_lossy().to_ascii_lowercase();
    let ends = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    if ends(&[".tar.gz", ".tgz", ".gz"]) {
        Some(Compression::Gzip)
    } else if ends(&[".tar.zst", ".tzst", ".zst"]) {
        Some(Compression::Zstd)
    } else {
        ends(&[".tar"]).then_some(Compression::None)
    }
}
