//! Deltas between any two files: applied to the one, a delta makes the other, byte for byte.

use ocikit::codec::Compression;
use ocikit::ops::delta::{DeltaOptions, apply, create};
use ocikit::ops::repack::Output;
use ocikit::source::Access;

use super::bytes::Bytes;
use super::oracle::{limits, open};
use super::{image, reports};

pub fn target(data: &[u8]) {
    let mut bytes = Bytes(data);
    let length = bytes.word() % (data.len() + 1);
    let [base, new] = [bytes.take(length), bytes.0].map(image::archive);
    let (Ok(base), Ok(wanted)) = (open(&base, Access::Random), open(&new, Access::Random)) else { return };
    let options = DeltaOptions { jobs: 1, limits: limits(), ..DeltaOptions::default() };
    let mut delta = Vec::new();
    let output = Output::Stream { label: "delta".into(), writer: Box::new(&mut delta) };
    let bases = [base];
    if let Err(error) = create(&wanted, &bases, &options, output) {
        return reports::error(&error);
    }
    let delta = open(&delta, Access::Random).expect("a delta is an image file");
    let mut made = Vec::new();
    let output = Output::Stream { label: "new".into(), writer: Box::new(&mut made) };
    let report =
        apply(&delta, &bases, &options, output).unwrap_or_else(|error| panic!("a new delta is refused: {error}"));
    // What was compressed as a whole comes out as it was before that.
    assert!(made == new || wanted.source.format().compression != Compression::None, "{report:#?}");
}
