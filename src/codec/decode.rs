//! From member to member, or frame to frame.

use std::io::{self, BufRead};

use super::after::{Oddity, Trailing};
use super::gzip::Gzip;
use super::input::Input;
use super::spare;
use super::step::Step;
use super::zstd_frames::ZstdFrames;
use super::{Compression, InflateError, InflateFault};
use crate::limits::LimitReached;

/// The ratio of [`Limits::inflate_ratio`] is looked at only behind this many inflated bytes: below, even a bomb is small.
const RATIO_FREE_BYTES: u64 = 64 << 20;

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

/// Decodes into buffers of others, and knows how far it has come.
pub(super) struct Core<R> {
    pub(super) input: Input<R>,
    engine: Engine,
    state: State,
    pub(super) inflated: u64,
    ratio: u64,
    pub(super) trailing: Trailing,
}

impl<R: BufRead> Core<R> {
    pub(super) fn new(reader: R, compression: Compression, ratio: u64) -> io::Result<Self> {
        let engine = match compression {
            Compression::None => Engine::Plain,
            Compression::Gzip => Engine::Gzip(spare::gzip()),
            Compression::Zstd => Engine::Zstd(Box::new(ZstdFrames::new()?)),
            Compression::Xz | Compression::Bzip2 => {
                return Err(InflateError { compression, offset: 0, fault: InflateFault::Unsupported }.into());
            }
        };
        let input = Input::new(reader, compression);
        Ok(Core { input, engine, state: State::Start, inflated: 0, ratio, trailing: Trailing::None })
    }

    /// The reader underneath, and the state of a gzip decoder.
    pub(super) fn into_parts(self) -> (R, Option<Box<Gzip>>) {
        let gzip = match self.engine {
            Engine::Gzip(gzip) => Some(gzip),
            Engine::Plain | Engine::Zstd(_) => None,
        };
        (self.input.into_inner(), gzip)
    }

    /// Whether bytes pass through as they are.
    pub(super) fn is_plain(&self) -> bool {
        matches!(self.engine, Engine::Plain)
    }

    /// What not all readers take, of what has been read.
    pub(super) fn oddity(&self) -> Option<Oddity> {
        match &self.engine {
            Engine::Gzip(gzip) if gzip.has_long_text => Some(Oddity::LongHeaderText),
            Engine::Zstd(zstd) if zstd.begins_skippable => Some(Oddity::SkippableFirst),
            _ => None,
        }
    }

    /// Inflates into `out`, which is not empty; 0 at the end.
    pub(super) fn produce(&mut self, out: &mut [u8]) -> io::Result<usize> {
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
