//! Headers that say something about the member behind them: pax `x`, GNU `L` and `K`.

use std::io;

use super::Feed;
use super::block::BLOCK;
use super::pax::Pax;

/// What extension headers have said so far about the member to come.
#[derive(Default)]
pub(super) struct Pending {
    /// Where the first of them stands; `None` if there was none.
    pub(super) first: Option<u64>,
    pub(super) pax: Option<Pax>,
    pub(super) long_name: Option<Vec<u8>>,
    pub(super) long_link: Option<Vec<u8>>,
}

/// What reading an extension's content gave.
pub(super) enum Body {
    /// All of it is in the buffer, and the padding has been passed.
    Whole,
    /// The archive ended after this many bytes.
    Truncated(u64),
}

/// Reads `size` bytes and their padding. The buffer grows with what is there, never by what a header declares; the caller
/// has compared `size` with a limit.
pub(super) fn read_body<F: Feed>(feed: &mut F, size: u64, buffer: &mut Vec<u8>) -> io::Result<Body> {
    buffer.clear();
    let mut left = size;
    while left > 0 {
        let bytes = match feed.fill_buf() {
            Ok([]) => return Ok(Body::Truncated(size - left)),
            Ok(chunk) => {
                let bytes = usize::try_from(left).map_or(chunk.len(), |left| left.min(chunk.len()));
                buffer.extend_from_slice(&chunk[..bytes]);
                bytes
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
        feed.consume(bytes);
        left -= bytes as u64;
    }
    feed.skip(padding(size))?;
    Ok(Body::Whole)
}

/// Bytes that fill up the last block behind content of this size.
pub(super) fn padding(size: u64) -> u64 {
    let block = BLOCK as u64;
    (block - size % block) % block
}
