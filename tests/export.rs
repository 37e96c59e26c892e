//! `export`: the merged root file system as one tar archive, the same as `unpack` and the readers make.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use crate::support::{Layer, TestEnv, readers, shapes, testdata};
use crate::unpack::{image_of, layered, tree};

/// `cap_net_bind_service=ep`, as the kernel stores it.
const CAPABILITY: &str = "\u{1}\0\0\u{2}\0\u{4}\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

/// Layers with what few images have.
fn odd() -> Vec<Layer> {
    let long = format!("{}/{}", "d".repeat(160), "n".repeat(120));
    vec![
        Layer::new()
            .dir(".")
            .mode(0o711)
            .owner(3, 4)
            .mtime(5)
            .file("caps", "x")
            .mode(0o6755)
            .owner(4_000_000, 3_000_000)
            .pax("SCHILY.xattr.security.capability", CAPABILITY)
            .pax("mtime", "-1.25")
            .file(&long, "long")
            .pax("mtime", "8589934592.5")
            .symlink("far", &"t/".repeat(100))
            .char_device("null", 1, 3)
            .block_device("sda", 8, 0)
            .fifo("pipe")
            .mode(0o1622)
            .gzip(),
        Layer::new().file("implied/x", "x").whiteout("far").file("below/a", "a").hardlink("below/b", "below/a"),
    ]
}

fn listing(env: &TestEnv, archive: &str) -> String {
    env.bash(&format!("TZ=UTC tar --numeric-owner --full-time -tvf {archive}")).expect_code(0).stdout
}

