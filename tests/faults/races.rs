//! A signal ends a run whose threads are at work: the one that cleans up and those that write go slowly, so that they meet.
//! And two runs meet in one directory.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use crate::faults::case::{Case, cases, contents, writing};
use crate::faults::is_thorough;
use crate::faults::steps::{CALLS, steps};
use crate::faults::traced::{Strace, strace};
use crate::support::*;

/// Calls that take something away.
const REMOVALS: &str = "unlink,unlinkat,rmdir";

/// The lock file of a case's directory, by each of its names.
fn lock_file(case: &Case) -> [PathBuf; 2] {
    [PathBuf::from("image/index.json.lock"), case.env.path("image").canonicalize().unwrap().join("index.json.lock")]
}

/// Edits of a directory in its place: one that adds a little, and one that puts everything anew and removes what was.
fn edits() -> [Case; 2] {
    let repack = ["repack", "IMAGE", "--in-place", "--compression", "zstd:1", "--attestations", "drop"];
    [Case::new(&["annotate", "IMAGE", "key=value", "--in-place"], &[], true), Case::new(&repack, &[], true)]
}

/// Interrupted at each call on the lock file, with those that follow made slow: it goes too.
#[test]
fn the_lock_file_goes_with_the_run() {
    let Some(strace) = strace() else { return };
    let mut hit = 0;
    for case in edits() {
        case.reset();
        let paths = lock_file(&case);
        let calls = strace.calls(&case, "openat,flock,fstat,newfstatat,statx,unlink", &paths);
        assert!(calls.len() > 3, "{calls:?}");
        for (call, at) in calls {
            case.reset();
            let signal = format!("{call}:signal=INT:when={at}");
            let others = ["openat", "flock", "fstat", "newfstatat", "statx", "unlink"];
            let others: Vec<&str> = others.into_iter().filter(|other| *other != call).collect();
            let (output, met) =
                strace.inject(&case, &[&signal, &format!("{}:delay_enter=10000", others.join(","))], &paths);
            let what = format!("INT at {call} {at}: {}", output.status);
            hit += u32::from(met);
            assert!([Some(130), Some(case.code)].contains(&output.status.code()), "{case}: {what}");
            case.check_clean(&what);
            case.check(&what);
        }
    }
    assert!(hit > 6, "{hit} runs were hit");
}

/// Once the lock file is gone others may begin: nothing is removed behind it.
#[test]
fn nothing_is_removed_without_the_lock() {
    let Some(strace) = strace() else { return };
    let [_, case] = edits();
    for at in 1..4 {
        case.reset();
        // Each removal of each thread is hit, and takes its time.
        let (output, log) = strace.logged(&case, &[&format!("unlink:signal=INT:delay_exit=10000:when={at}+")], &[]);
        assert_eq!(output.status.code(), Some(130), "{case}: {log}");
        let removals: Vec<&str> = log.lines().filter(|line| line.contains("unlink(")).collect();
        assert!(removals.iter().any(|line| line.contains("/blobs/")), "{case}: {log}");
        let last = removals.iter().position(|line| line.contains("index.json.lock"));
        assert_eq!(last, Some(removals.len() - 1), "{case}: {log}");
        case.check("INT while blobs are removed");
    }
}

/// A run that has given its lock back leaves the next one's alone, whatever ends it.
#[test]
fn the_lock_of_the_next_run_stays() {
    let Some(strace) = strace() else { return };
    let [case, _] = edits();
    case.reset();
    let [_, lock] = lock_file(&case);
    let log = tempfile::NamedTempFile::new().unwrap();
    let slow = ["unlink:signal=INT:when=1:delay_exit=400000"];
    let mut run = strace.injected(&case, &slow, &lock_file(&case), log.path());
    let mut run = run.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_for(&mut run, || lock.exists());
    wait_for(&mut run, || !lock.exists());
    std::fs::write(&lock, "").unwrap();
    assert!(matches!(run.wait().unwrap().code(), Some(0 | 130)));
    assert!(lock.exists());
}

