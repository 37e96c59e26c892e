//! Runs under strace, which makes calls fail, sends signals at them, and says which there are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use crate::case::Case;
use crate::support::readers;

pub(crate) struct Strace(PathBuf);

/// strace, where it is installed.
pub(crate) fn strace() -> Option<Strace> {
    readers::require("strace").map(Strace)
}

/// A run that waits at a call, stopped.
pub(crate) struct Stopped {
    child: Child,
    process: Option<String>,
}

impl Strace {
    /// A case's command under strace, with its log in a file.
    fn command(&self, case: &Case, log: &Path) -> Command {
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
        command.args(["-e", &format!("trace={set}")]);
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
        let log = tempfile::NamedTempFile::new().unwrap();
        let mut command = self.command(case, log.path());
        on(&mut command, paths);
        // Nothing else is traced, which is faster.
        let calls: Vec<&str> = injected.iter().map(|inject| inject.split(':').next().unwrap()).collect();
        command.args(["-e", &format!("trace={}", calls.join(","))]);
        command.args(injected.iter().flat_map(|inject| ["-e".to_owned(), format!("inject={inject}")]));
        command.arg(env!("CARGO_BIN_EXE_ocikit")).args(&case.words);
        let output = command.output().unwrap();
        let log = std::fs::read_to_string(log.path()).unwrap();
        (output, log.contains("INJECTED") || log.contains("--- SIG") || log.contains("+++ killed"))
    }

    /// Starts a case's command and stops it at a call on some paths, if it comes to that.
    pub(crate) fn stop(&self, case: &Case, (call, number): &(String, u32), paths: &[PathBuf]) -> Stopped {
        let log = tempfile::NamedTempFile::new().unwrap();
        let mut command = self.command(case, log.path());
        on(&mut command, paths);
        command.args(["-e", &format!("trace={call}"), "-e", &format!("inject={call}:signal=STOP:when={number}")]);
        command.arg(env!("CARGO_BIN_EXE_ocikit")).args(&case.words);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        loop {
            let text = std::fs::read_to_string(log.path()).unwrap();
            if let Some(line) = text.lines().find(|line| line.contains("--- stopped by SIGSTOP ---")) {
                let process = line.split_once(' ').unwrap().0.to_owned();
                return Stopped { child, process: Some(process) };
            }
            if child.try_wait().unwrap().is_some() {
                return Stopped { child, process: None };
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Stopped {
    /// Whether it waits; else it ended before it came to the call.
    pub(crate) fn waits(&self) -> bool {
        self.process.is_some()
    }

    /// Lets it go on to its end.
    pub(crate) fn go_on(mut self) -> Output {
        while self.child.try_wait().unwrap().is_none() {
            // Again, until it does: not every thread may have stopped when the first one had.
            if let Some(process) = &self.process {
                let _ = Command::new("kill").args(["-CONT", process]).stderr(Stdio::null()).status().unwrap();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        self.child.wait_with_output().unwrap()
    }
}

fn on(command: &mut Command, paths: &[PathBuf]) {
    for path in paths {
        command.arg("-P").arg(path);
    }
}
