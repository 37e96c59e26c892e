//! Files that cannot be read.

use crate::case::{Case, READING, image_files};
use crate::moments;
use crate::support::*;
use crate::traced::strace;

/// From some read on the disk fails, or the file has become shorter: whoever needs the bytes says so.
#[test]
fn a_file_that_cannot_be_read_on() {
    let Some(strace) = strace() else { return };
    let faults = ["read,pread64,copy_file_range:error=EIO", "pread64,copy_file_range:retval=0"];
    let mut injected = 0;
    for fault in faults {
        for case in READING.iter().map(|command| Case::reading(command, false)) {
            let paths = [case.env.path("image")];
            for number in 1.. {
                let (output, met) = strace.inject(&case, &format!("{fault}:when={number}+"), &paths);
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
                let must_tell = matches!(case.words[0].as_str(), "verify" | "cat" | "repack" | "delta" | "files");
                assert!(is_told || (!must_tell && (is_said || is_same)), "{what}: {:?}", output.status);
                // Each read is one more run: the first ones, and then some.
                if number > 2 + moments() {
                    break;
                }
            }
        }
        for case in crate::case::writing() {
            for number in [1, 2, 5, 9] {
                case.reset();
                let (output, met) = strace.inject(&case, &format!("{fault}:when={number}+"), &[case.env.path("image")]);
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
    assert!(injected > 40, "{injected} runs met a fault");
}

/// Between listing a directory and reading it a blob vanishes.
#[test]
fn a_blob_that_vanishes() {
    let Some(strace) = strace() else { return };
    let files = image_files();
    let index = files.digest_at("index.json", "/manifests/0/digest");
    let manifest = files.digest_in(&index, "/manifests/0/digest");
    let layer = files.digest_in(&manifest, "/layers/0/digest");
    for command in [
        &["verify", "IMAGE"][..],
        &["repack", "IMAGE", "-o", "OUT.tar"],
        &["merge", "IMAGE", "--ref", "app:1", "-o", "OUT"],
        &["delta", "create", "IMAGE", "--base", "OTHER", "-o", "OUT.tar"],
        &["unpack", "IMAGE", "-o", "OUT", "--platform", "linux/arm64"],
    ] {
        let case = if command[0] == "verify" { Case::reading(command, true) } else { Case::new(command, &[], true) };
        for digest in [&index, &manifest, &layer] {
            case.reset();
            let blob = case.env.path("image").canonicalize().unwrap().join(blob_name(digest));
            let (output, met) = strace.inject(&case, "openat:error=ENOENT:when=1+", &[blob]);
            let message = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(met, "{case}");
            assert!(matches!(output.status.code(), Some(1 | 2)), "{case}: {:?} {message}", output.status);
            case.check_untouched(&message);
        }
    }
}
