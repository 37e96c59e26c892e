//! Targets that cannot be, and readers of the output that go away or take no more.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::faults::case::{Case, cases, contents};
use crate::faults::images;
use crate::support::commands::{EDITING, READING, filled};
use crate::support::*;

#[test]
fn a_target_that_cannot_be() {
    for case in cases(0).filter(|case| case.words.iter().any(|word| word.starts_with("out"))) {
        // The folders of pages are made.
        let is_of_pages = matches!(case.words[0].as_str(), "man" | "schema");
        case.reset();
        case.env.write("file", "x");
        let before = contents(case.env.root());
        for target in ["file/out", "no/such/folder/out"] {
            if is_of_pages && target.starts_with("no") {
                continue;
            }
            let mut words = case.words.clone();
            for word in words.iter_mut().filter(|word| word.starts_with("out")) {
                *word = word.replacen("out", target, 1);
            }
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let run = case.env.ocikit(&words).expect_code(2);
            assert!(run.stderr.contains(target.rsplit_once('/').unwrap().0), "{words:?}: {run}");
            assert!(contents(case.env.root()) == before, "{words:?}");
        }
    }
}

/// The command as somebody who may not write where he has no leave to: root may everywhere.
fn without_rights() -> Option<Command> {
    let program = env!("CARGO_BIN_EXE_ocikit");
    let probe = TestEnv::new();
    closed(&probe.path("."), true);
    if std::fs::write(probe.path("x"), "").is_err() {
        closed(&probe.path("."), false);
        return Some(Command::new(program));
    }
    let setpriv = readers::require("setpriv")?;
    let mut command = Command::new(setpriv);
    command.args(["--bounding-set=-all", "--inh-caps=-all", "--"]).arg(program);
    Some(command)
}

fn closed(path: &Path, is_closed: bool) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = if is_closed { 0o555 } else { 0o755 };
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// Nothing may be written in the folder of the output, be it the input's own.
#[test]
fn a_folder_that_may_not_be_written() {
    for case in cases(1) {
        let Some(mut command) = without_rights() else { return };
        case.reset();
        command.args(&case.words);
        let folders = ["image", "."].map(|name| case.env.path(name)).into_iter().filter(|path| path.is_dir());
        let folders: Vec<_> = folders.collect();
        folders.iter().for_each(|folder| closed(folder, true));
        let output = case.run(command);
        folders.iter().for_each(|folder| closed(folder, false));
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{case}: {message}");
        assert!(message.starts_with("error: ") && message.contains("Permission denied"), "{case}: {message}");
        case.check_untouched(&message);
    }
}

/// Commands that write to standard output, and whether it is nothing but a report of what was found.
fn to_stdout() -> Vec<(Vec<&'static str>, bool)> {
    let reports = READING.iter().map(|command| (command.to_vec(), true));
    let edits = EDITING.iter().map(|command| ([command, &["-o", "-"][..]].concat(), false));
    let whole: [&[&str]; 9] = [
        &["repack", "IMAGE", "-o", "-"],
        &["repack", "IMAGE", "-o", "-", "--to", "docker-archive", "--platform", "linux/amd64"],
        &["merge", "IMAGE", "--ref", "app:1", "-o", "-"],
        &["delta", "create", "IMAGE", "--base", "OTHER", "-o", "-"],
        &["delta", "apply", "delta.tar", "--base", "OTHER", "-o", "-"],
        &["inspect", "IMAGE", "--html", "-"],
        &["diff", "IMAGE", "OTHER", "--html", "-"],
        &["inspect", "IMAGE", "--format", "json"],
        &["verify", "IMAGE", "--format", "sarif"],
    ];
    let rest: [&[&str]; 6] =
        [&["man"], &["schema"], &["schema", "verify"], &["completions", "bash"], &["explain", "--list"], &["--help"]];
    let whole = whole.into_iter().chain(rest).map(|command| (command.to_vec(), false));
    reports.chain(edits).chain(whole).collect()
}

