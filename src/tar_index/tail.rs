//! What stands behind the end marker.

use std::io;

use super::block::{BLOCK, Block, Taken, take_block};
use super::header::Header;
use super::{Feed, Problem, ProblemKind};

/// GNU tar's default record, 20 blocks: it fills up the last one with zeros, and so does nearly everything that pads.
const RECORD_BYTES: u64 = 20 * BLOCK as u64;
/// How much of a long tail in a file is read from its beginning.
const HEAD_BYTES: u64 = 1 << 20;
/// And from its end.
const LAST_BYTES: u64 = 64 << 10;

enum Zeros {
    /// Zeros up to the end.
    End,
    /// The next byte is not zero.
    Data,
    /// Zeros as far as was asked.
    Bound,
}

/// Examines what follows the end marker, which ends at the feed's position; a multiple of 512.
///
/// A stream is read to its end. Of a file, whose end is known without reading, the first MiB and the last 64 KiB are read:
/// an index takes no longer because somebody hung gigabytes of zeros to an archive.
pub(super) fn examine<F: Feed>(feed: &mut F) -> io::Result<Option<Problem>> {
    let record_end = feed.position().next_multiple_of(RECORD_BYTES);
    let bound = if feed.remaining().is_some() { HEAD_BYTES } else { u64::MAX };
    let mut examined = true;
    let mut found = pass_zeros(feed, bound)?;
    if let (Zeros::Bound, Some(left)) = (&found, feed.remaining()) {
        let passed = left.saturating_sub(LAST_BYTES);
        // Stays at a block's beginning, for a header is to be recognised there.
        let passed = passed - passed % BLOCK as u64;
        examined = passed == 0;
        feed.skip(passed)?;
        found = pass_zeros(feed, u64::MAX)?;
    }
    if matches!(found, Zeros::Data) {
        return data(feed).map(Some);
    }
    let bytes = feed.position().saturating_sub(record_end);
    let kind = ProblemKind::ZeroPadding { bytes, examined };
    Ok((bytes > 0).then_some(Problem { offset: record_end, member: None, kind }))
}

/// Says what begins at the feed's position, with a byte that is not zero, and goes to the end.
fn data<F: Feed>(feed: &mut F) -> io::Result<Problem> {
    let first_byte = feed.position();
    let mut block: Block = [0; BLOCK];
    // The zeros before it in its block have been passed, and are in the array already.
    let passed = (first_byte % BLOCK as u64) as usize;
    let taken = take_block(feed, &mut block, passed)?;
    let header = Header(&block);
    let is_header = matches!(taken, Taken::Block) && header.check().is_ok();
    feed.skip(u64::MAX)?;
    Ok(if is_header {
        let kind = ProblemKind::EntriesAfterEnd { first: header.name().into() };
        Problem { offset: first_byte - passed as u64, member: None, kind }
    } else {
        let kind = ProblemKind::TrailingData { bytes: feed.position() - first_byte };
        Problem { offset: first_byte, member: None, kind }
    })
}

/// Passes over zeros, at most `bound` of them.
fn pass_zeros<F: Feed>(feed: &mut F, bound: u64) -> io::Result<Zeros> {
    let mut left = bound;
    while left > 0 {
        let (zeros, all) = match feed.fill_buf() {
            Ok([]) => return Ok(Zeros::End),
            Ok(chunk) => {
                let length = usize::try_from(left).map_or(chunk.len(), |left| left.min(chunk.len()));
                let chunk = &chunk[..length];
                // `all` compiles to wide comparisons; the exact place is looked for once.
                if chunk.iter().fold(0, |or, b| or | b) == 0 {
                    (length, true)
                } else {
                    (chunk.iter().position(|b| *b != 0).unwrap_or(length), false)
                }
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
        feed.consume(zeros);
        left -= zeros as u64;
        if !all {
            return Ok(Zeros::Data);
        }
    }
    Ok(Zeros::Bound)
}
