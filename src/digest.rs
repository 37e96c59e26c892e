//! Content digests: the algorithms, the validated form, hashing and verifying while reading.

use std::fmt;
use std::io::{self, Read};
use std::str::FromStr;
use std::sync::Arc;

use serde::{Serialize, Serializer};
use sha2::Digest as _;

/// A digest algorithm that ocikit computes: those that image-spec `descriptor.md`, "Registered algorithms", lists, and
/// sha384.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// `sha256`: 64 hexadecimal digits.
    Sha256,
    /// `sha384`: 96 hexadecimal digits.
    Sha384,
    /// `sha512`: 128 hexadecimal digits.
    Sha512,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Algorithm; 3] = [Algorithm::Sha256, Algorithm::Sha384, Algorithm::Sha512];

    /// The name before the colon.
    pub fn name(self) -> &'static str {
        match self {
            Algorithm::Sha256 => "sha256",
            Algorithm::Sha384 => "sha384",
            Algorithm::Sha512 => "sha512",
        }
    }

    /// How many hexadecimal digits follow the colon.
    pub fn hex_len(self) -> usize {
        match self {
            Algorithm::Sha256 => 64,
            Algorithm::Sha384 => 96,
            Algorithm::Sha512 => 128,
        }
    }

    /// The digest of some bytes.
    pub fn digest(self, bytes: &[u8]) -> Digest {
        let mut hasher = Hasher::new(self);
        hasher.update(bytes);
        hasher.finish()
    }

    fn from_name(name: &str) -> Option<Self> {
        Algorithm::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }
}

/// A digest whose form is valid: `algorithm:encoded`, and for a registered algorithm the right count of lower-case
/// hexadecimal digits (image-spec `descriptor.md`, "Digests").
///
/// Only a value of this type becomes a path, so no digest leads out of `blobs/`. Cloning is cheap.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(Arc<str>);

/// Why a text is no digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DigestError {
    /// Not `algorithm:encoded`, or a character that the grammar does not have.
    #[error("does not have the form `algorithm:encoded`")]
    Form,
    /// A registered algorithm with the wrong count of digits, or digits other than 0-9 and a-f.
    #[error("not {1} lower-case hexadecimal digits after `{0}:`")]
    Encoded(&'static str, usize),
}

impl Digest {
    /// The whole text, `algorithm:encoded`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the colon.
    pub fn algorithm_name(&self) -> &str {
        self.0.split_once(':').map_or("", |(name, _)| name)
    }

    /// The algorithm, where ocikit can compute it.
    pub fn algorithm(&self) -> Option<Algorithm> {
        Algorithm::from_name(self.algorithm_name())
    }

    /// The digest of some bytes, when it is another than this one; None as well where it cannot be computed.
    pub(crate) fn differs(&self, bytes: &[u8]) -> Option<Digest> {
        let found = self.algorithm()?.digest(bytes);
        (found != *self).then_some(found)
    }

    /// What stands after the colon.
    pub fn encoded(&self) -> &str {
        self.0.split_once(':').map_or("", |(_, encoded)| encoded)
    }

    /// Whether it is the digest of some bytes; never, where ocikit cannot compute it.
    pub fn is_of(&self, bytes: &[u8]) -> bool {
        self.algorithm().is_some() && self.differs(bytes).is_none()
    }

    /// The path of the blob in an image layout: `blobs/<algorithm>/<encoded>` (image-spec `image-layout.md`, "Blobs").
    pub fn blob_path(&self) -> String {
        format!("blobs/{}/{}", self.algorithm_name(), self.encoded())
    }

    /// The digest that a path of the form `blobs/<algorithm>/<encoded>` stands for.
    pub fn from_blob_path(path: &str) -> Option<Self> {
        let (algorithm, encoded) = path.strip_prefix("blobs/")?.split_once('/')?;
        if encoded.contains('/') {
            return None;
        }
        format!("{algorithm}:{encoded}").parse().ok()
    }

    /// The digest of sixty-four hexadecimal digits, as file names in docker archives have them.
    pub fn from_sha256_hex(hex: &str) -> Option<Self> {
        format!("sha256:{hex}").parse().ok()
    }

    /// The first twelve digits with the algorithm, for people.
    pub fn short(&self) -> String {
        let encoded = self.encoded();
        format!("{}:{}", self.algorithm_name(), encoded.get(..12).unwrap_or(encoded))
    }
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let (algorithm, encoded) = text.split_once(':').ok_or(DigestError::Form)?;
        if let Some(known) = Algorithm::from_name(algorithm) {
            let right = encoded.len() == known.hex_len()
                && encoded.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
            return if right {
                Ok(Digest(text.into()))
            } else {
                Err(DigestError::Encoded(known.name(), known.hex_len()))
            };
        }
        let component =
            |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let algorithm_right = algorithm.split(['+', '.', '_', '-']).all(component);
        let encoded_right = !encoded.is_empty()
            && encoded.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'=' | b'_' | b'-'));
        if algorithm_right && encoded_right && text.len() <= 1024 {
            Ok(Digest(text.into()))
        } else {
            Err(DigestError::Form)
        }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// Computes a digest piece by piece.
#[derive(Clone)]
pub struct Hasher(State);

#[derive(Clone)]
enum State {
    Sha256(sha2::Sha256),
    Sha384(Box<sha2::Sha384>),
    Sha512(Box<sha2::Sha512>),
}

impl Hasher {
    /// A hasher that has seen nothing.
    pub fn new(algorithm: Algorithm) -> Self {
        Hasher(match algorithm {
            Algorithm::Sha256 => State::Sha256(sha2::Sha256::new()),
            Algorithm::Sha384 => State::Sha384(Box::default()),
            Algorithm::Sha512 => State::Sha512(Box::default()),
        })
    }

