//! Image files built by a program, with the digests that lead to a change in step: what is behind the digests is reached.

use super::archive::look;
use super::bytes::Bytes;
use super::program;

pub fn target(data: &[u8]) {
    look(&archive(data));
}

/// The archive that an input stands for.
pub fn archive(data: &[u8]) -> Vec<u8> {
    let mut bytes = Bytes(data);
    let files = program::run(&mut bytes, &program::BASES);
    program::written(&files, &mut bytes)
}