fn ground(env: &TestEnv) {
    env.write_tar("other.tar", &shapes::oci_archive());
    env.write_tar("sound", &images::small().files);
    let _ = env.ocikit(&["delta", "create", "sound", "--base", "other.tar", "-o", "delta.tar"]).expect_code(0);
    let mut broken = images::small().files.clone();
    let manifest = broken.digest_at("index.json", "/manifests/0/digest");
    broken.edit_json(&blob_name(&manifest), |text| text.replacen("linux", "lunix", 1));
    env.write_tar("broken", &broken);
}

/// `ocikit ... | head`: the verdict stays, and nobody hears of it.
#[test]
fn a_closed_pipe() {
    let env = TestEnv::new();
    ground(&env);
    for name in ["sound", "broken"] {
        // Whether something broken is met on the way to a pipe depends on how far the way is.
        for (command, _) in to_stdout().into_iter().filter(|(_, is_report)| *is_report || name == "sound") {
            let words = filled(&command, name, "other.tar");
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let stdin = if words == ["verify", "-"] { env.read(name) } else { Vec::new() };
            let plain = env.command(&words).stdin(stdin.clone()).run();
            let closed = env.command(&words).stdin(stdin).close_stdout_after(0).run();
            assert_eq!(closed.code, plain.code, "{words:?}: {plain}{closed}");
            if plain.stderr.is_empty() {
                assert_eq!(closed.stderr, "", "{words:?}");
            }
        }
    }
}

/// `ocikit ... > FILE` on a full disk is no success.
#[test]
fn standard_output_that_takes_no_more() {
    let env = TestEnv::new();
    ground(&env);
    for (command, _) in to_stdout() {
        let words = filled(&command, "sound", "other.tar");
        let stdin = || std::fs::File::open(env.path("sound")).unwrap();
        let run = |stdout: Stdio| {
            let mut run = Command::new(env!("CARGO_BIN_EXE_ocikit"));
            run.args(&words).current_dir(env.root()).stdin(stdin()).stdout(stdout).output().unwrap()
        };
        if run(Stdio::piped()).stdout.is_empty() {
            continue;
        }
        let output = run(OpenOptions::new().write(true).open("/dev/full").unwrap().into());
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{words:?}: {message}");
        let last = message.lines().last().unwrap_or_default();
        assert!(last.starts_with("error: standard output: cannot write: "), "{words:?}: {message}");
    }
}

/// `ocikit ... IMAGE >> IMAGE`: refused before anything is written.
#[test]
fn standard_output_that_is_the_input() {
    let env = TestEnv::new();
    ground(&env);
    let before = env.read("sound");
    for (command, _) in to_stdout() {
        let words = filled(&command, "sound", "other.tar");
        if !words.iter().any(|word| word == "sound") {
            continue;
        }
        let stdout = OpenOptions::new().append(true).open(env.path("sound")).unwrap();
        let mut run = Command::new(env!("CARGO_BIN_EXE_ocikit"));
        let output = run.args(&words).current_dir(env.root()).stdout(stdout).output().unwrap();
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{words:?}: {message}");
        assert_eq!(
            message, "error: sound: standard output is redirected to this input file; redirect it to another file\n",
            "{words:?}"
        );
        assert!(env.read("sound") == before, "{words:?}");
    }
}

/// The names that systems give to standard output mean what `-` means: the report goes beside it.
#[test]
fn names_of_standard_output() {
    let env = TestEnv::new();
    ground(&env);
    for words in
        [&["repack", "sound"][..], &["annotate", "sound", "a=b"], &["delta", "create", "sound", "--base", "other.tar"]]
    {
        let run = |name: &str| {
            let mut run = Command::new(env!("CARGO_BIN_EXE_ocikit"));
            run.args(words).args(["-o", name]).current_dir(env.root()).output().unwrap()
        };
        let plain = run("-");
        assert!(plain.status.success() && !plain.stderr.is_empty(), "{words:?}");
        for name in ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"] {
            let output = run(name);
            assert!(output == plain, "{words:?} {name}: {}", String::from_utf8_lossy(&output.stderr));
        }
    }
}

