//! Runs under strace, which makes calls fail, sends signals at them, and says which there are.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use crate::faults::case::Case;
use crate::support::readers;

pub(crate) struct Strace(PathBuf);

/// strace, where it is installed.
pub(crate) fn strace() -> Option<Strace> {
    readers::require("strace").map(Strace)
}

/// The run goes on by itself between the calls that are traced. No signal is sent at a call then.
const AT_TRACED_CALLS: &str = "--seccomp-bpf";

/// A run that waits at a call, stopped.
pub(crate) struct Stopped {
    child: Child,
    /// What it says; a pipe that nobody reads could hold it up.
    stderr: File,
    process: Option<u32>,
}

impl Strace {
    /// A case's command under strace, with its log in a file.
    pub(crate) fn command(&self, case: &Case, log: &Path) -> Command {
        let mut command = Command::new(&self.0);
        command.args(["-f", "-o"]).arg(log);
        case.place(&mut command);
        command
    }

    /// The calls of a set that a run makes, in order, by name, each with its number among those of this name in its
    /// thread. Those on `paths` alone, where there are any.
    pub(crate) fn calls(&self, case: &Case, set: &str, paths: &[PathBuf]) -> Vec<(String, u32)> {
        let log = tempfile::NamedTempFile::new().unwrap();
        let mut command = self.command(case, log.path());
        command.args([AT_TRACED_CALLS, "-e", &format!("trace={set}")]);
        on(&mut command, paths);
        command.arg(env!("CARGO_BIN_EXE_ocikit")).args(&case.words);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(case.code), "{case}: {}", String::from_utf8_lossy(&output.stderr));
        let log = std::fs::read_to_string(log.path()).unwrap();
        let mut counts: BTreeMap<(&str, &str), u32> = BTreeMap::new();
        let mut calls = Vec::new();
        for line in log.lines() {
            let Some((thread, rest)) = line.split_once(' ') else { continue };
            let Some((call, _)) = rest.trim_start().split_once('(') else { continue };
            if call.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
                let count = counts.entry((thread, call)).or_default();
                *count += 1;
                calls.push((call.to_owned(), *count));
            }
        }
        calls
    }

    /// Runs a case's command with calls injected, and says whether it came to that.
    pub(crate) fn inject(&self, case: &Case, injected: &[&str], paths: &[PathBuf]) -> (Output, bool) {
        let (output, log) = self.logged(case, injected, paths);
        (output, log.contains("INJECTED") || log.contains("--- SIG") || log.contains("+++ killed"))
    }

    /// As [`Strace::inject`], and gives the log of these calls.
    pub(crate) fn logged(&self, case: &Case, injected: &[&str], paths: &[PathBuf]) -> (Output, String) {
        let log = tempfile::NamedTempFile::new().unwrap();
        let output = self.injected(case, injected, paths, log.path()).output().unwrap();
        (output, std::fs::read_to_string(log.path()).unwrap())
    }

    /// A case's command with calls injected, which alone are traced.
    pub(crate) fn injected(&self, case: &Case, injected: &[&str], paths: &[PathBuf], log: &Path) -> Command {
        let mut command = self.command(case, log);
        on(&mut command, paths);
        // Nothing else is traced, which is faster.
        if !injected.iter().any(|inject| inject.contains(":signal=")) {
            command.arg(AT_TRACED_CALLS);
        }
        let calls: Vec<&str> = injected.iter().map(|inject| inject.split(':').next().unwrap()).collect();
        command.args(["-e", &format!("trace={}", calls.join(","))]);
        command.args(injected.iter().flat_map(|inject| ["-e".to_owned(), format!("inject={inject}")]));
        command.arg(env!("CARGO_BIN_EXE_ocikit")).args(&case.words);
        command
    }

    /// Starts a case's command and stops it at a call on some paths, if it comes to that.
    pub(crate) fn stop(&self, case: &Case, (call, number): &(String, u32), paths: &[PathBuf]) -> Stopped {
        let log = tempfile::NamedTempFile::new().unwrap();
        let stderr = tempfile::tempfile().unwrap();
        let stop = format!("{call}:signal=STOP:when={number}");
        let mut command = self.injected(case, &[&stop], paths, log.path());
        let mut child = command.stdout(Stdio::null()).stderr(stderr.try_clone().unwrap()).spawn().unwrap();
        loop {
            let process = stopped_process(&std::fs::read_to_string(log.path()).unwrap());
            if process.is_some() || child.try_wait().unwrap().is_some() {
                return Stopped { child, stderr, process };
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// The process whose threads have all stopped, as a log says.
fn stopped_process(log: &str) -> Option<u32> {
    let lines = log.lines().filter(|line| line.contains("--- stopped by SIGSTOP ---"));
    let stopped: BTreeSet<u32> = lines.map(|line| line.split_once(' ').unwrap().0.parse().unwrap()).collect();
    // A thread is not the process: it may end, and the process stop once more at a call of another.
    let status = std::fs::read_to_string(format!("/proc/{}/status", stopped.first()?)).ok()?;
    let process = status.lines().find_map(|line| line.strip_prefix("Tgid:"))?.trim().parse().unwrap();
    let threads = std::fs::read_dir(format!("/proc/{process}/task")).ok()?.flatten();
    let mut threads = threads.map(|thread| thread.file_name().to_str().unwrap().parse::<u32>().unwrap());
    threads.all(|thread| stopped.contains(&thread)).then_some(process)
}

impl Stopped {
    /// Whether it waits; else it ended before it came to the call.
    pub(crate) fn waits(&self) -> bool {
        self.process.is_some()
    }

    /// Lets it go on to its end. Says change, without its standard output.
    pub(crate) fn go_on(mut self) -> Output {
        let status = loop {
            // Again and again: each thread counts its own calls and stops the process at the one that is meant.
            if let Some(process) = self.process {
                let mut kill = Command::new("kill");
                let _ = kill.args(["-CONT", &process.to_string()]).stderr(Stdio::null()).status().unwrap();
            }
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        let mut stderr = Vec::new();
        self.stderr.rewind().unwrap();
        self.stderr.read_to_end(&mut stderr).unwrap();
        Output { status, stdout: Vec::new(), stderr }
    }
}

fn on(command: &mut Command, paths: &[PathBuf]) {
    for path in paths {
        command.arg("-P").arg(path);
    }
}
