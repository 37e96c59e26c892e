//! A disk that becomes full in the middle: exit code 2, a message that says where, and nothing left behind.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Image, Layer, Layout, Store, TestEnv, shapes};

/// A file system of four megabytes, where the system lets us mount one; else a limit of that size on each file.
struct Disk {
    path: PathBuf,
    is_mounted: bool,
}

impl Disk {
    fn new(env: &TestEnv) -> Self {
        let path = env.path("disk");
        std::fs::create_dir(&path).unwrap();
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", "size=4m", "tmpfs"]).arg(&path).output();
        Disk { is_mounted: mount.is_ok_and(|output| output.status.success()), path }
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.path).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    fn run(&self, root: &Path, arguments: &[&str]) -> std::process::Output {
        self.run_program(root, env!("CARGO_BIN_EXE_ocikit"), arguments)
    }

    fn run_program(&self, root: &Path, program: &str, arguments: &[&str]) -> std::process::Output {
        let limit = if self.is_mounted { "" } else { "ulimit -f 4096; " };
        let script = format!("{limit}exec \"$0\" \"$@\"");
        let mut command = Command::new("bash");
        command.args(["-c", &script, program]).args(arguments).current_dir(root);
        command.output().unwrap()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if self.is_mounted {
            let _ = Command::new("umount").arg(&self.path).status();
        }
    }
}

/// An archive with one layer of 12 MiB that does not shrink.
fn large(env: &TestEnv) {
    let mut state = 1_u64;
    let noise: String = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        char::from(b'!' + (state >> 58) as u8)
    })
    .take(12 << 20)
    .collect();
    let mut store = Store::new();
    let image = Image::new("linux/amd64").layer(Layer::of(&[("noise", noise.as_str())])).put(&mut store);
    env.write_tar("large.tar", &Layout::new(&store).root(&image.desc.tagged("1.0")).files());
}

#[test]
fn a_full_disk_leaves_nothing_behind() {
    let env = TestEnv::new();
    large(&env);
    env.write_tar("base.tar", &shapes::oci_archive());
    let _ = env.ocikit(&["delta", "create", "large.tar", "--base", "base.tar", "-o", "delta.tar"]).expect_code(0);
    let disk = Disk::new(&env);
    for arguments in [
        &["repack", "large.tar", "-o", "disk/out.tar"][..],
        &["repack", "large.tar", "-o", "disk/out.tar.zst"],
        &["repack", "large.tar", "-o", "disk/out"],
        &["repack", "large.tar", "--to", "docker-archive", "-o", "disk/out.tar"],
        &["repack", "large.tar", "--to", "docker-archive", "--compression", "gzip", "-o", "disk/out.tar"],
        &["repack", "large.tar", "--compression", "zstd", "-o", "disk/out.tar"],
        &["delta", "create", "large.tar", "--base", "base.tar", "-o", "disk/out.tar"],
        &["delta", "apply", "delta.tar", "--base", "base.tar", "-o", "disk/out.tar"],
        &["unpack", "large.tar", "-o", "disk/out"],
        &["export", "large.tar", "-o", "disk/out.tar"],
    ] {
        let output = disk.run(env.root(), arguments);
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
        assert!(message.contains("cannot write"), "{arguments:?}: {message}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        assert_eq!(disk.names(), [""; 0], "{arguments:?}: {message}");
    }
}

/// A mount point cannot be replaced, empty as it may be, and a directory in it can.
#[test]
fn a_mount_point_is_no_place_for_a_directory() {
    let env = TestEnv::new();
    env.write_tar("image.tar", &shapes::oci_archive());
    let disk = Disk::new(&env);
    if !disk.is_mounted {
        return;
    }
    for command in [&["repack", "image.tar", "--to", "oci-dir"][..], &["unpack", "image.tar"]] {
        let output = disk.run(env.root(), &[command, &["-o", "disk"]].concat());
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{command:?}: {message}");
        assert!(message.contains("disk: cannot write: it is a mount point"), "{command:?}: {message}");
        assert_eq!(disk.names(), [""; 0], "{command:?}");
        assert_eq!(env.listing(), ["disk", "image.tar"], "{command:?}");
        let output = disk.run(env.root(), &[command, &["-o", "disk/new"]].concat());
        assert_eq!(output.status.code(), Some(0), "{command:?}");
        std::fs::remove_dir_all(disk.path.join("new")).unwrap();
        let _ = std::fs::remove_file(disk.path.join("new.mtree"));
    }
}

/// What has to be sought in and cannot goes through a temporary file: it is not the input that fails.
#[test]
fn a_full_disk_for_temporary_files() {
    let env = TestEnv::new();
    large(&env);
    let _ = env.ocikit(&["repack", "large.tar", "-o", "large.tar.gz"]).expect_code(0);
    let before = env.read("large.tar.gz");
    let disk = Disk::new(&env);
    let script = format!("TMPDIR='{}' exec '{}' \"$@\"", disk.path.display(), env!("CARGO_BIN_EXE_ocikit"));
    for arguments in [
        &["inspect", "large.tar.gz"][..],
        &["repack", "large.tar.gz", "-o", "out.tar"],
        &["annotate", "large.tar.gz", "a=b", "--in-place"],
        &["unpack", "large.tar.gz", "-o", "out"],
    ] {
        let mut command = vec!["-c", &script, "sh"];
        command.extend(arguments);
        let output = disk.run_program(env.root(), "sh", &command);
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
        let start = format!("error: a temporary file in {}: cannot write: ", disk.path.display());
        assert!(message.starts_with(&start), "{arguments:?}: {message}");
        assert_eq!(disk.names(), [""; 0], "{arguments:?}");
        assert_eq!(env.listing(), ["disk", "large.tar", "large.tar.gz"], "{arguments:?}");
    }
    assert!(env.read("large.tar.gz") == before);
}
