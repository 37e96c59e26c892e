//! The bytes that were signed.

use std::borrow::Cow;
use std::cell::OnceCell;

use sha2::{Digest as _, Sha256, Sha384, Sha512};

/// The bytes that were signed, with their hashes, each computed when it is first asked for: several keys are compared
/// with one message.
#[derive(Debug)]
pub struct Message<'a> {
    bytes: Cow<'a, [u8]>,
    sha256: OnceCell<Vec<u8>>,
    sha384: OnceCell<Vec<u8>>,
    sha512: OnceCell<Vec<u8>>,
}

impl<'a> Message<'a> {
    /// A message of these bytes.
    pub fn new(bytes: impl Into<Cow<'a, [u8]>>) -> Self {
        let bytes = bytes.into();
        Message { bytes, sha256: OnceCell::new(), sha384: OnceCell::new(), sha512: OnceCell::new() }
    }

    /// The bytes themselves.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its SHA-256.
    pub fn sha256(&self) -> &[u8] {
        self.sha256.get_or_init(|| Sha256::digest(&self.bytes).to_vec())
    }

    /// Its SHA-384.
    pub fn sha384(&self) -> &[u8] {
        self.sha384.get_or_init(|| Sha384::digest(&self.bytes).to_vec())
    }

    /// Its SHA-512.
    pub fn sha512(&self) -> &[u8] {
        self.sha512.get_or_init(|| Sha512::digest(&self.bytes).to_vec())
    }
}

/// What is signed: the payload with its type, so that it cannot be taken for one of another type (DSSE 1.0, "PAE").
pub(super) fn encoded(kind: &str, payload: &[u8]) -> Vec<u8> {
    let mut bytes = format!("DSSEv1 {} {kind} {} ", kind.len(), payload.len()).into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_payload_is_signed_with_its_type() {
        // The example of the specification.
        let expected = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world";
        assert_eq!(encoded("http://example.com/HelloWorld", b"hello world"), expected);
    }
}
