//! An edit that is killed leaves the old or the new, whole; two edits at once both land.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod support;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use support::*;

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

fn platforms(path: &Path) -> usize {
    let output = ocikit().args(["platform", "list"]).arg(path).stdout(Stdio::piped()).output().unwrap();
    String::from_utf8(output.stdout).unwrap().lines().count()
}

#[test]
fn killed_at_any_moment_the_old_or_the_new_is_there() {
    let files = layout();
    for is_directory in [true, false] {
        let env = TestEnv::new();
        let path = env.path("image");
        let (mut old, mut new) = (0, 0);
        // How long an undisturbed run takes decides when the others are killed.
        let fresh = || {
            let _ = std::fs::remove_dir_all(&path);
            let _ = std::fs::remove_file(&path);
            if is_directory {
                files.to_dir(&path);
            } else {
                std::fs::write(&path, files.to_tar()).unwrap();
            }
        };
        let command = || {
            let mut command = ocikit();
            command.args(["platform", "remove"]).arg(&path).args(["linux/arm64", "--in-place"]);
            command
        };
        fresh();
        let start = Instant::now();
        assert!(command().status().unwrap().success());
        let whole = start.elapsed();
        for step in 0..40_u32 {
            fresh();
            let mut child = command().spawn().unwrap();
            std::thread::sleep(whole * step / 32);
            let _ = child.kill();
            child.wait().unwrap();
            assert!(verify(&path), "after {step} of 32 parts of {whole:?}");
            match platforms(&path) {
                3 => old += 1,
                2 => new += 1,
                other => panic!("{other} platforms"),
            }
            // The next run cleans up after the killed one, and does what that did not.
            if platforms(&path) == 3 {
                assert!(command().status().unwrap().success());
            } else {
                let mut again = ocikit();
                again.args(["platform", "remove"]).arg(&path).args(["linux/arm/v7", "--in-place"]);
                assert!(again.status().unwrap().success());
            }
            assert_eq!(leftovers(env.root()), Vec::<String>::new(), "step {step}");
        }
        assert!(old > 0 && new > 0, "{old} old, {new} new: the moments were badly chosen");
    }
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
        "trap '' XFSZ; ulimit -f 200; exec {} platform remove {} linux/arm64 --in-place",
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
