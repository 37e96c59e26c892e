//! A program run to its end: its output taken, its time limited.

use std::io::{Read, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long a program may take before it counts as hung. A busy machine takes minutes for what otherwise takes a second; no
/// test waits for it but one that fails.
pub const HUNG: Duration = Duration::from_secs(15 * 60);

/// What a program did.
#[derive(Debug)]
pub struct Ended {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    /// The exit code; 128 and the signal's number where a signal ended it.
    pub code: i32,
}

/// Runs a command with these bytes on its standard input. Only the first `stdout_limit` bytes of its output are read,
/// then the pipe is closed.
///
/// A program that is not done in `limit` is killed, and the test fails with what it had written.
pub fn run_to_end(command: &mut Command, stdin: Vec<u8>, stdout_limit: Option<u64>, limit: Duration) -> Ended {
    let started = Instant::now();
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let mut to = child.stdin.take().unwrap();
    // A program may end without reading its input: the broken pipe is no failure.
    let feeder = thread::spawn(move || to.write_all(&stdin).is_ok());
    let stdout = collector(child.stdout.take().unwrap().take(stdout_limit.unwrap_or(u64::MAX)));
    let stderr = collector(child.stderr.take().unwrap());
    let status = watch(&mut child, started, limit);
    if status.is_none() {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let (stdout, stderr) = (stdout.join().unwrap(), stderr.join().unwrap());
    let Some(status) = status else {
        let shown = String::from_utf8_lossy(&stderr);
        panic!("{command:?} was not done after {limit:?}\n----- stderr -----\n{shown}");
    };
    feeder.join().unwrap();
    let code = status.code().or(status.signal().map(|signal| 128 + signal)).unwrap();
    Ended { stdout, stderr, code }
}

fn watch(child: &mut Child, started: Instant, limit: Duration) -> Option<ExitStatus> {
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        let elapsed = started.elapsed();
        if elapsed > limit {
            return None;
        }
        thread::sleep(if elapsed < Duration::from_millis(100) {
            Duration::from_millis(1)
        } else {
            Duration::from_millis(5)
        });
    }
}

fn collector(mut from: impl Read + Send + 'static) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).unwrap();
        bytes
    })
}
