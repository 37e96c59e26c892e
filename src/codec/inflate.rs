//! The reader that takes compression away.

use std::io::{self, BufRead, Read};

use super::gzip::Gzip;
use super::input::Input;
use super::zstd_frames::ZstdFrames;
use super::{Compression, InflateError, InflateFault};
use crate::limits::{LimitReached, Limits};

/// The size of the inflated buffer, and a good capacity for the [`io::BufReader`] underneath: zstd's largest block is
/// 128 KiB, and beyond it nothing gets faster.
pub const BUFFER_BYTES: usize = 128 << 10;

/// The ratio of [`Limits::inflate_ratio`] is looked at only behind this many inflated bytes: below, even a bomb is small.
const RATIO_FREE_BYTES: u64 = 64 << 20;

/// What stands behind the last gzip member or zstd frame.
///
/// Go's `compress/gzip`, which docker and containerd read layers with, refuses anything but another member; other readers
/// stop without a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trailing {
    /// Nothing, or the end of the compressed data has not been reached.
    None,
    /// This many zero bytes: padding to a block, as tape tools leave it.
    Zeros(u64),
    /// This many bytes up to the end of the input, not all of them zero.
    Data(u64),
}

/// What one call into a decoder gave.
pub(super) struct Step {
    /// Bytes written to the output.
    pub(super) wrote: usize,
    /// Whether the member or frame has ended.
    pub(super) ended: bool,
}

enum Engine {
    Plain,
    // The states differ in size by a lot; a blob has one of them, so the box costs nothing.
    Gzip(Box<Gzip>),
    Zstd(Box<ZstdFrames>),
}

enum State {
    /// Before the first member or frame.
    Start,
    /// Behind a member or frame.
    Between,
    /// Inside one.
    Inside,
    /// Behind the last.
    Finished,
    /// After a fault in the data, which every further call repeats.
    Failed(InflateError),
    /// After the ratio was exceeded.
    Bomb,
}

/// Reads what a gzip, zstd or uncompressed stream holds: all members or frames, one after another.
///
/// Both [`Read`] and [`BufRead`] are cheap: `fill_buf` lends the inflated bytes where they lie, and `read` into a slice of
/// [`BUFFER_BYTES`] or more inflates straight into it. The reader underneath should lend at least 64 KiB at a time.
///
/// It stops where the last member or frame ends, takes the input to its end and keeps in [`Inflate::trailing`] what was
/// there. It holds [`BUFFER_BYTES`] plus the decoder's state: 50 KiB for gzip; for zstd the frame's window, up to 128 MiB
/// when a frame asks for that (8 MiB at zstd's levels up to 19).
///
/// # Errors
///
/// Errors of the reader underneath pass through. Broken data gives an [`io::Error`] around an [`InflateError`], of kind
/// `UnexpectedEof` where it is cut short and `InvalidData` where it is corrupt; more than [`Limits::inflate_ratio`] times
/// as many bytes out as in give one around a [`LimitReached`]. After either, every call fails the same way.
pub struct Inflate<R> {
    core: Core<R>,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
}

struct Core<R> {
    input: Input<R>,
    engine: Engine,
    state: State,
    inflated: u64,
    ratio: u64,
    trailing: Trailing,
}

impl<R: BufRead> Inflate<R> {
    /// Begins to read; nothing is taken from the reader yet.
    ///
    /// # Errors
    ///
    /// `Unsupported`, around an [`InflateError`], for a compression that is detected and not decoded.
    pub fn new(reader: R, compression: Compression, limits: &Limits) -> io::Result<Self> {
        let engine = match compression {
            Compression::None => Engine::Plain,
            Compression::Gzip => Engine::Gzip(Box::new(Gzip::new())),
            Compression::Zstd => Engine::Zstd(Box::new(ZstdFrames::new()?)),
            Compression::Xz | Compression::Bzip2 => {
                return Err(InflateError { compression, offset: 0, fault: InflateFault::Unsupported }.into());
            }
        };
        let buffer = if matches!(engine, Engine::Plain) { 0 } else { BUFFER_BYTES };
        Ok(Inflate {
            core: Core {
                input: Input::new(reader, compression),
                engine,
                state: State::Start,
                inflated: 0,
                ratio: limits.inflate_ratio,
                trailing: Trailing::None,
            },
            buffer: vec![0; buffer].into_boxed_slice(),
            start: 0,
            end: 0,
        })
    }

