//! The system gives no more of something: threads, or open files.

use std::process::Command;

use crate::faults::case::{Case, READING, cases, contents, large};
use crate::faults::is_thorough;
use crate::faults::traced::strace;

/// All that write, where more is asked for than a run of all tests does.
fn further() -> impl Iterator<Item = Case> {
    is_thorough().then(|| cases(0)).into_iter().flatten()
}

/// Where no more threads can be had, those that there are do the work.
#[test]
fn no_more_threads() {
    let Some(strace) = strace() else { return };
    let reading = READING.iter().filter(|command| command.contains(&"--deep") || command.contains(&"--files"));
    let reading = reading.map(|command| Case::reading(command, false));
    let mut refused = 0;
    for case in reading.chain(further()).chain(large()) {
        for number in if is_thorough() { 1..=6 } else { 2..=3 } {
            case.reset();
            let (output, met) = strace.inject(&case, &[&format!("clone,clone3:error=EAGAIN:when={number}+")], &[]);
            let what = format!("from {number} on: {}", String::from_utf8_lossy(&output.stderr));
            assert_eq!(output.status.code(), Some(case.code), "{case}: {what}");
            assert!(output.stdout == case.stdout, "{case}: {what}");
            assert!(contents(case.env.root()) == case.after, "{case}: {what}");
            refused += u32::from(met);
        }
    }
    crate::faults::tell(&format!("scarce: {refused} without a thread"));
    assert!(refused > 20, "{refused} runs were refused a thread");
}

/// With few open files a command does its work, or says what is lacking and leaves nothing behind.
#[test]
fn few_open_files() {
    let unpack = Case::new(&["unpack", "LARGE", "--platform", "linux/amd64", "-o", "OUT"], &[], false);
    let (mut refused, mut done) = (0, 0);
    for case in further().chain(large()).chain([unpack]) {
        // Fewer are not enough for the threads of the system itself.
        for limit in if is_thorough() { 5..=24 } else { 8..=12 } {
            case.reset();
            let mut command = Command::new("bash");
            let script = format!("ulimit -n {limit}; exec \"$0\" \"$@\"");
            command.args(["-c", &script, env!("CARGO_BIN_EXE_ocikit")]).args(&case.words);
            let output = case.run(command);
            let message = String::from_utf8_lossy(&output.stderr).into_owned();
            let what = format!("{limit} open files: {message}");
            if output.status.code() == Some(case.code) {
                done += 1;
                assert!(contents(case.env.root()) == case.after, "{case}: {what}");
                continue;
            }
            refused += 1;
            assert_eq!(output.status.code(), Some(2), "{case}: {what}");
            assert!(message.starts_with("error: ") && message.contains("Too many open files"), "{case}: {what}");
            case.check_clean(&what);
            case.check(&what);
        }
    }
    crate::faults::tell(&format!("scarce: {refused} refused a file, {done} done"));
    assert!(refused > 0 && done > 20, "{refused} refused, {done} done");
}
