//! Zstandard, frame after frame (RFC 8878).

use std::io::{self, BufRead};

use zstd::stream::raw::{DParameter, Decoder, InBuffer, Operation, OutBuffer};

use super::InflateFault;
use super::detect::{is_skippable, is_zstd_frame};
use super::input::Input;
use super::step::Step;

/// Frames may ask for a window of up to 2^27 bytes, 128 MiB: what `zstd -d` takes without `--long`.
///
/// The memory is taken only when a frame asks for it: levels 1 to 19 ask for 8 MiB at most, so that reading stays below
/// 64 MiB for what image tools write. A frame that asks for more than 2^27 is refused.
const WINDOW_LOG_MAX: u32 = 27;

/// The state of the frame being read.
pub(super) struct ZstdFrames {
    decoder: Decoder<'static>,
    /// Whether the data begins with a skippable frame.
    pub(super) begins_skippable: bool,
}

impl ZstdFrames {
    pub(super) fn new() -> io::Result<Self> {
        let mut decoder = Decoder::new()?;
        decoder.set_parameter(DParameter::WindowLogMax(WINDOW_LOG_MAX))?;
        Ok(ZstdFrames { decoder, begins_skippable: false })
    }

    /// Reads the next frame's magic number; `Err` in the inner result carries bytes that begin no frame.
    pub(super) fn begin<R: BufRead>(&mut self, input: &mut Input<R>) -> io::Result<Result<(), Vec<u8>>> {
        let mut magic = Vec::with_capacity(4);
        while magic.len() < 4 {
            match input.byte()? {
                Some(byte) => magic.push(byte),
                None => return Ok(Err(magic)),
            }
        }
        if !matches!(magic[..], [a, b, c, d] if is_zstd_frame([a, b, c, d])) {
            return Ok(Err(magic));
        }
        self.begins_skippable |= input.taken() == 4 && is_skippable(&magic);
        self.decoder.reinit()?;
        let mut source = InBuffer::around(magic.as_slice());
        self.decoder.run(&mut source, &mut OutBuffer::around(&mut [][..])).map_err(|e| refused(input, &e))?;
        Ok(Ok(()))
    }

    /// Inflates into `out`, which is not empty. The frame's own checksum, where it has one, is checked by the decoder.
    pub(super) fn step<R: BufRead>(&mut self, input: &mut Input<R>, out: &mut [u8]) -> io::Result<Step> {
        loop {
            let chunk = input.fill()?;
            let at_end = chunk.is_empty();
            let (mut source, mut target) = (InBuffer::around(chunk), OutBuffer::around(&mut *out));
            let result = self.decoder.run(&mut source, &mut target);
            let (read, wrote) = (source.pos(), target.pos());
            input.consume(read);
            let left = result.map_err(|e| refused(input, &e))?;
            if left == 0 || wrote > 0 {
                return Ok(Step { wrote, ended: left == 0 });
            }
            if read == 0 {
                let fault = if at_end { InflateFault::Truncated } else { InflateFault::Corrupt("no progress".into()) };
                return Err(input.fault(fault));
            }
        }
    }
}

/// What zstd says of a frame. It gives a text and no code; the texts are those of `ZSTD_getErrorName`.
fn refused<R: BufRead>(input: &Input<R>, error: &io::Error) -> io::Error {
    let text = error.to_string().to_lowercase();
    input.fault(if text.contains("too much memory") {
        InflateFault::WindowTooLarge
    } else {
        InflateFault::Corrupt(text)
    })
}
