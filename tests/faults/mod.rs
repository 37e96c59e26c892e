//! Disks, pipes, files and people fail while ocikit works: what is read is never harmed, what is written is whole or not
//! there, and the exit code says which.
//!
//! `OCIKIT_FAULTS=50 cargo test --test it faults::` tries each fault at fifty moments in place of three.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failure here is a failed test")]

mod case;
mod changing;
mod disks;
mod images;
mod locks;
mod moments;
mod races;
mod reading;
mod scarce;
mod steps;
mod targets;
mod traced;

/// At how many moments each fault is tried.
fn moments() -> u32 {
    std::env::var("OCIKIT_FAULTS").ok().and_then(|text| text.parse().ok()).unwrap_or(3)
}

/// Whether more is asked for than a run of all tests does.
fn is_thorough() -> bool {
    moments() > 3
}

/// Says of a long run how much it tried.
#[expect(clippy::print_stderr, reason = "whoever waits for hours wants to know for what")]
fn tell(runs: &str) {
    if is_thorough() {
        eprintln!("{runs}");
    }
}

/// So many of the numbers from 1 to `last`, the first and the last among them.
fn spread(last: u32, count: u32) -> Vec<u32> {
    let mut numbers: Vec<u32> =
        (0..count.min(last)).map(|n| 1 + n * (last - 1) / (count.min(last) - 1).max(1)).collect();
    numbers.dedup();
    numbers
}
