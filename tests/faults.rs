//! Disks, pipes, files and people fail while ocikit works: what is read is never harmed, what is written is whole or not
//! there, and the exit code says which.
//!
//! `OCIKIT_FAULTS=50 cargo test --test faults` tries each fault at fifty moments in place of three.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failure here is a failed test")]

mod support;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use support::commands::{EDITING, READING, WRITING, filled};
use support::*;

/// At how many moments each fault is tried.
fn moments() -> u32 {
    std::env::var("OCIKIT_FAULTS").ok().and_then(|text| text.parse().ok()).unwrap_or(3)
}

/// Everything below a directory, by name; links as links.
fn contents(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in walkdir::WalkDir::new(root).min_depth(1) {
        let entry = entry.unwrap();
        let name = entry.path().strip_prefix(root).unwrap().display().to_string();
        let content = match entry.file_type() {
            kind if kind.is_file() => std::fs::read(entry.path()).unwrap(),
            kind if kind.is_symlink() => std::fs::read_link(entry.path()).unwrap().display().to_string().into_bytes(),
            _ => b"a folder".to_vec(),
        };
        all.insert(name, content);
    }
    all
}

/// A command that writes, in a directory of its own, and what it makes when nothing goes wrong.
struct Case {
    env: TestEnv,
    words: Vec<String>,
    before: BTreeMap<String, Vec<u8>>,
    after: BTreeMap<String, Vec<u8>>,
    took: Duration,
}

impl Case {
    fn new(command: &[&str], to: &[&str], is_directory: bool) -> Self {
        let env = TestEnv::new();
        let mut words = filled(command, "image", "other.tar");
        words.extend(to.iter().map(ToString::to_string));
        let mut case = Case { env, words, before: BTreeMap::new(), after: BTreeMap::new(), took: Duration::ZERO };
        case.env.write_tar("other.tar", &shapes::oci_archive());
        let files = image();
        if is_directory {
            case.env.write_dir("image", &files)
        } else {
            case.env.write_tar("image", &files)
        };
        case.before = contents(case.env.root());
        let start = Instant::now();
        let output = case.run(case.command());
        case.took = start.elapsed();
        assert_eq!(output.status.code(), Some(0), "{case}: {}", String::from_utf8_lossy(&output.stderr));
        case.after = contents(case.env.root());
        assert_ne!(case.before, case.after, "{case}");
        case
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ocikit"));
        command.args(&self.words);
        command
    }

    fn run(&self, mut command: Command) -> Output {
        command.current_dir(self.env.root()).env("TMPDIR", self.env.path(".tmp")).stdin(Stdio::null());
        command.output().unwrap()
    }

    /// As it was before.
    fn reset(&self) {
        for entry in std::fs::read_dir(self.env.root()).unwrap().flatten() {
            let is_folder = entry.file_type().unwrap().is_dir();
            if is_folder { std::fs::remove_dir_all(entry.path()) } else { std::fs::remove_file(entry.path()) }.unwrap();
        }
        for (name, content) in &self.before {
            let path = self.env.path(name);
            if content == b"a folder" { std::fs::create_dir_all(path) } else { std::fs::write(path, content) }.unwrap();
        }
    }

    /// What is there now, without what a killed process could not take away.
    fn whole(&self) -> BTreeMap<String, Vec<u8>> {
        let mut now = contents(self.env.root());
        now.retain(|name, _| !name.split('/').any(|part| part.starts_with(".ocikit") || part == "index.json.lock"));
        now
    }

    /// The old or the new is there; then the same again, undisturbed, makes the new and leaves nothing else.
    fn check(&self, what: &str) {
        let now = self.whole();
        // An edit of a directory writes its blobs first: the old documents lead to none of them.
        let mut old = now.clone();
        old.retain(|name, _| self.before.contains_key(name) || !name.starts_with("image/blobs/"));
        assert!(old == self.before || now == self.after, "{self}: {what}: {:?}", now.keys());
        if now == self.after {
            return;
        }
        let output = self.run(self.command());
        assert_eq!(output.status.code(), Some(0), "{self}: {what}: {}", String::from_utf8_lossy(&output.stderr));
        let mut now = contents(self.env.root());
        now.retain(|name, _| self.after.contains_key(name) || !name.starts_with("image/blobs/"));
        assert_eq!(now.keys().collect::<Vec<_>>(), self.after.keys().collect::<Vec<_>>(), "{self}: {what}");
        assert!(now == self.after, "{self}: {what}");
    }

    /// Nothing was written at all.
    fn check_untouched(&self, what: &str) {
        assert!(contents(self.env.root()) == self.before, "{self}: {what}: {:?}", contents(self.env.root()).keys());
    }
}

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.words.join(" "))
    }
}

