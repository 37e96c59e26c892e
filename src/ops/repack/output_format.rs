//! What is written: one of four shapes, and how an archive is compressed as a whole.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use crate::error::Error;
use crate::media_type::Compression;
use crate::sink::{Target, archive_compression};
use crate::source::FileFormat;

/// A format that ocikit writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OutputFormat {
    /// An image-layout directory.
    OciDir,
    /// A tar of an image layout.
    OciArchive,
    /// What `docker save` wrote before version 25: uncompressed layers, no attestations, one image for each name.
    DockerArchive,
    /// A tar of an image layout with docker's `manifest.json` beside it, as docker writes it from version 25 on.
    Dual,
}

/// The text is not the name of a format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not one of oci-dir, oci-archive, docker-archive, dual")]
pub struct UnknownFormat(String);

const NAMES: [(OutputFormat, &str, &str); 4] = [
    (OutputFormat::OciDir, "oci-dir", "layout directory"),
    (OutputFormat::OciArchive, "oci-archive", "OCI archive"),
    (OutputFormat::DockerArchive, "docker-archive", "docker archive"),
    (OutputFormat::Dual, "dual", "dual archive"),
];

impl OutputFormat {
    /// The format in the words of the documentation.
    pub fn title(self) -> &'static str {
        NAMES.iter().find(|(format, ..)| *format == self).map_or("", |(_, _, title)| title)
    }

    /// The format of an image file that is there.
    pub fn like(format: &FileFormat) -> OutputFormat {
        match (format.directory, format.index_view, format.docker_view) {
            (true, ..) => OutputFormat::OciDir,
            (false, true, false) => OutputFormat::OciArchive,
            (false, true, true) => OutputFormat::Dual,
            (false, false, _) => OutputFormat::DockerArchive,
        }
    }

    /// The format that a path for output asks for by itself, and how an archive there is compressed: a directory where
    /// there is one or where the name is none of an archive, else an OCI archive.
    ///
    /// # Errors
    ///
    /// For a name that ends in a compression that is not written.
    pub fn of(path: &Path, asked: Option<OutputFormat>) -> Result<(OutputFormat, Compression), Error> {
        let name = path.to_string_lossy().to_ascii_lowercase();
        let named = archive_compression(path);
        let by_name = match Target::of(path) {
            Target::Directory(_) => OutputFormat::OciDir,
            Target::Stream(_) => OutputFormat::OciArchive,
            Target::File(_) if named.is_some() || path.exists() => OutputFormat::OciArchive,
            Target::File(_) => OutputFormat::OciDir,
        };
        let unwritten = [".xz", ".txz", ".bz2", ".tbz", ".tbz2", ".lz4", ".zip"];
        match (asked, asked.unwrap_or(by_name)) {
            (Some(OutputFormat::OciDir), _) => Ok((OutputFormat::OciDir, Compression::None)),
            _ if unwritten.iter().any(|end| name.ends_with(end)) => {
                let reason = "archives are uncompressed (.tar), gzip (.tar.gz) or zstd (.tar.zst)".to_owned();
                Err(Error::Unfit { path: path.display().to_string(), verb: "write this file name", reason })
            }
            (_, OutputFormat::OciDir) => Ok((OutputFormat::OciDir, Compression::None)),
            (_, format) => Ok((format, named.unwrap_or(Compression::None))),
        }
    }
}

impl FromStr for OutputFormat {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        let found = NAMES.iter().find(|(_, name, _)| *name == text);
        found.map(|(format, ..)| *format).ok_or_else(|| UnknownFormat(text.to_owned()))
    }
}

impl fmt::Display for OutputFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(NAMES.iter().find(|(format, ..)| format == self).map_or("", |(_, name, _)| name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_is_written() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("image.oci"), "x").unwrap();
        for (name, format, compression) in [
            ("", OutputFormat::OciDir, Compression::None),
            ("new", OutputFormat::OciDir, Compression::None),
            ("app-1.0", OutputFormat::OciDir, Compression::None),
            ("image.oci", OutputFormat::OciArchive, Compression::None),
            ("a.tar", OutputFormat::OciArchive, Compression::None),
            ("a.TAR.GZ", OutputFormat::OciArchive, Compression::Gzip),
            ("a.tgz", OutputFormat::OciArchive, Compression::Gzip),
            ("a.tar.zst", OutputFormat::OciArchive, Compression::Zstd),
        ] {
            assert_eq!(OutputFormat::of(&folder.path().join(name), None).unwrap(), (format, compression), "{name}");
        }
        let path = folder.path().join("a.tar.gz");
        assert_eq!(OutputFormat::of(&path, Some(OutputFormat::Dual)).unwrap(), (OutputFormat::Dual, Compression::Gzip));
        assert!(OutputFormat::of(&folder.path().join("a.tar.xz"), None).is_err());
        for (format, name, _) in NAMES {
            assert_eq!(name.parse(), Ok(format));
            assert_eq!(format.to_string(), name);
        }
    }
}
