//! What is copied from an image file into an output, with the shortest way to its bytes.

use crate::digest::Digest;
use crate::error::Error;
use crate::sink::Content;
use crate::source::{MemberId, Part, Source};

/// The documents at the top come first in every archive: whoever reads a stream then knows what to look for while the
/// blobs go by, and an archive that was truncated still says what it was.
pub(crate) const TOPS: [&str; 4] = ["oci-layout", "index.json", "manifest.json", "repositories"];

/// A part under a name, to be written only if it has the digest, where one is given.
pub(crate) fn of_part<'p>(part: &'p Part, name: &str, digest: Option<Digest>) -> Result<Content<'p>, Error> {
    let label = part.origin().unwrap_or_else(|| name.to_owned());
    let reader = part.content().map_err(|source| Error::Read { path: label.clone(), source })?;
    let mut content = Content::reader(label, part.size(), reader);
    if let Some((file, offset)) = part.file() {
        content = content.in_file(file, offset);
    }
    Ok(verified(content, digest))
}

/// A member of an image file, to be written only if it has the digest, where one is given.
pub(crate) fn of_member(source: &Source, member: MemberId, digest: Option<Digest>) -> Result<Content<'_>, Error> {
    let label = source.origin(member);
    let reader = source.content(member).map_err(|source| Error::Read { path: label.clone(), source })?;
    let mut content = Content::reader(label, source.members()[member].size, reader);
    if let Some((file, offset)) = source.file_of(member) {
        content = content.in_file(file, offset);
    }
    Ok(verified(content, digest))
}

fn verified(content: Content<'_>, digest: Option<Digest>) -> Content<'_> {
    match digest {
        Some(digest) => content.verified(digest),
        None => content,
    }
}
