//! `compare`: agreeing archives are silent, and each disagreement is named, it alone.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failure here is a failed test")]

use crate::support::builder::dual;
use crate::support::disagree::{
    DOCKER25, EVERYWHERE, add_blob, containerd, docker25, edit, other_config, swap, two_images,
};
use crate::support::*;
use serde_json::{Value, json};

/// The file as an archive, as a directory and compressed as a whole.
fn write(env: &TestEnv, files: &Files) -> [&'static str; 3] {
    env.write_tar("image.tar", files);
    env.write("image.tar.gz", files.to_tar_gz());
    if !env.path("image").exists() {
        env.write_dir("image", files);
    }
    ["image.tar", "image.tar.gz", "image"]
}

fn codes(run: &Run) -> Vec<String> {
    let list = run.json()["findings"].as_array().unwrap().clone();
    let mut codes: Vec<_> = list.iter().map(|finding| finding["code"].as_str().unwrap().to_owned()).collect();
    codes.dedup();
    codes
}

#[track_caller]
fn assert_named(files: &Files, what: &str, code: &str) {
    let env = TestEnv::new();
    for name in write(&env, files) {
        let run = env.ocikit(&["compare", name, "--format", "json"]).expect_code(1);
        assert_eq!(codes(&run), [code], "{what} in {name}\n{run}");
        assert_eq!(run.json()["agree"], false);
        let verify = env.ocikit(&["verify", name, "--format", "json"]);
        let views: Vec<_> = codes(&verify).into_iter().filter(|code| code.starts_with("view-")).collect();
        assert_eq!(views, [code], "verify: {what} in {name}\n{verify}");
    }
}

#[test]
fn each_disagreement_is_named_and_nothing_else() {
    for (what, change, code) in EVERYWHERE {
        for (base, mut files) in [("docker25", docker25()), ("containerd", containerd())] {
            change(&mut files);
            assert_named(&files, &format!("{what}, {base}"), code);
        }
    }
}

#[test]
fn disagreements_of_layer_sources_and_repositories() {
    for (what, change, code) in DOCKER25 {
        let mut files = docker25();
        change(&mut files);
        assert_named(&files, what, code);
    }
}

/// Readers of `index.json` choose by the platforms of descriptors, whatever the configs say.
#[test]
fn an_image_that_readers_of_the_index_do_not_choose() {
    let name = "example.com/team/app:1.0";
    let mut store = Store::new();
    let mut image = |text| Image::new("linux/amd64").layer(Layer::of(&[("which", text)]).gzip()).put(&mut store);
    let [one, other] = ["one\n", "other\n"].map(&mut image);
    let index = Index::new()
        .child(&one.desc.clone().platform("linux/amd64"))
        .child(&other.desc.clone().platform("linux/amd64/v8"));
    let root = index.put(&mut store).named(name);
    let roots = std::slice::from_ref(&root);
    let sound = dual::containerd(&store, roots, &[one.tagged(&[name])]);
    assert!(!codes(&verified(&sound)).contains(&"view-config-differs".to_owned()));
    let other = dual::containerd(&store, roots, &[other.tagged(&[name])]);
    let run = verified(&other).expect_code(1);
    assert!(codes(&run).contains(&"view-config-differs".to_owned()), "{run}");
}

fn verified(files: &Files) -> Run {
    let env = TestEnv::new();
    env.write_tar("image.tar", files);
    env.ocikit(&["verify", "image.tar", "--format", "json"])
}

/// moby/moby#47210: `docker save IMAGE@DIGEST` of 25.0 wrote `"manifests": null`.
#[test]
fn null_for_the_list_of_the_index() {
    let mut files = dual::docker25(&[two_images().1.remove(0)]);
    edit(&mut files, "index.json", |index| index["manifests"] = Value::Null);
    assert_named(&files, "null", "view-image-missing");
}

#[test]
fn built_archives_agree() {
    for files in [docker25(), containerd(), shapes::docker25(), shapes::apko(), shapes::hauler()] {
        let env = TestEnv::new();
        for name in write(&env, &files) {
            let run = env.ocikit(&["compare", name]).expect_code(0);
            assert_eq!(run.stdout, format!("{name}: index.json and manifest.json agree\n"));
        }
    }
}

