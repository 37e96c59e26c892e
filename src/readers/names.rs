//! Which names of images readers accept.

use crate::reference::{is_name_and_tag, normalized};

/// A name and a tag or digest, or a name alone; for podman a tag alone is the name of a repository.
pub(super) fn accepts_full_name(name: &str) -> bool {
    name.contains('@') || is_name_and_tag(&normalized(name))
}

/// A tag alone as well.
pub(super) fn accepts_tag_or_name(name: &str) -> bool {
    !name.contains(['/', ':', '@']) || accepts_full_name(name)
}

/// oras splits `PATH:TAG` at the last colon, and `PATH@DIGEST` at the `@`.
pub(super) fn accepts_tag_alone(name: &str) -> bool {
    !name.is_empty() && !name.contains([':', '@'])
}

/// umoci splits `--image PATH:TAG` at the first colon, and checks the characters of the tag.
pub(super) fn accepts_tag(name: &str) -> bool {
    let is_separator = |b: u8| b"-._:@+/".contains(&b);
    let is_inner = |b: u8| b.is_ascii_alphanumeric() || is_separator(b);
    let at_ends = |b: Option<u8>| b.is_some_and(|b| b.is_ascii_alphanumeric());
    name.bytes().all(is_inner) && at_ends(name.bytes().next()) && at_ends(name.bytes().last())
}
