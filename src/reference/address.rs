//! `IMAGE` on the command line: `PATH[:REF][@DIGEST]`, or `PATH:@N` for the image at a position, with the transport prefixes
//! of other tools.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::harmful::is_harmful;

/// Where the bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A file or directory.
    Path(PathBuf),
    /// Standard input, written `-`.
    Stdin,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Location::Path(path) => path.display().fmt(f),
            Location::Stdin => f.write_str("-"),
        }
    }
}

/// A prefix that other tools write; ocikit then insists on that format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// `oci:`, `ocidir://`, `oci-layout://`: an image-layout directory.
    Layout,
    /// `oci-archive:`: a tar of an image layout.
    OciArchive,
    /// `docker-archive:`: what `docker save` writes.
    DockerArchive,
    /// `dir:`: a directory of skopeo's own.
    Dir,
}

const PREFIXES: [(&str, Transport); 8] = [
    ("oci:", Transport::Layout),
    ("ocidir://", Transport::Layout),
    ("oci-layout://", Transport::Layout),
    ("oci-layout:", Transport::Layout),
    ("oci-archive:", Transport::OciArchive),
    ("docker-archive:", Transport::DockerArchive),
    ("ocifile://", Transport::OciArchive),
    ("dir:", Transport::Dir),
];

/// A digest, or enough of its beginning to be the only one: `sha256:ab12cd`, or the digits alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestPrefix(String);

impl DigestPrefix {
    /// The shortest beginning that is taken, in digits.
    pub const SHORTEST: usize = 4;

    /// Reads a digest or its beginning.
    pub fn new(text: &str) -> Option<Self> {
        let (algorithm, encoded) = text.split_once(':').unwrap_or(("", text));
        let digits = encoded.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'=' | b'_' | b'-'));
        let name = algorithm.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'.' | b'_' | b'-'));
        (digits && name && encoded.len() >= Self::SHORTEST).then(|| DigestPrefix(text.to_owned()))
    }

    /// Whether a digest begins so.
    pub fn matches(&self, digest: &crate::digest::Digest) -> bool {
        if self.0.contains(':') { digest.as_str().starts_with(&self.0) } else { digest.encoded().starts_with(&self.0) }
    }
}

impl fmt::Display for DigestPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which image in which file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The format that a transport prefix insists on.
    pub transport: Option<Transport>,
    /// The file, directory or standard input.
    pub location: Location,
    /// A name inside it, or `@N`.
    pub reference: Option<String>,
    /// A digest inside it.
    pub digest: Option<DigestPrefix>,
}

/// Why a text is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// Nothing that it could name exists.
    #[error("{0}: no such file or directory")]
    NotFound(String),
    /// The text is empty, or a prefix stands alone.
    #[error("`{0}` has no file name; write PATH[:REF][@DIGEST], or - for standard input")]
    Empty(String),
    /// What follows the `@` is no digest.
    #[error("{path}: `@{digest}` is not a digest; write @sha256:... or at least {shortest} digits of it", shortest = DigestPrefix::SHORTEST)]
    Digest {
        /// The path before it.
        path: String,
        /// What follows the `@`.
        digest: String,
    },
}

impl Address {
    /// An address of a whole file.
    pub fn of(path: impl Into<PathBuf>) -> Self {
        Address { transport: None, location: Location::Path(path.into()), reference: None, digest: None }
    }

    /// Reads an address; the longest path for which `exists` says yes wins, so a colon in a file name is no problem.
    pub fn parse(text: &str, exists: impl Fn(&Path) -> bool) -> Result<Self, AddressError> {
        if let Some(address) = Self::split(text, None, &exists)? {
            return Ok(address);
        }
        for (prefix, transport) in PREFIXES {
            if let Some(rest) = text.strip_prefix(prefix) {
                let address = Self::split(rest, Some(transport), &exists)?;
                return address.ok_or_else(|| AddressError::NotFound(rest.to_owned()));
            }
        }
        Err(AddressError::NotFound(text.to_owned()))
    }

    fn split(
        text: &str,
        transport: Option<Transport>,
        exists: &impl Fn(&Path) -> bool,
    ) -> Result<Option<Self>, AddressError> {
        if text.is_empty() {
            return Err(AddressError::Empty(text.to_owned()));
        }
        let ends = text.char_indices().rev().filter(|(_, c)| matches!(c, ':' | '@')).map(|(at, _)| at);
        for end in std::iter::once(text.len()).chain(ends) {
            let (path, rest) = text.split_at(end);
            let location = match path {
                "" => continue,
                "-" => Location::Stdin,
                path if exists(Path::new(path)) => Location::Path(path.into()),
                _ => continue,
            };
            return Self::with_rest(transport, location, rest).map(Some);
        }
        Ok(None)
    }

