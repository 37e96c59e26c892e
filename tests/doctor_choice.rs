//! `doctor` where a file lists several entries: how a person says to a reader which one is meant, and what stands beside
//! an image.
#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use crate::support::*;

const THING: &str = "application/vnd.test.note";

/// An image with the tag `1.0`, and an artifact attached to it.
fn attached(env: &TestEnv) {
    env.write("note.txt", "hello");
    env.write_dir("image", &shapes::oci_archive());
    let attach = ["attach", "image", "note.txt", "--artifact-type", THING, "-o"];
    for output in ["image.tar", "layout/"] {
        let _ = env.ocikit(&[&attach[..], &[output]].concat()).expect_code(0);
    }
}

/// What a target says of a file: `accepts`, `refuses` or `accepts-but`, and the requirements that are not met.
fn said(env: &TestEnv, file: &str, target: &str) -> (String, Vec<String>) {
    let report = env.ocikit(&["doctor", file, "--platform", "linux/amd64", "--for", target, "--format", "json"]).json();
    let target = &report["targets"][0];
    let reasons = target["reasons"].as_array().into_iter().flatten();
    let unmet = reasons.map(|reason| reason["requirement"].as_str().unwrap().to_owned()).collect();
    (target["verdict"].as_str().unwrap().to_owned(), unmet)
}

#[test]
fn an_artifact_beside_an_image_is_told_from_a_file_without_one() {
    let env = TestEnv::new();
    attached(&env);
    insta::assert_snapshot!(env.ocikit(&["doctor", "image.tar", "--platform", "linux/amd64", "--for", "kind"]), @r"
    success: false
    exit_code: 1
    ----- stdout -----
    image.tar: OCI archive, read on linux/amd64
    kind  refuses
        besides the image the file lists sha256:1c6dfdcf505f (artifact), which is not an image to run
        fix: ocikit repack image.tar --for kind -o FIXED
    ----- stderr -----
    ");
    let _ = env.ocikit(&["new", "--artifact-type", THING, "note.txt", "-o", "alone.tar"]).expect_code(0);
    insta::assert_snapshot!(env.ocikit(&["doctor", "alone.tar", "--platform", "linux/amd64", "--for", "kind"]), @r"
    success: false
    exit_code: 1
    ----- stdout -----
    alone.tar: OCI archive, read on linux/amd64
    kind  refuses
        contains no image to run but artifact
        fix: none: lists no image
    ----- stderr -----
    ");
}

/// Tried with skopeo 1.9.3 and 1.22: `oci:` takes a position since, `oci-archive:` does not, `docker-archive:` always did.
#[test]
fn a_position_chooses_where_the_program_takes_one() {
    let env = TestEnv::new();
    attached(&env);
    let two = testdata("crane/pull-tarball-2images.tar").display().to_string();
    for (file, target, verdict, unmet) in [
        ("layout:@0", "skopeo-oci@1.22", "accepts", &[][..]),
        ("layout:@0", "skopeo-oci@1.9.3", "refuses", &["position"]),
        ("layout:1.0", "skopeo-oci@1.9.3", "accepts", &[]),
        ("layout", "skopeo-oci@1.22", "refuses", &["one-entry"]),
        ("image.tar:@0", "skopeo-oci-archive", "refuses", &["position", "one-entry"]),
        ("image.tar:1.0", "skopeo-oci-archive", "accepts", &[]),
        (&format!("{two}:@1"), "skopeo-docker-archive@1.22", "accepts", &[]),
        (&two, "skopeo-docker-archive@1.22", "refuses", &["one-image"]),
    ] {
        let (did, reasons) = said(&env, file, target);
        assert_eq!(
            (did.as_str(), reasons.as_slice()),
            (verdict, &*unmet.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()),
            "{file} {target}"
        );
    }
}

/// The note is there where one entry becomes two, and skopeo then finds the image by the name in it.
#[test]
fn attach_says_who_needs_a_name_from_now_on() {
    let env = TestEnv::new();
    env.write("note.txt", "hello");
    env.write_dir("image", &shapes::oci_archive());
    let attach = |file: &str, output: &[&str]| {
        env.ocikit(&[&["attach", file, "note.txt", "--artifact-type", THING], output].concat()).expect_code(0)
    };
    insta::assert_snapshot!(attach("image", &["-o", "image.tar"]), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    added artifact sha256:1c6dfdcf505fa96fecf0152c37103f2f73ff448d9f3d18274dd0699b3c44da57
    new blobs: 3 blobs, 672 B
    documents: index.json
    note: `index.json` now lists 2 entries, which podman and crane refuse; skopeo and imagetools need the name of the image, `:1.0`
    image.tar: 21.0 KiB written
    ----- stderr -----
    ");
    env.write("note.txt", "hello again");
    let again = attach("image.tar", &["--in-place"]);
    assert!(!again.stdout.contains("note:"), "{again}");
    let _ = env.ocikit(&["ref", "remove", "image", "1.0", "--in-place"]).expect_code(0);
    let unnamed = attach("image", &["--dry-run"]);
    assert!(unnamed.stdout.contains("need a name of the image, which `ref add` gives it"), "{unnamed}");

    let Some(skopeo) = readers::skopeo() else { return };
    let copy = format!("dir:{}", env.path("copy").display());
    let archive = format!("oci-archive:{}", env.path("image.tar").display());
    assert!(skopeo.copy(&archive, &copy).refused().contains("more than one image"));
    let _ = skopeo.copy(&format!("{archive}:1.0"), &copy).accepted();
}
