//! Somebody writes to the input while it is read: it becomes shorter, longer, other bytes, or another file has its name.
//!
//! The run is stopped at one of its reads, the input is changed, and the run goes on: at the same places on every machine.

use std::fs::{self, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;

use crate::faults::case::{Case, Contents, READING, cases, contents};
use crate::faults::traced::strace;
use crate::faults::{is_thorough, moments, spread};

/// What reads bytes of a file.
const READS: &str = "read,pread64,copy_file_range";

/// What somebody does to a file.
#[derive(Debug, Clone, Copy)]
enum Change {
    Empty,
    Halve,
    Grow,
    Overwrite,
    Replace,
    Remove,
}

const CHANGES: [Change; 6] =
    [Change::Empty, Change::Halve, Change::Grow, Change::Overwrite, Change::Replace, Change::Remove];

impl Change {
    fn make(self, path: &Path) {
        let length = path.metadata().unwrap().len();
        let open = || OpenOptions::new().write(true).open(path).unwrap();
        match self {
            Change::Empty => open().set_len(0).unwrap(),
            Change::Halve => open().set_len(length / 2).unwrap(),
            Change::Grow => {
                let mut file = OpenOptions::new().append(true).open(path).unwrap();
                file.write_all(&[b'x'; 5000]).unwrap();
            }
            Change::Overwrite => {
                let mut file = open();
                file.seek(SeekFrom::Start(length / 3)).unwrap();
                file.write_all(&vec![b'x'; (length / 3) as usize]).unwrap();
            }
            Change::Replace => {
                let new = path.with_extension("new");
                fs::write(&new, fs::read(path).unwrap().repeat(2)).unwrap();
                fs::rename(new, path).unwrap();
            }
            Change::Remove => fs::remove_file(path).unwrap(),
        }
    }
}

/// All that write what they read from the image, and whether it is changed in its place.
fn all() -> impl Iterator<Item = (Case, bool)> {
    let reading = [false, true]
        .into_iter()
        .flat_map(|is_directory| READING.iter().map(move |command| (Case::reading(command, is_directory), false)));
    let writing = cases(0).filter(|case| case.words.iter().any(|word| word == "image")).map(|case| {
        let in_place = case.is_in_place();
        (case, in_place)
    });
    reading.chain(writing)
}

/// What there is after the same command without anybody who disturbs it, on the input as it is now.
fn again(case: &Case) -> Option<Contents> {
    for name in case.after.keys().filter(|name| !name.contains('/') && !case.before.contains_key(*name)) {
        let path = case.env.path(name);
        let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    }
    let is_done = case.run(case.command()).status.code() == Some(case.code);
    is_done.then(|| contents(case.env.root()))
}

#[test]
fn a_file_that_changes_while_it_is_read() {
    let Some(strace) = strace() else { return };
    let (mut turn, mut refused, mut same) = (0, 0, 0);
    for (case, in_place) in all() {
        case.reset();
        for path in case.inputs() {
            case.reset();
            let calls = strace.calls(&case, READS, std::slice::from_ref(&path));
            if calls.is_empty() {
                continue;
            }
            for at in spread(calls.len() as u32, if is_thorough() { moments() } else { 1 }) {
                for change in CHANGES {
                    turn += 1;
                    // In a run of all tests, one change of each file in turn.
                    if !is_thorough() && turn % CHANGES.len() != case.words.len() % CHANGES.len() {
                        continue;
                    }
                    case.reset();
                    let call = &calls[at as usize - 1];
                    let stopped = strace.stop(&case, call, std::slice::from_ref(&path));
                    if !stopped.waits() {
                        let output = stopped.go_on();
                        assert_eq!(output.status.code(), Some(case.code), "{case}");
                        continue;
                    }
                    let before = contents(case.env.root());
                    change.make(&path);
                    let changed = contents(case.env.root());
                    let output = stopped.go_on();
                    let said = String::from_utf8_lossy(&output.stderr).into_owned();
                    let what = format!("{change:?} of {} at {call:?}: {}: {said}", path.display(), output.status);
                    case.check_clean(&what);
                    let now = contents(case.env.root());
                    // A page says what was found, whatever that is.
                    let is_page = case.words.iter().any(|word| word == "--html");
                    let code = output.status.code().map(|code| if is_page && code == 1 { case.code } else { code });
                    let is_told = matches!(code, Some(1 | 2)) && code != Some(case.code);
                    if is_told {
                        refused += 1;
                        // What the run had begun is gone; of what there was, nothing was touched.
                        let mut now = now;
                        let mut changed = changed;
                        let ours = |name: &String| before.contains_key(name) && !case.before.contains_key(name);
                        now.retain(|name, _| !name.starts_with("image/blobs/") || case.before.contains_key(name));
                        changed.retain(|name, _| !ours(name));
                        assert!(now == changed, "{case}: {what}: {:?} {:?}", now.keys(), changed.keys());
                        continue;
                    }
                    assert_eq!(code, Some(case.code), "{case}: {what}");
                    same += 1;
                    // It may have read what somebody made of it, in which there was nothing to change. A blob of a
                    // directory that stays in its place is as broken as somebody left it, whenever that was.
                    if in_place && (now == changed || path.parent().unwrap().ends_with("sha256")) {
                        continue;
                    }
                    // The input is as somebody left it, where it is not replaced.
                    let is_output =
                        |name: &String| (in_place || !name.starts_with("image")) && !name.ends_with(".html");
                    let differs = case.after.iter().filter(|(name, _)| is_output(name));
                    let differs =
                        differs.filter(|(name, content)| now.get(*name) != Some(content)).map(|(name, _)| name);
                    let differs: Vec<&String> = differs.collect();
                    assert!(
                        differs.is_empty() || (!in_place && again(&case) == Some(now)),
                        "{case}: {what}: {differs:?}"
                    );
                }
            }
        }
    }
    crate::faults::tell(&format!("changing: {refused} refused, {same} the same"));
    assert!(refused > 20 && same > 3, "{refused} refused, {same} the same");
}

/// A document of a directory is read again when it is written anew: what somebody made of it meanwhile gets no digest that
/// makes it look right.
#[test]
fn a_document_that_changes_between_two_looks() {
    let Some(strace) = strace() else { return };
    let compress = ["--compression", "none", "--attestations", "drop"];
    let cases = [
        Case::new(&[&["repack", "LARGE", "-o", "OUT.tar"], &compress[..]].concat(), &[], true),
        Case::new(&[&["repack", "LARGE", "--in-place"], &compress[..]].concat(), &[], true),
        Case::new(&["convert", "IMAGE", "--to", "docker", "--attestations", "drop", "-o", "OUT/"], &[], true),
    ];
    let mut refused = 0;
    for case in cases {
        case.reset();
        // The index and a manifest.
        for path in &case.inputs()[1..3] {
            case.reset();
            // Behind what was read for the graph.
            let stopped = strace.stop(&case, &("read".to_owned(), 2), std::slice::from_ref(path));
            assert!(stopped.waits(), "{case}");
            Change::Overwrite.make(path);
            let changed = case.whole();
            let output = stopped.go_on();
            let said = String::from_utf8_lossy(&output.stderr);
            let what = format!("{}: {}: {said}", path.display(), output.status);
            let now = case.whole();
            if output.status.code() == Some(0) {
                // It did not look again.
                let is_input = |name: &str| name.starts_with("image");
                assert!(
                    case.after.iter().all(|(name, right)| is_input(name) || now.get(name) == Some(right)),
                    "{case}"
                );
                continue;
            }
            refused += 1;
            assert!(output.status.code() == Some(2) && said.contains("the file is damaged"), "{case}: {what}");
            case.check_clean(&what);
            let mut now = now;
            // New blobs come first; nothing leads to them.
            now.retain(|name, _| changed.contains_key(name) || !name.starts_with("image/blobs/"));
            assert!(now == changed, "{case}: {what}");
        }
    }
    assert!(refused > 3, "{refused} refused");
}
