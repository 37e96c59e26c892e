//! A buffer and the state of an inflater, kept for the next stream that a thread reads: created for each of very many
//! small layers, they leave gaps in the heap between what is kept of each layer.

use std::cell::RefCell;

use super::gzip::Gzip;

#[derive(Default)]
struct Spare {
    buffer: Option<Box<[u8]>>,
    gzip: Option<Box<Gzip>>,
}

thread_local! {
    static SPARE: RefCell<Spare> = RefCell::default();
}

/// A buffer of this many bytes, whatever they are.
pub(super) fn buffer(bytes: usize) -> Box<[u8]> {
    let kept = SPARE.with_borrow_mut(|spare| spare.buffer.take());
    kept.filter(|kept| kept.len() == bytes).unwrap_or_else(|| vec![0; bytes].into_boxed_slice())
}

pub(super) fn gzip() -> Box<Gzip> {
    let kept = SPARE.with_borrow_mut(|spare| spare.gzip.take());
    kept.map_or_else(Box::default, |mut gzip| {
        gzip.has_long_text = false;
        gzip
    })
}

/// Keeps what a stream needed that was read.
pub(super) fn keep(buffer: Box<[u8]>, gzip: Option<Box<Gzip>>) {
    SPARE.with_borrow_mut(|spare| {
        if !buffer.is_empty() {
            spare.buffer = Some(buffer);
        }
        if gzip.is_some() {
            spare.gzip = gzip;
        }
    });
}
