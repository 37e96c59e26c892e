//! Ctrl-C in the middle of a write, and the line that says how far it has come.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::io::Read as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support;
use crate::support::{Image, Layer, Layout, Store, TestEnv};

/// An archive whose writing takes some seconds when it is compressed as a whole.
fn large(env: &TestEnv) {
    let mut state = 1_u64;
    let noise: String = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        char::from(b'!' + (state >> 58) as u8)
    })
    .take(48 << 20)
    .collect();
    let mut store = Store::new();
    let image = Image::new("linux/amd64").layer(Layer::of(&[("noise", noise.as_str())])).put(&mut store);
    env.write_tar("large.tar", &Layout::new(&store).root(&image.desc.tagged("1.0")).files());
}

/// The files of unfinished work below a directory.
fn unfinished(root: &std::path::Path) -> Vec<String> {
    let names = walkdir::WalkDir::new(root).into_iter().flatten().map(|entry| entry.file_name().to_owned());
    let names = names.map(|name| name.to_string_lossy().into_owned());
    names.filter(|name| name.starts_with(".ocikit-tmp-") || name == "index.json.lock").collect()
}

/// Runs a command and sends it a signal when it has begun to write. Says how it ended.
fn interrupted(env: &TestEnv, arguments: &[&str], signal: &str) -> Option<i32> {
    let mut run = Command::new(env!("CARGO_BIN_EXE_ocikit"))
        .args(arguments)
        .current_dir(env.root())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while unfinished(env.root()).is_empty() {
        if let Some(status) = run.try_wait().unwrap() {
            return status.code();
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let _ = Command::new("kill").args([signal, &run.id().to_string()]).stderr(Stdio::null()).status();
    run.wait().unwrap().code()
}

/// A machine may be done before the signal comes, fast as it is or busy with other things; then it is tried again.
const TRIES: usize = 20;

#[test]
fn an_interrupt_leaves_nothing_half_written() {
    let env = TestEnv::new();
    large(&env);
    env.write_tar("base.tar", &support::shapes::oci_archive());
    let _ = env.ocikit(&["delta", "create", "large.tar", "--base", "base.tar", "-o", "delta.tar"]).expect_code(0);
    let before = env.listing();
    let mut hits = 0;
    for arguments in [
        &["repack", "large.tar", "-o", "out.tar.gz"][..],
        &["repack", "large.tar", "-o", "out.tar"],
        &["repack", "large.tar", "-o", "out"],
        &["repack", "large.tar", "--to", "docker-archive", "-o", "out.tar"],
        &["delta", "create", "large.tar", "--base", "base.tar", "-o", "out.tar.gz"],
        &["delta", "apply", "delta.tar", "--base", "base.tar", "-o", "out.tar"],
        &["unpack", "large.tar", "-o", "out"],
        &["export", "large.tar", "-o", "out.tar"],
        &["merge", "large.tar", "base.tar", "--ref", "app:1.0", "--replace", "-o", "out.tar"],
    ] {
        for signal in ["-INT", "-TERM"] {
            let hit = (0..TRIES).any(|_| {
                let code = interrupted(&env, arguments, signal);
                assert!(code == Some(130) || code == Some(0), "{arguments:?}: {code:?}");
                for name in ["out", "out.tar", "out.tar.gz"] {
                    let done = env.path(name);
                    // The signal may come behind the last step: then all is there.
                    if done.exists() && arguments[0] == "unpack" {
                        assert_eq!(done.join("noise").metadata().unwrap().len(), 48 << 20, "{arguments:?}");
                    } else if done.exists() && arguments[0] == "export" {
                        assert!(done.metadata().unwrap().len() > 48 << 20, "{arguments:?}");
                    } else if done.exists() {
                        let _ = env.ocikit(&["verify", "--sparse", name]).expect_code(0);
                    }
                    let _ = std::fs::remove_dir_all(&done);
                    let _ = std::fs::remove_file(&done);
                }
                let _ = std::fs::remove_file(env.path("out.mtree"));
                assert_eq!(env.listing(), before, "{arguments:?} {signal}");
                code == Some(130)
            });
            hits += u32::from(hit);
        }
    }
    assert!(hits > 0, "never in the middle");
}

/// Work that was started with `nohup` outlives its terminal; other work does not.
#[cfg(target_os = "linux")]
#[test]
fn a_terminal_that_goes_away() {
    let env = TestEnv::new();
    large(&env);
    // The test itself may have been started with `nohup`.
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap();
    let is_ignored = u64::from_str_radix(ignored.trim(), 16).unwrap() & 1 == 1;
    for (start, code) in [("trap '' HUP; ", 0), ("", if is_ignored { 0 } else { 130 })] {
        slow(&env, "out.tar");
        let script = format!("{start}exec '{}' repack large.tar -o out.tar", env!("CARGO_BIN_EXE_ocikit"));
        let mut run = Command::new("sh");
        run.args(["-c", &script]).current_dir(env.root()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut run = run.spawn().unwrap();
        // It waits for the reader of the pipe from then on.
        while !is_writing(run.id()) {
            std::thread::sleep(Duration::from_millis(2));
        }
        let _ = Command::new("kill").args(["-HUP", &run.id().to_string()]).status().unwrap();
        assert_eq!(run.wait().unwrap().code(), Some(code), "{start}");
    }
}

/// Whether a process has a named pipe open.
#[cfg(target_os = "linux")]
fn is_writing(process: u32) -> bool {
    let Ok(open) = std::fs::read_dir(format!("/proc/{process}/fd")) else { return false };
    open.flatten().any(|entry| std::fs::read_link(entry.path()).is_ok_and(|path| path.ends_with("out.tar")))
}

#[test]
fn an_interrupt_leaves_the_old_or_the_new_in_its_place() {
    let env = TestEnv::new();
    large(&env);
    let old = env.read("large.tar");
    let _ = env.ocikit(&["repack", "large.tar", "-o", "kept"]).expect_code(0);
    let mut hits = 0;
    for (input, arguments) in [
        ("large.tar", &["repack", "large.tar", "--in-place", "--compression", "gzip:1"][..]),
        ("dir", &["repack", "dir", "--in-place", "--compression", "none"]),
        ("dir", &["repack", "dir", "--in-place", "--compression", "zstd:1"]),
    ] {
        let hit = (0..TRIES).any(|_| {
            env.write("large.tar", &old);
            let _ = std::fs::remove_dir_all(env.path("dir"));
            let _ = env.ocikit(&["repack", "kept", "-o", "dir"]).expect_code(0);
            let code = interrupted(&env, arguments, "-INT");
            assert!(code == Some(130) || code == Some(0), "{arguments:?}: {code:?}");
            assert_eq!(unfinished(env.root()), [""; 0], "{arguments:?}");
            let _ = env.ocikit(&["verify", "--deep", input]).expect_code(0);
            code == Some(130)
        });
        hits += u32::from(hit);
    }
    assert!(hits > 0, "never in the middle");
}

/// A pipe of this name that is read slowly: what is written into it is work that takes a while, on every machine.
fn slow(env: &TestEnv, name: &str) {
    let path = env.path(name);
    let _ = std::fs::remove_file(&path);
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    std::thread::spawn(move || {
        let mut pipe = std::fs::File::open(path).unwrap();
        // The work has begun when the first bytes come.
        for pause in [1500, 300, 300] {
            pipe.by_ref().take(1 << 20).read_to_end(&mut Vec::new()).unwrap();
            std::thread::sleep(Duration::from_millis(pause));
        }
        std::io::copy(&mut pipe, &mut std::io::sink()).unwrap();
    });
}

#[test]
fn long_work_says_how_far_it_has_come() {
    let env = TestEnv::new();
    large(&env);
    let repack = ["repack", "large.tar", "-o", "out.tar", "--progress"];
    slow(&env, "out.tar");
    let run = env.ocikit(&[&repack[..], &["always"]].concat()).expect_code(0);
    assert!(run.stderr.contains("writing out.tar: ") && run.stderr.contains(" %, "), "{run}");
    slow(&env, "out.tar");
    let run = env.ocikit(&[&repack[..], &["auto"]].concat()).expect_code(0);
    assert_eq!(run.stderr, "", "no terminal, no line");
}

/// On a real terminal, which `script` of util-linux makes.
#[test]
fn a_terminal_sees_a_line_that_is_wiped_at_the_end() {
    let Some(script) = support::readers::require("script") else { return };
    let env = TestEnv::new();
    large(&env);
    // The name of the output holds a control character.
    let command =
        format!("'{}' repack large.tar -o \"$(printf 'o\\033[31mut.tar')\" 2>&1", env!("CARGO_BIN_EXE_ocikit"));
    let run = |ci: Option<&str>| {
        slow(&env, "o\u{1b}[31mut.tar");
        let mut script = Command::new(&script);
        script.args(["-qec", &command, "/dev/null"]).current_dir(env.root()).stdin(Stdio::null()).env_remove("CI");
        script.env("SHELL", "/bin/sh").envs(ci.map(|value| ("CI", value)));
        let output = script.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let text = run(None);
    let frames: Vec<&str> = text.split("\r\x1b[K").collect();
    assert!(frames.len() > 2 && frames[0].is_empty(), "{text:?}");
    let (last, drawn) = frames.split_last().unwrap();
    for frame in &drawn[1..] {
        assert!(frame.starts_with("\x1b[?7lwriting o") && frame.ends_with(" left\x1b[?7h"), "{frame:?}");
        assert!(!frame.contains("\x1b[31m"), "{frame:?}");
    }
    assert!(!last.contains(" left") && last.contains("o\\u{1b}[31mut.tar: OCI archive, 3 blobs"), "{last:?}");
    assert!(!run(Some("true")).contains("\x1b[K"));
}
