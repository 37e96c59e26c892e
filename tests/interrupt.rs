//! Ctrl-C in the middle of a write, and the line that says how far it has come.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod support;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use support::{Image, Layer, Layout, Store, TestEnv};

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

fn unfinished(env: &TestEnv) -> bool {
    env.listing().iter().any(|name| name.starts_with(".ocikit-tmp-"))
}

#[test]
fn an_interrupt_leaves_nothing_half_written() {
    let env = TestEnv::new();
    large(&env);
    let before = env.listing();
    for signal in ["-INT", "-TERM"] {
        let mut run = Command::new(env!("CARGO_BIN_EXE_ocikit"))
            .args(["repack", "large.tar", "-o", "out.tar.gz", "--progress", "always"])
            .current_dir(env.root())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let began = Instant::now();
        while !unfinished(&env) {
            assert!(began.elapsed() < Duration::from_secs(60), "nothing was begun");
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(Command::new("kill").args([signal, &run.id().to_string()]).status().unwrap().success());
        let status = run.wait().unwrap();
        assert_eq!(status.code(), Some(130));
        assert_eq!(env.listing(), before, "{signal}");
    }
}

#[test]
fn long_work_says_how_far_it_has_come() {
    let env = TestEnv::new();
    large(&env);
    let repack = ["repack", "large.tar", "-o", "out.tar.gz", "--progress"];
    let run = env.ocikit(&[&repack[..], &["always"]].concat()).expect_code(0);
    assert!(run.stderr.contains("writing out.tar.gz: ") && run.stderr.contains(" %, "), "{run}");
    let run = env.ocikit(&[&repack[..], &["auto"]].concat()).expect_code(0);
    assert_eq!(run.stderr, "", "no terminal, no line");
}
