//! Ctrl-C and its like: what is half written goes before the process does.

use std::io::{self, IsTerminal, Write};

use crate::sink;

/// 128 and the number of SIGINT, as shells have it.
const INTERRUPTED: i32 = 130;

/// From now on, a signal that ends the process first removes what is unfinished. Where no handler can be had, the next run
/// that writes there removes what this one leaves.
pub(crate) fn clean_up_first() {
    // A write beyond the limit of file sizes is then an error, and no silent end.
    #[cfg(unix)]
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, std::sync::Arc::default());
    #[cfg(unix)]
    let _ = on_signal();
    #[cfg(not(unix))]
    let _ = ctrlc::set_handler(end);
}

/// Returns when the handlers are there.
#[cfg(unix)]
fn on_signal() -> io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let signals = [SIGINT, SIGTERM].into_iter().chain((!is_ignored(SIGHUP)).then_some(SIGHUP));
    let (ready, is_ready) = std::sync::mpsc::channel();
    // On the thread itself: without one, a signal has to end the process as ever.
    std::thread::Builder::new().spawn(move || {
        let Ok(mut signals) = signal_hook::iterator::Signals::new(signals) else { return };
        let _ = ready.send(());
        if signals.forever().next().is_some() {
            end();
        }
    })?;
    let _ = is_ready.recv();
    Ok(())
}

/// Whether whoever started the process had it ignore a signal, as `nohup` does.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    // Other systems do not say; there a terminal that goes away ends the work.
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return false };
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    ignored & (1 << (signal - 1)) != 0
}

fn end() {
    sink::abandon();
    if io::stderr().is_terminal() {
        // The line that said how far the work had come.
        let _ = write!(io::stderr(), "\r\x1b[K");
    }
    leave();
}

#[expect(clippy::exit, reason = "the one way to end from the thread that signals come to")]
fn leave() -> ! {
    std::process::exit(INTERRUPTED)
}
