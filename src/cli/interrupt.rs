//! Ctrl-C and its like: what is half written goes before the process does.

use std::io::{self, IsTerminal, Write};

use crate::sink;

/// 128 and the number of SIGINT, as shells have it.
const INTERRUPTED: i32 = 130;

/// From now on, a signal that ends the process first removes what is unfinished.
pub(crate) fn clean_up_first() {
    // A write beyond the limit of file sizes is then an error, and no silent end.
    #[cfg(unix)]
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, std::sync::Arc::default());
    // Where no handler can be had, the next run that writes there removes what this one leaves.
    let _ = ctrlc::set_handler(|| {
        sink::abandon();
        if io::stderr().is_terminal() {
            // The line that said how far the work had come.
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
        leave();
    });
}

#[expect(clippy::exit, reason = "the one way to end from the thread that signals come to")]
fn leave() -> ! {
    std::process::exit(INTERRUPTED)
}