#[test]
fn a_tree() {
    let env = TestEnv::new();
    env.write_tar("app.tar", &image_of(layered()));
    // As `unpack`: a hard link into a lower layer is an error, since some readers refuse it.
    let run = env.ocikit(&["export", "app.tar", "-o", "root.tar"]).expect_code(1);
    assert!(run.stdout.ends_with("root.tar: 7 files, 41 B; 6 directories, 2 symbolic links, 2 hard links\n"), "{run}");
    insta::assert_snapshot!(listing(&env, "root.tar"), @"
    drwxr-xr-x 0/0               0 2020-09-13 12:26:40 bin/
    -rw-r--r-- 0/0              14 1970-01-01 00:00:00 bin/other-name
    -rwxr-xr-x 0/0               3 2020-09-13 12:26:41 bin/tool
    hrwxr-xr-x 0/0               0 2020-09-13 12:26:41 bin/tool2 link to bin/tool
    drwxr-xr-x 0/0               0 1970-01-01 00:00:00 cache/
    -rw-r--r-- 0/0               1 1970-01-01 00:00:00 cache/c
    lrwxrwxrwx 0/0               0 1970-01-01 00:00:00 dangling -> /nowhere/at/all
    drwxr-x--- 0/0               0 2022-04-15 05:20:00 etc/
    -rw-r--r-- 0/0               3 1970-01-01 00:00:00 etc/motd
    lrwxrwxrwx 0/0               0 2020-09-13 12:26:42 lib -> usr/lib
    hrwxr-xr-x 0/0               0 2020-09-13 12:26:41 linked link to bin/tool
    drwxr-xr-x 0/0               0 1970-01-01 00:00:00 usr/
    drwxr-xr-x 0/0               0 1970-01-01 00:00:00 usr/lib/
    -rw-r--r-- 0/0               3 1970-01-01 00:00:00 usr/lib/libc.so
    -rw-r--r-- 0/0               6 1970-01-01 00:00:00 was-dir
    drwxr-xr-x 0/0               0 1970-01-01 00:00:00 was-file/
    -rw-r--r-- 0/0              11 1970-01-01 00:00:00 was-file/now
    ");
    assert_eq!(env.listing(), ["app.tar", "root.tar"]);
    // Written again, it is replaced.
    let first = env.read("root.tar");
    let _ = env.ocikit(&["export", "app.tar", "-o", "root.tar"]).expect_code(1);
    assert_eq!(env.read("root.tar"), first);
}

#[test]
fn what_few_files_have() {
    let env = TestEnv::new();
    env.write_tar("app.tar", &image_of(odd()));
    let _ = env.ocikit(&["export", "app.tar", "-o", "root.tar"]).expect_code(0);
    insta::assert_snapshot!(listing(&env, "root.tar"), @"
    drwx--x--x 3/4               0 1970-01-01 00:00:05 ./
    drwxr-xr-x 0/0               0 1970-01-01 00:00:00 below/
    -rw-r--r-- 0/0               1 1970-01-01 00:00:00 below/a
    hrw-r--r-- 0/0               0 1970-01-01 00:00:00 below/b link to below/a
    -rwsr-sr-x 4000000/3000000   1 1969-12-31 23:59:59.25 caps
    drwxr-xr-x 0/0               0 1970-01-01 00:00:00    dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd/
    -rw-r--r-- 0/0               4 2242-03-16 12:56:32.5  dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd/nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn
    drwxr-xr-x 0/0               0 1970-01-01 00:00:00    implied/
    -rw-r--r-- 0/0               1 1970-01-01 00:00:00    implied/x
    crw-r--r-- 0/0             1,3 1970-01-01 00:00:00    null
    prw--w--wT 0/0               0 1970-01-01 00:00:00    pipe
    brw-r--r-- 0/0             8,0 1970-01-01 00:00:00    sda
    ");
    let python = "import tarfile
for entry in tarfile.open('root.tar'):
    if entry.pax_headers:
        print(entry.name[:9], {key: value[:9] for key, value in sorted(entry.pax_headers.items())})";
    insta::assert_snapshot!(env.bash(&format!("python3 -c \"{python}\"")).expect_code(0).stdout, @r#"
caps {'SCHILY.xattr.security.capability': '\x01\x00\x00\x02\x00\x04\x00\x00\x00', 'gid': '3000000', 'mtime': '-1.25', 'uid': '4000000'}
ddddddddd {'path': 'ddddddddd'}
ddddddddd {'mtime': '858993459', 'path': 'ddddddddd'}
"#);
}

#[test]
fn some_paths() {
    let env = TestEnv::new();
    env.write_tar("app.tar", &image_of(layered()));
    let names = |paths: &[&str]| {
        let _ = env.ocikit(&[&["export", "app.tar", "-o", "root.tar"], paths].concat()).expect_code(1);
        env.bash("tar -tf root.tar").expect_code(0).stdout.replace('\n', " ")
    };
    insta::assert_snapshot!(names(&["etc"]), @"etc/ etc/motd ");
    // Links on the way are followed, and at the end they are not.
    insta::assert_snapshot!(names(&["lib/libc.so"]), @"usr/ usr/lib/ usr/lib/libc.so ");
    insta::assert_snapshot!(names(&["/lib", "cache/c"]), @"cache/ cache/c lib ");
    // The first of the names that were asked for is the file.
    insta::assert_snapshot!(names(&["linked", "bin/tool2"]), @"bin/ bin/tool2 linked ");
    let run = env.ocikit(&["export", "app.tar", "no/such", "-o", "none.tar"]).expect_code(2);
    insta::assert_snapshot!(run.stderr, @"error: app.tar: `no/such`: no such file; list the files with `files`");
    assert_eq!(env.listing(), ["app.tar", "root.tar"]);
}

/// Every image of every real file, extracted by GNU tar.
#[test]
fn the_same_tree_as_unpack() {
    let env = TestEnv::new();
    env.write_tar("layered.tar", &image_of(layered()));
    let mut inputs = vec![env.path("layered.tar")];
    for group in std::fs::read_dir(testdata("")).unwrap().flatten().filter(|entry| entry.path().is_dir()) {
        inputs.extend(std::fs::read_dir(group.path()).unwrap().flatten().map(|item| item.path()));
    }
    let mut seen = 0;
    for input in inputs {
        let input = input.display().to_string();
        let platform = ["--platform", "linux/amd64"];
        let unpacked = env.ocikit(&[&["unpack", &input, "-o", "unpacked"], &platform[..]].concat());
        let exported = env.ocikit(&[&["export", &input, "-o", "root.tar"], &platform[..]].concat());
        assert_eq!(exported.code, unpacked.code, "{exported}");
        if exported.code == 2 {
            assert_eq!(exported.stderr.replace("export", ""), unpacked.stderr.replace("unpack", ""));
            continue;
        }
        let _ = env.bash("mkdir extracted && tar -xpf root.tar -C extracted").expect_code(0);
        let ours = tree(&env.path("unpacked"));
        assert_eq!(tree(&env.path("extracted")), ours, "{input}");
        // Devices are there too; none of these files has one.
        let _ = env.bash("rm -rf extracted unpacked unpacked.mtree root.tar").expect_code(0);
        seen += usize::from(!ours.is_empty());
    }
    assert!(seen > 30, "{seen}");
}

#[test]
fn every_shape_and_every_way_out() {
    let env = TestEnv::new();
    for shape in shapes::all() {
        if ["cache-index", "cache-manifest", "imgpkg", "oci-archive-urls", "pack"].contains(&shape.name) {
            continue;
        }
        env.write("shape.tar", shape.bytes());
        let run = env.bash(
            "for out in - root.tar root.tar.gz root.tar.zst; do ocikit export shape.tar --platform linux/amd64 -o $out; \
             done >stdout.tar 2>report; ocikit export - --platform linux/amd64 -o - <shape.tar 2>report >stdin.tar; \
             cmp stdin.tar root.tar && gzip -dc root.tar.gz | cmp - root.tar && zstd -dcq root.tar.zst | cmp - root.tar; \
             head -c $(stat -c %s root.tar) stdout.tar | cmp - root.tar; tar -tf root.tar | tr '\\n' ' '",
        );
        assert_eq!(run.code, 0, "{}: {run}", shape.name);
        let names = run.stdout.replace("./ ", "");
        assert!(names.contains("bin/ "), "{}: {run}", shape.name);
    }
}

#[test]
fn a_damaged_layer_leaves_nothing() {
    for (what, files) in shapes::damaged_layers() {
        let env = TestEnv::new();
        env.write_tar("app.tar", &files);
        let run = env.ocikit(&["export", "app.tar", "-o", "root.tar"]).expect_code(2);
        assert_eq!(env.listing(), ["app.tar"], "{what}: {run}");
        let run = env.ocikit(&["export", "app.tar", "-o", "-"]).expect_code(2);
        assert_eq!(run.stdout, "", "{what}: {run}");
    }
}

#[test]
fn what_is_refused() {
    let env = TestEnv::new();
    env.write_tar("app.tar", &shapes::oci_archive());
    std::fs::create_dir(env.path("directory")).unwrap();
    let run = env.ocikit(&["export", "app.tar", "-o", "directory"]).expect_code(2);
    insta::assert_snapshot!(run.stderr, @"error: directory: export writes a file, not a directory; `ocikit unpack app.tar -o directory` unpacks the image");
    let multi = testdata("buildx/multi-default.oci.tar").display().to_string();
    let run = env.ocikit(&["export", &multi, "-o", "root.tar"]).expect_code(2);
    assert!(run.stderr.contains("select one of `--platform linux/amd64`"), "{run}");
    assert_eq!(env.listing(), ["app.tar", "directory"]);
}

#[test]
fn podman_imports_it() {
    let Some(podman) = readers::podman() else { return };
    let env = TestEnv::new();
    env.write_tar("app.tar", &image_of([layered(), odd()].concat()));
    let _ = env.ocikit(&["export", "app.tar", "-o", "root.tar"]).expect_code(1);
    let _ = podman.import(env.path("root.tar")).accepted();
}

#[test]
fn the_same_tree_as_umoci() {
    let Some(umoci) = readers::umoci() else { return };
    let env = TestEnv::new();
    let directory = env.write_dir("app", &image_of(layered()));
    let _ = umoci.unpack(&directory, "1.0", env.path("bundle")).accepted();
    let _ = env.ocikit(&["export", "app:1.0", "-o", "root.tar"]).expect_code(1);
    let _ = env.bash("mkdir extracted && tar -xpf root.tar -C extracted").expect_code(0);
    assert_eq!(tree(&env.path("extracted")), tree(&env.path("bundle/rootfs")));
}
