//! `files` and `cat`: the merged root file system, as people list and read it.

use crate::support::{
    Compression, Files, Image, Kind, Layer, Layout, Member, Sample, Store, TestEnv, blob_name, shapes, testdata,
};

/// One image of these layers in a layout.
fn image_of(layers: Vec<Layer>) -> Files {
    let mut store = Store::new();
    let image = layers.into_iter().fold(Image::new("linux/amd64"), Image::layer).put(&mut store);
    Layout::new(&store).root(&image.desc.named("app:1.0")).files()
}

fn layered() -> Files {
    image_of(vec![
        Layer::new()
            .dir("etc")
            .file("etc/motd", "old\n")
            .file("etc/secret", "x".repeat(2000))
            .file("bin/su", "su\n")
            .mode(0o4755)
            .owner(0, 42)
            .mtime(1_700_000_000)
            .hardlink("bin/su2", "bin/su")
            .mode(0o4755)
            .owner(0, 42)
            .symlink("lib", "/usr/lib")
            .char_device("dev/null", 1, 3)
            .gzip(),
        Layer::new().file("etc/motd", "new\n").whiteout("etc/secret").file("lib/libc.so", "elf").zstd(),
        Layer::new().opaque("dev").fifo("run/pipe").symlink("out", "../../../../etc/motd"),
    ])
}