    /// What stands behind the last member or frame; known once reading has reached the end of the data.
    pub fn trailing(&self) -> Trailing {
        self.core.trailing
    }

    /// The compression that is taken away.
    pub fn compression(&self) -> Compression {
        self.core.input.compression()
    }

    /// Compressed bytes taken so far, including what trails.
    pub fn compressed_bytes(&self) -> u64 {
        self.core.input.taken()
    }

    /// Bytes inflated so far, whether or not they have been consumed.
    pub fn inflated_bytes(&self) -> u64 {
        self.core.inflated
    }

    /// The reader underneath.
    pub fn get_ref(&self) -> &R {
        self.core.input.get_ref()
    }

    /// The reader underneath, where reading stopped.
    pub fn into_inner(self) -> R {
        self.core.input.into_inner()
    }
}

impl<R: BufRead> Core<R> {
    /// Inflates into `out`, which is not empty; 0 at the end.
    fn produce(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self.advance(out) {
            Ok(wrote) => Ok(wrote),
            Err(error) => {
                if let Some(fault) = error.get_ref().and_then(|e| e.downcast_ref::<InflateError>()) {
                    self.state = State::Failed(fault.clone());
                }
                Err(error)
            }
        }
    }

    fn advance(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            match &self.state {
                State::Start | State::Between => self.begin()?,
                State::Inside => {
                    let step = match &mut self.engine {
                        Engine::Plain => Step { wrote: 0, ended: true },
                        Engine::Gzip(gzip) => gzip.step(&mut self.input, out)?,
                        Engine::Zstd(zstd) => zstd.step(&mut self.input, out)?,
                    };
                    if step.ended {
                        self.state = State::Between;
                    }
                    if step.wrote > 0 {
                        self.inflated += step.wrote as u64;
                        self.check_ratio()?;
                        return Ok(step.wrote);
                    }
                }
                State::Finished => return Ok(0),
                State::Failed(fault) => return Err(fault.clone().into()),
                State::Bomb => return Err(self.bomb()),
            }
        }
    }

    /// Goes into the next member or frame, or finishes where there is none.
    fn begin(&mut self) -> io::Result<()> {
        let begun = match &mut self.engine {
            Engine::Plain => Err(Vec::new()),
            Engine::Gzip(gzip) => gzip.begin(&mut self.input)?,
            Engine::Zstd(zstd) => zstd.begin(&mut self.input)?,
        };
        match begun {
            Ok(()) => self.state = State::Inside,
            Err(seen) if matches!(self.state, State::Between) => {
                self.trailing = self.input.drain(&seen)?;
                self.state = State::Finished;
            }
            Err(_) if self.input.fill()?.is_empty() => return Err(self.input.fault(InflateFault::Truncated)),
            Err(_) => return Err(self.input.corrupt("the magic bytes are missing")),
        }
        Ok(())
    }

    fn check_ratio(&mut self) -> io::Result<()> {
        if self.inflated > RATIO_FREE_BYTES && self.inflated > self.input.taken().saturating_mul(self.ratio) {
            self.state = State::Bomb;
            return Err(self.bomb());
        }
        Ok(())
    }

    fn bomb(&self) -> io::Error {
        io::Error::other(LimitReached { name: "inflate-ratio", limit: self.ratio })
    }
}

impl<R: BufRead> BufRead for Inflate<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if matches!(self.core.engine, Engine::Plain) {
            return self.core.input.fill();
        }
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
            self.end = self.core.produce(&mut self.buffer)?;
        }
        Ok(self.buffer.get(self.start..self.end).unwrap_or_default())
    }

    fn consume(&mut self, bytes: usize) {
        if matches!(self.core.engine, Engine::Plain) {
            self.core.input.consume(bytes);
            self.core.inflated += bytes as u64;
        } else {
            self.start = (self.start + bytes).min(self.end);
        }
    }
}

impl<R: BufRead> Read for Inflate<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let direct = self.start == self.end && out.len() >= BUFFER_BYTES;
        if direct && !matches!(self.core.engine, Engine::Plain) {
            return self.core.produce(out);
        }
        let available = self.fill_buf()?;
        let bytes = available.len().min(out.len());
        out[..bytes].copy_from_slice(&available[..bytes]);
        self.consume(bytes);
        Ok(bytes)
    }
}
