//! Artifacts: written as ORAS writes them, attached to images, and their files extracted.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use crate::support::*;

const THING: &str = "application/vnd.test.thing";

fn env() -> TestEnv {
    let env = TestEnv::new();
    env.write("a.txt", "hello");
    env.write("b.json", r#"{"x":1}"#);
    env
}

/// `oras push --oci-layout` 1.3.3 of the same files, type and annotation has this digest.
#[test]
fn new_artifacts_have_the_digest_that_oras_gives_them() {
    let env = env();
    let created = "org.opencontainers.image.created=2000-01-01T00:00:00Z";
    let words = ["new", "--artifact-type", THING, "a.txt", "b.json:application/json", "--annotation", created];
    insta::assert_snapshot!(env.ocikit(&[&words[..], &["-t", "v1", "-o", "out/"]].concat()), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    added artifact sha256:8cb3109fabded011b6026cd79cc0f3d6e02a36f7febad8a4122eafe77e8723cf
    new blobs: 4 blobs, 771 B
    documents: index.json
    out/: 1.1 KiB written
    ----- stderr -----
    ");
    let _ = env.ocikit(&["verify", "--deep", "out"]).expect_code(0);
    let _ = env.ocikit(&[&words[..], &["-o", "out.tar.gz"]].concat()).expect_code(0);
    let run = env.ocikit(&["inspect", "out.tar.gz", "--digest"]).expect_code(0);
    assert_eq!(run.stdout.trim(), "sha256:8cb3109fabded011b6026cd79cc0f3d6e02a36f7febad8a4122eafe77e8723cf");
    let before = env.listing();
    let _ = env.ocikit(&[&words[..], &["--dry-run"]].concat()).expect_code(0);
    assert_eq!(env.listing(), before);
}

#[test]
fn what_is_no_artifact_is_refused() {
    let env = env();
    std::fs::create_dir_all(env.path("d")).unwrap();
    env.write("d/a.txt", "other");
    for (files, expected) in [
        (&["d"][..], "d: cannot add it to an artifact: it is a directory"),
        (&["absent"], "absent: cannot open"),
        (&["a.txt", "./a.txt:text/plain"], "a.txt has the same title"),
    ] {
        let run = env.ocikit(&[&["new", "-o", "out.tar", "--artifact-type", THING], files].concat()).expect_code(2);
        assert!(run.stderr.contains(expected), "{run}");
    }
    for kind in ["thing", "a/b/c", "a/", "a/b c"] {
        let _ = env.ocikit(&["new", "-o", "out.tar", "--artifact-type", kind, "a.txt"]).expect_code(2);
    }
    assert!(!env.path("out.tar").exists());
}

#[test]
fn files_of_artifacts_are_extracted_by_title() {
    let env = env();
    std::fs::create_dir_all(env.path("d")).unwrap();
    env.write("d/c.txt", "in a directory");
    let _ = env.ocikit(&["new", "--artifact-type", THING, "a.txt", "d/c.txt", "-o", "x.tar"]).expect_code(0);
    insta::assert_snapshot!(env.ocikit(&["artifact", "extract", "x.tar", "-o", "out"]), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    a.txt    application/vnd.oci.image.layer.v1.tar  5 B
    d/c.txt  application/vnd.oci.image.layer.v1.tar  14 B
    ----- stderr -----
    ");
    assert_eq!((env.read("out/a.txt"), env.read("out/d/c.txt")), (b"hello".to_vec(), b"in a directory".to_vec()));
    // Nothing is overwritten.
    let _ = env.ocikit(&["artifact", "extract", "x.tar", "-o", "out"]).expect_code(2);
    let image = testdata("buildx/default.oci.tar");
    let run = env.ocikit(&["artifact", "extract", image.to_str().unwrap(), "-o", "none"]).expect_code(2);
    assert!(run.stderr.contains("has a title"), "{run}");
    assert!(!env.path("none").exists());
}

/// An artifact with one file of this title.
fn titled(title: &str, more: &str) -> Files {
    let env = env();
    let _ = env.ocikit(&["new", "--artifact-type", THING, "a.txt", "-o", "x"]).expect_code(0);
    let mut files = Files::from_dir(env.path("x"));
    let old = files.digest_at("index.json", "/manifests/0/digest");
    let text = String::from_utf8(env.read(&format!("x/{}", blob_name(&old)))).unwrap();
    let title = serde_json::to_string(title).unwrap();
    let text = text.replace(
        r#""org.opencontainers.image.title":"a.txt""#,
        &format!("{more}\"org.opencontainers.image.title\":{title}"),
    );
    let new = ocikit::digest::Algorithm::Sha256.digest(text.as_bytes()).to_string();
    let index = String::from_utf8(env.read("x/index.json")).unwrap();
    let size = format!("\"size\":{}", env.read(&format!("x/{}", blob_name(&old))).len());
    let index = index.replace(&old, &new).replace(&size, &format!("\"size\":{}", text.len()));
    files.file(&blob_name(&new), text).replace("index.json", index);
    files
}

#[test]
fn a_title_is_no_directory_of_another() {
    for titles in [["a", "a/b"], ["x/y/z", "x"]] {
        let env = env();
        let _ = env.ocikit(&["new", "--artifact-type", THING, "a.txt", "b.json", "-o", "x"]).expect_code(0);
        let mut files = Files::from_dir(env.path("x"));
        let manifest = files.digest_at("index.json", "/manifests/0/digest");
        let _ = files.rewrite_document(&manifest, |text| {
            text.replace("\"a.txt\"", &format!("\"{}\"", titles[0]))
                .replace("\"b.json\"", &format!("\"{}\"", titles[1]))
        });
        env.write_tar("x.tar", &files);
        let before = env.listing();
        let run = env.ocikit(&["artifact", "extract", "x.tar", "-o", "out"]).expect_code(2);
        assert!(run.stderr.contains("is a file and a directory by the titles"), "{run}");
        assert_eq!(env.listing(), before);
    }
}

#[test]
fn titles_that_lead_out_of_the_directory_are_refused() {
    for (title, is_refused) in [
        ("../a", true),
        ("/etc/a", true),
        ("a/../../b", true),
        ("a\\..\\b", true),
        ("", true),
        ("\0", true),
        ("./a//b", false),
        ("\u{1b}[31m\u{202e}a", false),
    ] {
        let env = TestEnv::new();
        env.write_tar("x.tar", &titled(title, ""));
        let before = env.listing();
        let run =
            env.ocikit(&["artifact", "extract", "x.tar", "-o", "out"]).expect_code(if is_refused { 2 } else { 0 });
        assert!(!(run.stderr.clone() + &run.stdout).contains(['\u{1b}', '\u{202e}', '\0']), "{run}");
        if is_refused {
            assert!(run.stderr.contains("is not a relative path"), "{run}");
            assert_eq!(env.listing(), before);
        }
    }
}

/// ORAS packs directories; the archive is kept, and the name says that it is one.
#[test]
fn packed_directories_stay_archives() {
    let env = TestEnv::new();
    env.write_tar("x.tar", &titled("d", r#""io.deis.oras.content.unpack":"true","#));
    insta::assert_snapshot!(env.ocikit(&["artifact", "extract", "x.tar", "-o", "out"]), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    d.tar  application/vnd.oci.image.layer.v1.tar  5 B
    d.tar is a directory that was packed as a tar archive
    ----- stderr -----
    ");
}

#[test]
fn damaged_files_leave_nothing_behind() {
    let env = env();
    let _ = env.ocikit(&["new", "--artifact-type", THING, "a.txt", "-o", "x"]).expect_code(0);
    let blob = "x/blobs/sha256/2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    std::fs::write(env.path(blob), "hullo").unwrap();
    let run = env.ocikit(&["artifact", "extract", "x", "-o", "out"]).expect_code(2);
    assert!(run.stderr.contains("is damaged"), "{run}");
    std::fs::remove_file(env.path(blob)).unwrap();
    let _ = env.ocikit(&["artifact", "extract", "x", "-o", "out"]).expect_code(2);
    assert!(!env.path("out").exists());
}

#[test]
fn attached_files_are_referrers() {
    let env = env();
    env.write("multi.tar", std::fs::read(testdata("buildx/sbom-provmax-multi.oci.tar")).unwrap());
    let words = ["--artifact-type", "application/vnd.test.note", "a.txt:text/plain"];
    insta::assert_snapshot!(env.ocikit(&[&["attach", "multi.tar"], &words[..], &["-o", "x.tar"]].concat()), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    added artifact sha256:7719926954f3f1fab4e5166814bc13076eb97538470136bd5a1663da52a7a502
    new blobs: 2 blobs, 637 B
    documents: index.json
    note: `index.json` now lists 2 entries, which podman and crane refuse; skopeo and imagetools need the name of the image, `:1.0`
    x.tar: 45.5 KiB written
    ----- stderr -----
    ");
    let platform = ["attach", "x.tar", "--platform", "linux/arm64", "--in-place"];
    let _ = env.ocikit(&[&platform, &words[..]].concat()).expect_code(0);
    let _ = env.ocikit(&["verify", "--deep", "x.tar"]).expect_code(0);
    insta::assert_snapshot!(env.ocikit(&["inspect", "x.tar"]).expect_code(0).stdout, @r"
    x.tar: OCI archive, 18 blobs, 26.7 KiB
    example.com/team/multi:1.0
    └── index sha256:c72194999dfa  4 manifests
        ├── linux/amd64  image sha256:c70c67f34b88  2 layers, 4.3 KiB
        │   └── attestation sha256:8ed494c4e88d  SBOM (SPDX), provenance (SLSA v1)
        ├── linux/arm64  image sha256:445ee80c487d  2 layers, 4.3 KiB
        │   ├── artifact sha256:1303d9a4fd65  1 blob, 5 B, application/vnd.test.note
        │   └── attestation sha256:89ee9a924564  SBOM (SPDX), provenance (SLSA v1)
        └── artifact sha256:7719926954f3  1 blob, 5 B, application/vnd.test.note
    ");
    let digest = |file: &str| env.ocikit(&["inspect", file, "--digest"]).stdout;
    assert_eq!(digest("multi.tar:1.0"), digest("x.tar:1.0"));
    let files = Files::from_tar(env.path("x.tar"));
    let note = files.digest_at("index.json", "/manifests/1/digest");
    let _ = env.ocikit(&["artifact", "extract", &format!("x.tar@{note}"), "-o", "out"]).expect_code(0);
    assert_eq!(env.read("out/a.txt"), b"hello");
    let docker = testdata("docker/d20-save-duplayers.tar");
    let run = [&["attach", docker.to_str().unwrap(), "-o", "y.tar"], &words[..]].concat();
    let run = env.ocikit(&run).expect_code(2);
    assert!(run.stderr.contains("lists no referrers"), "{run}");
}

#[test]
fn files_are_attached_once() {
    let env = env();
    env.write_dir("image", &shapes::oci_archive());
    let name = env.ocikit(&["ref", "list", "image", "--format", "json"]).expect_code(0).json();
    let image = format!("image:{}", name["refs"][0]["name"].as_str().unwrap());
    let attach = ["attach", &image, "a.txt", "--artifact-type", THING, "--in-place"];
    let _ = env.ocikit(&attach).expect_code(0);
    let before = env.read("image/index.json");
    let again = env.ocikit(&attach).expect_code(0);
    assert!(again.stdout.contains("nothing to change"), "{again}");
    assert_eq!(env.read("image/index.json"), before);
}

/// oras refuses a file whose size is not that of its descriptor, and so does `artifact extract`.
#[test]
fn a_wrong_size_is_refused() {
    let env = env();
    let _ = env.ocikit(&["new", "--artifact-type", THING, "a.txt", "-o", "out/"]).expect_code(0);
    let mut files = Files::from_dir(env.path("out"));
    let manifest = files.digest_at("index.json", "/manifests/0/digest");
    let _ = files.rewrite_document(&manifest, |text| text.replacen(r#""size":5"#, r#""size":9"#, 1));
    env.write_tar("wrong.tar", &files);
    let run = env.ocikit(&["artifact", "extract", "wrong.tar", "-o", "files"]).expect_code(2);
    assert!(run.stderr.contains("expected 9 bytes, found 5"), "{run}");
    assert!(!env.path("files").exists());
}

/// A referrer is not meant by the file alone.
#[test]
fn a_file_with_a_referrer_is_still_one_image() {
    let env = env();
    env.write_dir("image", &shapes::oci_archive());
    let digest = env.ocikit(&["inspect", "image", "--digest"]).expect_code(0).stdout;
    for file in ["a.txt", "b.json"] {
        let _ = env.ocikit(&["attach", "image", file, "--artifact-type", THING, "--in-place"]).expect_code(0);
        assert_eq!(env.ocikit(&["inspect", "image", "--digest"]).expect_code(0).stdout, digest);
    }
    let _ = env.ocikit(&["new", "--artifact-type", THING, "a.txt", "-o", "artifact/"]).expect_code(0);
    let _ = env.ocikit(&["attach", "artifact", "b.json", "--artifact-type", THING, "--in-place"]).expect_code(0);
    let _ = env.ocikit(&["artifact", "extract", "artifact", "-o", "files"]).expect_code(0);
    assert_eq!(env.read("files/a.txt"), b"hello");
}
