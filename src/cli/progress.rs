//! A line on standard error that says how far the work has come.

use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::progress::Progress;
use crate::render::{Bytes, Shown};

/// Work that is over sooner than this shows no line.
const PATIENCE: Duration = Duration::from_secs(1);
/// Between two drawings.
const PAUSE: Duration = Duration::from_millis(100);

/// The line.
#[derive(Debug, Default)]
pub(crate) struct Line(Mutex<Option<State>>);

#[derive(Debug)]
struct State {
    what: String,
    total: u64,
    done: u64,
    began: Instant,
    drawn: Option<Instant>,
}

impl State {
    fn draw(&mut self) {
        let now = Instant::now();
        let since = self.drawn.map_or(now.duration_since(self.began), |drawn| now.duration_since(drawn));
        let wait = if self.drawn.is_some() { PAUSE } else { PATIENCE };
        if since < wait {
            return;
        }
        self.drawn = Some(now);
        let percent = if self.total == 0 { 0 } else { u128::from(self.done) * 100 / u128::from(self.total) };
        let seconds = now.duration_since(self.began).as_secs_f64();
        let speed = Bytes((self.done as f64 / seconds) as u64);
        // Nothing can be said when even this cannot be written; the work goes on.
        let _ = write!(
            io::stderr().lock(),
            "\r\x1b[K{}: {percent} %, {} of {}, {speed}/s",
            Shown(&self.what),
            Bytes(self.done),
            Bytes(self.total)
        );
    }
}

impl Progress for Line {
    fn begin(&self, what: &str, bytes: u64) {
        let state = State { what: what.to_owned(), total: bytes, done: 0, began: Instant::now(), drawn: None };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(state);
    }

    fn advance(&self, bytes: u64) {
        if let Some(state) = self.0.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            state.done = state.done.saturating_add(bytes);
            state.draw();
        }
    }

    fn end(&self) {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if state.is_some_and(|state| state.drawn.is_some()) {
            let _ = write!(io::stderr().lock(), "\r\x1b[K");
        }
    }
}
