//! Each call that writes, renames or removes: the process dies there, is interrupted there, or the call fails.

use crate::faults::case::{Case, FURTHER, cases, is_folder};
use crate::faults::traced::{Strace, strace};
use crate::faults::{is_thorough, moments, spread};

/// Calls that change what is on the disk.
pub(crate) const CALLS: &str = "write,pwrite64,copy_file_range,fallocate,ftruncate,fsync,fdatasync,syncfs,rename,renameat,renameat2,\
                     link,linkat,unlink,unlinkat,mkdir,mkdirat,symlinkat,fchmod,fchmodat,utimensat,flock";

/// The steps of a case at which something is tried: the last ones, where names are given, and others before them.
pub(crate) fn steps(strace: &Strace, case: &Case) -> Vec<(String, u32)> {
    const LAST: usize = 6;
    let calls = strace.calls(case, CALLS, &[]);
    let (first, last) = calls.split_at(calls.len().saturating_sub(LAST));
    let chosen = spread(first.len() as u32, moments());
    let mut steps: Vec<(String, u32)> = chosen.into_iter().map(|at| first[at as usize - 1].clone()).collect();
    // In a run of all tests each case tries one of the last steps, and another the next.
    let own = case.words.join(" ").len() + case.words.len();
    steps.extend(
        last.iter().enumerate().filter(|(at, _)| is_thorough() || own % LAST == *at).map(|(_, step)| step.clone()),
    );
    steps
}

#[test]
fn killed_or_interrupted_at_each_step() {
    let Some(strace) = strace() else { return };
    let mut hit = 0;
    for case in cases(0) {
        case.reset();
        for (number, (call, at)) in steps(&strace, &case).into_iter().enumerate() {
            for (turn, signal) in ["KILL", "INT"].into_iter().enumerate() {
                if !is_thorough() && number % 2 != turn {
                    continue;
                }
                case.reset();
                let (output, met) = strace.inject(&case, &[&format!("{call}:signal={signal}:when={at}")], &[]);
                let what = format!("{signal} at {call} {at}: {}", output.status);
                hit += u32::from(met);
                if signal == "INT" {
                    assert!([Some(130), Some(case.code)].contains(&output.status.code()), "{case}: {what}");
                    case.check_clean(&what);
                }
                case.check(&what);
            }
        }
    }
    crate::faults::tell(&format!("steps: {hit} hit by a signal"));
    assert!(hit > 100, "{hit} runs were hit");
}

/// What an interrupt takes away goes slowly, and meanwhile the work comes to where it gives its output a name.
#[test]
fn interrupted_while_the_output_gets_its_name() {
    let Some(strace) = strace() else { return };
    let mut hit = 0;
    // A single file has either name or the other; a folder could lose what is in it.
    let is_folder = |case: &Case| case.after.get("out").is_some_and(|content| is_folder(content));
    for case in cases(1).filter(|case| is_thorough() || is_folder(case)) {
        case.reset();
        let calls = strace.calls(&case, CALLS, &[]);
        let is_naming = |(call, _): &(String, u32)| call.starts_with("rename") || call.starts_with("link");
        let Some(naming) = calls.iter().rposition(is_naming) else { continue };
        let Some((call, at)) = calls[..naming].iter().rfind(|call| !is_naming(call) && !call.0.starts_with("unlink"))
        else {
            continue;
        };
        for delay in [0, 10_000, 25_000] {
            case.reset();
            let signal = format!("{call}:signal=INT:when={at}");
            let naming = format!("rename,renameat,renameat2,link,linkat:delay_enter={delay}");
            let (output, met) =
                strace.inject(&case, &[&signal, "unlink,unlinkat,rmdir:delay_enter=8000", &naming], &[]);
            let what = format!("INT at {call} {at}, {delay} us: {}", output.status);
            hit += u32::from(met);
            assert!([Some(130), Some(case.code)].contains(&output.status.code()), "{case}: {what}");
            case.check_clean(&what);
            case.check(&what);
        }
    }
    crate::faults::tell(&format!("steps: {hit} hit before the name"));
    assert!(hit > 20, "{hit} runs were hit");
}

/// The next run finds what a killed one left, in each directory that it writes into.
#[test]
fn killed_before_the_output_gets_its_name() {
    let Some(strace) = strace() else { return };
    let mut hit = 0;
    let records = || FURTHER.iter().filter(|(command, _)| command.contains(&"--record"));
    let records = records().map(|(command, is_directory)| Case::new(command, &[], *is_directory));
    let cases: Vec<Case> = if is_thorough() { cases(0).collect() } else { records.collect() };
    for case in cases {
        case.reset();
        let calls = strace.calls(&case, CALLS, &[]);
        let Some((call, at)) = calls.iter().rfind(|(call, _)| call.starts_with("rename") || call.starts_with("link"))
        else {
            continue;
        };
        case.reset();
        let (output, met) = strace.inject(&case, &[&format!("{call}:signal=KILL:when={at}")], &[]);
        hit += u32::from(met);
        case.check(&format!("KILL at {call} {at}: {}", output.status));
    }
    crate::faults::tell(&format!("steps: {hit} killed before the name"));
    assert!(hit > 1, "{hit} runs were hit");
}

/// A directory that got its name and cannot be rid of its lock file is no output.
#[test]
fn a_lock_file_that_stays() {
    let Some(strace) = strace() else { return };
    let case = Case::new(&["repack", "IMAGE", "-o", "OUT"], &[], false);
    case.reset();
    let lock = [std::path::PathBuf::from("out/index.json.lock")];
    let (output, met) = strace.inject(&case, &["unlink:error=EIO"], &lock);
    assert!(met && output.status.code() == Some(2), "{output:?}");
    case.check_untouched("EIO at the lock file");
}

#[test]
fn each_step_fails() {
    let Some(strace) = strace() else { return };
    let mut failed = 0;
    for case in cases(1) {
        case.reset();
        for (number, (call, at)) in steps(&strace, &case).into_iter().enumerate() {
            // Once, and from there on.
            for (turn, (error, from)) in [("ENOSPC", ""), ("EIO", "+")].into_iter().enumerate() {
                if !is_thorough() && number % 2 != turn {
                    continue;
                }
                case.reset();
                let (output, _) = strace.inject(&case, &[&format!("{call}:error={error}:when={at}{from}")], &[]);
                let message = String::from_utf8_lossy(&output.stderr).into_owned();
                let what = format!("{error} at {call} {at}{from}: {}: {message}", output.status);
                if output.status.code() == Some(case.code) {
                    // What can be done without.
                    assert!(case.whole() == case.after, "{case}: {what}");
                    continue;
                }
                failed += 1;
                assert_eq!(output.status.code(), Some(2), "{case}: {what}");
                // Where standard error itself takes nothing, nothing can be said.
                let says = message.starts_with("error: ") && message.contains("cannot");
                assert!(says || (call == "write" && message.is_empty()), "{case}: {what}");
                if !call.starts_with("unlink") {
                    case.check_clean(&what);
                }
                case.check(&what);
            }
        }
    }
    crate::faults::tell(&format!("steps: {failed} failed"));
    assert!(failed > 50, "{failed} runs failed");
}
