//! skopeo, podman and umoci read what edits write, and find the digests that the receipts say.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use crate::support::*;

/// Runs an edit; says the digest that `index.json` then leads to.
fn edited(env: &TestEnv, arguments: &[&str]) -> String {
    let receipt = env.ocikit(&[arguments, &["--format", "json"]].concat()).expect_code(0).json();
    let output = arguments[arguments.len() - 1];
    let path = env.path(output);
    let files = if path.is_dir() { Files::from_dir(&path) } else { Files::from_tar(&path) };
    let digest = files.digest_at("index.json", "/manifests/0/digest");
    let said = receipt.to_string();
    assert!(said.contains(&digest), "{digest} is not in the receipt {said}");
    digest
}

fn ground(env: &TestEnv) -> [String; 2] {
    let multi = testdata("buildx/sbom-provmax-multi.oci.tar").to_str().unwrap().to_owned();
    for (platform, output) in [("linux/amd64", "amd.tar"), ("linux/arm64", "arm.tar")] {
        let _ = env.ocikit(&["platform", "keep", &multi, platform, "-o", output]).expect_code(0);
    }
    [multi, testdata("buildkit/ociartifact-false-prov.oci.tar").to_str().unwrap().to_owned()]
}

fn edits<'a>(multi: &'a str, single: &'a str) -> Vec<Vec<&'a str>> {
    vec![
        vec!["merge", "amd.tar", "arm.tar", "--ref", "example.com/app:1.0", "-o", "merged.tar"],
        vec!["attestation", "remove", multi, "-o", "stripped.tar"],
        vec!["attestation", "convert", multi, "--to", "index", "-o", "older.tar"],
        vec!["attestation", "convert", single, "--to", "artifact", "-o", "newer.tar"],
        vec!["unwrap", single, "-o", "flat.tar"],
        vec!["convert", "flat.tar", "--to", "docker", "-o", "docker-types.tar"],
        vec!["convert", "docker-types.tar", "--to", "oci", "-o", "oci-types.tar"],
    ]
}

#[test]
fn skopeo_copies_every_platform() {
    let Some(skopeo) = readers::skopeo() else { return };
    let env = TestEnv::new();
    let [multi, single] = ground(&env);
    for arguments in edits(&multi, &single) {
        let digest = edited(&env, &arguments);
        let output = arguments[arguments.len() - 1];
        let reference = format!("oci-archive:{}", env.path(output).display());
        let raw = skopeo.inspect_raw(&reference).accepted();
        let files = Files::from_tar(env.path(output));
        assert_eq!(raw.trim_end(), files.text(&blob_name(&digest)).trim_end(), "{output}");
        let copy = format!("dir:{}", env.path(&format!("copy-of-{output}")).display());
        let _ = skopeo.copy_all(&reference, &copy).accepted();
    }
}

#[test]
fn podman_loads_the_image() {
    let Some(podman) = readers::podman() else { return };
    let env = TestEnv::new();
    let [multi, single] = ground(&env);
    for arguments in edits(&multi, &single) {
        let _ = edited(&env, &arguments);
        let output = arguments[arguments.len() - 1];
        let _ = podman.load(env.path(output)).accepted();
    }
    assert!(!podman.ids().is_empty());
}

#[test]
fn umoci_unpacks_a_flattened_directory() {
    let Some(umoci) = readers::umoci() else { return };
    let env = TestEnv::new();
    let [_, single] = ground(&env);
    let _ = edited(&env, &["unwrap", &single, "-o", "flat/"]);
    let _ = env.ocikit(&["ref", "add", "flat", "1.0", "--in-place"]).expect_code(0);
    let _ = umoci.unpack(env.path("flat"), "1.0", env.path("bundle")).accepted();
    assert!(env.path("bundle/rootfs/hello.txt").exists());
}
