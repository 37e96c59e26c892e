//! What is written: one of four shapes, and how an archive is compressed as a whole.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use crate::media_type::Compression;
use crate::sink::Target;

/// A shape that ocikit writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

    /// The form that a path for output asks for by itself, and how an archive there is compressed: a directory where
    /// there is one or where the name is none of an archive, else an OCI archive.
    pub fn of(path: &Path, asked: Option<Form>) -> (Form, Compression) {
        let name = path.to_string_lossy().to_ascii_lowercase();
        let named = archive_name(&name);
        let by_name = match Target::of(path) {
            Target::Directory(_) => Form::OciDir,
            Target::Stream(_) => Form::OciArchive,
            Target::File(_) if named.is_some() || path.exists() => Form::OciArchive,
            Target::File(_) => Form::OciDir,
        };
        match asked.unwrap_or(by_name) {
            Form::OciDir => (Form::OciDir, Compression::None),
            form => (form, named.unwrap_or(Compression::None)),
        }
    }
}

/// What the end of a name says about an archive: its compression; None when the name is none of an archive.
pub(crate) fn archive_name(name: &str) -> Option<Compression> {
    let ends = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    if ends(&[".tar.gz", ".tgz", ".gz"]) {
        Some(Compression::Gzip)
    } else if ends(&[".tar.zst", ".tzst", ".zst"]) {
        Some(Compression::Zstd)
    } else {
        ends(&[".tar"]).then_some(Compression::None)
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
            assert_eq!(Form::of(&folder.path().join(name), None), (form, compression), "{name}");
        }
        let path = folder.path().join("a.tar.gz");
        assert_eq!(Form::of(&path, Some(Form::Dual)), (Form::Dual, Compression::Gzip));
        for (form, name, _) in NAMES {
            assert_eq!(name.parse(), Ok(form));
            assert_eq!(form.to_string(), name);
        }
    }
}