/// Two platforms with attestations, a layer of which takes a while to write, and a blob that nothing reaches.
fn image() -> Files {
    let mut state = 1_u64;
    let noise = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        char::from(b'!' + (state >> 58) as u8)
    });
    let noise: String = noise.take(600_000).collect();
    let mut store = Store::new();
    let mut children = Vec::new();
    for platform in ["linux/amd64", "linux/arm64"] {
        let layer = Layer::of(&[("noise", noise.as_str()), ("platform", platform)]).gzip();
        let image = Image::new(platform).layer(layer).put(&mut store);
        children.push(Attestation::of(&image.desc).provenance().put(&mut store));
        children.push(image.desc);
    }
    children.reverse();
    let root = Index::of(&children).put(&mut store);
    store.put("text/plain", "nothing leads here");
    Layout::new(&store).root(&root.named("example.com/team/app:1.0")).files()
}

/// Every command that writes, from directories and archives, in their place and elsewhere.
fn cases() -> impl Iterator<Item = Case> {
    let edits = EDITING.iter().flat_map(|command| {
        let to: [(&[&str], bool); 4] =
            [(&["--in-place"], true), (&["--in-place"], false), (&["-o", "out.tar"], true), (&["-o", "out/"], false)];
        to.map(|(to, is_directory)| (*command, to, is_directory))
    });
    let rest = WRITING.iter().map(|command| (*command, &[][..], false));
    edits.chain(rest).map(|(command, to, is_directory)| Case::new(command, to, is_directory))
}

#[test]
fn killed_or_interrupted_at_any_moment() {
    // Moments that differ from run to run, and are said when one matters.
    let mut state = u64::from(std::process::id());
    for case in cases() {
        for number in 0..moments() {
            let signal = if number % 2 == 0 { "-KILL" } else { "-INT" };
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let moment = case.took.mul_f64((state >> 40) as f64 / f64::from(1 << 24));
            case.reset();
            let mut command = case.command();
            command.current_dir(case.env.root()).env("TMPDIR", case.env.path(".tmp"));
            let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            std::thread::sleep(moment);
            // It may be done already.
            let _ =
                Command::new("kill").args([signal, &child.id().to_string()]).stderr(Stdio::null()).status().unwrap();
            let status = child.wait().unwrap();
            let what = format!("{signal} after {moment:?}: {status}");
            if signal == "-INT" && status.code() == Some(130) && case.whole() != case.after {
                let left = contents(case.env.root());
                assert!(left.keys().all(|name| !name.contains(".ocikit-tmp-")), "{case}: {what}: {:?}", left.keys());
            }
            case.check(&what);
        }
    }
}

/// A limit on the size of files stands for a full disk: writing fails somewhere in the middle.
#[test]
fn a_full_disk() {
    let mut failed = 0;
    for case in cases() {
        let largest = case.after.values().map(Vec::len).max().unwrap() / 1024 + 1;
        for number in 0..moments() {
            case.reset();
            let kib = largest * number as usize / moments() as usize;
            let mut command = Command::new("bash");
            let script = format!("trap '' XFSZ; ulimit -f {kib}; exec \"$0\" \"$@\"");
            command.args(["-c", &script, env!("CARGO_BIN_EXE_ocikit")]).args(&case.words);
            let output = case.run(command);
            let what = format!("files of {kib} KiB");
            let message = String::from_utf8_lossy(&output.stderr).into_owned();
            if output.status.code() == Some(0) {
                assert!(case.whole() == case.after, "{case}: {what}");
                continue;
            }
            failed += 1;
            assert_eq!(output.status.code(), Some(2), "{case}: {what}: {message}");
            assert!(message.starts_with("error: ") && message.contains("cannot write"), "{case}: {what}: {message}");
            assert_eq!(
                contents(case.env.root()).keys().find(|name| name.contains(".ocikit-tmp-")),
                None,
                "{case}: {what}"
            );
            case.check(&what);
        }
    }
    assert!(failed > 50, "{failed} runs failed");
}

#[test]
fn a_target_that_cannot_be() {
    let env = TestEnv::new();
    env.write("file", "x");
    env.write_tar("image", &image());
    env.write_tar("other.tar", &shapes::oci_archive());
    let before = contents(env.root());
    let edits = EDITING.iter().map(|command| [command, &["-o", "OUT.tar"][..]].concat());
    for command in edits.chain(WRITING.iter().map(|command| command.to_vec())) {
        for target in ["file/out", "no/such/folder/out"] {
            let words = filled(&command, "image", "other.tar");
            let words: Vec<String> = words.iter().map(|word| word.replace("out", target)).collect();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let run = env.ocikit(&words).expect_code(2);
            assert!(run.stderr.contains(target.rsplit_once('/').unwrap().0), "{words:?}: {run}");
            assert!(contents(env.root()) == before, "{words:?}");
        }
    }
}

