//! Files on disk that become the layers of an artifact.

use std::convert::Infallible;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use super::titles::plain_title;
use crate::digest::{Algorithm, Digest, Hasher};
use crate::doc::annotations::TITLE;
use crate::doc::descriptor_text;
use crate::edit::Draft;
use crate::error::Error;
use crate::json::edit::quoted;
use crate::media_type;
use crate::progress::Meter;
use crate::source::Part;

/// A file, and the media type of its layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileInput {
    /// The file.
    pub path: PathBuf,
    /// Its media type; by default that of ORAS.
    pub media_type: Option<String>,
}

impl FromStr for FileInput {
    type Err = Infallible;

    /// `FILE[:TYPE]`: a media type has one slash, which is not its first or last character.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        let is_type = |text: &str| matches!(text.split_once('/'), Some((top, sub)) if !top.is_empty() && !sub.is_empty() && !sub.contains('/'));
        Ok(match text.rsplit_once(':') {
            Some((path, kind)) if !path.is_empty() && is_type(kind) => {
                FileInput { path: path.into(), media_type: Some(kind.to_owned()) }
            }
            _ => FileInput { path: text.into(), media_type: None },
        })
    }
}

impl FileInput {
    /// The title of its layer: its relative path as it was given, and else its name.
    pub(super) fn title(&self) -> Result<String, Error> {
        let given =
            self.path.to_str().map(|text| if cfg!(windows) { text.replace('\\', "/") } else { text.to_owned() });
        let given = given.as_deref().and_then(plain_title);
        let own = || self.path.file_name()?.to_str().and_then(plain_title);
        given.or_else(own).ok_or_else(|| {
            let reason = "its name is not Unicode, so it has no title".to_owned();
            Error::Unfit { path: self.path.display().to_string(), verb: "add it to an artifact", reason }
        })
    }

    /// Adds its content as a blob, and gives the descriptor of the layer as JSON text.
    pub(super) fn layer(&self, draft: &mut Draft<'_>, meter: &Meter) -> Result<String, Error> {
        let title = self.title()?;
        let (digest, part) = hashed(&self.path, meter)?;
        let kind = self.media_type.as_deref().unwrap_or(media_type::OCI_LAYER);
        let title = format!("{{{}:{}}}", quoted(TITLE), quoted(&title));
        let text = descriptor_text(kind, &digest, part.size(), &[("annotations", title)]);
        draft.add_part(digest, part);
        Ok(text)
    }
}

/// A file as a blob. It is read once more when it is written, and has to be the same then.
fn hashed(path: &Path, meter: &Meter) -> Result<(Digest, Part), Error> {
    let label = || path.display().to_string();
    let opened = |source| Error::Open { path: label(), source };
    let metadata = path.metadata().map_err(opened)?;
    if !metadata.is_file() {
        let found = if metadata.is_dir() { "a directory; an artifact holds files" } else { "not a regular file" };
        return Err(Error::Unfit { path: label(), verb: "add it to an artifact", reason: format!("it is {found}") });
    }
    let file = File::open(path).map_err(opened)?;
    let _work = meter.begin_blobs("hashing files", metadata.len(), 1);
    let mut hashing = Hashed { hasher: Hasher::new(Algorithm::Sha256), meter };
    let size = io::copy(&mut &file, &mut hashing).map_err(|source| Error::Read { path: label(), source })?;
    Ok((hashing.hasher.finish(), Part::File { file: Arc::new(file), offset: 0, size }))
}

struct Hashed<'m> {
    hasher: Hasher,
    meter: &'m Meter,
}

impl io::Write for Hashed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.hasher.update(bytes);
        self.meter.advance(bytes.len() as u64);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_follows_the_last_colon() {
        for (text, path, kind) in [
            ("a.txt", "a.txt", None),
            ("a.txt:text/plain", "a.txt", Some("text/plain")),
            ("dir/a:b.json:application/spdx+json", "dir/a:b.json", Some("application/spdx+json")),
            ("C:\\a.txt", "C:\\a.txt", None),
            ("C:\\a.txt:text/plain", "C:\\a.txt", Some("text/plain")),
            ("a:/b", "a:/b", None),
            (":a/b", ":a/b", None),
            ("a:b", "a:b", None),
            ("a:x/y/z", "a:x/y/z", None),
        ] {
            let expected = FileInput { path: path.into(), media_type: kind.map(str::to_owned) };
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn titles_are_relative_paths() {
        for (path, title) in [("a.txt", "a.txt"), ("./d//a.txt", "d/a.txt"), ("/tmp/a.txt", "a.txt"), ("../a", "a")] {
            assert_eq!(FileInput { path: path.into(), media_type: None }.title().unwrap(), title);
        }
    }
}