/// Waits for something that a run does, or for its end.
fn wait_for(run: &mut std::process::Child, is_so: impl Fn() -> bool) {
    while !is_so() && run.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Interrupted at a step, while every call of every thread goes slowly: those that work and the one that cleans up meet in
/// ways in which they hardly do by themselves.
#[test]
fn interrupted_among_slow_calls() {
    let Some(strace) = strace() else { return };
    let mut hit = 0;
    let cases: Vec<Case> = if is_thorough() { cases(0).collect() } else { some().collect() };
    for case in cases {
        case.reset();
        for (call, at) in steps(&strace, &case).into_iter().rev().take(if is_thorough() { usize::MAX } else { 1 }) {
            for removal in [500, 4000] {
                case.reset();
                let is_removal = REMOVALS.split(',').any(|removal| removal == call);
                let own = if is_removal { removal } else { 1000 };
                let others = |set: &str| set.split(',').filter(|other| *other != call).collect::<Vec<_>>().join(",");
                let injected = [
                    format!("{}:delay_enter=1000", others(CALLS)),
                    format!("{}:delay_enter={removal}", others(REMOVALS)),
                    // A delay before the call would swallow the signal.
                    format!("{call}:signal=INT:delay_exit={own}:when={at}+"),
                ];
                let (output, met) = strace.inject(&case, &injected.each_ref().map(String::as_str), &[]);
                let said = String::from_utf8_lossy(&output.stderr);
                let what = format!("INT at {call} {at}, {removal} us: {}: {said}", output.status);
                hit += u32::from(met);
                let code = output.status.code();
                assert!(code == Some(case.code) || (code == Some(130) && !said.contains("error: ")), "{case}: {what}");
                case.check_clean(&what);
                case.check(&what);
            }
        }
    }
    crate::faults::tell(&format!("races: {hit} hit among slow calls"));
    assert!(hit > 10, "{hit} runs were hit");
}

/// What was begun goes also when a run that fails is interrupted while it cleans up.
#[test]
fn interrupted_while_a_failure_is_cleaned_up() {
    let Some(strace) = strace() else { return };
    let mut hit = 0;
    for case in some() {
        case.reset();
        let naming = "rename,renameat,renameat2,link,linkat:error=EIO:signal=INT";
        let (output, met) = strace.inject(&case, &[naming, &format!("{REMOVALS}:delay_enter=10000")], &[]);
        let what = format!("INT at a name that fails: {}", output.status);
        // What only removes gives no name.
        assert!(!met || [Some(130), Some(2)].contains(&output.status.code()), "{case}: {what}");
        hit += u32::from(met);
        case.check_clean(&what);
        case.check(&what);
    }
    assert!(hit > 4, "{hit} runs were hit");
}

/// Every way to make something new, and to change a directory.
fn some() -> impl Iterator<Item = Case> {
    writing().chain(edits())
}

/// What an interrupted run leaves under the name is whole, down to what the root of the tree may.
#[test]
fn a_tree_has_its_name_and_its_mode_together() {
    use std::os::unix::fs::PermissionsExt as _;
    let Some(strace) = strace() else { return };
    let case = Case::new(&["unpack", "IMAGE", "--platform", "linux/amd64", "-o", "OUT"], &[], false);
    case.reset();
    let mut store = Store::new();
    let layer = Layer::new().dir("./").mode(0o555).file("x", "y");
    let image = Image::new("linux/amd64").layer(layer).put(&mut store);
    case.env.write_tar("image", &Layout::new(&store).root(&image.desc).files());
    let out = case.env.path("out");
    for fault in ["delay_enter=1", "signal=INT"] {
        // The files were moved to their places by `renameat2`.
        let naming = format!("rename:{fault}");
        let (output, _) = strace.inject(&case, &[&naming, "fchmod,utimensat:delay_enter=20000"], &[]);
        assert!(matches!(output.status.code(), Some(0 | 130)), "{fault}: {}", output.status);
        assert_eq!(out.metadata().unwrap().permissions().mode() & 0o777, 0o555, "{fault}");
        case.check_clean(fault);
        std::fs::set_permissions(&out, std::fs::Permissions::from_mode(0o755)).unwrap();
        std::fs::remove_dir_all(&out).unwrap();
    }
}

/// A run that cleans up takes no file of another that is just beginning.
#[test]
fn two_runs_in_one_directory() {
    let Some(strace) = strace() else { return };
    for name in ["OUT.tar", "OUT"] {
        let slow = Case::new(&["repack", "IMAGE", "-o", name], &[], false);
        slow.reset();
        // It is not locked yet when the other looks at it, and it is when the other removes it.
        let began = ["flock:delay_enter=300000:when=1", "rename,renameat,renameat2:delay_enter=500000"];
        let run = |strace: &Strace, injected: &[&str], log: &Path| {
            let mut run = strace.injected(&slow, injected, &[], log);
            run.stdout(Stdio::null()).stderr(Stdio::piped());
            run
        };
        let logs = [tempfile::NamedTempFile::new().unwrap(), tempfile::NamedTempFile::new().unwrap()];
        let mut first = run(&strace, &began, logs[0].path()).spawn().unwrap();
        wait_for(&mut first, || contents(slow.env.root()).keys().any(|name| name.contains(".ocikit-tmp-")));
        let mut second = strace.command(&slow, logs[1].path());
        second.args(["-e", &format!("inject={REMOVALS}:delay_enter=500000"), "-e", &format!("trace={REMOVALS}")]);
        second.arg(env!("CARGO_BIN_EXE_ocikit")).args(["repack", "image", "-o", "beside.tar"]);
        let second = second.output().unwrap();
        assert!(second.status.success(), "{second:?}");
        let first = first.wait_with_output().unwrap();
        assert!(first.status.success(), "{name}: {first:?}");
        std::fs::remove_file(slow.env.path("beside.tar")).unwrap();
        assert!(contents(slow.env.root()) == slow.after, "{name}");
    }
}
