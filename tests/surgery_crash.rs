//! An edit that is killed leaves the old or the new, whole; two edits at once both land.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::amount::is_everything;
use crate::support::*;

fn ocikit() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ocikit"));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// A layout with some megabytes of layers, so that writing takes a while.
fn layout() -> Files {
    let mut store = Store::new();
    let mut images = Vec::new();
    for (number, platform) in ["linux/amd64", "linux/arm64", "linux/arm/v7"].into_iter().enumerate() {
        let noise: String = (0..400_000_u64)
            .map(|n| char::from(b'!' + ((n + number as u64).wrapping_mul(6_364_136_223_846_793_005) >> 58) as u8))
            .collect();
        images.push(Image::new(platform).layer(Layer::of(&[("noise", noise.as_str())])).put(&mut store));
    }
    let root = Index::of(images.iter().map(|image| &image.desc)).put(&mut store);
    Layout::new(&store).root(&root.named("example.com/team/app:1.0")).files()
}

fn verify(path: &Path) -> bool {
    ocikit().args(["verify", "-q"]).arg(path).status().unwrap().success()
}

/// Where an edit writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Into {
    DirectoryInPlace,
    ArchiveInPlace,
    NewArchive,
    NewDirectory,
}

const EVERYWHERE: [Into; 4] = [Into::DirectoryInPlace, Into::ArchiveInPlace, Into::NewArchive, Into::NewDirectory];

/// Two commands: one drops blobs, the other only adds.
const COMMANDS: [&[&str]; 2] = [&["platform", "remove", "IMAGE", "linux/arm64"], &["annotate", "IMAGE", "key=value"]];

/// Both commands everywhere: each test tries one in each place, and the tests of the other `turn` the other.
fn edits(turn: usize) -> impl Iterator<Item = (Into, &'static [&'static str])> {
    let all = EVERYWHERE.into_iter().enumerate().flat_map(|(number, into)| {
        COMMANDS.into_iter().enumerate().map(move |(at, command)| (number + at, into, command))
    });
    let all = all.filter(move |(number, ..)| is_everything() || number % 2 == turn);
    all.map(|(_, into, command)| (into, command))
}

/// One edit that is killed again and again.
struct Case {
    env: TestEnv,
    files: Files,
    into: Into,
    command: &'static [&'static str],
    /// What `ocikit inspect` says of the file before the edit and after it.
    old: String,
    new: String,
}

impl Case {
    fn new(into: Into, command: &'static [&'static str]) -> Self {
        let mut case =
            Case { env: TestEnv::new(), files: layout(), into, command, old: String::new(), new: String::new() };
        case.begin();
        case.old = digests(&case.input());
        assert!(case.edit(ocikit()).status().unwrap().success());
        case.new = digests(&case.output());
        assert_ne!(case.old, case.new);
        case
    }

    fn input(&self) -> PathBuf {
        self.env.path("image")
    }

    fn output(&self) -> PathBuf {
        match self.into {
            Into::DirectoryInPlace | Into::ArchiveInPlace => self.input(),
            Into::NewArchive => self.env.path("out.tar"),
            Into::NewDirectory => self.env.path("out"),
        }
    }

    /// The state before the edit.
    fn begin(&self) {
        for path in [self.input(), self.output()] {
            let _ = std::fs::remove_dir_all(&path);
            let _ = std::fs::remove_file(&path);
        }
        if self.into == Into::DirectoryInPlace {
            self.files.to_dir(self.input());
        } else {
            std::fs::write(self.input(), self.files.to_tar()).unwrap();
        }
    }

    fn edit(&self, mut command: Command) -> Command {
        let (input, output) = (self.input(), self.output());
        command.args(self.command.iter().map(|word| if *word == "IMAGE" { input.as_os_str() } else { word.as_ref() }));
        match self.into {
            Into::DirectoryInPlace | Into::ArchiveInPlace => command.arg("--in-place"),
            Into::NewArchive => command.arg("-o").arg(output),
            // The slash makes it a directory, though the input is an archive.
            Into::NewDirectory => command.arg("-o").arg(format!("{}/", output.display())),
        };
        command
    }

    /// Looks at what a killed edit left, then runs it again: says whether the killed one had done its work.
    fn check(&self, when: &str) -> bool {
        let (input, output) = (self.input(), self.output());
        let is_done = if input == output {
            assert!(verify(&input), "{:?} {when}", self.into);
            let now = digests(&input);
            assert!(now == self.old || now == self.new, "{:?} {when}: {now}", self.into);
            now == self.new
        } else {
            assert_eq!(digests(&input), self.old, "{:?} {when}", self.into);
            assert!(!output.exists() || verify(&output), "{:?} {when}", self.into);
            assert!(!output.exists() || digests(&output) == self.new, "{:?} {when}", self.into);
            output.exists()
        };
        // The next run cleans up after the killed one, and does what that did not.
        if is_done {
            let mut again = ocikit();
            again.args(["ref", "add"]).arg(&output).args(["example.com/team/app:again", "--in-place"]);
            assert!(again.status().unwrap().success(), "{:?} {when}", self.into);
        } else {
            assert!(self.edit(ocikit()).status().unwrap().success(), "{:?} {when}", self.into);
            assert_eq!(digests(&output), self.new, "{:?} {when}", self.into);
        }
        assert_eq!(leftovers(self.env.root()), Vec::<String>::new(), "{:?} {when}", self.into);
        is_done
    }
}

