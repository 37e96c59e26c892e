//! Pages of `inspect --html` and `diff --html`.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a failure here is a failed test")]

mod browser;
mod diff;
mod hostile;
mod inspect;
mod page;
mod written;