#[test]
fn a_listing() {
    let env = TestEnv::new();
    env.write_tar("app.tar", &layered());
    insta::assert_snapshot!(env.ocikit(&["files", "app.tar"]), @r#"
    success: true
    exit_code: 0
    ----- stdout -----
    drwxr-xr-x 0:0  0 1970-01-01 00:00 - bin/
    -rwsr-xr-x 0:42 3 2023-11-14 22:13 1 bin/su
    -rwsr-xr-x 0:42 3 2023-11-14 22:13 1 bin/su2 same file as bin/su
    drwxr-xr-x 0:0  0 1970-01-01 00:00 - dev/
    drwxr-xr-x 0:0  0 1970-01-01 00:00 1 etc/
    -rw-r--r-- 0:0  4 1970-01-01 00:00 2 etc/motd
    lrwxrwxrwx 0:0  0 1970-01-01 00:00 1 lib -> /usr/lib
    lrwxrwxrwx 0:0  0 1970-01-01 00:00 3 out -> ../../../../etc/motd
    drwxr-xr-x 0:0  0 1970-01-01 00:00 - run/
    prw-r--r-- 0:0  0 1970-01-01 00:00 3 run/pipe
    drwxr-xr-x 0:0  0 1970-01-01 00:00 - usr/
    drwxr-xr-x 0:0  0 1970-01-01 00:00 - usr/lib/
    -rw-r--r-- 0:0  3 1970-01-01 00:00 2 usr/lib/libc.so
    3 files, 10 B in 3 layers; 2 files (1.9 KiB, 99.5 %) hidden by higher layers
    ----- stderr -----
    "#);
    insta::assert_snapshot!(env.ocikit(&["files", "app.tar", "--tree"]), @r#"
    success: true
    exit_code: 0
    ----- stdout -----
    ├── bin/  6 B
    │   ├── su  3 B  1
    │   └── su2 same file as bin/su  3 B  1
    ├── dev/  0 B
    ├── etc/  4 B  1
    │   └── motd  4 B  2
    ├── lib -> /usr/lib  0 B  1
    ├── out -> ../../../../etc/motd  0 B  3
    ├── run/  0 B
    │   └── pipe  0 B  3
    └── usr/  3 B
        └── lib/  3 B
            └── libc.so  3 B  2
    3 files, 10 B in 3 layers; 2 files (1.9 KiB, 99.5 %) hidden by higher layers
    ----- stderr -----
    "#);
    insta::assert_snapshot!(env.ocikit(&["files", "app.tar", "--top", "2"]), @r#"
    success: true
    exit_code: 0
    ----- stdout -----
    -rw-r--r-- 0:0  4 1970-01-01 00:00 2 etc/motd
    -rwsr-xr-x 0:42 3 2023-11-14 22:13 1 bin/su
    hidden by higher layers:
    2000 etc/secret (layer 1)
       4 etc/motd (layer 1)
    3 files, 10 B in 3 layers; 2 files (1.9 KiB, 99.5 %) hidden by higher layers
    ----- stderr -----
    "#);
    insta::assert_snapshot!(env.ocikit(&["files", "app.tar", "--layer", "2"]), @r#"
    success: true
    exit_code: 0
    ----- stdout -----
    -rw-r--r-- 0:0 4 1970-01-01 00:00 2 etc/motd
    -rw-r--r-- 0:0 0 1970-01-01 00:00 2 etc/secret (hidden)
    -rw-r--r-- 0:0 3 1970-01-01 00:00 2 lib/libc.so
    3 files, 10 B in 3 layers; 2 files (1.9 KiB, 99.5 %) hidden by higher layers
    ----- stderr -----
    "#);
    insta::assert_snapshot!(env.ocikit(&["files", "app.tar", "/bin/", "etc/motd", "-q"]), @r#"
    success: true
    exit_code: 0
    ----- stdout -----
    drwxr-xr-x 0:0  0 1970-01-01 00:00 - bin/
    -rwsr-xr-x 0:42 3 2023-11-14 22:13 1 bin/su
    -rwsr-xr-x 0:42 3 2023-11-14 22:13 1 bin/su2 same file as bin/su
    -rw-r--r-- 0:0  4 1970-01-01 00:00 2 etc/motd
    ----- stderr -----
    "#);
    insta::assert_snapshot!(env.ocikit(&["files", "app.tar", "etc/secret"]), @r#"
    success: false
    exit_code: 2
    ----- stdout -----
    ----- stderr -----
    error: app.tar: `etc/secret`: no such file; list the files with `files`
    "#);
    insta::assert_snapshot!(env.ocikit(&["files", "app.tar", "--layer", "4"]), @r#"
    success: false
    exit_code: 2
    ----- stdout -----
    ----- stderr -----
    error: app.tar: `layer 4`: the image has 3 layers; list the files with `files`
    "#);
}

#[test]
fn a_listing_for_programs() {
    let env = TestEnv::new();
    env.write_tar("app.tar", &layered());
    let report = env.ocikit(&["files", "app.tar", "--format", "json"]).expect_code(0).json();
    let of = |path: &str| {
        let files = report["files"].as_array().unwrap();
        files.iter().find(|file| file["path"] == path).unwrap_or_else(|| panic!("{path}")).clone()
    };
    let su = of("bin/su");
    assert_eq!(
        (&su["mode"], &su["gid"], &su["mtime"], &su["layer"]),
        (&"4755".into(), &42.into(), &1_700_000_000.into(), &1.into())
    );
    assert_eq!(of("bin/su2")["hard_link"], "bin/su");
    assert_eq!(of("usr/lib/libc.so")["layer"], 2);
    assert_eq!(of("run/pipe")["kind"], "fifo");
    assert_eq!(of("out")["link"], "../../../../etc/motd");
    assert_eq!(report["waste"]["hidden"], serde_json::json!({"count": 2, "bytes": 2004}));
    assert_eq!(report["waste"]["files"][0], serde_json::json!({"path": "etc/secret", "bytes": 2000, "layers": [1]}));
    assert_eq!(report["layers"][1]["whiteouts"], 1);
    assert_eq!(report["platform"]["architecture"], "amd64");
}

/// What the sample image holds, by any way of storing it.
#[test]
fn every_shape_has_the_same_files() {
    let env = TestEnv::new();
    for shape in shapes::all() {
        let path = env.write(&format!("{}.tar", shape.name), shape.bytes());
        let path = path.to_str().unwrap();
        let holds_no_image = ["cache-index", "cache-manifest", "imgpkg"].contains(&shape.name);
        let lacks_a_layer = ["oci-archive-urls", "pack"].contains(&shape.name);
        let run = env.ocikit(&["files", path, "--platform", "linux/amd64", "--format", "json"]);
        if holds_no_image || lacks_a_layer {
            assert_eq!(run.code, 2, "{}: {run}", shape.name);
            continue;
        }
        assert_eq!(run.code, 0, "{}: {run}", shape.name);
        if shape.name == "docker-20-repeated-layer" {
            // An image of its own: one layer stands twice in it.
            assert!(run.stdout.contains("\"again\"") && run.stdout.contains("\"etc/words\""), "{run}");
            continue;
        }
        let report = run.json();
        let files: Vec<&str> =
            report["files"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap()).collect();
        assert_eq!(files, ["bin", "bin/hello", "bin/hi", "etc", "etc/platform"], "{}", shape.name);
        let cat = env.ocikit(&["cat", path, "bin/hi", "--platform", "linux/amd64"]).expect_code(0);
        assert_eq!(cat.stdout, "#!/bin/sh\necho hello again\n", "{}", shape.name);
        let from_stdin = env.command(&["cat", "-", "etc/platform", "--platform", "linux/amd64"]).stdin(shape.bytes());
        assert_eq!(from_stdin.run().expect_code(0).stdout, "linux/amd64\n", "{}", shape.name);
    }
}

#[test]
fn real_images() {
    let env = TestEnv::new();
    for (item, platform, count, layers) in [
        ("umoci/new-whiteout", "linux/amd64", 1, 3),
        ("docker/d20-save-duplayers.tar", "linux/amd64", 2, 3),
        ("docker/d28g-save-pipe.tar.gz", "linux/amd64", 4, 4),
        ("skopeo/ociarchive-zstdchunked.tar", "linux/amd64", 4, 1),
        ("buildkit/comp-estargz.oci.tar", "linux/amd64", 4, 4),
        ("cosign/save-dir", "linux/arm64", 2, 2),
        ("ctr/ctr16-export-default.tar", "linux/amd64", 2, 2),
    ] {
        let path = testdata(item);
        let run = env.ocikit(&["files", path.to_str().unwrap(), "--platform", platform, "--format", "json"]);
        let report = run.expect_code(0).json();
        let counts = (report["total"]["count"].as_u64().unwrap(), report["layers"].as_array().unwrap().len());
        assert_eq!(counts, (count, layers), "{item}");
    }
    let several = testdata("buildx/multi-default.oci.tar");
    insta::assert_snapshot!(env.ocikit(&["files", several.to_str().unwrap()]), @r#"
    success: false
    exit_code: 2
    ----- stdout -----
    ----- stderr -----
    error: [TESTDATA]/buildx/multi-default.oci.tar: contains more than one image; select one of `--platform linux/amd64`, `--platform linux/arm64`, `--platform linux/arm/v7`
    "#);
    let encrypted = testdata("skopeo/oci-encrypted");
    insta::assert_snapshot!(env.ocikit(&["files", encrypted.to_str().unwrap()]), @r#"
    success: false
    exit_code: 2
    ----- stdout -----
    ----- stderr -----
    error: [TESTDATA]/skopeo/oci-encrypted: layer sha256:52d5d247a22f9bb2a72be5fcfedb39ba855b16da7b9baa989f7142429bb6b90d is encrypted; decrypt the image first, for example with `skopeo copy --decryption-key`
    "#);
    let sparse = testdata("skopeo/oci-multi-index-only");
    insta::assert_snapshot!(env.ocikit(&["files", sparse.to_str().unwrap(), "--platform", "linux/amd64"]), @r#"
    success: false
    exit_code: 2
    ----- stdout -----
    ----- stderr -----
    error: [TESTDATA]/skopeo/oci-multi-index-only: sha256:b05ccae318ac18915e5ce1353b3d80a8b520eae704459613b3d07ed6dfeeb4e8 is not in the file
    "#);
}

#[test]
fn names_that_no_engine_takes_are_findings() {
    let env = TestEnv::new();
    let layer = Layer::new().file("../../etc/passwd", "x").file("a/.wh...", "").file("ok", "").hardlink("h", "gone");
    env.write_tar("app.tar", &image_of(vec![layer]));
    insta::assert_snapshot!(env.ocikit(&["files", "app.tar"]), @r#"
    success: false
    exit_code: 1
    ----- stdout -----
    -rw-r--r-- 0:0 0 1970-01-01 00:00 1 ok
    error[member-name-unsafe] index.json#/manifests/0 -> sha256:dd500966d8c8#/layers/0 -> sha256:b083119d0785 -> ../../etc/passwd
      the name contains `..`
      note:     docker, podman, containerd and umoci resolve it from the root, GNU tar refuses it, ocikit skips the entry
    error[layer-entry-doubtful] index.json#/manifests/0 -> sha256:dd500966d8c8#/layers/0 -> sha256:b083119d0785 -> a/.wh...
      the whiteout has no name to remove
      note:     docker, podman, containerd and umoci refuse the layer
    error[link-broken] index.json#/manifests/0 -> sha256:dd500966d8c8#/layers/0 -> sha256:b083119d0785 -> h
      the target of the hard link is not in this or a lower layer
      found:    gone
      note:     the entry is skipped
    error[layer-entry-doubtful] index.json#/manifests/0 -> sha256:dd500966d8c8#/layers/0 -> sha256:b083119d0785 -> h
      the target of the hard link is not an earlier file of this layer
      note:     on overlay docker, podman and containerd refuse the layer, umoci and other readers use the file of a lower layer
    1 file, 0 B in 1 layer; no files hidden by higher layers
    ----- stderr -----
    "#);
}

#[test]
fn names_that_are_not_text() {
    let env = TestEnv::new();
    let mut files = Files::new();
    let mut member = Member::new("x", Kind::File(b"raw\n".to_vec()));
    member.name = "back\\slash".to_owned();
    files.push(member);
    let mut tar = files.to_tar();
    // The name in the header becomes bytes that are not UTF-8; the checksum changes by as much.
    let name = b"back\xff\xfeash";
    let sum: i64 =
        name.iter().map(|b| i64::from(*b)).sum::<i64>() - b"back\\slash".iter().map(|b| i64::from(*b)).sum::<i64>();
    tar[..9].copy_from_slice(name);
    tar[9] = 0;
    let old = i64::from_str_radix(std::str::from_utf8(&tar[148..154]).unwrap(), 8).unwrap();
    tar[148..154].copy_from_slice(format!("{:06o}", old + sum).as_bytes());
    env.write_tar(
        "app.tar",
        &image_of(vec![Layer::from_tar_bytes(tar), Layer::new().file("dev-disk\\x2did", "unit\n")]),
    );
    let listing = env.ocikit(&["files", "app.tar"]).expect_code(0).stdout;
    assert!(listing.contains("back\\xff\\xfeash\n") && listing.contains("dev-disk\\\\x2did\n"), "{listing}");
    for (name, content) in
        [("back\\xff\\xfeash", "raw\n"), ("dev-disk\\x2did", "unit\n"), ("dev-disk\\\\x2did", "unit\n")]
    {
        assert_eq!(env.ocikit(&["cat", "app.tar", name]).expect_code(0).stdout, content, "{name}");
    }
}

#[test]
fn a_file_or_a_blob() {
    let env = TestEnv::new();
    let files = layered();
    env.write_tar("app.tar", &files);
    for (name, content) in [("etc/motd", "new\n"), ("/out", "new\n"), ("lib/libc.so", "elf"), ("bin/su2", "su\n")] {
        assert_eq!(env.ocikit(&["cat", "app.tar", name]).expect_code(0).stdout, content, "{name}");
    }
    let manifest = files.digest_at("index.json", "/manifests/0/digest");
    let run = env.ocikit(&["cat", "app.tar", &format!("@{}", &manifest[..20])]).expect_code(0);
    assert_eq!(run.stdout_bytes, files.bytes(&blob_name(&manifest)));
    for name in ["etc/secret", "etc", "run/pipe", "lib", "@nothing", "@sha256:0000"] {
        let run = env.ocikit(&["cat", "app.tar", name]).expect_code(2);
        assert!(run.stdout.is_empty() && run.stderr.starts_with("error: "), "{run}");
    }
    insta::assert_snapshot!(env.ocikit(&["cat", "app.tar", "etc/secret"]), @r#"
    success: false
    exit_code: 2
    ----- stdout -----
    ----- stderr -----
    error: app.tar: `etc/secret`: no such file; list the files with `files`
    "#);
}

#[test]
fn links_in_circles_end() {
    let env = TestEnv::new();
    let layer = Layer::new().symlink("a", "b").symlink("b", "/a").symlink("up", "../../..").file("x", "x");
    env.write_tar("app.tar", &image_of(vec![layer]));
    let run = env.ocikit(&["cat", "app.tar", "a"]).expect_code(2);
    assert!(run.stderr.contains("too many symbolic links"), "{run}");
    assert_eq!(env.ocikit(&["cat", "app.tar", "up/up/x"]).expect_code(0).stdout, "x");
}

#[test]
fn a_damaged_layer() {
    let env = TestEnv::new();
    let sample = Sample::single_with(Compression::Gzip);
    let mut files = sample.layout();
    let layer = &sample.images[0].layers[0].desc.digest;
    // The operating system in the gzip header: it inflates to the same bytes and has another digest.
    files.flip_byte(&blob_name(layer), 9);
    env.write_tar("flipped.tar", &files);
    let run = env.ocikit(&["files", "flipped.tar"]).expect_code(1);
    assert!(run.stdout.contains("error[blob-digest]") && run.stdout.contains("etc/platform"), "{run}");
    let run = env.ocikit(&["cat", "flipped.tar", "etc/platform"]).expect_code(2);
    assert!(run.stderr.contains("layer 1: ") && run.stderr.contains("the content has the digest sha256:"), "{run}");
    let run = env.ocikit(&["cat", "flipped.tar", &format!("@{layer}")]).expect_code(2);
    assert!(run.stderr.contains("the content has the digest sha256:") && !run.stdout_bytes.is_empty(), "{run}");

    let mut files = sample.layout();
    let length = files.bytes(&blob_name(layer)).len();
    files.truncate(&blob_name(layer), length - 20);
    env.write_tar("cut.tar", &files);
    let run = env.ocikit(&["files", "cut.tar"]).expect_code(1);
    assert!(run.stdout.contains("error[layer-corrupt]"), "{run}");
    let _ = env.ocikit(&["cat", "cut.tar", "etc/platform"]).expect_code(2);
}

#[test]
fn a_limit_on_entries() {
    let env = TestEnv::new();
    env.write_tar("app.tar", &layered());
    insta::assert_snapshot!(env.ocikit(&["files", "app.tar", "--limits", "entries=5"]), @r#"
    success: false
    exit_code: 2
    ----- stdout -----
    ----- stderr -----
    error: app.tar: over the limit entries=5; raise it with `--limits entries=VALUE`
    "#);
}

#[test]
fn a_reader_that_goes_away() {
    let env = TestEnv::new();
    let files = image_of(vec![Layer::new().file("big", vec![b'x'; 1 << 20])]);
    env.write_tar("app.tar", &files);
    let _ = env.command(&["cat", "app.tar", "big"]).close_stdout_after(10).run().expect_code(0);
}