fn digests(path: &Path) -> String {
    let output = ocikit().args(["inspect", "--format", "json"]).arg(path).stdout(Stdio::piped()).output().unwrap();
    assert!(output.status.success(), "{}", path.display());
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    report["images"].to_string() + &report["roots"].to_string()
}

#[test]
fn killed_at_any_moment_the_old_or_the_new_is_there() {
    for (into, command) in edits(0) {
        let case = Case::new(into, command);
        // Killed at once, then later and later, until a run was done before its death came: so the moments lie well on
        // a machine of any speed.
        let mut delay = Duration::ZERO;
        loop {
            case.begin();
            let mut child = case.edit(ocikit()).spawn().unwrap();
            std::thread::sleep(delay);
            let _ = child.kill();
            let was_done = child.wait().unwrap().success();
            let is_new = case.check(&format!("after {delay:?}"));
            assert!(is_new || !was_done, "{into:?} after {delay:?}: done, and nothing changed");
            if was_done {
                break;
            }
            delay = delay * 5 / 4 + Duration::from_micros(300);
        }
    }
}

/// Every call that writes, renames, links, removes or syncs, one after the other: the process dies there.
#[cfg(target_os = "linux")]
#[test]
fn killed_at_each_write_step_the_old_or_the_new_is_there() {
    let Some(strace) = readers::require("strace") else { return };
    const CALLS: [&str; 14] = [
        "write",
        "pwrite64",
        "copy_file_range",
        "fallocate",
        "ftruncate",
        "fsync",
        "fdatasync",
        "rename",
        "renameat",
        "renameat2",
        "linkat",
        "unlink",
        "unlinkat",
        "mkdir",
    ];
    let mut killed = 0;
    for (into, command) in edits(1) {
        let case = Case::new(into, command);
        let (mut old, mut new) = (0, 0);
        for call in CALLS {
            for number in 1.. {
                assert!(number < 200, "{call}: does it end?");
                case.begin();
                let mut traced = Command::new(&strace);
                traced.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
                traced.args(["-f", "-o", "/dev/null", "-e", &format!("trace={call}")]);
                traced.args(["-e", &format!("inject={call}:signal=KILL:when={number}")]);
                traced.arg(env!("CARGO_BIN_EXE_ocikit"));
                if case.edit(traced).status().unwrap().success() {
                    break;
                }
                killed += 1;
                match case.check(&format!("at {call} {number}")) {
                    true => new += 1,
                    false => old += 1,
                }
            }
        }
        assert!(old > 0 && new > 0, "{into:?}: {old} old, {new} new");
    }
    assert!(killed > 60, "{killed} runs were killed");
}

/// Names of unfinished files and locks, anywhere below.
fn leftovers(path: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(path).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(".ocikit") || name == "index.json.lock" {
            found.push(name);
        } else if entry.file_type().unwrap().is_dir() {
            found.extend(leftovers(&entry.path()));
        }
    }
    found
}

#[test]
fn two_edits_at_once_both_land() {
    for is_directory in [true, false] {
        let env = TestEnv::new();
        let path = env.path("image");
        let files = layout();
        if is_directory {
            files.to_dir(&path);
        } else {
            std::fs::write(&path, files.to_tar()).unwrap();
        }
        let mut children: Vec<_> = (0..6)
            .map(|number| {
                let name = format!("example.com/team/app:v{number}");
                ocikit().args(["ref", "add"]).arg(&path).args([&name, "--in-place"]).spawn().unwrap()
            })
            .collect();
        for child in &mut children {
            assert!(child.wait().unwrap().success());
        }
        assert!(verify(&path));
        let output = ocikit().args(["ref", "list"]).arg(&path).stdout(Stdio::piped()).output().unwrap();
        let listed = String::from_utf8(output.stdout).unwrap();
        for number in 0..6 {
            assert!(listed.contains(&format!("app:v{number}")), "{listed}");
        }
        assert_eq!(leftovers(env.root()), Vec::<String>::new());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_the_old() {
    // A limit on the size of files stands for a full disk: writing fails in the middle.
    let env = TestEnv::new();
    let path = env.path("image.tar");
    let bytes = layout().to_tar();
    std::fs::write(&path, &bytes).unwrap();
    let script = format!(
        "ulimit -f 200; exec '{}' platform remove '{}' linux/arm64 --in-place",
        env!("CARGO_BIN_EXE_ocikit"),
        path.display()
    );
    let output = Command::new("bash").args(["-c", &script]).stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(message.contains("image.tar: cannot write"), "{message}");
    assert!(std::fs::read(&path).unwrap() == bytes);
    assert_eq!(leftovers(env.root()), Vec::<String>::new());
}
