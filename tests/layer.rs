//! `layer`: layers go with their diff_ids and history, and the others keep their bytes.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use crate::support::*;

#[test]
fn layers_are_listed_with_what_created_them() {
    let env = TestEnv::new();
    let image = testdata("buildx/noprov.oci.tar").to_str().unwrap().to_owned();
    let list = env.ocikit(&["layer", "list", &image]).expect_code(0).stdout;
    let inspect = env.ocikit(&["inspect", &image, "--layers", "-v"]).expect_code(0).stdout;
    assert_eq!(list, inspect);
}

#[test]
fn a_layer_goes_with_its_diff_id_and_history() {
    let env = TestEnv::new();
    for name in ["docker/d20-save-duplayers.tar", "docker/d28c-save-2tags.tar", "buildx/noprov.oci.tar"] {
        let image = testdata(name).to_str().unwrap().to_owned();
        let rows = |image: &str| -> Vec<String> {
            let report = env.ocikit(&["files", image, "--layer", "1", "--format", "json"]).expect_code(0).json();
            let files = report["files"].as_array().unwrap().iter();
            files.map(|file| file["path"].as_str().unwrap().to_owned()).collect()
        };
        let lowest = rows(&image);
        let _ = env.ocikit(&["layer", "remove", &image, "1", "-o", "out.tar"]).expect_code(0);
        assert_ne!(rows("out.tar"), lowest, "{name}");
        let _ = env.ocikit(&["verify", "out.tar", "--deep"]).expect_code(0);
        let gc = env.ocikit(&["gc", "out.tar", "--dry-run", "--format", "json"]).expect_code(0).json();
        assert!(gc["blobs_dropped"].as_array().is_none_or(Vec::is_empty), "{name}: {gc}");
    }
}

#[test]
fn layers_that_are_not_there_are_refused() {
    let env = TestEnv::new();
    let image = testdata("buildx/noprov.oci.tar").to_str().unwrap().to_owned();
    let cases: [(&[&str], &str); 5] = [
        (&["9"], "no layer 9"),
        (&["sha256:0000"], "no layer has the digest sha256:0000"),
        (&["--created-by", "nothing like it"], "no layer was created by `nothing like it`"),
        (&["0"], "not the number of a layer"),
        (&[], "LAYER"),
    ];
    for (options, expected) in cases {
        let run = env.ocikit(&[&["layer", "remove", &image], options, &["-o", "out.tar"]].concat()).expect_code(2);
        assert!(run.stderr.contains(expected), "{options:?}: {run}");
        assert!(!env.path("out.tar").exists(), "{options:?}");
    }
}
