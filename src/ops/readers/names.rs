//! Which names of images a reader accepts.

use crate::ops::target::Target;
use crate::reference::{is_name_and_tag, normalized};

/// Whether a target accepts a file with this name in it: in full, or a tag alone.
pub fn accepts_name(target: Target, name: &str) -> bool {
    let is_tag_alone = !name.contains(['/', ':', '@']);
    let is_name = || name.contains('@') || is_name_and_tag(&normalized(name));
    match target {
        // skopeo, crane and registries take no notice of it.
        Target::SkopeoOci
        | Target::SkopeoOciArchive
        | Target::SkopeoDockerArchive
        | Target::Crane
        | Target::RegistryNoAttestations
        | Target::RegistryNoSubject => true,
        Target::Umoci => is_umoci_tag(name),
        // A tag alone is for podman the name of a repository.
        Target::Podman => is_name(),
        _ => is_tag_alone || is_name(),
    }
}

/// umoci splits `--image PATH:TAG` at the first colon, and checks the characters of the tag.
fn is_umoci_tag(name: &str) -> bool {
    let is_separator = |b: u8| b"-._:@+/".contains(&b);
    let is_inner = |b: u8| b.is_ascii_alphanumeric() || is_separator(b);
    let at_ends = |b: Option<u8>| b.is_some_and(|b| b.is_ascii_alphanumeric());
    name.bytes().all(is_inner) && at_ends(name.bytes().next()) && at_ends(name.bytes().last())
}