    fn with_rest(transport: Option<Transport>, location: Location, rest: &str) -> Result<Self, AddressError> {
        let (reference, digest) = match rest.strip_prefix(':') {
            Some(named) => match named.rsplit_once('@').map(|(name, digest)| (name, DigestPrefix::new(digest))) {
                Some((name, Some(digest))) if !name.is_empty() => (Some(name), Some(digest)),
                _ => (Some(named), None),
            },
            None => match rest.strip_prefix('@') {
                Some(digest) => match DigestPrefix::new(digest) {
                    Some(prefix) => (None, Some(prefix)),
                    None => {
                        return Err(AddressError::Digest { path: location.to_string(), digest: digest.to_owned() });
                    }
                },
                None => (None, None),
            },
        };
        let reference = reference.filter(|name| !name.is_empty()).map(ToOwned::to_owned);
        Ok(Address { transport, location, reference, digest })
    }
}

/// The position that a reference stands for: `@N`, counted from 0, as in skopeo's `docker-archive:PATH:@N`.
pub(crate) fn position(reference: &str) -> Option<u32> {
    let digits = reference.strip_prefix('@')?;
    digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// Characters of a name that is offered to be written; a repository name with a tag has at most 383.
const LONGEST_NAME: usize = 512;

/// Whether a name can be written behind a path to choose an image, as in `image.tar:NAME`: no longer than names are, without
/// control characters, and not read as something else.
pub fn is_written(name: &str) -> bool {
    let address = || Address::parse(&format!("-:{name}"), |_| false);
    let is_name = |read: &Address| read.reference.as_deref() == Some(name) && position(name).is_none();
    let is_it = |read: Address| is_name(&read) && read.digest.is_none();
    name.len() <= LONGEST_NAME && !name.chars().any(is_harmful) && address().is_ok_and(is_it)
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.location.fmt(f)?;
        if let Some(reference) = &self.reference {
            write!(f, ":{reference}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Parts = (Option<Transport>, String, Option<String>, Option<String>);

    fn parse(text: &str, files: &[&str]) -> Result<Parts, String> {
        let exists = |path: &Path| files.iter().any(|file| Path::new(file) == path);
        Address::parse(text, exists)
            .map(|a| (a.transport, a.location.to_string(), a.reference, a.digest.map(|d| d.to_string())))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn paths_refs_and_digests() {
        let some = |text: &str| Some(text.to_owned());
        for (text, expected) in [
            ("x.tar", (None, "x.tar", None, None)),
            ("-", (None, "-", None, None)),
            ("-:1.0", (None, "-", some("1.0"), None)),
            ("x.tar:1.0", (None, "x.tar", some("1.0"), None)),
            ("x.tar:host:5000/app:1.0", (None, "x.tar", some("host:5000/app:1.0"), None)),
            ("x.tar@sha256:abcd", (None, "x.tar", None, some("sha256:abcd"))),
            ("x.tar:1.0@abcdef", (None, "x.tar", some("1.0"), some("abcdef"))),
            ("a:b.tar", (None, "a:b.tar", None, None)),
            ("a:b.tar:1", (None, "a:b.tar", some("1"), None)),
            ("oci-archive:x.tar:1", (Some(Transport::OciArchive), "x.tar", some("1"), None)),
            ("oci:dir:1", (Some(Transport::Layout), "dir", some("1"), None)),
            ("ocidir://dir:1", (Some(Transport::Layout), "dir", some("1"), None)),
            ("docker-archive:x.tar", (Some(Transport::DockerArchive), "x.tar", None, None)),
            ("docker-archive:x.tar:@1", (Some(Transport::DockerArchive), "x.tar", some("@1"), None)),
            ("x.tar:@12345", (None, "x.tar", some("@12345"), None)),
        ] {
            let files = ["x.tar", "a:b.tar", "dir"];
            let expected = (expected.0, expected.1.to_owned(), expected.2, expected.3);
            assert_eq!(parse(text, &files), Ok(expected), "{text}");
        }
    }

    #[test]
    fn positions() {
        for (reference, number) in [("@0", Some(0)), ("@12345", Some(12345)), ("@", None), ("@-1", None), ("1", None)] {
            assert_eq!(position(reference), number, "{reference}");
        }
        assert_eq!(position("@99999999999"), None);
        assert!(!is_written("@0") && is_written("0"));
    }

    #[test]
    fn the_longest_existing_path_wins() {
        assert_eq!(parse("x:1", &["x", "x:1"]).unwrap().1, "x:1");
        assert_eq!(parse("oci:x", &["oci", "x"]).unwrap(), (None, "oci".into(), Some("x".into()), None));
    }

    #[test]
    fn what_is_no_address_says_so() {
        assert_eq!(parse("y.tar:1", &[]).unwrap_err(), "y.tar:1: no such file or directory");
        assert!(parse("", &[]).unwrap_err().contains("has no file name"));
        assert!(parse("x@../y", &["x"]).unwrap_err().contains("is not a digest"));
    }
}