#[test]
fn archives_of_real_tools_agree() {
    let env = TestEnv::new();
    for (item, notes) in [
        ("buildkit/docker-multiname.docker.tar", &[][..]),
        ("buildx/type-docker.tar", &[]),
        ("ctr/ctr16-export-default.tar", &[]),
        ("ctr/ctr23-export-allplat.tar", &["view-platforms-fewer"]),
        ("docker/d26-save-2tags.tar", &[]),
        ("docker/d28c-save-2tags.tar", &[]),
        ("docker/d28c-save-multi.tar", &["view-platforms-fewer"]),
        ("docker/d28c-save-pipe.tar.zst", &[]),
        ("docker/d28g-save-1tag.tar", &[]),
        ("docker/d28g-save-pipe.tar.gz", &[]),
        ("docker/d29c-save-bx-prov.tar", &[]),
        ("regctl/export-docker.tar", &[]),
    ] {
        let run = env.ocikit(&["compare", testdata(item).to_str().unwrap(), "--format", "json"]).expect_code(0);
        assert_eq!(codes(&run), notes, "{item}");
        assert_eq!(run.json().get("unproven"), None, "{item}");
    }
}

#[test]
fn docker_archives_say_nothing_against_themselves() {
    let env = TestEnv::new();
    for item in [
        "docker/d20-save-1tag.tar",
        "docker/d20-save-duplayers.tar",
        "podman5/save-docker-archive.tar",
        "podman5/save-multi-tags.tar",
        "crane/pull-legacy.tar",
        "crane/pull-tarball-2images.tar",
    ] {
        let run = env.ocikit(&["verify", testdata(item).to_str().unwrap(), "--format", "json"]);
        assert!(!codes(&run).iter().any(|code| code.starts_with("view-") || code == "ref-conflict"), "{item}\n{run}");
    }
}

#[test]
fn uncompressed_layers_beside_compressed_ones_are_the_same() {
    let mut files = containerd();
    let (_, images) = two_images();
    let plain: Vec<String> =
        images[0].image.layers.iter().map(|layer| add_blob(&mut files, layer.tar.clone())).collect();
    let names: Vec<String> = plain.iter().map(|digest| blob_name(digest)).collect();
    edit(&mut files, "manifest.json", |list| list[0]["Layers"] = json!(names));
    let env = TestEnv::new();
    let run = env.ocikit(&["compare", env.write_tar("a.tar", &files).to_str().unwrap()]).expect_code(0);
    assert!(run.stdout.ends_with("agree\n"), "{run}");
    // A name that says nothing of the content leaves it open.
    for (number, name) in names.iter().enumerate() {
        files.rename(name, &format!("layer{number}/layer.tar"));
    }
    edit(&mut files, "manifest.json", |list| list[0]["Layers"] = json!(["layer0/layer.tar", "layer1/layer.tar"]));
    let run = env.ocikit(&["compare", env.write_tar("b.tar", &files).to_str().unwrap(), "-v"]).expect_code(0);
    assert!(run.stdout.contains("2 layers are not proved equal"), "{run}");
    assert!(run.stdout.contains("not proved: manifest.json#/0/Layers/1 `layer1/layer.tar` is sha256:"), "{run}");
}

