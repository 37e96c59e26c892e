//! What several targets hold against ocikit.

use std::io::Cursor;
use std::path::Path;

use ocikit::Error;
use ocikit::image::Image;
use ocikit::limits::Limits;
use ocikit::reference::Address;
use ocikit::source::{Access, Open};

/// The archive with right checksums in all that looks like a header.
pub(crate) fn sealed(archive: &[u8]) -> Vec<u8> {
    let mut out = archive.to_vec();
    for block in out.chunks_exact_mut(512).filter(|block| block[257..].starts_with(b"ustar")) {
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
    out
}

/// Limits under which any input is done with in moments.
pub(crate) fn limits() -> Limits {
    let mut limits = Limits::default();
    for small in [
        "document-bytes=1M",
        "statement-bytes=1M",
        "json-depth=50",
        "members=500",
        "entries=2000",
        "name-bytes=4K",
        "pax-bytes=64K",
        "descriptors=1000",
        "index-depth=6",
        "spool-bytes=80M",
        "stream-documents=2M",
        "findings=500",
    ] {
        limits.set(small).unwrap();
    }
    limits
}

/// An archive as an open image file.
pub(crate) fn open(bytes: &[u8], access: Access) -> Result<Image, Error> {
    let open = Open { access, limits: limits(), ..Open::default() };
    let source = open.open(&stdin(), Cursor::new(bytes))?;
    Ok(Image::load(source, &open.limits))
}

/// A file or directory as an open image file.
pub(crate) fn open_path(path: &Path) -> Result<Image, Error> {
    let open = Open { limits: limits(), ..Open::default() };
    Ok(Image::load(open.open_path(path)?, &open.limits))
}

/// The address of standard input.
pub(crate) fn stdin() -> Address {
    Address::parse("-", |_| false).unwrap()
}
