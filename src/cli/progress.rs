//! A line on standard error that says how far the work has come.

use std::io::{self, Write};
use std::path::Path;
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
    blobs: u64,
    blobs_done: u64,
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
        let text = self.text(now.duration_since(self.began).as_secs_f64());
        // A line that is longer than the terminal is wide must not run on into the next, which nothing would wipe.
        // Nothing can be said when even this cannot be written; the work goes on.
        let _ = write!(io::stderr().lock(), "\r\x1b[K\x1b[?7l{text}\x1b[?7h");
    }

    fn text(&self, seconds: f64) -> String {
        let percent = if self.total == 0 { 0 } else { u128::from(self.done) * 100 / u128::from(self.total) };
        let speed = self.done as f64 / seconds;
        let mut text = format!("{}: {percent} %, {} of {}", Shown(&self.what), Bytes(self.done), Bytes(self.total));
        if self.blobs > 1 {
            text.push_str(&format!(", {} of {} blobs", self.blobs_done, self.blobs));
        }
        text.push_str(&format!(", {}/s", Bytes(speed as u64)));
        if self.done > 0 {
            let left = self.total.saturating_sub(self.done) as f64 / speed;
            text.push_str(&format!(", {} left", time(left.ceil() as u64)));
        }
        text
    }
}

/// A time as a person reads it, in at most two units.
fn time(seconds: u64) -> String {
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

impl Line {
    fn change(&self, change: impl FnOnce(&mut State)) {
        if let Some(state) = self.0.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            change(state);
            state.draw();
        }
    }
}

impl Progress for Line {
    fn begin(&self, what: &str, bytes: u64) {
        let (blobs, blobs_done, began) = (0, 0, Instant::now());
        let state = State { what: what.to_owned(), total: bytes, done: 0, blobs, blobs_done, began, drawn: None };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(state);
    }

    fn blobs(&self, count: u64) {
        self.change(|state| state.blobs = count);
    }

    fn advance(&self, bytes: u64) {
        self.change(|state| state.done = state.done.saturating_add(bytes));
    }

    fn blob(&self) {
        self.change(|state| state.blobs_done = state.blobs_done.saturating_add(1));
    }

    fn end(&self) {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if state.is_some_and(|state| state.drawn.is_some()) {
            let _ = write!(io::stderr().lock(), "\r\x1b[K");
        }
    }

    fn waits(&self, locked: &Path) {
        say_waits(locked);
    }
}

/// No line; it only says what a run waits for that would wait in silence.
#[derive(Debug)]
pub(crate) struct NoLine;

impl Progress for NoLine {
    fn begin(&self, _what: &str, _bytes: u64) {}

    fn advance(&self, _bytes: u64) {}

    fn end(&self) {}

    fn waits(&self, locked: &Path) {
        say_waits(locked);
    }
}

fn say_waits(locked: &Path) {
    let locked = locked.display().to_string();
    // Nothing can be said when even this cannot be written; it waits all the same.
    let _ = writeln!(io::stderr().lock(), "{}: waiting for another program to unlock it", Shown(&locked));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line() {
        let mut state = State {
            what: "writing \u{1b}[31mx.tar".to_owned(),
            total: 300 << 20,
            done: 100 << 20,
            blobs: 30,
            blobs_done: 7,
            began: Instant::now(),
            drawn: None,
        };
        let text = state.text(50.0);
        assert!(text.ends_with(": 33 %, 100.0 MiB of 300.0 MiB, 7 of 30 blobs, 2.0 MiB/s, 1 min 40 s left"), "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
        (state.done, state.blobs) = (0, 0);
        assert!(state.text(50.0).ends_with(": 0 %, 0 B of 300.0 MiB, 0 B/s"), "{}", state.text(50.0));
        assert_eq!([time(0), time(61), time(3 * 3600 + 119)], ["0 s", "1 min 1 s", "3 h 1 min"]);
    }
}