/// `ocikit ... | head`: the verdict stays, and nobody hears of it.
#[test]
fn a_closed_pipe() {
    let env = TestEnv::new();
    let mut broken = image();
    let manifest = broken.digest_at("index.json", "/manifests/0/digest");
    broken.edit_json(&blob_name(&manifest), |text| text.replacen("linux", "lunix", 1));
    env.write_tar("other.tar", &shapes::oci_archive());
    for (name, files) in [("sound", image()), ("broken", broken)] {
        let bytes = files.to_tar();
        env.write(name, &bytes);
        let words = |command: &[&str]| filled(command, name, "other.tar");
        let to_stdout = EDITING.iter().map(|command| [command, &["-o", "-"][..]].concat());
        let whole =
            [vec!["repack", "IMAGE", "-o", "-"], vec!["delta", "create", "IMAGE", "--base", "OTHER", "-o", "-"]];
        // Whether something broken is met on the way to a pipe depends on how far the way is.
        let to_stdout = to_stdout.chain(whole).filter(|_| name == "sound");
        for command in READING.iter().map(|command| command.to_vec()).chain(to_stdout) {
            let words = words(&command);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let stdin = if words.contains(&"-") && words[0] == "verify" { bytes.clone() } else { Vec::new() };
            let plain = env.command(&words).stdin(stdin.clone()).run();
            let closed = env.command(&words).stdin(stdin).close_stdout_after(0).run();
            assert_eq!(closed.code, plain.code, "{words:?}: {plain}{closed}");
            if plain.stderr.is_empty() {
                assert_eq!(closed.stderr, "", "{words:?}");
            }
        }
    }
}

/// What strace is to do with calls on some path, and whether it came to that.
fn traced(strace: &Path, dir: &Path, inject: &str, path: &Path, words: &[&str]) -> (Output, bool) {
    let log = tempfile::NamedTempFile::new().unwrap();
    let mut command = Command::new(strace);
    command.args(["-f", "-o"]).arg(log.path()).arg("-P").arg(path).args(["-e", &format!("inject={inject}")]);
    command.arg(env!("CARGO_BIN_EXE_ocikit")).args(words).current_dir(dir).stdin(Stdio::null());
    let output = command.output().unwrap();
    let log = std::fs::read_to_string(log.path()).unwrap();
    (output, log.contains("INJECTED"))
}

/// From some read on the disk fails, or the file has become shorter: whoever needs the bytes says so.
#[test]
fn a_file_that_cannot_be_read_on() {
    let Some(strace) = readers::require("strace") else { return };
    let faults = ["read,pread64,copy_file_range:error=EIO", "pread64,copy_file_range:retval=0"];
    let mut injected = 0;
    for fault in faults {
        for command in [
            &["verify", "IMAGE"][..],
            &["verify", "IMAGE", "--deep"],
            &["cat", "IMAGE", "noise", "--platform", "linux/amd64"],
        ] {
            let env = TestEnv::new();
            let path = env.write_tar("image", &image());
            let words = filled(command, "image", "");
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            for number in 1.. {
                let (output, met) = traced(&strace, env.root(), &format!("{fault}:when={number}+"), &path, &words);
                if !met {
                    assert_eq!(output.status.code(), Some(0), "{words:?}");
                    break;
                }
                injected += 1;
                let what = format!("{words:?}: {fault} from {number} on");
                assert!(matches!(output.status.code(), Some(1 | 2)), "{what}: {:?}", output.status);
                // Each read is one more run: the first ones, and then some.
                if number > 8 + moments() {
                    break;
                }
            }
        }
        for command in WRITING {
            let case = Case::new(command, &[], false);
            let words: Vec<&str> = case.words.iter().map(String::as_str).collect();
            for number in [1, 2, 5, 9] {
                case.reset();
                let inject = format!("{fault}:when={number}+");
                let (output, met) = traced(&strace, case.env.root(), &inject, &case.env.path("image"), &words);
                let what = format!("{inject}: {}", String::from_utf8_lossy(&output.stderr));
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
    let Some(strace) = readers::require("strace") else { return };
    let files = image();
    let index = files.digest_at("index.json", "/manifests/0/digest");
    let manifest = files.digest_in(&index, "/manifests/0/digest");
    let layer = files.digest_in(&manifest, "/layers/0/digest");
    for digest in [&index, &manifest, &layer] {
        let env = TestEnv::new();
        let dir = env.write_dir("image", &files).canonicalize().unwrap();
        let blob = dir.join(blob_name(digest));
        let before = contents(&dir);
        for command in [
            &["verify", "IMAGE"][..],
            &["repack", "IMAGE", "-o", "OUT.tar"],
            &["unpack", "IMAGE", "-o", "OUT", "--platform", "linux/arm64"],
        ] {
            let words = filled(command, dir.to_str().unwrap(), "");
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let (output, met) = traced(&strace, env.root(), "openat:error=ENOENT:when=1+", &blob, &words);
            let message = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(met || command[0] != "verify", "{words:?}");
            if met {
                assert!(matches!(output.status.code(), Some(1 | 2)), "{words:?}: {:?} {message}", output.status);
                assert_eq!(env.listing(), ["image"], "{words:?}: {message}");
            }
        }
        assert!(contents(&dir) == before);
    }
}