    /// Takes in some bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Sha256(state) => state.update(bytes),
            State::Sha384(state) => state.update(bytes),
            State::Sha512(state) => state.update(bytes),
        }
    }

    /// The digest of all that was taken in.
    pub fn finish(self) -> Digest {
        match self.0 {
            State::Sha256(state) => written("sha256:", &state.finalize()),
            State::Sha384(state) => written("sha384:", &state.finalize()),
            State::Sha512(state) => written("sha512:", &state.finalize()),
        }
    }
}

fn written(prefix: &str, bytes: &[u8]) -> Digest {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(prefix.len() + 2 * bytes.len());
    text.push_str(prefix);
    for byte in bytes {
        text.push(char::from(HEX[usize::from(byte >> 4)]));
        text.push(char::from(HEX[usize::from(byte & 15)]));
    }
    Digest(text.into())
}

/// What a blob turned out to be instead of what its descriptor says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// Another count of bytes.
    #[error("{digest}: expected {expected} bytes, found {found}")]
    Size {
        /// The digest it was asked for by.
        digest: Digest,
        /// The descriptor's size.
        expected: u64,
        /// The bytes there were, or one more than expected where reading stopped there.
        found: u64,
    },
    /// Other bytes.
    #[error("{expected}: the content has the digest {found}")]
    Digest {
        /// The descriptor's digest.
        expected: Digest,
        /// The digest of the bytes.
        found: Digest,
    },
    /// An algorithm that ocikit does not compute: not verified is not fine.
    #[error("{0}: unsupported digest algorithm")]
    Unsupported(Digest),
}

/// A reader that fails at its end unless the bytes had the digest and the size that were promised.
///
/// Never yields more bytes than were promised. A [`VerifyError`] is inside the [`io::Error`].
pub struct VerifyReader<R> {
    inner: R,
    expected: Digest,
    size: Option<u64>,
    seen: u64,
    hasher: Option<Hasher>,
}

impl<R: Read> VerifyReader<R> {
    /// Reads `inner`, which should have this digest and, where given, this size in bytes.
    pub fn new(inner: R, expected: Digest, size: Option<u64>) -> io::Result<Self> {
        let Some(algorithm) = expected.algorithm() else {
            return Err(io::Error::new(io::ErrorKind::Unsupported, VerifyError::Unsupported(expected)));
        };
        Ok(VerifyReader { inner, expected, size, seen: 0, hasher: Some(Hasher::new(algorithm)) })
    }

    fn judge(&mut self) -> Result<(), VerifyError> {
        let Some(hasher) = self.hasher.take() else { return Ok(()) };
        if let Some(expected) = self.size.filter(|&size| size != self.seen) {
            return Err(VerifyError::Size { digest: self.expected.clone(), expected, found: self.seen });
        }
        let found = hasher.finish();
        if found == self.expected {
            Ok(())
        } else {
            Err(VerifyError::Digest { expected: self.expected.clone(), found })
        }
    }
}

impl<R: Read> Read for VerifyReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() || self.hasher.is_none() {
            return Ok(0);
        }
        let count = self.inner.read(buffer)?;
        self.seen += count as u64;
        if let Some(hasher) = &mut self.hasher {
            hasher.update(&buffer[..count]);
        }
        if count == 0 || self.size.is_some_and(|size| self.seen > size) {
            self.judge().map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn digests_of_known_texts() {
        assert_eq!(Algorithm::Sha256.digest(b"").as_str(), EMPTY);
        for algorithm in Algorithm::ALL {
            let digest = algorithm.digest(b"abc");
            assert_eq!(digest.as_str().parse(), Ok(digest.clone()));
            assert_eq!(digest.algorithm(), Some(algorithm));
        }
    }

    #[test]
    fn only_the_grammar_of_the_specification_is_taken() {
        for good in [EMPTY, "blake3:abc", "multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8"] {
            assert!(good.parse::<Digest>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "sha256",
            "sha256:",
            "sha256:abc",
            "sha256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855",
            "sha256:../../../../etc/passwd",
            "x:../y",
            "x/y:z",
            ":abc",
            "a++b:c",
            "md5:a b",
        ] {
            assert!(bad.parse::<Digest>().is_err(), "{bad}");
        }
    }

    #[test]
    fn blob_paths_go_both_ways() {
        let digest: Digest = EMPTY.parse().unwrap();
        assert_eq!(Digest::from_blob_path(&digest.blob_path()), Some(digest));
        assert_eq!(Digest::from_blob_path("blobs/sha256/../x"), None);
        assert_eq!(Digest::from_blob_path("blobs/sha256"), None);
    }

    #[test]
    fn a_verifying_reader_tells_size_from_content() {
        let digest = Algorithm::Sha256.digest(b"hello");
        let read = |bytes: &'static [u8], size| {
            let mut out = Vec::new();
            let result = VerifyReader::new(bytes, digest.clone(), size).unwrap().read_to_end(&mut out);
            result.map(|_| out).map_err(|error| error.to_string())
        };
        assert_eq!(read(b"hello", Some(5)), Ok(b"hello".to_vec()));
        assert_eq!(read(b"hello", None), Ok(b"hello".to_vec()));
        assert!(read(b"hell", Some(5)).unwrap_err().ends_with("expected 5 bytes, found 4"));
        assert!(read(b"hello!", Some(5)).unwrap_err().ends_with("expected 5 bytes, found 6"));
        assert!(read(b"hellO", Some(5)).unwrap_err().contains("the content has the digest sha256:"));
    }
}
