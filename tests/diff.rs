//! `diff`: two images, whatever the shape of their files.

use crate::support::{
    Attestation, Compression, Image, Layer, Layout, Sample, Store, TestEnv, blob_name, shapes, testdata,
};

const BASE: &str = "a long line that makes the base layer some bytes larger than nothing\n";

fn base() -> Layer {
    Layer::new().dir("etc").file("etc/base", BASE).file("etc/gone", "x").file("bin/tool", "1").mode(0o755)
}

fn write(env: &TestEnv, name: &str, image: &Image) {
    let mut store = Store::new();
    let built = image.put(&mut store);
    env.write_tar(name, &Layout::new(&store).root(&built.desc.named("example.com/team/app:1.0")).files());
}

#[test]
fn two_versions_of_an_image() {
    let env = TestEnv::new();
    let old = Image::new("linux/amd64").layer(base().gzip()).layer(Layer::of(&[("etc/motd", "old\n")]).gzip());
    let new = Layer::of(&[("etc/motd", "new\n")])
        .file("bin/tool", "2")
        .mode(0o4755)
        .owner(7, 8)
        .mtime(60)
        .whiteout("etc/gone")
        .symlink("bin/link", "tool");
    let new = Image::new("linux/amd64")
        .layer(base().gzip())
        .layer(new.zstd())
        .annotation("org.example.unknown", "added")
        .manifest_field("x-unknown", 7)
        .config_field("x-unknown", "field");
    write(&env, "old.tar", &old);
    write(&env, "new.tar", &new);
    insta::assert_snapshot!(env.ocikit(&["diff", "old.tar", "new.tar", "--files"]), @r#"
    success: false
    exit_code: 1
    ----- stdout -----
    linux/amd64 sha256:03b78a388ff0 -> linux/amd64 sha256:536f3fe335f2
      manifest
        ~ /layers/1/mediaType: "application/vnd.oci.image.layer.v1.tar+gzip" -> "application/vnd.oci.image.layer.v1.tar+zstd"
        + /annotations: {"org.example.unknown":"added"}
        + /x-unknown: 7
      config
        + /x-unknown: "field"
      layers
        = 1 sha256:54cd635460a0  4.5 KiB
        - 2 sha256:f3df541e9d7f  2.0 KiB
        + 2 sha256:9b5b0966ea50  4.0 KiB
      size 6.5 KiB -> 8.5 KiB (+1.9 KiB)
      files: 1 added, 1 removed, 2 changed
        + bin/link -> tool
        ~ bin/tool (content, mode 0755 -> 4755, owner 0:0 -> 7:8, time 1970-01-01 00:00:00 -> 1970-01-01 00:01:00)
        - etc/gone  1 B
        ~ etc/motd (content)
    old.tar and new.tar: different
    ----- stderr -----
    "#);
    insta::assert_snapshot!(env.ocikit(&["diff", "old.tar", "new.tar", "-q"]), @r#"
    success: false
    exit_code: 1
    ----- stdout -----
    old.tar and new.tar: different
    ----- stderr -----
    "#);
    insta::assert_snapshot!(env.ocikit(&["diff", "old.tar", "old.tar", "--files"]), @r#"
    success: true
    exit_code: 0
    ----- stdout -----
    old.tar and old.tar: equal
    ----- stderr -----
    "#);
    let report = env.ocikit(&["diff", "old.tar", "new.tar", "--files", "--format", "json"]).expect_code(1).json();
    let image = &report["images"][0];
    assert_eq!(image["layers"][0]["change"], "shared");
    assert_eq!(image["files"]["changes"].as_array().unwrap().len(), 4);
    assert_eq!(image["config"].as_array().unwrap().last().unwrap()["b"], "field");
}

/// The sample image in every shape against the plain archive: the same content, and nothing else said.
#[test]
fn one_image_in_two_shapes_is_equal() {
    let env = TestEnv::new();
    let plain = env.write_tar("plain.tar", &shapes::oci_archive());
    // Shapes that hold other images, several of them, or layers that are elsewhere.
    let others = ["cache-index", "cache-manifest", "imgpkg", "docker-20-repeated-layer", "oci-archive-urls", "pack"];
    for shape in shapes::all().into_iter().filter(|shape| !others.contains(&shape.name)) {
        let path = env.write(&format!("{}.tar", shape.name), shape.bytes());
        let args = [
            "diff",
            plain.to_str().unwrap(),
            path.to_str().unwrap(),
            "--files",
            "--platform",
            "linux/amd64",
            "--format",
            "json",
        ];
        let report = env.ocikit(&args).json();
        let images = report["images"].as_array().unwrap();
        assert_eq!(images.len(), 1, "{}: {report}", shape.name);
        assert_eq!(images[0]["same_content"], true, "{}: {report}", shape.name);
        assert_eq!(images[0]["files"]["changes"].as_array().unwrap().len(), 0, "{}: {report}", shape.name);
    }
    for (a, b) in [("oci-archive", "crane"), ("oci-archive", "oci-archive-gz"), ("oci-archive", "oci-archive-wrapped")]
    {
        let run = env.ocikit(&["diff", &format!("{a}.tar"), &format!("{b}.tar"), "--files"]).expect_code(0);
        assert!(run.stdout.contains(": equal"), "{a} {b}: {run}");
    }
}

#[test]
fn real_files() {
    let env = TestEnv::new();
    let run = |a: &str, b: &str| {
        let (a, b) = (testdata(a), testdata(b));
        env.ocikit(&["diff", a.to_str().unwrap(), b.to_str().unwrap(), "--files"])
    };
    insta::assert_snapshot!(run("podman5/save-oci-archive.tar", "podman5/save-docker-archive.tar"), @r#"
    success: true
    exit_code: 0
    ----- stdout -----
    [TESTDATA]/podman5/save-oci-archive.tar and [TESTDATA]/podman5/save-docker-archive.tar: equal in content, OCI archive and docker archive: the same configs and layers, stored differently
    ----- stderr -----
    "#);
    insta::assert_snapshot!(run("ctr/ctr23-export-allplat.tar", "buildx/multi-default.oci.tar"), @r#"
    success: true
    exit_code: 0
    ----- stdout -----
    [TESTDATA]/ctr/ctr23-export-allplat.tar and [TESTDATA]/buildx/multi-default.oci.tar: equal
    ----- stderr -----
    "#);
    insta::assert_snapshot!(run("podman5/save-oci-archive.tar", "skopeo/ociarchive-zstdchunked.tar"), @r#"
    success: false
    exit_code: 1
    ----- stdout -----
    linux/amd64 sha256:22686ba2beff -> linux/amd64 sha256:d33e41dc6dda: the same config and layer contents
      manifest
        ~ /layers/0/mediaType: "application/vnd.oci.image.layer.v1.tar+gzip" -> "application/vnd.oci.image.layer.v1.tar+zstd"
        + /layers/0/annotations: {"io.github.containers.zstd-chunked.manifest-checksum":"sha256:e34556d64c6e2ad397a4825aa82373d2d434cab06941bac32e6258cf48b30b3a","io.github.containers.zstd-chun...
      layers
        = 1 sha256:98b28e4be521  26.0 KiB -> 1 sha256:b3e6643321f8  28.1 KiB, the same content stored differently
      size 26.0 KiB -> 28.1 KiB (+2.1 KiB)
      files: the same
    [TESTDATA]/podman5/save-oci-archive.tar and [TESTDATA]/skopeo/ociarchive-zstdchunked.tar: different, but every image has the same content
    ----- stderr -----
    "#);
    insta::assert_snapshot!(run("buildx/multi-default.oci.tar", "buildx/multi-default.ocidir"), @r#"
    success: false
    exit_code: 1
    ----- stdout -----
    linux/amd64 sha256:c70c67f34b88: the same config and layer contents
      attestations and other referrers
        - attestation: https://slsa.dev/provenance/v1 sha256:8d9c775fb1cf
        + attestation: https://slsa.dev/provenance/v1 sha256:b092ef17bfb4
      files: the same
    linux/arm64 sha256:445ee80c487d: the same config and layer contents
      attestations and other referrers
        - attestation: https://slsa.dev/provenance/v1 sha256:7a7757f01a25
        + attestation: https://slsa.dev/provenance/v1 sha256:d7b464d9dfd2
      files: the same
    linux/arm/v7 sha256:d4dfec728c45: the same config and layer contents
      attestations and other referrers
        - attestation: https://slsa.dev/provenance/v1 sha256:9d2e5a82f0d1
        + attestation: https://slsa.dev/provenance/v1 sha256:b7e316673494
      files: the same
    [TESTDATA]/buildx/multi-default.oci.tar and [TESTDATA]/buildx/multi-default.ocidir: different, but every image has the same content
    ----- stderr -----
    "#);
}

#[test]
fn platforms_names_and_attestations() {
    let env = TestEnv::new();
    let attested = Sample::attested(&["linux/amd64", "linux/arm64"], |attestation: Attestation| attestation);
    env.write_tar("attested.tar", &attested.layout());
    let plain = Sample::multi(&["linux/amd64", "linux/arm/v7"]);
    let files = Layout::new(&plain.store).root(&plain.root.named("example.com/team/app:2.0")).files();
    env.write_tar("plain.tar", &files);
    insta::assert_snapshot!(env.ocikit(&["diff", "attested.tar", "plain.tar"]), @r#"
    success: false
    exit_code: 1
    ----- stdout -----
    names
      - example.com/team/app:1.0
      + example.com/team/app:2.0
    linux/amd64 sha256:7f8df3f7eb94: the same config and layer contents
      attestations and other referrers
        - attestation: https://slsa.dev/provenance/v1, https://spdx.dev/Document sha256:95c337fba1f7
    - linux/arm64 sha256:78fc9b1f9d95
    + linux/arm/v7 sha256:5e3776464405
    attested.tar and plain.tar: different
    ----- stderr -----
    "#);
    insta::assert_snapshot!(env.ocikit(&["diff", "attested.tar", "plain.tar", "--platform", "linux/s390x"]), @r#"
    success: false
    exit_code: 2
    ----- stdout -----
    ----- stderr -----
    error: attested.tar: platform linux/s390x is not in the file; it contains `linux/amd64`, `linux/arm64`
    "#);
}

#[test]
fn times_alone() {
    let env = TestEnv::new();
    let at = |time| Image::new("linux/amd64").layer(Layer::new().file("a", "a").mtime(time).file("b", "b"));
    write(&env, "a.tar", &at(10));
    write(&env, "b.tar", &at(20));
    let changes = |more: &[&str]| {
        let args = [&["diff", "a.tar", "b.tar", "--files", "--format", "json"][..], more].concat();
        env.ocikit(&args).expect_code(1).json()["images"][0]["files"]["changes"].clone()
    };
    assert_eq!(changes(&[])[0]["what"], serde_json::json!(["time"]));
    assert_eq!(changes(&["--ignore-time"]), serde_json::json!([]));
}

/// Layers that no digest and no diff_id names are told apart by their bytes.
#[test]
fn a_docker_archive_without_diff_ids_is_equal_to_itself() {
    let env = TestEnv::new();
    let mut files = shapes::docker20();
    // A config of another name is held against none.
    let config = files.digest_at("manifest.json", "/0/Config");
    files.edit_json(&config, |text| text.replace("\"diff_ids\"", "\"ids\"")).rename(&config, "config.json");
    files.edit_json("manifest.json", |text| text.replace(&config, "config.json"));
    env.write_tar("a.tar", &files);
    let _ = env.ocikit(&["diff", "a.tar", "a.tar"]).expect_code(0);
    let layer = files.digest_at("manifest.json", "/0/Layers/0");
    files.flip_byte(&layer, 1030);
    env.write_tar("b.tar", &files);
    let run = env.ocikit(&["diff", "a.tar", "b.tar"]).expect_code(1);
    assert!(run.stdout.contains(&layer), "{run}");
}

#[test]
fn trouble_is_not_a_difference() {
    let env = TestEnv::new();
    let sample = Sample::single_with(Compression::Gzip);
    env.write_tar("good.tar", &sample.layout());
    let mut files = sample.layout();
    let layer = blob_name(&sample.images[0].layers[1].desc.digest);
    files.flip_byte(&layer, 9);
    env.write_tar("bad.tar", &files);
    let run = env.ocikit(&["diff", "good.tar", "bad.tar", "--files"]).expect_code(2);
    assert!(run.stderr.contains("bad.tar: layer 2: ") && run.stdout.is_empty(), "{run}");
    write(&env, "other.tar", &Image::new("linux/amd64").layer(base()));
    let run = env.ocikit(&["diff", "other.tar", "bad.tar", "--files"]).expect_code(2);
    assert!(run.stderr.contains("bad.tar: layer 2: ") && run.stdout.is_empty(), "{run}");
    let mut files = sample.layout();
    files.remove(&layer);
    env.write_tar("absent.tar", &files);
    let _ = env.ocikit(&["diff", "other.tar", "absent.tar"]).expect_code(1);
    let run = env.ocikit(&["diff", "other.tar", "absent.tar", "--files"]).expect_code(2);
    assert!(run.stderr.contains("is not in the file"), "{run}");
    let _ = env.ocikit(&["diff", "good.tar", "nothing.tar"]).expect_code(2);
}

/// Kinds of differences that are ignored change the report, the verdict and the exit code.
#[test]
fn what_is_ignored_is_no_difference() {
    let env = TestEnv::new();
    let image = || Image::new("linux/amd64").layer(base().gzip());
    write(&env, "image.tar", &image());
    write(&env, "annotated.tar", &image().annotation("org.example.note", "1"));
    write(
        &env,
        "two-layers.tar",
        &Image::new("linux/amd64").layer(base().zstd()).layer(Layer::of(&[("etc/base", BASE)])),
    );
    write(
        &env,
        "other-file.tar",
        &Image::new("linux/amd64").layer(base().gzip()).layer(Layer::of(&[("etc/base", "2")])),
    );
    write(&env, "other-field.tar", &image().config_field("x-unknown", "field"));
    let run = |words: &[&str]| env.ocikit(words);
    for (other, words) in [
        ("zstd.tar", &["repack", "image.tar", "--compression", "zstd", "-o", "zstd.tar"][..]),
        ("renamed.tar", &["ref", "rename", "image.tar", "example.com/team/app:1.0", "app:2", "-o", "renamed.tar"]),
        ("created.tar", &["config", "image.tar", "--created", "2001-02-03T04:05:06Z", "-o", "created.tar"]),
    ] {
        let _ = run(words).expect_code(0);
        let _ = run(&["diff", "image.tar", other]).expect_code(1);
    }
    for (other, ignore, code) in [
        ("annotated.tar", "annotations", 0),
        ("annotated.tar", "manifest", 0),
        ("annotated.tar", "created,names", 1),
        ("zstd.tar", "compression", 0),
        ("zstd.tar", "annotations", 1),
        ("renamed.tar", "names", 0),
        ("created.tar", "created", 0),
        ("created.tar", "history", 1),
        ("two-layers.tar", "layers", 1),
        ("two-layers.tar", "layers,manifest,history", 0),
    ] {
        let words = ["diff", "image.tar", other, "--ignore", ignore];
        let text = run(&words).expect_code(code);
        // The images themselves are equal where only their names differ.
        let (end, verdict) = if ignore == "names" { ("\n", "equal") } else { (", ignoring ", "equal-ignoring") };
        let shown = format!("image.tar and {other}: equal{end}");
        assert_eq!(text.stdout.contains(&shown), code == 0, "{text}");
        let report = run(&[&words[..], &["--format", "json"]].concat()).expect_code(code).json();
        let verdict = if code == 0 { verdict } else { "different" };
        assert_eq!((&report["verdict"], report["ignored"][0].is_string()), (&verdict.into(), true), "{other} {ignore}");
    }
    for (other, code) in [
        ("annotated.tar", 0),
        ("zstd.tar", 0),
        ("renamed.tar", 0),
        ("created.tar", 0),
        ("two-layers.tar", 0),
        ("other-file.tar", 1),
        ("other-field.tar", 1),
    ] {
        let _ = run(&["diff", "image.tar", other, "--semantic"]).expect_code(code);
    }
    let wrong = run(&["diff", "image.tar", "zstd.tar", "--ignore", "time"]).expect_code(2);
    assert!(wrong.stderr.contains("`time` is not one of annotations, attestations, "), "{wrong}");
}
