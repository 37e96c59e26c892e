//! Gzip, member after member (RFC 1952).
//!
//! The header and the trailer are read here and not by flate2, for three reasons: one inflate state serves all members
//! (eStargz layers have thousands), a wrong checksum is reported apart from a wrong length, and the byte behind the last
//! member is known exactly.

use std::io::{self, BufRead};

use crc32fast::Hasher as Crc;
use flate2::{Decompress, FlushDecompress, Status};

use super::InflateFault;
use super::input::Input;
use super::step::Step;

const FLAG_HEADER_CRC: u8 = 1 << 1;
const FLAG_EXTRA: u8 = 1 << 2;
const FLAG_NAME: u8 = 1 << 3;
const FLAG_COMMENT: u8 = 1 << 4;
/// RFC 1952, section 2.3.1.2: a set reserved bit may announce a field that this reader would take for data.
const FLAGS_RESERVED: u8 = 0xe0;

/// The longest name or comment in a header that Go's `compress/gzip` takes; RFC 1952 has no bound.
const GO_TEXT_BYTES: u64 = 511;

/// The state of the member being read.
pub(super) struct Gzip {
    inflate: Decompress,
    crc: Crc,
    /// Whether a header has had a text that Go refuses.
    pub(super) has_long_text: bool,
}

impl Default for Gzip {
    fn default() -> Self {
        Gzip { inflate: Decompress::new(false), crc: Crc::new(), has_long_text: false }
    }
}

impl Gzip {
    /// Reads the next member's header; `Err` in the inner result carries bytes that begin no member.
    pub(super) fn begin<R: BufRead>(&mut self, input: &mut Input<R>) -> io::Result<Result<(), Vec<u8>>> {
        match input.byte()? {
            None => return Ok(Err(Vec::new())),
            Some(0x1f) => {}
            Some(other) => return Ok(Err(vec![other])),
        }
        match input.byte()? {
            None => return Ok(Err(vec![0x1f])),
            Some(0x8b) => {}
            Some(other) => return Ok(Err(vec![0x1f, other])),
        }
        self.has_long_text |= read_header(input)? > GO_TEXT_BYTES;
        self.inflate.reset(false);
        self.crc.reset();
        Ok(Ok(()))
    }

    /// Inflates into `out`, which is not empty; at the end of the member its trailer has been read and checked.
    pub(super) fn step<R: BufRead>(&mut self, input: &mut Input<R>, out: &mut [u8]) -> io::Result<Step> {
        loop {
            let (read, wrote) = (self.inflate.total_in(), self.inflate.total_out());
            let chunk = input.fill()?;
            let at_end = chunk.is_empty();
            let result = self.inflate.decompress(chunk, out, FlushDecompress::None);
            let read = (self.inflate.total_in() - read) as usize;
            let wrote = (self.inflate.total_out() - wrote) as usize;
            input.consume(read);
            let status = result.map_err(|e| input.corrupt(e.message().unwrap_or("not deflate data")))?;
            self.crc.update(out.get(..wrote).unwrap_or_default());
            if status == Status::StreamEnd {
                self.end(input)?;
                return Ok(Step { wrote, ended: true });
            }
            if wrote > 0 {
                return Ok(Step { wrote, ended: false });
            }
            if read == 0 {
                let fault = if at_end { InflateFault::Truncated } else { InflateFault::Corrupt("no progress".into()) };
                return Err(input.fault(fault));
            }
        }
    }

    /// Reads the trailer: CRC-32, then the length modulo 2^32.
    fn end<R: BufRead>(&self, input: &mut Input<R>) -> io::Result<()> {
        let stored = u32::from_le_bytes(input.need()?);
        let length = u32::from_le_bytes(input.need()?);
        let (computed, inflated) = (self.crc.clone().finalize(), self.inflate.total_out() as u32);
        if stored != computed {
            return Err(input.fault(InflateFault::Mismatch { what: "CRC-32", stored, computed }));
        }
        if length != inflated {
            return Err(input.fault(InflateFault::Mismatch { what: "length", stored: length, computed: inflated }));
        }
        Ok(())
    }
}

/// Reads a header behind its two magic bytes. Names and comments are passed over, however long: they take no memory. The
/// length of the longer of the two.
fn read_header<R: BufRead>(input: &mut Input<R>) -> io::Result<u64> {
    let mut crc = Crc::new();
    crc.update(&[0x1f, 0x8b]);
    let fixed: [u8; 8] = input.need()?;
    crc.update(&fixed);
    let [method, flags, ..] = fixed;
    if method != 8 {
        return Err(input.corrupt(format!("compression method {method}, expected 8 (deflate)")));
    }
    if flags & FLAGS_RESERVED != 0 {
        return Err(input.corrupt(format!("reserved header flags are set ({flags:#04x})")));
    }
    if flags & FLAG_EXTRA != 0 {
        let length: [u8; 2] = input.need()?;
        crc.update(&length);
        for _ in 0..u16::from_le_bytes(length) {
            crc.update(&[input.need_byte()?]);
        }
    }
    let mut longest = 0;
    for flag in [FLAG_NAME, FLAG_COMMENT] {
        if flags & flag != 0 {
            longest = longest.max(pass_text(input, &mut crc)?);
        }
    }
    if flags & FLAG_HEADER_CRC != 0 {
        let (stored, computed) = (u16::from_le_bytes(input.need()?), crc.finalize() as u16);
        if stored != computed {
            return Err(input.corrupt(format!("header checksum {stored:#06x}, of the header {computed:#06x}")));
        }
    }
    Ok(longest)
}

/// Passes over a text that ends in a NUL; its length without that.
fn pass_text<R: BufRead>(input: &mut Input<R>, crc: &mut Crc) -> io::Result<u64> {
    let mut length = 0;
    loop {
        let byte = input.need_byte()?;
        crc.update(&[byte]);
        if byte == 0 {
            return Ok(length);
        }
        length += 1;
    }
}
