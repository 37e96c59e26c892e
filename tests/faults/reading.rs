//! Files that cannot be read.

use crate::faults::case::{Case, READING, contents, large};
use crate::faults::moments;
use crate::faults::traced::strace;

/// From some read on the disk fails, or the file has become shorter: whoever needs the bytes says so.
#[test]
fn a_file_that_cannot_be_read_on() {
    let Some(strace) = strace() else { return };
    let faults = ["read,pread64,copy_file_range:error=EIO", "pread64,copy_file_range:retval=0"];
    let mut injected = 0;
    for fault in faults {
        for case in READING.iter().map(|command| Case::reading(command, false)) {
            case.reset();
            let paths = [case.env.path("image")];
            for number in 1.. {
                let (output, met) = strace.inject(&case, &[&format!("{fault}:when={number}+")], &paths);
                let what = format!("{case}: {fault} from {number} on: {}", String::from_utf8_lossy(&output.stderr));
                if !met {
                    assert_eq!(output.status.code(), Some(case.code), "{what}");
                    break;
                }
                injected += 1;
                let code = output.status.code();
                let is_told = matches!(code, Some(1 | 2)) && code != Some(case.code);
                // Whatever comes out as if nothing were wrong is what would come out if nothing were, or says in its place
                // what could not be read.
                let says = |text: &str| String::from_utf8_lossy(&output.stdout).contains(text);
                let is_said = says("cannot be read") || says("unreadable") || says("error[");
                let is_same = code == Some(case.code) && output.stdout == case.stdout;
                let must_tell = matches!(
                    case.words[0].as_str(),
                    "verify" | "cat" | "repack" | "delta" | "files" | "platform" | "attestation"
                );
                assert!(is_told || (!must_tell && (is_said || is_same)), "{what}: {:?}", output.status);
                // Each read is one more run: the first ones, and then some.
                if number > 6 + moments() {
                    break;
                }
            }
        }
        for case in crate::faults::case::writing() {
            for number in [1, 2, 5, 9] {
                case.reset();
                let (output, met) = strace.inject(&case, &[&format!("{fault}:when={number}+")], &case.inputs());
                let what = format!("{fault} from {number} on: {}", String::from_utf8_lossy(&output.stderr));
                if output.status.code() == Some(0) {
                    let now = case.whole();
                    let differs = |name: &&String| now.get(*name) != case.after.get(*name);
                    let other: Vec<_> = now.keys().chain(case.after.keys()).filter(differs).collect();
                    assert!(other.is_empty(), "{case}: {what}: {other:?}");
                } else {
                    assert!(met && matches!(output.status.code(), Some(1 | 2)), "{case}: {what}: {:?}", output.status);
                    case.check_untouched(&what);
                    injected += 1;
                }
            }
        }
    }
    crate::faults::tell(&format!("reading: {injected} met a fault"));
    assert!(injected > 40, "{injected} runs met a fault");
}

/// A manifest that nobody may read could need any blob: an edit of the directory does not begin, and lists are not cut short.
#[test]
fn a_document_that_may_not_be_read() {
    let Some(strace) = strace() else { return };
    let edits = [
        Case::new(&["platform", "remove", "IMAGE", "linux/arm64", "--attestations", "drop", "--in-place"], &[], true),
        Case::new(&["annotate", "IMAGE", "key=value", "--in-place"], &[], true),
        Case::new(&["annotate", "IMAGE", "key=value", "-o", "OUT.tar"], &[], true),
    ];
    let lists = [
        Case::reading(&["platform", "list", "IMAGE"], true),
        Case::reading(&["ref", "list", "IMAGE"], true),
        Case::reading(&["attestation", "list", "IMAGE"], true),
        Case::reading(&["files", "IMAGE", "--platform", "linux/amd64"], true),
    ];
    for case in edits.into_iter().chain(lists) {
        case.reset();
        for document in case.inputs().into_iter().take(3) {
            case.reset();
            let (output, met) = strace.inject(&case, &["openat:error=EACCES:when=1+"], std::slice::from_ref(&document));
            let what = format!("{}: {}", document.display(), String::from_utf8_lossy(&output.stderr));
            // The manifest of another platform does not matter to the files of this one.
            if output.status.code() == Some(0) && case.words[0] == "files" {
                assert!(output.stdout == case.stdout, "{case}: {what}");
                continue;
            }
            assert!(met && output.status.code() == Some(2), "{case}: {what}");
            assert!(what.contains("Permission denied"), "{case}: {what}");
            case.check_untouched(&what);
        }
    }
}

/// Large blobs are copied several at once: what is told is the first of those that are damaged, whichever is found first.
#[test]
fn large_blobs_that_are_damaged() {
    for case in large().filter(|case| case.words.iter().any(|word| word == "image")) {
        let run = |damaged: &[&str]| {
            case.reset();
            damage(&case, damaged);
            let before = contents(case.env.root());
            let output = case.run(case.command());
            let message = String::from_utf8_lossy(&output.stderr).into_owned();
            if output.status.code() == Some(0) {
                return None;
            }
            assert!(matches!(output.status.code(), Some(1 | 2)), "{case}: {message}");
            assert!(contents(case.env.root()) == before, "{case}: {message}");
            assert!(damaged.iter().any(|name| message.contains(digest_of(name))), "{case}: {message}");
            Some(message)
        };
        let names = case.ground.large_blobs();
        let Some(all) = run(&names) else { panic!("{case}: done with damaged blobs") };
        for _ in 1..moments() {
            assert_eq!(run(&names).as_ref(), Some(&all), "{case}");
        }
        let first = names.iter().find(|name| all.contains(digest_of(name))).unwrap();
        assert_eq!(run(&[first]), Some(all), "{case}");
        let rest: Vec<&str> = names.iter().copied().filter(|name| name != first).collect();
        assert!(run(&rest).is_some(), "{case}: done with damaged blobs");
    }
}

/// Changes the last byte of blobs of the image.
fn damage(case: &Case, names: &[&str]) {
    let mut files = case.ground.files.clone();
    for name in names {
        files.flip_byte(name, files.bytes(name).len() - 1);
    }
    if !case.env.path("image").is_dir() {
        case.env.write_tar("image", &files);
        return;
    }
    for name in names {
        case.env.write(&format!("image/{name}"), files.bytes(name));
    }
}

fn digest_of(name: &str) -> &str {
    name.rsplit('/').next().unwrap()
}

/// Between listing a directory and reading it a blob vanishes.
#[test]
fn a_blob_that_vanishes() {
    let Some(strace) = strace() else { return };
    for command in [
        &["verify", "IMAGE"][..],
        &["repack", "IMAGE", "-o", "OUT.tar"],
        &["repack", "LARGE", "-o", "OUT.tar"],
        &["repack", "LARGE", "-o", "OUT"],
        &["merge", "IMAGE", "--ref", "app:1", "-o", "OUT"],
        &["delta", "create", "IMAGE", "--base", "OTHER", "-o", "OUT.tar"],
        &["unpack", "IMAGE", "-o", "OUT", "--platform", "linux/arm64"],
    ] {
        let case = if command[0] == "verify" { Case::reading(command, true) } else { Case::new(command, &[], true) };
        case.reset();
        for blob in case.inputs().into_iter().skip(1) {
            case.reset();
            let (output, met) = strace.inject(&case, &["openat:error=ENOENT:when=1+"], &[blob]);
            let message = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(met, "{case}");
            assert!(matches!(output.status.code(), Some(1 | 2)), "{case}: {:?} {message}", output.status);
            case.check_untouched(&message);
        }
    }
}
