//! Another program holds the lock of what is to be changed in its place.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::faults::case::{Case, contents};

/// An edit of a directory and one of an archive, and the files that are locked for them.
fn edits() -> [(Case, &'static str); 2] {
    let edit = |is_directory| Case::new(&["annotate", "IMAGE", "key=value", "--in-place"], &[], is_directory);
    [(edit(true), "image/index.json.lock"), (edit(false), "image")]
}

/// Takes the lock, as another program would.
fn hold(case: &Case, name: &str) -> File {
    let path = case.env.path(name);
    let file = File::options().create(true).append(true).open(path).unwrap();
    file.lock().unwrap();
    file
}

fn begin(case: &Case, more: &[&str]) -> Child {
    let mut command = case.command();
    command.args(more).stdout(Stdio::null()).stderr(Stdio::piped());
    case.place(&mut command);
    command.spawn().unwrap()
}

/// Waits for what a run that waits says of it.
fn said(run: &mut Child) -> (String, BufReader<std::process::ChildStderr>) {
    let mut stderr = BufReader::new(run.stderr.take().unwrap());
    let mut line = String::new();
    stderr.read_line(&mut line).unwrap();
    (line, stderr)
}

#[test]
fn a_run_that_waits_says_so() {
    for (case, name) in edits() {
        case.reset();
        let held = hold(&case, name);
        let mut run = begin(&case, &[]);
        let (line, mut rest) = said(&mut run);
        assert!(line.ends_with(&format!("{name}: waiting for another program to unlock it\n")), "{line}");
        // Nothing was changed while the other had it.
        assert_eq!(case.whole(), case.before, "{case}");
        drop(held);
        let mut more = String::new();
        rest.read_to_string(&mut more).unwrap();
        assert!(run.wait().unwrap().success() && more.is_empty(), "{case}: {more}");
        assert!(contents(case.env.root()) == case.after, "{case}");
    }
}

/// A lock that is given back soon is not worth a word, and `--quiet` asks for none.
#[test]
fn a_run_that_waits_may_be_quiet() {
    let (case, name) = edits().into_iter().next().unwrap();
    for (more, wait) in [(&["--quiet"][..], 1500), (&[], 10)] {
        case.reset();
        let held = hold(&case, name);
        let run = begin(&case, more);
        std::thread::sleep(Duration::from_millis(wait));
        drop(held);
        let output = run.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{more:?}");
    }
}

/// Whoever does not want to wait any more need not, and the lock stays with the one that has it.
#[test]
fn interrupted_while_it_waits() {
    for (case, name) in edits() {
        for signal in ["-INT", "-TERM"] {
            case.reset();
            let held = hold(&case, name);
            let mut run = begin(&case, &[]);
            let (line, _rest) = said(&mut run);
            assert!(line.contains("waiting"), "{line}");
            assert!(Command::new("kill").args([signal, &run.id().to_string()]).status().unwrap().success());
            assert_eq!(run.wait().unwrap().code(), Some(130), "{case} {signal}");
            assert!(case.env.path(name).exists());
            assert_eq!(case.whole(), case.before, "{case}");
            drop(held);
        }
    }
}

/// A directory that came with a link in place of its lock file makes no file elsewhere.
#[test]
fn a_lock_file_that_leads_elsewhere() {
    let [(case, name), _] = edits();
    for target in ["../elsewhere", "oci-layout"] {
        case.reset();
        std::os::unix::fs::symlink(PathBuf::from(target), case.env.path(name)).unwrap();
        let before = contents(case.env.root());
        let output = case.run(case.command());
        assert_eq!(output.status.code(), Some(2), "{target}: {output:?}");
        let message = String::from_utf8_lossy(&output.stderr);
        let end = format!("{name}: cannot write: it is a symbolic link, which ocikit does not follow; remove it\n");
        assert!(message.starts_with("error: ") && message.ends_with(&end), "{message}");
        assert!(contents(case.env.root()) == before, "{target}");
    }
}
