//! What is written: one of four shapes, and how an archive is compressed as a whole.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use crate::error::Error;
use crate::media_type::Compression;
use crate::sink::{Target, archive_compression};
use crate::source::Shape;

/// A shape that ocikit writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Form {
    /// An image-layout directory.
    OciDir,
    /// A tar of an image layout.
    OciArchive,
    /// What `docker save` wrote before version 25: uncompressed layers, no attestations, one image for each name.
    DockerArchive,
    /// A tar of an image layout with docker's `manifest.json` beside it, as docker writes it from version 25 on.
    Dual,
}

/// The text is no shape.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not one of oci-dir, oci-archive, docker-archive, dual")]
pub struct UnknownForm(String);

const NAMES: [(Form, &str, &str); 4] = [
    (Form::OciDir, "oci-dir", "layout directory"),
    (Form::OciArchive, "oci-archive", "OCI archive"),
    (Form::DockerArchive, "docker-archive", "docker archive"),
    (Form::Dual, "dual", "dual archive"),
];

impl Form {
    /// The shape in the words of the documentation.
    pub fn title(self) -> &'static str {
        NAMES.iter().find(|(form, ..)| *form == self).map_or("", |(_, _, title)| title)
    }

    /// The form of an image file that is there.
    pub fn like(shape: &Shape) -> Form {
        match (shape.directory, shape.index_view, shape.docker_view) {
            (true, ..) => Form::OciDir,
            (false, true, false) => Form::OciArchive,
            (false, true, true) => Form::Dual,
            (false, false, _) => Form::DockerArchive,
        }
    }

    /// The form that a path for output asks for by itself, and how an archive there is compressed: a directory where
    /// there is one or where the name is none of an archive, else an OCI archive.
    ///
    /// # Errors
    ///
    /// For a name that ends in a compression that is not written.
    pub fn of(path: &Path, asked: Option<Form>) -> Result<(Form, Compression), Error> {
        let name = path.to_string_lossy().to_ascii_lowercase();
        let named = archive_compression(path);
        let by_name = match Target::of(path) {
            Target::Directory(_) => Form::OciDir,
            Target::Stream(_) => Form::OciArchive,
            Target::File(_) if named.is_some() || path.exists() => Form::OciArchive,
            Target::File(_) => Form::OciDir,
        };
        let unwritten = [".xz", ".txz", ".bz2", ".tbz", ".tbz2", ".lz4", ".zip"];
        match (asked, asked.unwrap_or(by_name)) {
            (Some(Form::OciDir), _) => Ok((Form::OciDir, Compression::None)),
            _ if unwritten.iter().any(|end| name.ends_with(end)) => {
                let reason = "archives are uncompressed (.tar), gzip (.tar.gz) or zstd (.tar.zst)".to_owned();
                Err(Error::Unfit { path: path.display().to_string(), verb: "write this file name", reason })
            }
            (_, Form::OciDir) => Ok((Form::OciDir, Compression::None)),
            (_, form) => Ok((form, named.unwrap_or(Compression::None))),
        }
    }
}

impl FromStr for Form {
    type Err = UnknownForm;

    fn from_str(text: &str) -> Result<Self, UnknownForm> {
        let found = NAMES.iter().find(|(_, name, _)| *name == text);
        found.map(|(form, ..)| *form).ok_or_else(|| UnknownForm(text.to_owned()))
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(NAMES.iter().find(|(form, ..)| form == self).map_or("", |(_, name, _)| name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_is_written() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("image.oci"), "x").unwrap();
        for (name, form, compression) in [
            ("", Form::OciDir, Compression::None),
            ("new", Form::OciDir, Compression::None),
            ("app-1.0", Form::OciDir, Compression::None),
            ("image.oci", Form::OciArchive, Compression::None),
            ("a.tar", Form::OciArchive, Compression::None),
            ("a.TAR.GZ", Form::OciArchive, Compression::Gzip),
            ("a.tgz", Form::OciArchive, Compression::Gzip),
            ("a.tar.zst", Form::OciArchive, Compression::Zstd),
        ] {
            assert_eq!(Form::of(&folder.path().join(name), None).unwrap(), (form, compression), "{name}");
        }
        let path = folder.path().join("a.tar.gz");
        assert_eq!(Form::of(&path, Some(Form::Dual)).unwrap(), (Form::Dual, Compression::Gzip));
        assert!(Form::of(&folder.path().join("a.tar.xz"), None).is_err());
        for (form, name, _) in NAMES {
            assert_eq!(name.parse(), Ok(form));
            assert_eq!(form.to_string(), name);
        }
    }
}