/// A link in the place of the output stays, and the output is where it leads.
#[test]
fn a_target_that_is_a_link() {
    for (words, name) in [
        (&["repack", "IMAGE", "-o", "OUT"][..], "out/"),
        (&["unpack", "IMAGE", "--platform", "linux/amd64", "-o", "OUT"], "out"),
        (&["repack", "IMAGE", "-o", "OUT.tar"], "out.tar"),
    ] {
        let mut case = Case::new(words, &[], false);
        *case.words.last_mut().unwrap() = name.to_owned();
        let link = name.trim_end_matches('/');
        for is_there in [false, true] {
            case.reset();
            std::os::unix::fs::symlink("there", case.env.path(link)).unwrap();
            let there = case.env.path("there");
            match link {
                _ if !is_there => {}
                "out" => std::fs::create_dir(&there).unwrap(),
                _ => std::fs::write(&there, "old").unwrap(),
            }
            let output = case.run(case.command());
            assert!(output.status.success(), "{case}: {output:?}");
            assert_eq!(std::fs::read_link(case.env.path(link)).unwrap(), Path::new("there"), "{case}");
            std::fs::remove_file(case.env.path(link)).unwrap();
            std::fs::rename(there, case.env.path(link)).unwrap();
            assert!(contents(case.env.root()) == case.after, "{case}");
        }
    }
}

/// Whoever edits a file of somebody else leaves it to him.
#[test]
fn the_owner_stays() {
    use std::os::unix::fs::{MetadataExt as _, chown};
    const NOBODY: u32 = 65534;
    if !readers::require_root("give files away") {
        return;
    }
    let env = TestEnv::new();
    ground(&env);
    chown(env.path("sound"), Some(NOBODY), Some(NOBODY)).unwrap();
    let _ = env.ocikit(&["annotate", "sound", "a=b", "--in-place"]).expect_code(0);
    let metadata = env.path("sound").metadata().unwrap();
    assert_eq!((metadata.uid(), metadata.gid()), (NOBODY, NOBODY));
}

/// Names that can be listed and files that may not be looked at: their sizes are not zero, they are unknown.
#[test]
fn a_folder_that_may_not_be_entered() {
    use std::os::unix::fs::PermissionsExt as _;
    let Some(mut command) = without_rights() else { return };
    let case = Case::new(&["delta", "create", "IMAGE", "--base", "OTHER", "-o", "OUT.tar"], &[], true);
    case.reset();
    let set = |mode| {
        let folder = case.env.path("image/blobs/sha256");
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    set(0o644);
    command.args(&case.words);
    let output = case.run(command);
    set(0o755);
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(message.contains("blobs/sha256") && message.contains("Permission denied"), "{message}");
    case.check_untouched(&message);
}

/// Nobody listens at all: neither for the output nor for the errors. Before `main` begins, the standard library has opened
/// `/dev/null` in their places, to read and to write, as Python and Node.js do it for what they start without output: what was
/// closed cannot be told from what somebody sends there on purpose.
#[test]
fn closed_outputs() {
    let env = TestEnv::new();
    ground(&env);
    let before: BTreeMap<_, _> = contents(env.root());
    for (words, code) in [
        (&["verify", "sound"][..], 0),
        (&["verify", "broken"], 1),
        (&["verify", "absent"], 2),
        (&["inspect", "sound"], 0),
        (&["annotate", "sound", "a=b", "--dry-run"], 0),
        (&["repack", "sound", "-o", "-"], 0),
    ] {
        for script in ["exec \"$0\" \"$@\" >&- 2>&-", "exec \"$0\" \"$@\" <&- >/dev/null 2>&-"] {
            let mut run = Command::new("sh");
            run.args(["-c", script, env!("CARGO_BIN_EXE_ocikit")]).args(words).current_dir(env.root());
            assert_eq!(run.status().unwrap().code(), Some(code), "{words:?} {script}");
        }
    }
    assert!(contents(env.root()) == before);
}
