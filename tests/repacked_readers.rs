//! skopeo, podman and containerd read what `repack` writes, of every real file, and report the digests that it says.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use crate::support::builder::sample;
use crate::support::{Compression, Files, Index, Layout, Store, blob_name};
use crate::support::{TestEnv, hash, readers, testdata};
use serde_json::Value;

/// Every real file that has an image for linux/amd64, repacked: its name, and what the receipt says of each image.
fn repacked(env: &TestEnv, out: &str, options: &[&str]) -> Vec<(String, String, Vec<Value>)> {
    let mut all = Vec::new();
    for group in std::fs::read_dir(testdata("")).unwrap().flatten().filter(|entry| entry.path().is_dir()) {
        for item in std::fs::read_dir(group.path()).unwrap().flatten() {
            let name = item.path().display().to_string();
            let own = format!("{}-{out}", all.len());
            let repack = ["repack", &name, "--platform", "linux/amd64", "-o", &own, "--format", "json"];
            let run = env.ocikit(&[&repack[..], options].concat());
            if run.code == 0 {
                all.push((name, own, run.json()["images"].as_array().unwrap().clone()));
            }
        }
    }
    assert!(all.len() > 30, "{out}: {}", all.len());
    all
}

fn digest(image: &Value) -> String {
    image["digest"].as_str().unwrap().to_owned()
}

#[test]
fn skopeo_finds_the_digests_of_the_receipt() {
    let Some(skopeo) = readers::skopeo() else { return };
    let env = TestEnv::new();
    for (transport, out, to) in
        [("oci-archive", "oci.tar", "oci-archive"), ("oci", "dir", "oci-dir"), ("oci-archive", "dual.tar", "dual")]
    {
        let mut seen = 0;
        for (input, own, images) in repacked(&env, out, &["--to", to]) {
            // Of several entries skopeo takes none without a name.
            let [image] = &images[..] else { continue };
            if image["names"].as_array().unwrap().len() > 1 {
                continue;
            }
            seen += 1;
            let raw = skopeo.inspect_raw(&format!("{transport}:{}", env.path(&own).display())).accepted();
            assert_eq!(hash::same_algorithm(&digest(image), raw.as_bytes()), digest(image), "{input} {out}");
        }
        assert!(seen > 15, "{out}: {seen}");
    }
    for (out, options) in [
        ("docker.tar", &["--to", "docker-archive"][..]),
        ("gzip.tar", &["--to", "docker-archive", "--compression", "gzip"]),
        ("dual.tar", &["--to", "dual"]),
    ] {
        let mut seen = 0;
        for (input, own, images) in repacked(&env, out, options) {
            let [image] = &images[..] else { continue };
            let reference = format!("docker-archive:{}", env.path(&own).display());
            let raw = skopeo.inspect_raw(&reference).accepted();
            let manifest: Value = serde_json::from_str(&raw).unwrap();
            if out != "dual.tar" {
                assert_eq!(manifest["config"]["digest"], digest(image), "{input} {out}");
            }
            // Every layer is read, and held against its diff_id.
            let copy = env.path("copy").display().to_string();
            let _ = skopeo.copy(&reference, &format!("dir:{copy}")).accepted();
            std::fs::remove_dir_all(copy).unwrap();
            seen += 1;
        }
        assert!(seen > 15, "{out}: {seen}");
    }
}

#[test]
fn podman_loads_what_is_written_for_it() {
    let Some(podman) = readers::podman() else { return };
    let env = TestEnv::new();
    for (out, options) in
        [("podman.tar", &["--for", "podman"][..]), ("gzip.tar", &["--to", "docker-archive", "--compression", "gzip"])]
    {
        for (input, own, images) in repacked(&env, out, options) {
            let _ = podman.load(env.path(&own)).accepted();
            let ids = podman.ids();
            for image in &images {
                assert!(ids.contains(&digest(image)), "{input} {out}: {ids:?}");
            }
        }
    }
}

#[test]
fn containerd_imports_what_is_written_for_it() {
    let Some(ctr) = readers::ctr() else { return };
    let env = TestEnv::new();
    for (out, options, as_kind) in [
        ("ctr.tar", &["--for", "ctr"][..], false),
        ("kind.tar", &["--for", "kind"], true),
        ("dual.tar", &["--to", "dual"], false),
    ] {
        for (input, own, images) in repacked(&env, out, options) {
            // What lists artifacts or lacks platforms is not written for it, and doctor says what it makes of that.
            if env.ocikit(&["doctor", &own, "--for", "ctr"]).code != 0 {
                continue;
            }
            let answer = ctr.import(env.path(&own), as_kind);
            assert!(answer.ok, "{input} {out}: {}", answer.stderr);
            // Older ones of ctr say nothing of an image without a name.
            for image in images.iter().filter(|image| !image["names"].as_array().unwrap().is_empty()) {
                assert!(answer.stdout.contains(&digest(image)), "{input} {out}: {image}\n{}", answer.stdout);
            }
        }
    }
}

/// Readers of an index take the entry of exactly their platform, whatever the config of another one says.
#[test]
fn manifest_json_lists_the_image_that_readers_of_the_index_run() {
    let env = TestEnv::new();
    let mut store = Store::new();
    let other = sample::image("linux/amd64", Compression::Gzip).put(&mut store).desc.platform("linux/amd64/v8");
    let run = sample::image("linux/amd64", Compression::None).put(&mut store);
    let index = Index::of([&other, &run.desc]).put(&mut store);
    env.write_tar("app.tar", &Layout::new(&store).root(&index.named("example.com/app:1")).files());
    env.ocikit(&["repack", "app.tar", "--to", "dual", "-o", "dual.tar"]).expect_code(0);
    let files = Files::from_tar_bytes(&env.read("dual.tar"));
    let layer = files.value_at("manifest.json", "/0/Layers/0");
    assert_eq!(layer.as_str().unwrap(), blob_name(&run.layers[0].desc.digest));
}
