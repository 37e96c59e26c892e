//! Digests, written the way image documents write them.

use sha2::{Digest as _, Sha256, Sha512};

/// `sha256:<64 hex digits>` of these bytes.
pub fn sha256(bytes: &[u8]) -> String {
    format!("sha256:{}", hex(&Sha256::digest(bytes)))
}

/// `sha512:<128 hex digits>` of these bytes.
pub fn sha512(bytes: &[u8]) -> String {
    format!("sha512:{}", hex(&Sha512::digest(bytes)))
}

/// The digest of these bytes by the algorithm that `like` uses.
pub fn same_algorithm(like: &str, bytes: &[u8]) -> String {
    if like.starts_with("sha512:") { sha512(bytes) } else { sha256(bytes) }
}

/// What follows the colon of a digest.
pub fn hex_of(digest: &str) -> &str {
    digest.split_once(':').unwrap_or_else(|| panic!("`{digest}` is not a digest")).1
}

fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from(b"0123456789abcdef"[usize::from(half)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
