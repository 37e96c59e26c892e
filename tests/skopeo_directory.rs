//! Directories of skopeo's `dir:` transport, which every command that reads accepts.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use crate::support::*;

/// Files as skopeo lays them out: the document of the first entry as `manifest.json`, blobs by their digits, manifests of an
/// index with `.manifest.json` behind.
fn skopeo_directory(layout: &Files) -> Files {
    let root = layout.digest_at("index.json", "/manifests/0/digest");
    let mut files = Files::new();
    files.file("version", "Directory Transport Version: 1.1\n");
    files.file("manifest.json", layout.bytes(&blob_name(&root)));
    for name in layout.names().into_iter().filter(|name| name.starts_with("blobs/sha256/")) {
        let hex = name.rsplit('/').next().unwrap();
        let is_manifest = String::from_utf8_lossy(layout.bytes(name)).contains("\"layers\"");
        match is_manifest {
            _ if root.ends_with(hex) => {}
            true => drop(files.file(&format!("{hex}.manifest.json"), layout.bytes(name))),
            false => drop(files.file(hex, layout.bytes(name))),
        }
    }
    files
}

fn multi() -> Files {
    Sample::multi(&["linux/amd64", "linux/arm64"]).layout()
}

#[test]
fn every_command_reads_it() {
    let env = TestEnv::new();
    env.write_dir("copied", &skopeo_directory(&multi()));
    env.write_dir("layout", &multi());
    for address in ["copied", "dir:copied"] {
        let run = env.ocikit(&["inspect", address]).expect_code(0);
        let (first, rest) = run.stdout.split_once('\n').unwrap();
        assert!(first.starts_with("copied: skopeo directory, "), "{run}");
        assert!(rest.contains("linux/amd64") && rest.contains("linux/arm64"), "{run}");
    }
    let _ = env.ocikit(&["verify", "--deep", "copied"]).expect_code(0);
    let _ = env.ocikit(&["gc", "copied"]).expect_code(0);
    let files = |image: &str| env.ocikit(&["files", image, "--platform", "linux/arm64"]).expect_code(0).stdout;
    assert_eq!(files("copied"), files("layout"));
    let _ = env.ocikit(&["repack", "copied", "-o", "out.tar"]).expect_code(0);
    let blobs = |files: &Files| -> Vec<String> {
        let mut names: Vec<String> = files.names().into_iter().map(ToOwned::to_owned).collect();
        names.retain(|name| name.starts_with("blobs/sha256/") && name.len() > 20);
        names.sort();
        names
    };
    assert_eq!(blobs(&Files::from_tar(env.path("out.tar"))), blobs(&multi()));
}

#[test]
fn damage_is_found() {
    let env = TestEnv::new();
    let mut files = skopeo_directory(&multi());
    let layer =
        files.names().into_iter().find(|name| name.len() == 64 && files.bytes(name).len() > 512).unwrap().to_owned();
    files.flip_byte(&layer, 100);
    env.write_dir("copied", &files);
    let run = env.ocikit(&["verify", "copied"]).expect_code(1);
    assert!(run.stdout.contains("error[blob-digest]") && run.stdout.contains(&layer[..12]), "{run}");
    files.remove(&layer);
    files.replace("manifest.json", "{");
    env.write_dir("cut", &files);
    let run = env.ocikit(&["verify", "cut"]).expect_code(1);
    assert!(run.stdout.contains("error[json-syntax]"), "{run}");
}

#[test]
fn what_needs_another_format_says_so() {
    let env = TestEnv::new();
    env.write_dir("copied", &skopeo_directory(&multi()));
    env.write_dir("layout", &multi());
    for (words, expected) in [
        (&["annotate", "copied", "a=b", "--in-place"][..], "cannot change in place: it is a skopeo directory"),
        (&["repack", "copied", "--in-place"], "cannot change in place: it is a skopeo directory"),
        (&["doctor", "copied"], "repack it first: ocikit repack copied -o FIXED"),
        (&["inspect", "oci:copied"], "is a skopeo directory, not an image layout"),
        (&["inspect", "dir:layout"], "is an image layout, not a skopeo directory"),
    ] {
        let run = env.ocikit(words).expect_code(2);
        assert!(run.stderr.contains(expected), "{run}");
    }
    let _ = env.ocikit(&["annotate", "copied", "a=b", "-o", "new"]).expect_code(0);
    check::assert_sound(&Files::from_dir(env.path("new")));
}

/// What skopeo writes is read, and comes back the same.
#[test]
fn skopeo_gets_back_what_it_wrote() {
    let Some(skopeo) = readers::skopeo() else { return };
    for item in ["buildx/multi-default.oci.tar", "buildx/noprov.oci.tar", "skopeo/ociarchive-zstdchunked.tar"] {
        let env = TestEnv::new();
        let at = |name: &str| env.path(name).display().to_string();
        let _ = skopeo
            .copy_all(&format!("oci-archive:{}", testdata(item).display()), &format!("dir:{}", at("dir")))
            .accepted();
        let _ = env.ocikit(&["verify", "--deep", "dir"]).expect_code(0);
        let _ = env.ocikit(&["repack", "dir", "-o", "out.tar"]).expect_code(0);
        let _ = skopeo.copy_all(&format!("oci-archive:{}", at("out.tar")), &format!("dir:{}", at("back"))).accepted();
        let files = |name: &str| Files::from_dir(env.path(name)).to_tar();
        assert!(files("dir") == files("back"), "{item}");
    }
}