#[test]
fn a_file_with_one_view() {
    let env = TestEnv::new();
    env.write_tar("oci.tar", &shapes::oci_archive());
    env.write_tar("docker.tar", &shapes::docker20());
    insta::assert_snapshot!(env.ocikit(&["compare", "oci.tar"]), @r"
    success: false
    exit_code: 2
    ----- stdout -----
    ----- stderr -----
    error: oci.tar: has index.json but no manifest.json, so there is nothing to compare; use `--require-both` to report a difference
    ");
    insta::assert_snapshot!(env.ocikit(&["compare", "docker.tar", "--require-both"]), @r"
    success: false
    exit_code: 1
    ----- stdout -----
    error[view-image-missing] index.json
      the file has no `index.json`
      note:     only `manifest.json` lists its images
    docker with the containerd store, podman, ctr (containerd), kind, k3s, skopeo oci-archive:, skopeo oci:, umoci, diffoci load, zarf imageArchives, skopeo copy --all to a registry, oras copy --from-oci-layout, docker buildx imagetools, oci-layout://, nerdctl, regctl believe index.json
    docker 25 and later, classic store, docker before 25, skopeo docker-archive:, trivy image --input, dive docker-archive://, crane push believe manifest.json
    docker.tar: index.json and manifest.json differ
    ----- stderr -----
    ");
}

#[test]
fn the_table_of_what_differs() {
    let env = TestEnv::new();
    let mut files = docker25();
    other_config(&mut files);
    edit(&mut files, "manifest.json", |list| swap(&mut list[0]["Layers"]));
    edit(&mut files, "manifest.json", |list| {
        let entry = list[1].clone();
        list.as_array_mut().unwrap().push(entry);
        list[2]["RepoTags"] = json!(["a\u{1b}[2Jb:1"]);
    });
    env.write_tar("image.tar", &files);
    insta::assert_snapshot!(env.ocikit(&["compare", "image.tar"]), @r"
    success: false
    exit_code: 1
    ----- stdout -----
    error[view-config-differs] manifest.json#/0/Config
      `index.json` gives another config for this image
      expected: sha256:d471dd18c0e2711346781844794c4a90b56b9be536d7cffbed75d07b9d273128
      found:    sha256:6ecd8efcf5385dba494e86e511f988977f183a5e93d27a9613da15b0e1835dcc
    error[view-layers-differ] manifest.json#/0/Layers
      `index.json` lists the same layers in another order
    error[view-names-differ] manifest.json#/2/RepoTags
      `index.json` gives other names for this image
      expected: `example.com/team/other:2.0`
      found:    `a\u{1b}[2Jb:1`
    example.com/team/app:1.0  linux/amd64
              index.json                manifest.json
      names   example.com/team/app:1.0  example.com/team/app:1.0  same
      config  sha256:d471dd18c0e2       sha256:6ecd8efcf538       different
      layers  2 layers                  2 layers                  different
    example.com/team/other:2.0  linux/amd64
              index.json                  manifest.json
      names   example.com/team/other:2.0  a\u{1b}[2Jb:1        different
      config  sha256:99cafbb4ef26         sha256:99cafbb4ef26  same
      layers  1 layer                     1 layer              same
    docker with the containerd store, podman, ctr (containerd), kind, k3s, skopeo oci-archive:, skopeo oci:, umoci, diffoci load, zarf imageArchives, skopeo copy --all to a registry, oras copy --from-oci-layout, docker buildx imagetools, oci-layout://, nerdctl, regctl believe index.json
    docker 25 and later, classic store, docker before 25, skopeo docker-archive:, trivy image --input, dive docker-archive://, crane push believe manifest.json
    image.tar: index.json and manifest.json differ
    ----- stderr -----
    ");
    let one = env.ocikit(&["compare", "image.tar:example.com/team/app:1.0", "--format", "json"]).expect_code(1);
    assert_eq!(codes(&one), ["view-config-differs", "view-layers-differ"]);
}

#[test]
fn files_that_are_not_there() {
    let env = TestEnv::new();
    let mut files = containerd();
    edit(&mut files, "manifest.json", |list| {
        list[0]["Layers"][1] = json!("absent/layer.tar");
        list[1]["Layers"][0] = json!("../../etc/passwd");
    });
    env.write_tar("image.tar", &files);
    let run = env.ocikit(&["compare", "image.tar", "--format", "json"]).expect_code(1);
    assert_eq!(codes(&run), ["docker-file-missing"], "{run}");
}

#[test]
fn a_view_that_cannot_be_read_is_no_missing_image() {
    let env = TestEnv::new();
    let mut files = docker25();
    files.replace("manifest.json", "[{");
    env.write_tar("image.tar", &files);
    let run = env.ocikit(&["compare", "image.tar", "--format", "json"]).expect_code(1);
    assert_eq!(codes(&run), ["json-syntax"], "{run}");
}

/// 20,000 images in either view, all with one config and one name: nothing here may cost the square.
#[test]
fn large_lists_take_no_longer_than_they_are() {
    let env = TestEnv::new();
    let mut files = containerd();
    let count = 20_000;
    edit(&mut files, "index.json", |index| {
        let entry = index["manifests"][0].clone();
        index["manifests"] = vec![entry; count].into();
    });
    edit(&mut files, "manifest.json", |list| *list = vec![list[0].clone(); count].into());
    env.write_tar("image.tar", &files);
    let _ = env.command(&["compare", "image.tar", "-q"]).bounded(256, 10).run().expect_code(0);
}
