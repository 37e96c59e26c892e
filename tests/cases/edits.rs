//! Edits keep both views in step.

use super::env_with;

/// Runs an edit of a file that writes `out.tar`, and verifies that.
fn stays_sound(file: &str, arguments: &[&str]) {
    let env = env_with(&[file]);
    let _ = env.ocikit(arguments).expect_code(0);
    let _ = env.ocikit(&["verify", "--deep", "out.tar"]).expect_code(0);
}

/// Two names of one image: what only its annotations tell apart is one image to `manifest.json`.
#[test]
fn one_of_two_names_is_annotated() {
    for on in ["manifest", "descriptor"] {
        for name in ["app:1", "app:2"] {
            let image = format!("b1-two-names.tar:{name}");
            stays_sound("b1-two-names.tar", &["annotate", &image, "--on", on, "key=value", "-o", "out.tar"]);
        }
    }
}

/// crane writes the media type of the config as the artifact type of a descriptor.
#[test]
fn artifact_types_are_converted_too() {
    let file = "b2-docker-artifact-type.tar";
    stays_sound(file, &["convert", file, "--to", "oci", "-o", "out.tar"]);
    let env = env_with(&[file]);
    let _ = env.ocikit(&["convert", file, "--to", "oci", "-o", "oci.tar"]).expect_code(0);
    let _ = env.ocikit(&["convert", "oci.tar", "--to", "docker", "-o", "back.tar"]).expect_code(0);
    let _ = env.ocikit(&["verify", "--deep", "back.tar"]).expect_code(0);
}

#[test]
fn one_name_is_not_given_to_two_images_of_a_docker_archive() {
    let file = "a10-views-differ.tar";
    let env = env_with(&[file]);
    let run = env.ocikit(&["repack", file, "--to", "docker-archive", "-o", "out.tar"]).expect_code(2);
    assert!(run.stderr.contains("one image per name") && run.stderr.contains("app:1"), "{run}");
    assert!(!env.path("out.tar").exists());
}
